import { type Answer, jsonAnswer } from '../answers/index.ts';
import { nameUnknown } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './refusal.ts';

/**
 * end-8: tags in ASCII order, `n` at a time, after `last`.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function listTags(exchange: Exchange, name: string): Promise<Answer> {
  const limit = pageLimit(exchange);
  if (limit === undefined) return invalidCount(exchange);
  const repository = await exchange.storage.findRepository(name, { signal: exchange.signal });
  if (repository === undefined) return nameUnknown(name);
  const last = exchange.query.get('last') ?? undefined;
  const found = limit === 0 ? [] : repository.tagsAfter(last, limit + 1);
  const tags = found.slice(0, limit);
  const next = found.length > limit ? nextPage(`/v2/${name}/tags/list`, limit, tags.at(-1)) : {};
  return jsonAnswer(200, { name, tags }, next);
}

/**
 * Docker's list of repositories, which is not part of the OCI specification: our own client finds with
 * it what a registry holds.
 */
export async function listRepositories(exchange: Exchange): Promise<Answer> {
  const { query, storage, signal } = exchange;
  const limit = pageLimit(exchange);
  if (limit === undefined) return invalidCount(exchange);
  const last = query.get('last');
  const repositories: string[] = [];
  for await (const name of storage.repositories({ signal })) {
    if (last !== null && Buffer.compare(Buffer.from(name), Buffer.from(last)) <= 0) continue;
    if (!exchange.mayAccess({ repository: name, action: 'list' })) continue;
    if (repositories.length > limit) break;
    repositories.push(name);
  }
  const page = repositories.slice(0, limit);
  const more = limit > 0 && repositories.length > limit;
  const next = more ? nextPage('/v2/_catalog', limit, page.at(-1)) : {};
  return jsonAnswer(200, { repositories: page }, next);
}

/** How many items this page has; `undefined` when `n` is no count. */
function pageLimit({ query, limits }: Exchange): number | undefined {
  const text = query.get('n');
  if (text === null || text === '') return limits.maxPageItems;
  return /^[0-9]{1,15}$/u.test(text) ? Math.min(Number(text), limits.maxPageItems) : undefined;
}

function invalidCount({ query }: Exchange): Answer {
  const message = `n=${query.get('n') ?? ''} is not a count`;
  return refuse(400, { code: 'UNSUPPORTED', message });
}

function nextPage(path: string, limit: number, last = ''): Record<string, string> {
  const query = new URLSearchParams({ n: String(limit), last });
  return { Link: `<${path}?${query.toString()}>; rel="next"` };
}
