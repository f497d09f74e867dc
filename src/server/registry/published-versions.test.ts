import { afterEach, describe, expect, it } from 'vitest';
import {
  errorOf,
  imageManifest,
  type RunningRegistry,
  startRegistry,
  type TestManifest,
} from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { digestOf, mediaTypes } from '../../spec/index.ts';
import type { AccessRequest } from './access.ts';

const open: RunningRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

const provider = 'application/vnd.opentofu.provider';
const target = 'application/vnd.opentofu.provider-target';

interface Package {
  readonly platform: string;
  /** The zip. */
  readonly content: string;
  /** Says something else about the same package. */
  readonly note?: string;
  /** Leaves out the media type, which OpenTofu insists on. */
  readonly untyped?: boolean;
}

/** A registry with one version in `tf/null`, and clients with and without the right to replace. */
async function start() {
  const rights = { mayReplace: true };
  const asked: AccessRequest[] = [];
  const registry = await startRegistry(await temporaryStorage(), {
    authorize: (_, access) => {
      asked.push(access);
      return access.action !== 'replace' || rights.mayReplace;
    },
  });
  open.push(registry);
  const name = 'tf/null';
  await registry.pushBlob(name, '{}');

  const makeIndex = async (packages: readonly Package[], fields: object = {}) => {
    const manifests = [];
    for (const { platform, content, note, untyped } of packages) {
      const digest = await registry.pushBlob(name, content);
      const layer = { mediaType: 'archive/zip', digest, size: Buffer.byteLength(content) };
      const manifest = imageManifest({
        artifactType: target,
        layers: [layer],
        ...(note === undefined ? {} : { annotations: { note } }),
        ...(untyped === true ? { mediaType: undefined } : {}),
      });
      const pushed = await registry.pushManifest(name, undefined, manifest);
      const [os = '', architecture = ''] = platform.split('_');
      manifests.push({
        mediaType: mediaTypes.manifest,
        artifactType: target,
        digest: pushed.digest,
        size: Buffer.byteLength(JSON.stringify(manifest)),
        platform: { os, architecture },
      });
    }
    return {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      artifactType: provider,
      manifests,
      ...fields,
    };
  };
  const first = await makeIndex([linux, darwin]);
  const published = await registry.pushManifest(name, '1.2.3', first);
  rights.mayReplace = false;
  asked.length = 0;

  const tagged = async (tag = '1.2.3') => {
    const { headers } = await registry.send('HEAD', `/v2/${name}/manifests/${tag}`);
    return headers['docker-content-digest'];
  };
  return { registry, rights, asked, name, makeIndex, first, digest: published.digest, tagged };
}

/** The published index, with its first descriptor changed. */
async function changeFirst({ first }: { first: { manifests: readonly object[] } }, fields: object) {
  const [one, ...others] = first.manifests;
  return Promise.resolve({ ...first, manifests: [{ ...one, ...fields }, ...others] });
}

const linux = { platform: 'linux_amd64', content: 'zip for linux' };
const darwin = { platform: 'darwin_arm64', content: 'zip for darwin' };
const windows = { platform: 'windows_amd64', content: 'zip for windows' };

type World = Awaited<ReturnType<typeof start>>;

