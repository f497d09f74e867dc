import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  absentDigest,
  imageManifest,
  type RunningRegistry,
  startRegistry,
} from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { mediaTypes } from '../../spec/index.ts';

let registry: RunningRegistry;
beforeAll(async () => {
  registry = await startRegistry(await temporaryStorage());
});
afterAll(() => registry.close());

describe('end-8: tags', () => {
  let name: string;
  const all = ['0', '1.0.0', 'A', '_', 'a', 'b', 'latest'];
  beforeAll(async () => {
    name = await registry.newRepository();
    for (const tag of [...all].reverse()) await registry.pushManifest(name, tag, imageManifest());
  });
  const list = (query: string) => registry.send('GET', `/v2/${name}/tags/list${query}`);

  it.each([
    ['', all, undefined],
    ['?n=100', all, undefined],
    ['?n=7', all, undefined],
    ['?n=3', ['0', '1.0.0', 'A'], 'n=3&last=A'],
    ['?n=3&last=A', ['_', 'a', 'b'], 'n=3&last=b'],
    ['?n=3&last=b', ['latest'], undefined],
    ['?last=a', ['b', 'latest'], undefined],
    ['?last=between', ['latest'], undefined],
    ['?last=zzz', [], undefined],
    ['?n=0', [], undefined],
    ['?n=1e3', undefined, undefined],
    ['?n=-1', undefined, undefined],
  ])('lists %j in order', async (query, tags, next) => {
    const { status, json, headers } = await list(query);
    if (tags === undefined) {
      expect(status).toBe(400);
      return;
    }
    expect([status, json]).toEqual([200, { name, tags }]);
    const link = next === undefined ? undefined : `</v2/${name}/tags/list?${next}>; rel="next"`;
    expect(headers.link).toBe(link);
  });
});

describe('end-12: referrers', () => {
  const list = (name: string, query: string) =>
    registry.send('GET', `/v2/${name}/referrers/${absentDigest}${query}`);
  const subject = { mediaType: mediaTypes.manifest, digest: absentDigest, size: 10 };
  const empty = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

  it('are an empty index for a subject or a repository that is not there', async () => {
    for (const name of ['none/at/all', await registry.newRepository()]) {
      const { status, headers, json } = await list(name, '');
      expect([status, headers['content-type'], json]).toEqual([200, mediaTypes.index, empty]);
    }
  });

  it('carry type and annotations, and can be filtered', async () => {
    const name = await registry.newRepository();
    const annotations = { 'org.example.n': '1' };
    const typed = imageManifest({
      subject,
      artifactType: 'application/vnd.example.a',
      annotations,
    });
    const untyped = imageManifest({ subject });
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [], subject };
    const pushed: { mediaType: string | undefined; digest: string; size: number }[] = [];
    for (const manifest of [typed, untyped, index]) {
      const { digest, headers } = await registry.pushManifest(name, undefined, manifest);
      expect(headers['oci-subject']).toBe(absentDigest);
      pushed.push({ mediaType: manifest.mediaType, digest, size: JSON.stringify(manifest).length });
    }
    const expected = [
      { ...pushed[0], artifactType: 'application/vnd.example.a', annotations },
      { ...pushed[1], artifactType: mediaTypes.empty },
      pushed[2],
    ];
    const all = await list(name, '');
    expect(all.json).toEqual({ ...empty, manifests: expected.sort(byDigest) });
    expect(all.headers['oci-filters-applied']).toBeUndefined();
    const filtered = await list(name, '?artifactType=application/vnd.example.a');
    expect(filtered.json).toMatchObject({ manifests: [{ annotations }] });
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    expect((await list(name, '?artifactType=none')).json).toEqual(empty);
  });

  it('go when they are deleted', async () => {
    const name = await registry.newRepository();
    const { digest } = await registry.pushManifest(name, undefined, imageManifest({ subject }));
    await registry.send('DELETE', `/v2/${name}/manifests/${digest}`);
    expect((await list(name, '')).json).toEqual(empty);
  });
});

describe('the catalogue', () => {
  it('lists repositories in order, by pages', async () => {
    const other = await startRegistry(await temporaryStorage());
    try {
      for (const name of ['b/c', 'a', 'b']) await other.pushBlob(name, '{}');
      for (const name of ['b/c', 'a', 'b']) await other.pushManifest(name, 'x', imageManifest());
      const list = (query: string) => other.send('GET', `/v2/_catalog${query}`);
      expect((await list('')).json).toEqual({ repositories: ['a', 'b', 'b/c'] });
      const page = await list('?n=2');
      expect(page.json).toEqual({ repositories: ['a', 'b'] });
      expect(page.headers.link).toBe('</v2/_catalog?n=2&last=b>; rel="next"');
      expect((await list('?n=2&last=b')).json).toEqual({ repositories: ['b/c'] });
      expect((await list('?n=x')).status).toBe(400);
    } finally {
      await other.close();
    }
  });
});

function byDigest(
  a: { readonly digest?: string } | undefined,
  b: { readonly digest?: string } | undefined,
): number {
  return (a?.digest ?? '') < (b?.digest ?? '') ? -1 : 1;
}
