import type { SeenExchange } from '../registry-power.ts';

/** What a request was for. */
export type Step =
  | 'base'
  | 'token'
  | 'tags'
  | 'manifest'
  | 'referrers'
  | 'blob'
  | 'upload'
  | 'push'
  | 'delete'
  | 'other';

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export function stepOf({
  method,
  token,
  url,
}: Pick<SeenExchange, 'method' | 'token' | 'url'>): Step {
  if (token !== undefined) return 'token';
  const path = new URL(url).pathname;
  if (method === 'DELETE') return 'delete';
  if (/^\/v2\/?$/u.test(path)) return 'base';
  if (path.endsWith('/tags/list')) return 'tags';
  if (/\/referrers\/[^/]+$/u.test(path)) return 'referrers';
  if (/\/manifests\/[^/]+$/u.test(path)) return method === 'PUT' ? 'push' : 'manifest';
  // Wherever uploads go on, they are the only other thing that is written.
  if (method === 'POST' || method === 'PUT' || method === 'PATCH') return 'upload';
  return /\/blobs\/[^/]+$/u.test(path) ? 'blob' : 'other';
}
