import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseV2Path } from './v2-path.ts';

const hex = 'a'.repeat(64);

describe('parseV2Path', () => {
  it.each([
    ['/v2', { kind: 'ping' }],
    ['/v2/', { kind: 'ping' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/a/manifests/1.0', { kind: 'manifest', repository: 'a', reference: '1.0' }],
    ['/v2/a/b/c/manifests/x', { kind: 'manifest', repository: 'a/b/c', reference: 'x' }],
    [
      '/v2/manifests/manifests/manifests',
      { kind: 'manifest', repository: 'manifests', reference: 'manifests' },
    ],
    ['/v2/tags/list/tags/list', { kind: 'tags', repository: 'tags/list' }],
    ['/v2/a/tags/list', { kind: 'tags', repository: 'a' }],
    ['/v2/referrers/referrers/x', { kind: 'referrers', repository: 'referrers', digest: 'x' }],
    [`/v2/a/blobs/sha256:${hex}`, { kind: 'blob', repository: 'a', digest: `sha256:${hex}` }],
    [`/v2/a/blobs/sha256%3A${hex}`, { kind: 'blob', repository: 'a', digest: `sha256:${hex}` }],
    ['/v2/a/blobs/uploads/', { kind: 'upload-start', repository: 'a' }],
    ['/v2/a/blobs/uploads', { kind: 'upload-start', repository: 'a' }],
    ['/v2/a/b/blobs/uploads/id-1', { kind: 'upload', repository: 'a/b', id: 'id-1' }],
    ['/v2/uploads/blobs/uploads/x', { kind: 'upload', repository: 'uploads', id: 'x' }],
    ['/v2/A/manifests/x', { kind: 'manifest', repository: 'A', reference: 'x' }],
    ['/v2/../manifests/x', { kind: 'manifest', repository: '..', reference: 'x' }],
  ])('accepts %s', (path, route) => {
    expect(parseV2Path(path)).toEqual(route);
  });

  it.each([
    '',
    '/',
    '/v1/',
    '/v2x/a/tags/list',
    '/v2/a',
    '/v2/manifests/x',
    '/v2/a/manifests/',
    '/v2/a/manifests/x/',
    '/v2/a/tags/other',
    '/v2/tags/list',
    '/v2/blobs/uploads/',
    '/v2/blobs/uploads/x',
    '/v2/a%2Fb/manifests/x',
    '/v2/a/manifests/%zz',
    '/v2/a/manifests/x%2Fy',
  ])('rejects %j', (path) => {
    expect(parseV2Path(path)).toBeUndefined();
  });

  it('never throws, and gives back the name it was given', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        parseV2Path(path);
        parseV2Path(`/v2/${path}`);
      }),
    );
    const words = fc.constantFrom('a', 'manifests', 'tags', 'list', 'referrers', 'uploads', '0-1');
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 6 }), (parts) => {
        const repository = parts.join('/');
        const route = parseV2Path(`/v2/${repository}/manifests/t`);
        expect(route).toEqual({ kind: 'manifest', repository, reference: 't' });
      }),
    );
  });
});
