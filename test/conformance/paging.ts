import { expect } from 'vitest';
import type { TestAnswer } from '../support/http-request.ts';
import type { Registry } from './registry.ts';

/**
 * Path and query of the next page, from a Link header with the relation that the specification names.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export function nextPage({ url }: Registry, { headers }: TestAnswer): string | undefined {
  if (headers.link === undefined) return undefined;
  const target = /^<([^>]+)>; ?rel="?next"?$/u.exec(String(headers.link))?.[1];
  if (target === undefined) throw new Error(`not a link to the next page: ${String(headers.link)}`);
  const resolved = new URL(target, url);
  expect(resolved.origin, 'the next page is on this registry').toBe(new URL(url).origin);
  return resolved.pathname + resolved.search;
}

/** Every page from `path` on; a list without an end is none. */
export async function allPages(reader: Registry, path: string): Promise<TestAnswer[]> {
  const pages: TestAnswer[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    expect(pages.length, 'pages').toBeLessThan(100);
    const answer: TestAnswer = await reader.send('GET', next);
    expect(answer.status).toBe(200);
    pages.push(answer);
    next = nextPage(reader, answer);
  }
  return pages;
}
