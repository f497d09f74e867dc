import { createHash } from 'node:crypto';
import {
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { faultyFiles } from '../../../test/support/faulty-files.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { LimitExceededError } from '../../base/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  digestParts,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../spec/index.ts';
import {
  ChildMissingError,
  ContentNotFoundError,
  DigestMismatchError,
  type HostedRepository,
  LayoutCorruptError,
  type ManifestContent,
  openLayoutRepository,
  readableOf,
  RepositoryNotFoundError,
  StoreReadOnlyError,
  TagConflictError,
} from '../index.ts';

let folder: string;
let layout: string;
beforeEach(async () => {
  folder = await tempFolder();
  layout = join(folder, 'layout');
});

const refName = 'org.opencontainers.image.ref.name';

function manifest(document: object, mediaType: string): ManifestContent {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

function emptyIndex(note: string): ManifestContent {
  return manifest({ manifests: [], annotations: { note } }, mediaTypes.index);
}

function blobFile(digest: Digest): string {
  const { algorithm, hex } = digestParts(digest);
  return join(layout, 'blobs', algorithm, hex);
}

async function readIndex(): Promise<{ manifests: Descriptor[] } & Record<string, unknown>> {
  return JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as never;
}

/** A layout as another tool leaves it. */
async function foreignLayout(index: object, contents: readonly Buffer[]): Promise<void> {
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}\n');
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  for (const bytes of contents) await writeFile(blobFile(digestOf(bytes)), bytes);
}

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function failureOf(task: Promise<unknown>): Promise<unknown> {
  return await task.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

describe('a layout on disk', () => {
  it('is what the image spec describes, once it is closed', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    const [a, b] = [emptyIndex('a'), emptyIndex('b')];
    await repository.tag(a, '1.0.0');
    await repository.tag(a, 'latest');
    await repository.putManifest(b);
    await repository.close();
    expect(JSON.parse(await readFile(join(layout, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(await readIndex()).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [
        { ...a.descriptor, annotations: { [refName]: '1.0.0' } },
        { ...a.descriptor, annotations: { [refName]: 'latest' } },
        b.descriptor,
      ],
    });
    const stat = await lstat(blobFile(a.descriptor.digest));
    expect(stat.mode & 0o777).toBe(0o444);
    expect((await readdir(layout)).sort()).toEqual([
      '.tofu-oci',
      'blobs',
      'index.json',
      'oci-layout',
    ]);
    expect(await readdir(join(layout, '.tofu-oci'))).toEqual(['uploads']);
    expect(await readdir(join(layout, '.tofu-oci', 'uploads'))).toEqual([]);
  });

  it('writes index.json by itself a moment after a change', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    await repository.tag(emptyIndex('a'), 'x');
    expect((await readIndex()).manifests).toEqual([]);
    await vi.waitFor(
      async () => {
        expect((await readIndex()).manifests).toHaveLength(1);
      },
      { timeout: 20_000, interval: 50 },
    );
    await repository.tag(emptyIndex('a'), 'y');
    await repository.close();
    expect((await readIndex()).manifests).toHaveLength(2);
  });

  it('opens again as it was, also when it could not be closed', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    const [a, b] = [emptyIndex('a'), emptyIndex('b')];
    await repository.tag(a, 'kept');
    await repository.tag(a, 'moved');
    await repository.tag(b, 'moved');
    await repository.tag(b, 'gone');
    await repository.deleteTag('gone');
    // What a crash leaves: everything but an orderly end.
    const left = join(folder, 'left');
    await cp(layout, left, { recursive: true });
    await rm(join(left, '.tofu-oci', 'lock'));
    expect(await readdir(join(left, '.tofu-oci'))).toContain('journal-000001');
    await repository.close();
    const reader = await openLayoutRepository(left, { mode: 'read' });
    const writer = await openLayoutRepository(left);
    for (const opened of [reader, writer]) {
      expect(opened.tagsAfter(undefined, 10)).toEqual(['kept', 'moved']);
      expect((await opened.resolve('moved')).digest).toBe(b.descriptor.digest);
      expect((await opened.resolve(a.descriptor.digest)).size).toBe(a.bytes.length);
    }
    await writer.close();
    expect(await readdir(join(left, '.tofu-oci'))).toEqual(['uploads']);
  });

  it('forgets a line that was torn by a crash', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    await repository.tag(emptyIndex('a'), 'x');
    await repository.tag(emptyIndex('a'), 'y');
    const journal = join(layout, '.tofu-oci', 'journal-000001');
    const whole = await readFile(journal);
    await repository.close();
    const lineLength = whole.indexOf('\n') + 1;
    const { manifests } = await readIndex();
    const boundaries = [lineLength - 1, lineLength, lineLength + 1, whole.length - 1, whole.length];
    const lengths = Array.from({ length: 20 }, (_, step) => Math.floor((step * whole.length) / 20));
    for (const length of [...lengths, ...boundaries]) {
      await writeFile(join(layout, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
      await writeFile(journal, whole.subarray(0, length));
      const opened = await openLayoutRepository(layout);
      const expected = length === whole.length ? ['x', 'y'] : length >= lineLength ? ['x'] : [];
      expect(opened.tagsAfter(undefined, 9), String(length)).toEqual(expected);
      await opened.close();
    }
    expect((await readIndex()).manifests).toEqual(manifests);
  });

  it('refuses a journal that is damaged before its end', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    await repository.tag(emptyIndex('a'), 'x');
    await repository.tag(emptyIndex('a'), 'y');
    const journal = join(layout, '.tofu-oci', 'journal-000001');
    const bytes = await readFile(journal);
    await repository.close();
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(journal, bytes);
    const error = await failureOf(openLayoutRepository(layout));
    expect(error).toBeInstanceOf(LayoutCorruptError);
    expect(error).toMatchObject({ code: 'ERR_CONTENT_LAYOUT_CORRUPT', category: 'integrity' });
    await writeFile(join(layout, '.tofu-oci', 'journal-000002'), bytes);
    await writeFile(journal, bytes.subarray(0, 30));
    expect(await failureOf(openLayoutRepository(layout))).toBeInstanceOf(LayoutCorruptError);
  });

  it('applies journals in the order of their numbers, not of their names', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    await repository.tag(emptyIndex('a'), 'x');
    await repository.tag(emptyIndex('b'), 'x');
    const journal = join(layout, '.tofu-oci', 'journal-000001');
    const [first = '', second = ''] = (await readFile(journal, 'utf8')).split('\n');
    await repository.close();
    await writeFile(join(layout, '.tofu-oci', 'journal-999999'), `${first}\n`);
    await writeFile(join(layout, '.tofu-oci', 'journal-1000000'), `${second}\n`);
    const opened = await openLayoutRepository(layout);
    expect((await opened.resolve('x')).digest).toBe(emptyIndex('b').descriptor.digest);
    await opened.close();
  });

  it('reads a commit with more changes than a call takes arguments', async () => {
    await (await openLayoutRepository(layout, { mode: 'create' })).close();
    const json = JSON.stringify(
      Array.from({ length: 200_000 }, () => ({ kind: 'untag', tag: 'x' })),
    );
    const hash = createHash('sha256').update(json).digest('hex').slice(0, 32);
    await mkdir(join(layout, '.tofu-oci'), { recursive: true });
    await writeFile(join(layout, '.tofu-oci', 'journal-000001'), `${hash} ${json}\n`);
    const opened = await openLayoutRepository(layout);
    await expect(opened.resolve('x')).rejects.toBeInstanceOf(ContentNotFoundError);
    await opened.close();
  });

  it('makes a manifest good again that was damaged on the disk', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    const index = emptyIndex('a');
    const { digest, size } = index.descriptor;
    await repository.tag(index, 'x');
    await rm(blobFile(digest));
    await writeFile(blobFile(digest), 'x'.repeat(size));
    await repository.tag(index, 'x');
    expect((await repository.readManifest('x')).bytes).toEqual(index.bytes);
    await repository.close();
  });

  it('takes no more manifests and tags than its index.json can be read with', async () => {
    const kept = emptyIndex('a');
    const manifests = Array.from({ length: 249_998 }, (_, n) => ({
      ...kept.descriptor,
      annotations: { [refName]: `t${String(n)}` },
    }));
    await foreignLayout({ schemaVersion: 2, manifests }, [kept.bytes]);
    const repository = await openLayoutRepository(layout);
    await repository.tag(kept, 'last');
    expect(await failureOf(repository.tag(kept, 'more'))).toBeInstanceOf(LimitExceededError);
    await repository.deleteTag('last');
    await repository.tag(kept, 'more');
    await repository.close();
  });

  it('lists referrers with annotations of any length, and only those asked for', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    const subject = emptyIndex('a').descriptor;
    const referrers = ['short', 'long'.repeat(1000)].map((note) =>
      manifest({ manifests: [], subject, annotations: { note } }, mediaTypes.index),
    );
    expect(await list(repository.referrers(subject))).toEqual([]);
    for (const referrer of referrers) await repository.putManifest(referrer);
    const expected = referrers
      .map(({ descriptor, bytes }) => ({
        ...descriptor,
        annotations: (JSON.parse(bytes.toString()) as { annotations: object }).annotations,
      }))
      .sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await list(repository.referrers(subject))).toEqual(expected);
    const after = expected[0]?.digest;
    expect(await list(repository.referrers(subject, { after }))).toEqual(expected.slice(1));
    await repository.close();
  });

  it('pages through sorted tags', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    for (const tag of ['b', 'A', '10', '9', 'a']) await repository.tag(emptyIndex('a'), tag);
    expect(repository.tagsAfter(undefined, 2)).toEqual(['10', '9']);
    expect(repository.tagsAfter('9', 2)).toEqual(['A', 'a']);
    expect(repository.tagsAfter('Z', 9)).toEqual(['a', 'b']);
    expect(repository.tagsAfter('b', 9)).toEqual([]);
    expect(repository.tagsAfter(undefined, 0)).toEqual([]);
    await repository.deleteTag('A');
    await repository.tag(emptyIndex('a'), 'B');
    expect(repository.tagsAfter(undefined, 9)).toEqual(['10', '9', 'B', 'a', 'b']);
    await repository.close();
  });

  it('gives one commit to many writers', async () => {
    let syncs = 0;
    const { files } = faultyFiles((_, operation) => {
      if (operation === 'datasync') syncs++;
      return undefined;
    });
    const repository = await openLayoutRepository(layout, { mode: 'create', files });
    const index = emptyIndex('a');
    await repository.putManifest(index);
    syncs = 0;
    const tags = Array.from({ length: 50 }, (_, number) => `t${String(number)}`);
    await Promise.all(tags.map((tag) => repository.tag(index, tag)));
    expect(repository.tagsAfter(undefined, 100)).toHaveLength(50);
    expect(syncs).toBeLessThan(25);
    syncs = 0;
    await Promise.all(tags.map((tag) => repository.tag(emptyIndex(tag), tag)));
    expect(syncs).toBeLessThan(25);
    await repository.close();
  });
});

