import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  absentDigest,
  errorOf,
  type RunningRegistry,
  startRegistry,
} from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';

let registry: RunningRegistry;
beforeAll(async () => {
  registry = await startRegistry(await temporaryStorage());
});
afterAll(() => registry.close());

describe('every answer', () => {
  it.each([
    ['GET', '/v2/'],
    ['GET', `/v2/none/blobs/${absentDigest}`],
    ['GET', '/v2/none/manifests/x'],
    ['POST', '/v2/UPPER/blobs/uploads/'],
    ['GET', '/nowhere'],
  ])('to %s %s can neither be sniffed, nor run, nor read by other sites', async (method, path) => {
    const { headers } = await registry.send(method, path, {
      headers: { Origin: 'https://a.example' },
    });
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain('sandbox');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['docker-distribution-api-version']).toBe('registry/2.0');
  });
});

describe('end-1: the version check', () => {
  it.each(['/v2/', '/v2'])('answers GET and HEAD %s with 200', async (path) => {
    const { status, headers, json } = await registry.send('GET', path);
    expect([status, headers['content-type'], json]).toEqual([200, 'application/json', {}]);
    expect(await registry.send('HEAD', path)).toMatchObject({ status: 200 });
  });
});

describe('refusals', () => {
  it.each([
    ['GET', '/v2/Upper/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/../tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/a/../b/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/.hidden/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/_x/tags/list', 400, 'NAME_INVALID'],
    ['POST', '/v2/a/blobs/b/blobs/uploads/', 400, 'NAME_INVALID'],
    ['POST', '/v2/index.json/blobs/uploads/', 400, 'NAME_INVALID'],
    ['POST', '/v2/a/oci-layout/blobs/uploads/', 400, 'NAME_INVALID'],
    ['GET', '/v2/none/tags/list', 404, 'NAME_UNKNOWN'],
    ['GET', '/v2/none/manifests/x', 404, 'NAME_UNKNOWN'],
    ['GET', `/v2/none/blobs/${absentDigest}`, 404, 'NAME_UNKNOWN'],
    ['DELETE', `/v2/none/blobs/${absentDigest}`, 404, 'NAME_UNKNOWN'],
    ['DELETE', '/v2/none/manifests/x', 404, 'NAME_UNKNOWN'],
    ['GET', '/v2/none/blobs/uploads/abc', 404, 'BLOB_UPLOAD_UNKNOWN'],
    ['GET', '/v2/none/blobs/sha256:abc', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/none/blobs/md5:d41d8cd98f00b204e9800998ecf8427e', 400, 'DIGEST_INVALID'],
    ['DELETE', '/v2/none/blobs/sha256:abc', 400, 'DIGEST_INVALID'],
    ['DELETE', '/v2/none/manifests/sha256:abc', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/none/manifests/sha256:baddigeststring', 404, 'MANIFEST_UNKNOWN'],
    ['GET', '/v2/none/referrers/sha256:abc', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/a/b', 404, 'UNSUPPORTED'],
    ['PATCH', '/v2/a/manifests/x', 405, 'UNSUPPORTED'],
    ['PUT', '/v2/a/tags/list', 405, 'UNSUPPORTED'],
    ['OPTIONS', '/v2/', 405, 'UNSUPPORTED'],
    ['POST', '/v2/', 405, 'UNSUPPORTED'],
  ])('answer %s %s with %d %s', async (method, path, status, code) => {
    const answer = await registry.send(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(errorOf(answer).code).toBe(code);
    expect(errorOf(answer).message).not.toBe('');
  });

  it('name the methods that are possible', async () => {
    const { headers } = await registry.send('PATCH', '/v2/a/manifests/x');
    expect(headers.allow).toBe('GET, HEAD, PUT, DELETE');
  });

  it('make no control characters of the request printable by a terminal', async () => {
    const answer = await registry.send('GET', '/v2/a%1b[31m/tags/list');
    expect(errorOf(answer).message).not.toContain('\u001b');
  });
});