describe('a published version', () => {
  it.each<[string, (world: World) => Promise<TestManifest>]>([
    ['itself', ({ first }) => Promise.resolve(first)],
    ['more packages', ({ makeIndex }) => makeIndex([linux, windows, darwin])],
    [
      'the same packages in other manifests',
      ({ makeIndex }) => makeIndex([{ ...linux, note: 'adopted' }, darwin]),
    ],
    [
      'other annotations',
      ({ makeIndex }) => makeIndex([linux, darwin], { annotations: { a: 'b' } }),
    ],
  ])('may be replaced by %s', async (_, make) => {
    const world = await start();
    const next = await make(world);
    const { status, digest } = await world.registry.pushManifest(world.name, '1.2.3', next);
    expect([status, await world.tagged()]).toEqual([201, digest]);
  });

  const changes: [string, (world: World) => Promise<TestManifest>][] = [
    ['another package', ({ makeIndex }) => makeIndex([{ ...linux, content: 'evil' }, darwin])],
    ['fewer packages', ({ makeIndex }) => makeIndex([linux])],
    [
      'two packages for one platform',
      ({ makeIndex }) => makeIndex([{ ...linux, content: 'evil' }, linux, darwin]),
    ],
    [
      'swapped packages',
      ({ makeIndex }) =>
        makeIndex([
          { ...linux, platform: darwin.platform },
          { ...darwin, platform: linux.platform },
        ]),
    ],
    [
      'an index without its type',
      ({ makeIndex }) => makeIndex([linux, darwin], { artifactType: undefined }),
    ],
    [
      'an index of another type',
      ({ makeIndex }) => makeIndex([linux, darwin], { artifactType: 'x/y' }),
    ],
    ['nothing', ({ makeIndex }) => makeIndex([])],
    [
      'an index of another media type',
      ({ makeIndex }) => makeIndex([linux, darwin], { mediaType: mediaTypes.dockerManifestList }),
    ],
    [
      'a package whose manifest does not name its media type',
      ({ makeIndex }) => makeIndex([{ ...linux, untyped: true }, darwin]),
    ],
    [
      'a package that is called something else',
      (world) => changeFirst(world, { mediaType: 'a/b' }),
    ],
    [
      'a package that is called an image of Docker',
      (world) => changeFirst(world, { mediaType: mediaTypes.dockerManifest }),
    ],
    ['an image', () => Promise.resolve(imageManifest())],
  ];

  it.each(changes)('is not replaced by %s without the right', async (_, make) => {
    const world = await start();
    const { registry, name } = world;
    const next = await make(world);
    const byTag = await registry.pushManifest(name, '1.2.3', next);
    expect([byTag.status, errorOf(byTag).code]).toEqual([403, 'DENIED']);
    const body = JSON.stringify(next);
    const digest = digestOf(Buffer.from(body));
    const headers = { 'Content-Type': next.mediaType ?? '' };
    for (const tags of ['?tag=1.2.3', '?tag=fresh&tag=1.2.3']) {
      const path = `/v2/${name}/manifests/${digest}${tags}`;
      expect((await registry.send('PUT', path, { headers, body })).status).toBe(403);
    }
    expect(await world.tagged()).toBe(world.digest);
    expect(await world.tagged('fresh')).toBeUndefined();
    world.rights.mayReplace = true;
    expect((await registry.pushManifest(name, '1.2.3', next)).status).toBe(201);
    expect(await world.tagged()).toBe(digest);
  });

  it('is not deleted without the right, in whole or in parts', async () => {
    const { registry, rights, name, digest, first, tagged } = await start();
    const [child] = first.manifests;
    const blob = digestOf(Buffer.from(linux.content));
    const paths = [
      `manifests/1.2.3`,
      `manifests/${digest}`,
      `manifests/${child?.digest ?? ''}`,
      `blobs/${blob}`,
    ];
    for (const path of paths) {
      const answer = await registry.send('DELETE', `/v2/${name}/${path}`);
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect(await tagged()).toBe(digest);
    rights.mayReplace = true;
    for (const path of paths) {
      const answer = await registry.send('DELETE', `/v2/${name}/${path}`);
      expect([path, answer.status]).toEqual([path, 202]);
    }
  });

  it('goes on naming its media type', async () => {
    const { registry, name, makeIndex } = await start();
    const body = JSON.stringify(await makeIndex([linux, darwin], { mediaType: undefined }));
    const headers = { 'Content-Type': mediaTypes.index };
    const put = (tag: string) =>
      registry.send('PUT', `/v2/${name}/manifests/${tag}`, { headers, body });
    expect([(await put('1.2.3')).status, (await put('1.2.4')).status]).toEqual([403, 201]);
  });

  it('is not served under another type, nor a part of it, without the right', async () => {
    const { registry, rights, name, makeIndex, tagged } = await start();
    rights.mayReplace = true;
    const index = await makeIndex([linux], { mediaType: undefined });
    const image = JSON.stringify(imageManifest({ mediaType: undefined }));
    const put = (reference: string, body: string, type: string) =>
      registry.send('PUT', `/v2/${name}/manifests/${reference}`, {
        body,
        headers: { 'Content-Type': type },
      });
    const parts = [
      ['1.2.3', JSON.stringify(index), mediaTypes.index, mediaTypes.dockerManifestList],
      ['part', image, mediaTypes.manifest, mediaTypes.dockerManifest],
    ] as const;
    for (const [tag, body, type] of parts) expect((await put(tag, body, type)).status).toBe(201);
    rights.mayReplace = false;
    for (const [tag, body, type, other] of parts) {
      const digest = digestOf(Buffer.from(body));
      for (const reference of [digest, `${digest}?tag=${tag}`, `${digest}?tag=new`, tag]) {
        expect((await put(reference, body, other)).status).toBe(403);
        expect((await put(reference, body, type)).status).toBe(201);
      }
      const { headers } = await registry.send('HEAD', `/v2/${name}/manifests/${tag}`);
      expect([headers['content-type'], await tagged(tag)]).toEqual([type, digest]);
      rights.mayReplace = true;
      expect((await put(digest, body, other)).status).toBe(201);
      rights.mayReplace = false;
    }
  });

  it('gets referrers, fallback tags and other tags by who may write', async () => {
    const { registry, name, digest, first } = await start();
    const subject = { mediaType: mediaTypes.index, digest, size: JSON.stringify(first).length };
    const about = imageManifest({ subject, artifactType: 'x/evidence' });
    expect((await registry.pushManifest(name, undefined, about)).status).toBe(201);
    const fallback = digest.replace(':', '-');
    for (const tag of [fallback, 'latest']) {
      for (const note of ['a', 'b']) {
        const manifest = { ...first, annotations: { note } };
        expect((await registry.pushManifest(name, tag, manifest)).status).toBe(201);
      }
      expect((await registry.send('DELETE', `/v2/${name}/manifests/${tag}`)).status).toBe(202);
    }
  });

  it('that can not be read any more is not replaced without the right', async () => {
    const { registry, rights, name, digest, makeIndex } = await start();
    rights.mayReplace = true;
    const [child] = (await makeIndex([linux])).manifests;
    await registry.send('DELETE', `/v2/${name}/manifests/${child?.digest ?? ''}`);
    rights.mayReplace = false;
    const adopted = await makeIndex([{ ...linux, note: 'x' }, darwin]);
    expect((await registry.pushManifest(name, '1.2.3', adopted)).status).toBe(403);
    expect(digest).toBeDefined();
  });

  it('keeps every package when several add to it at once', async () => {
    const { registry, name, makeIndex } = await start();
    const platforms = Array.from({ length: 8 }, (_, n) => ({
      ...windows,
      platform: `os${n}_amd64`,
    }));
    const indexes = [];
    for (const one of platforms) indexes.push(await makeIndex([linux, darwin, one]));
    const answers = await Promise.all(
      indexes.map((index) => registry.pushManifest(name, '1.2.3', index)),
    );
    // The first wins; what the others bring lacks its package, which they would take away.
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 7 }, () => 403)]);
  });
});

describe('what is no published version', () => {
  it('is replaced and deleted by who may write', async () => {
    const { registry, asked } = await start();
    const name = 'images/app';
    await registry.pushBlob(name, '{}');
    const index = (note: string) => ({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [],
      annotations: { note },
    });
    for (const make of [imageManifest, index]) {
      for (const note of ['a', 'b']) {
        const manifest = make === index ? index(note) : imageManifest({ annotations: { note } });
        expect((await registry.pushManifest(name, '1.0.0', manifest)).status).toBe(201);
      }
    }
    const blob = digestOf(Buffer.from('{}'));
    for (const path of ['manifests/1.0.0', `blobs/${blob}`]) {
      expect((await registry.send('DELETE', `/v2/${name}/${path}`)).status).toBe(202);
    }
    expect(asked.some(({ action }) => action === 'push')).toBe(true);
  });
});