describe('removing from a layout', () => {
  let repository: HostedRepository;
  beforeEach(async () => {
    repository = await openLayoutRepository(layout, { mode: 'create' });
    return () => repository.close();
  });

  it('removes a manifest with its tags, for good', async () => {
    const [a, b] = [emptyIndex('a'), emptyIndex('b')];
    await repository.tag(a, 'x');
    await repository.tag(a, 'y');
    await repository.tag(b, 'z');
    await repository.deleteManifest(a.descriptor.digest);
    expect(repository.tagsAfter(undefined, 9)).toEqual(['z']);
    for (const reference of [a.descriptor.digest, 'x']) {
      expect(await failureOf(repository.readManifest(reference))).toBeInstanceOf(
        ContentNotFoundError,
      );
    }
    expect(await failureOf(repository.deleteManifest(a.descriptor.digest))).toBeInstanceOf(
      ContentNotFoundError,
    );
    expect(await repository.statBlob(a.descriptor.digest)).toBeUndefined();
    await repository.tag(a, 'x');
    expect((await repository.readManifest('x')).bytes).toEqual(a.bytes);
    await repository.close();
    const again = await openLayoutRepository(layout, { mode: 'read' });
    expect(again.tagsAfter(undefined, 9)).toEqual(['x', 'z']);
  });

  it('removes a tag and leaves its manifest', async () => {
    const a = emptyIndex('a');
    await repository.tag(a, 'x');
    const other = { replaces: emptyIndex('b').descriptor.digest };
    expect(await failureOf(repository.deleteTag('x', other))).toBeInstanceOf(TagConflictError);
    await repository.deleteTag('x', { replaces: a.descriptor.digest });
    expect(await failureOf(repository.deleteTag('x'))).toBeInstanceOf(ContentNotFoundError);
    expect((await repository.readManifest(a.descriptor.digest)).bytes).toEqual(a.bytes);
  });

  it('removes a blob, and takes no manifest for one', async () => {
    const a = emptyIndex('a');
    await repository.tag(a, 'x');
    await repository.push({
      descriptor: emptyDescriptor,
      open: () => Promise.resolve(readableOf(emptyBlob())),
    });
    await repository.deleteBlob(emptyDescriptor.digest);
    expect(await repository.exists(emptyDescriptor)).toBe(false);
    for (const digest of [emptyDescriptor.digest, a.descriptor.digest]) {
      expect(await failureOf(repository.deleteBlob(digest))).toBeInstanceOf(ContentNotFoundError);
    }
  });

  it('forgets a referrer that is removed', async () => {
    const subject = emptyIndex('subject');
    const referrer = manifest({ manifests: [], subject: subject.descriptor }, mediaTypes.index);
    await repository.putManifest(referrer);
    expect(await list(repository.referrers(subject.descriptor))).toHaveLength(1);
    await repository.deleteManifest(referrer.descriptor.digest);
    expect(await list(repository.referrers(subject.descriptor))).toEqual([]);
  });

  it('stores a sparse index only when it is told to', async () => {
    const sparse = manifest({ manifests: [emptyIndex('absent').descriptor] }, mediaTypes.index);
    expect(await failureOf(repository.putManifest(sparse))).toBeInstanceOf(ChildMissingError);
    await repository.putManifest(sparse, { missingChildren: 'accept', tags: ['s', 't'] });
    expect(repository.tagsAfter(undefined, 9)).toEqual(['s', 't']);
  });

  it('moves all tags of a manifest or none', async () => {
    const [a, b] = [emptyIndex('a'), emptyIndex('b')];
    await repository.tag(a, 'x');
    const task = repository.putManifest(b, { tags: ['new', 'x'], replaces: 'nothing' });
    expect(await failureOf(task)).toMatchObject({ code: 'ERR_CONTENT_TAG_CONFLICT', tag: 'x' });
    expect(repository.tagsAfter(undefined, 9)).toEqual(['x']);
  });

  it('lets one of many writers win a tag', async () => {
    const writers = Array.from({ length: 8 }, (_, number) => emptyIndex(String(number)));
    const results = await Promise.allSettled(
      writers.map((index) => repository.tag(index, 'x', { replaces: 'nothing' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('survives pushing and removing the same manifest at once', async () => {
    const a = emptyIndex('a');
    for (let round = 0; round < 20; round++) {
      await Promise.allSettled([
        repository.tag(a, 'x'),
        repository.deleteManifest(a.descriptor.digest),
        repository.tag(a, 'y'),
      ]);
      for (const tag of repository.tagsAfter(undefined, 9)) {
        expect((await repository.readManifest(tag)).bytes).toEqual(a.bytes);
      }
    }
  });
});

describe('a layout of another tool', () => {
  const config = Buffer.from('{"architecture":"amd64"}');
  const configDescriptor = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  };
  const image = manifest({ config: configDescriptor, layers: [] }, mediaTypes.manifest);
  const nested = manifest({ manifests: [image.descriptor] }, mediaTypes.index);

  it('opens without a write: tags, nested manifests, blobs', async () => {
    await foreignLayout(
      {
        schemaVersion: 2,
        manifests: [{ ...nested.descriptor, annotations: { [refName]: '1.0' } }],
      },
      [config, image.bytes, nested.bytes],
    );
    const before = await readFile(join(layout, 'index.json'));
    const repository = await openLayoutRepository(layout);
    expect(repository.tagsAfter(undefined, 9)).toEqual(['1.0']);
    expect((await repository.readManifest('1.0')).bytes).toEqual(nested.bytes);
    expect((await repository.readManifest(image.descriptor.digest)).bytes).toEqual(image.bytes);
    expect(await repository.exists(image.descriptor)).toBe(true);
    expect(await buffer(await repository.fetch(configDescriptor))).toEqual(config);
    await repository.close();
    expect(await readFile(join(layout, 'index.json'))).toEqual(before);
  });

  it.each([
    ['a name that is a whole reference', 'docker.io/library/alpine:3.20'],
    ['a digest as name', `alpine@${image.descriptor.digest}`],
  ])('keeps %s, resolves it, and lists it as no tag', async (_, name) => {
    const annotations = { [refName]: name, 'io.containerd.image.name': name };
    const entry = {
      ...image.descriptor,
      annotations,
      platform: { os: 'linux', architecture: 'amd64' },
      custom: 1,
    };
    await foreignLayout(
      { schemaVersion: 2, custom: { a: 1 }, annotations: { k: 'v' }, manifests: [entry] },
      [config, image.bytes],
    );
    const repository = await openLayoutRepository(layout);
    expect(await list(repository.tags())).toEqual([]);
    expect((await repository.resolve(name)).digest).toBe(image.descriptor.digest);
    await repository.tag(nested, 'mine');
    await repository.close();
    const index = await readIndex();
    expect(index).toMatchObject({ schemaVersion: 2, custom: { a: 1 }, annotations: { k: 'v' } });
    expect(index.manifests).toEqual([
      entry,
      { ...nested.descriptor, annotations: { [refName]: 'mine' } },
    ]);
  });

  it('opens with an empty list, with missing blobs and with unknown files', async () => {
    await foreignLayout({ schemaVersion: 2, manifests: null }, []);
    await (await openLayoutRepository(layout)).close();
    await foreignLayout({ schemaVersion: 2, manifests: [image.descriptor] }, []);
    await rm(join(layout, 'blobs'), { recursive: true });
    await writeFile(join(layout, 'manifest.json'), '[]');
    const reader = await openLayoutRepository(layout, { mode: 'read' });
    expect(await failureOf(reader.readManifest(image.descriptor.digest))).toBeInstanceOf(
      ContentNotFoundError,
    );
    const repository = await openLayoutRepository(layout);
    expect(await repository.exists(image.descriptor)).toBe(false);
    expect(await list(repository.referrers(image.descriptor))).toEqual([]);
    await repository.close();
  });

  it('finds the referrers that stand below fallback tags', async () => {
    const referrer = manifest(
      { manifests: [], subject: image.descriptor, artifactType: 'application/vnd.example' },
      mediaTypes.index,
    );
    const fallback = manifest({ manifests: [referrer.descriptor] }, mediaTypes.index);
    const tag = image.descriptor.digest.replace(':', '-');
    await foreignLayout(
      {
        schemaVersion: 2,
        manifests: [{ ...fallback.descriptor, annotations: { [refName]: tag } }],
      },
      [fallback.bytes, referrer.bytes],
    );
    const repository = await openLayoutRepository(layout, { mode: 'read' });
    expect(await list(repository.referrers(image.descriptor))).toEqual([
      { ...referrer.descriptor, artifactType: 'application/vnd.example' },
    ]);
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['another schema version', { schemaVersion: 1, manifests: [] }],
    ['a list', []],
    ['manifests that are no list', { schemaVersion: 2, manifests: {} }],
    [
      'a digest that climbs',
      { schemaVersion: 2, manifests: [{ ...image.descriptor, digest: 'sha256:../x' }] },
    ],
    [
      'a name for two manifests',
      {
        schemaVersion: 2,
        manifests: [image, nested].map(({ descriptor }) => ({
          ...descriptor,
          annotations: { [refName]: 'x' },
        })),
      },
    ],
  ])('is refused with an index.json that is %s', async (_, index) => {
    await foreignLayout({}, []);
    await writeFile(
      join(layout, 'index.json'),
      typeof index === 'string' ? index : JSON.stringify(index),
    );
    for (const mode of ['read', 'write'] as const) {
      expect(await failureOf(openLayoutRepository(layout, { mode }))).toBeInstanceOf(
        LayoutCorruptError,
      );
    }
  });

  it('is refused without an index.json, or with an unknown version', async () => {
    await foreignLayout({}, []);
    await rm(join(layout, 'index.json'));
    expect(await failureOf(openLayoutRepository(layout))).toBeInstanceOf(LayoutCorruptError);
    for (const text of ['{"imageLayoutVersion":"2.0.0"}', '{}', 'null', 'x']) {
      await writeFile(join(layout, 'oci-layout'), text);
      expect(await failureOf(openLayoutRepository(layout)), text).toBeInstanceOf(
        LayoutCorruptError,
      );
    }
  });

  it('is not found where there is none', async () => {
    const error = await failureOf(openLayoutRepository(layout));
    expect(error).toBeInstanceOf(RepositoryNotFoundError);
    expect(error).toMatchObject({
      code: 'ERR_CONTENT_REPOSITORY_NOT_FOUND',
      category: 'not-found',
    });
  });
});

describe('a hostile layout', () => {
  const secret = Buffer.from('the secret of the reader');
  const target = { mediaType: 'a/b', digest: digestOf(secret), size: secret.length };

  it('reads no file through a link', async () => {
    await foreignLayout({ schemaVersion: 2, manifests: [] }, []);
    const outside = join(folder, 'outside');
    await writeFile(outside, secret);
    await symlink(outside, blobFile(target.digest));
    const repository = await openLayoutRepository(layout);
    for (const task of [
      () => repository.exists(target),
      () => repository.fetch(target),
      () => repository.openBlob(target.digest),
      () => repository.statBlob(target.digest),
    ]) {
      expect(await failureOf(task())).toBeInstanceOf(LayoutCorruptError);
    }
    await repository.close();
  });

  it.each(['blobs', join('blobs', 'sha256'), '.tofu-oci', 'index.json', 'oci-layout'])(
    'is refused when %s is a link',
    async (name) => {
      await foreignLayout({ schemaVersion: 2, manifests: [] }, []);
      await mkdir(join(layout, '.tofu-oci'));
      const moved = join(folder, 'moved');
      await rename(join(layout, name), moved);
      await symlink(moved, join(layout, name));
      for (const mode of ['read', 'write'] as const) {
        expect(await failureOf(openLayoutRepository(layout, { mode })), mode).toBeInstanceOf(
          LayoutCorruptError,
        );
      }
    },
  );

  it.each(['index.json.new', 'oci-layout.new'])(
    'has nothing written through a link that stands where %s is made',
    async (name) => {
      const outside = join(folder, 'outside');
      await writeFile(outside, secret);
      await mkdir(join(layout, '.tofu-oci'), { recursive: true });
      await symlink(outside, join(layout, '.tofu-oci', name));
      const repository = await openLayoutRepository(layout, { mode: 'create' });
      await repository.tag(emptyIndex('a'), 'x');
      await repository.close();
      expect(await readFile(outside)).toEqual(secret);
      expect((await readIndex()).manifests).toHaveLength(1);
    },
  );

  it('is refused when a folder stands where a file should', async () => {
    await foreignLayout({ schemaVersion: 2, manifests: [] }, []);
    await mkdir(blobFile(target.digest));
    const repository = await openLayoutRepository(layout, { mode: 'read' });
    expect(await failureOf(repository.fetch(target))).toBeInstanceOf(LayoutCorruptError);
  });

  it('never passes changed content on', async () => {
    const index = emptyIndex('a');
    await foreignLayout({ schemaVersion: 2, manifests: [index.descriptor] }, []);
    const changed = Buffer.from(index.bytes.toString().replace('"a"', '"b"'));
    await writeFile(blobFile(index.descriptor.digest), changed);
    await writeFile(blobFile(target.digest), Buffer.from('THE secret of the reader'));
    const repository = await openLayoutRepository(layout, { mode: 'read' });
    expect(await failureOf(repository.readManifest(index.descriptor.digest))).toBeInstanceOf(
      DigestMismatchError,
    );
    const stream = await repository.fetch(target);
    expect(await failureOf(buffer(stream))).toBeInstanceOf(DigestMismatchError);
  });
});

describe('a layout that is open for reading', () => {
  it('writes nothing, not even a lock, and says so', async () => {
    const writer = await openLayoutRepository(layout, { mode: 'create' });
    await writer.tag(emptyIndex('a'), 'x');
    const names = async () => (await readdir(layout, { recursive: true })).sort();
    const before = await names();
    const reader = await openLayoutRepository(layout, { mode: 'read' });
    const a = emptyIndex('a');
    for (const task of [
      () => reader.tag(a, 'y'),
      () => reader.deleteTag('x'),
      () => reader.deleteManifest(a.descriptor.digest),
      () => reader.deleteBlob(a.descriptor.digest),
      () => reader.startUpload(),
      () => reader.resumeUpload('x'),
      () => reader.linkBlobFrom(writer, a.descriptor.digest),
      () => reader.push({ descriptor: emptyDescriptor, open: () => expect.fail() }),
    ]) {
      const error = await failureOf(task());
      expect(error).toBeInstanceOf(StoreReadOnlyError);
      expect(error).toMatchObject({ code: 'ERR_CONTENT_STORE_READ_ONLY', category: 'usage' });
    }
    expect((await reader.readManifest('x')).bytes).toEqual(a.bytes);
    expect(await names()).toEqual(before);
    await reader.close();
    await writer.close();
    expect(await failureOf(writer.tag(a, 'y'))).toBeInstanceOf(StoreReadOnlyError);
  });
});

describe('taking a blob over from another repository', () => {
  it('links it, and copies it where links fail', async () => {
    const from = await openLayoutRepository(layout, { mode: 'create' });
    const bytes = Buffer.from('shared');
    const blob = { mediaType: 'a/b', digest: digestOf(bytes), size: bytes.length };
    await from.push({ descriptor: blob, open: () => Promise.resolve(readableOf(bytes)) });
    const linking = await openLayoutRepository(join(folder, 'linking'), { mode: 'create' });
    expect(await linking.linkBlobFrom(from, blob.digest)).toBe(true);
    expect(await linking.linkBlobFrom(from, blob.digest)).toBe(true);
    expect((await lstat(blobFile(blob.digest))).nlink).toBe(2);
    const { files } = faultyFiles((_, operation) => (operation === 'link' ? 'EXDEV' : undefined));
    const copying = await openLayoutRepository(join(folder, 'copying'), { mode: 'create', files });
    expect(await copying.linkBlobFrom(from, blob.digest)).toBe(true);
    expect((await lstat(blobFile(blob.digest))).nlink).toBe(2);
    for (const to of [linking, copying]) {
      expect(await buffer(await to.fetch(blob))).toEqual(bytes);
      expect(await to.linkBlobFrom(from, digestOf(Buffer.from('absent')))).toBe(false);
      await to.close();
    }
    await from.close();
  });
});

describe('a blob that is served', () => {
  it('is read by parts, and nothing that is not there', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    const bytes = Buffer.from('0123456789');
    const blob = { mediaType: 'a/b', digest: digestOf(bytes), size: bytes.length };
    await repository.push({ descriptor: blob, open: () => Promise.resolve(readableOf(bytes)) });
    const opened = await repository.openBlob(blob.digest);
    expect(opened?.size).toBe(10);
    const read = async (position: number, length: number) => {
      const into = Buffer.alloc(length);
      const count = (await opened?.read(into, position)) ?? 0;
      return into.subarray(0, count).toString();
    };
    expect(await read(2, 3)).toBe('234');
    expect(await read(0, 100)).toBe('0123456789');
    expect(await read(10, 1)).toBe('');
    await repository.deleteBlob(blob.digest);
    expect(await read(9, 1)).toBe('9');
    await opened?.close();
    expect(await repository.openBlob(blob.digest)).toBeUndefined();
    await repository.close();
  });
});
