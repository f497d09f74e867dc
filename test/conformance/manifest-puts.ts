import { expect } from 'vitest';
import type { TestAnswer } from '../support/http-request.ts';
import { types } from './documents.ts';
import type { Pushable, Registry } from './registry.ts';

interface Push {
  readonly bytes: Buffer | string;
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
}

/** PUT exactly as told, with whatever answer. */
export function put(registry: Registry, path: string, push: Push): Promise<TestAnswer> {
  const { bytes, mediaType = types.manifest, headers, chunked = false } = push;
  const typed = mediaType === '' ? {} : { 'Content-Type': mediaType };
  const request = { headers: { ...typed, ...headers }, body: bytes, chunked };
  return registry.send('PUT', `/v2/${path}`, request);
}

export async function expectStored(
  registry: Registry,
  name: string,
  manifest: Pushable,
  ref: string,
) {
  const answer = await registry.send('GET', `/v2/${name}/manifests/${ref}`);
  expect([answer.status, answer.headers['content-type']]).toEqual([200, manifest.mediaType]);
  expect(answer.body.equals(manifest.bytes)).toBe(true);
}
