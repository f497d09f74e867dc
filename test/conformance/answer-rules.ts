import { expect } from 'vitest';
import type { TestAnswer } from '../support/http-request.ts';

/** code-1 to code-14 of v1.1.1, and no other. */
export const errorCodes: ReadonlySet<string> = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
]);

export interface Said {
  readonly method: string;
  readonly path: string;
  readonly answer: TestAnswer;
}

/**
 * What holds for every answer of a registry, whatever was asked: checked on each request of each case.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 */
export function checkAnswer(said: Said): void {
  const { method, path, answer } = said;
  const { status, headers, body } = answer;
  const what = `${method} ${path} -> ${String(status)}`;
  expect(status, `${what}: no failure of the server itself`).toBeLessThan(500);
  if (status >= 400) checkRefusal(said, what);
  else checkSuccess(said, what);
  if (headers['content-length'] !== undefined && method !== 'HEAD') {
    expect(Number(headers['content-length']), `${what}: Content-Length`).toBe(body.length);
  }
  if (status === 204) expect(headers['content-length'], `${what}: RFC 9110 §8.6`).toBeUndefined();
  if (method === 'HEAD') expect(body.length, `${what}: RFC 9110 §9.3.2`).toBe(0);
  expect(headers['x-content-type-options'], what).toBe('nosniff');
  expect(headers.warning, `${what}: nothing to warn of`).toBeUndefined();
  expect(headers['oci-namespace'], `${what}: not a proxy`).toBeUndefined();
}

/** Our error bodies are JSON, always: format and codes of the specification. */
function checkRefusal({ method, answer }: Said, what: string): void {
  const { status, headers } = answer;
  if (method !== 'HEAD') {
    expect(headers['content-type'], what).toBe('application/json');
    const { errors } = answer.json as { readonly errors: readonly Record<string, unknown>[] };
    expect(errors.length, what).toBeGreaterThan(0);
    for (const { code, message } of errors) {
      expect(errorCodes, what).toContain(code);
      expect(message, what).toEqual(expect.any(String));
    }
  }
  // RFC 9110 §15.5.2 and §15.5.6, RFC 6585 §4.
  if (status === 401) expect(headers['www-authenticate'], what).toBeDefined();
  if (status === 405) expect(headers.allow, what).toBeDefined();
  if (status === 429) expect(headers['retry-after'], what).toMatch(/^[0-9]+$/u);
}

function checkSuccess({ method, path, answer }: Said, what: string): void {
  const { status, headers } = answer;
  const reads = method === 'GET' || method === 'HEAD';
  const isManifest = /\/manifests\/[^/]+$/u.test(path);
  if (reads && (isManifest || /\/blobs\/sha[^/]+$/u.test(path))) {
    expect(headers['docker-content-digest'], `${what}: main's MUST`).toBeDefined();
    if (status === 200) expect(headers['content-length'], `${what}: main's MUST`).toBeDefined();
    if (status === 206) expect(headers['content-range'], what).toMatch(/^bytes /u);
  }
  if (reads && isManifest && status === 200) {
    expect(headers['content-type'], `${what}: no parameters`).not.toContain(';');
  }
  if (status === 201 || (status === 202 && method !== 'DELETE')) {
    expect(headers.location, what).toBeDefined();
  }
}
