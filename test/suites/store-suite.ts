import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { categoryOf, isNotFound } from '../../src/base/index.ts';
import {
  type BlobSource,
  bytesSource,
  ContentNotFoundError,
  copyGraph,
  createMemoryRepository,
  type ManifestContent,
  manifestSource,
  TagConflictError,
  type TargetRepository,
} from '../../src/content/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../src/spec/index.ts';

export interface StoreUnderTest {
  /** Empty, or not there yet in a registry that makes repositories on the first push. */
  readonly repository: TargetRepository;
  close(): Promise<void>;
}

export interface StoreSuiteOptions {
  /** Cases that this store can not pass, by name, each with the reason that the report shows. */
  readonly skips?: Readonly<Partial<Record<StoreCase, string>>>;
}

const zip = 'archive/zip';
const releaseType = 'application/vnd.example.release';
const evidenceType = 'application/vnd.example.evidence';

/** Three megabytes and a byte: several chunks on every path, and a multiple of nothing. */
function largeBytes(seed = 1): Buffer {
  return Buffer.alloc(3 * 1024 * 1024 + 1, `some content, variant ${seed}, over and over`);
}

function source(text: string): BlobSource {
  return bytesSource(Buffer.from(text), zip);
}

function manifest(document: object, mediaType: string = mediaTypes.manifest): ManifestContent {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }, null, 2));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

interface ImageOptions {
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Pushes an image manifest with everything it needs. */
async function pushImage(
  repository: TargetRepository,
  text: string,
  options: ImageOptions = {},
): Promise<ManifestContent> {
  const layer = source(text);
  await repository.push(layer);
  await repository.push(bytesSource(emptyBlob(), mediaTypes.empty));
  const image = manifest({
    artifactType: releaseType,
    ...options,
    config: emptyDescriptor,
    layers: [layer.descriptor],
  });
  await repository.push(manifestSource(image));
  return image;
}

async function contentOf(repository: TargetRepository, target: Descriptor): Promise<Buffer> {
  return await buffer(await repository.fetch(target));
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

const cases = {
  'gives back a blob as it was pushed': async (repository) => {
    const blob = source('hello');
    expect(await repository.exists(blob.descriptor)).toBe(false);
    expect(await repository.push(blob)).toBe('pushed');
    expect(await repository.exists(blob.descriptor)).toBe(true);
    expect(await contentOf(repository, blob.descriptor)).toEqual(Buffer.from('hello'));
  },

  'does not take a blob twice': async (repository) => {
    await repository.push(source('hello'));
    expect(await repository.push(source('hello'))).toBe('exists');
  },

  'takes the same blob from several writers at once': async (repository) => {
    const bytes = largeBytes();
    const blob = bytesSource(bytes, zip);
    const outcomes = await Promise.all([1, 2, 3].map(() => repository.push(blob)));
    expect(outcomes).toContain('pushed');
    expect((await contentOf(repository, blob.descriptor)).equals(bytes)).toBe(true);
  },

  'takes an empty blob': async (repository) => {
    const blob = source('');
    await repository.push(blob);
    expect(await contentOf(repository, blob.descriptor)).toHaveLength(0);
  },

  'takes a blob of many chunks and tells how far it is': async (repository) => {
    const bytes = largeBytes();
    const blob = bytesSource(bytes, zip);
    const progress: number[] = [];
    await repository.push(blob, { onProgress: (sent) => progress.push(sent) });
    expect(progress.at(-1)).toBe(bytes.length);
    expect((await contentOf(repository, blob.descriptor)).equals(bytes)).toBe(true);
  },

  'takes a sha512 blob': async (repository) => {
    const bytes = largeBytes(2);
    const descriptor = { mediaType: zip, digest: digestOf(bytes, 'sha512'), size: bytes.length };
    await repository.push({ descriptor, open: () => Promise.resolve(Readable.from([bytes])) });
    expect((await contentOf(repository, descriptor)).equals(bytes)).toBe(true);
  },

  'refuses content that is not what its descriptor says': async (repository) => {
    const { descriptor } = source('hello');
    for (const text of ['hell', 'hello!', 'hallo', '']) {
      const wrong = { descriptor, open: () => Promise.resolve(Readable.from([Buffer.from(text)])) };
      expect(categoryOf(await failureOf(repository.push(wrong))), text).toBe('integrity');
      expect(await repository.exists(descriptor), text).toBe(false);
    }
    const missing = await failureOf(repository.fetch(descriptor));
    expect(missing).toBeInstanceOf(ContentNotFoundError);
  },

  'keeps nothing of content that broke off': async (repository) => {
    const { descriptor } = source('hello');
    const broken = {
      descriptor,
      open: () =>
        Promise.resolve(
          Readable.from(
            (function* () {
              yield Buffer.from('hel');
              throw new Error('the cable was cut');
            })(),
          ),
        ),
    };
    await expect(repository.push(broken)).rejects.toThrow();
    expect(await repository.exists(descriptor)).toBe(false);
    expect(await repository.push(source('hello'))).toBe('pushed');
  },

  'says that missing content is not found': async (repository) => {
    await repository.push(source('other'));
    const { descriptor } = source('hello');
    expect(await repository.exists(descriptor)).toBe(false);
    const { digest, size } = descriptor;
    const asManifest = { mediaType: mediaTypes.manifest, digest, size };
    expect(await repository.exists(asManifest)).toBe(false);
    for (const task of [
      () => repository.fetch(descriptor),
      () => repository.fetch(asManifest),
      () => repository.readManifest(digest),
      () => repository.readManifest('1.0.0'),
      () => repository.resolve('1.0.0'),
      () => repository.resolve(digest),
    ]) {
      expect(await failureOf(task())).toBeInstanceOf(ContentNotFoundError);
    }
  },

  'never ends cleanly under a descriptor with another size': async (repository) => {
    const blob = source('hello');
    await repository.push(blob);
    for (const size of [4, 6]) {
      const error = await failureOf(contentOf(repository, { ...blob.descriptor, size }));
      expect(categoryOf(error)).toBe('integrity');
    }
  },

  'gives back a manifest byte by byte': async (repository) => {
    const image = await pushImage(repository, 'one');
    const { digest } = image.descriptor;
    const read = await repository.readManifest(digest);
    expect(read.bytes.equals(image.bytes)).toBe(true);
    expect(read.descriptor).toEqual({ ...image.descriptor, artifactType: releaseType });
    expect((await repository.resolve(digest)).digest).toBe(digest);
    expect(await repository.exists(image.descriptor)).toBe(true);
    expect((await contentOf(repository, image.descriptor)).equals(image.bytes)).toBe(true);
    expect(await repository.push(manifestSource(image))).toBe('exists');
  },

  'refuses a manifest whose blobs are not there': async (repository) => {
    await repository.push(bytesSource(emptyBlob(), mediaTypes.empty));
    const image = manifest({ config: emptyDescriptor, layers: [source('absent').descriptor] });
    await expect(repository.push(manifestSource(image))).rejects.toThrow();
    expect(await repository.exists(image.descriptor)).toBe(false);
  },

  'takes a manifest whose non-distributable layers are not there': async (repository) => {
    await repository.push(bytesSource(emptyBlob(), mediaTypes.empty));
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const layer = { ...source('elsewhere').descriptor, mediaType };
    const image = manifest({ config: emptyDescriptor, layers: [layer] });
    expect(await repository.push(manifestSource(image))).toBe('pushed');
  },

  'refuses a manifest that is none': async (repository) => {
    for (const text of ['nonsense', '{}', '{"schemaVersion":2,"manifests":[],"layers":[]}']) {
      const bytes = Buffer.from(text);
      const descriptor = {
        mediaType: mediaTypes.index,
        digest: digestOf(bytes),
        size: bytes.length,
      };
      await expect(repository.push(manifestSource({ descriptor, bytes }))).rejects.toThrow();
      expect(await repository.exists(descriptor)).toBe(false);
    }
  },

  'takes indexes of manifests, and indexes of indexes': async (repository) => {
    const { descriptor } = await pushImage(repository, 'one');
    const inner = manifest({ manifests: [descriptor] }, mediaTypes.index);
    await repository.push(manifestSource(inner));
    const outer = manifest({ manifests: [inner.descriptor, descriptor] }, mediaTypes.index);
    await repository.push(manifestSource(outer));
    expect((await repository.readManifest(outer.descriptor.digest)).bytes).toEqual(outer.bytes);
    const empty = manifest({ manifests: [] }, mediaTypes.index);
    await repository.push(manifestSource(empty));
    expect((await repository.readManifest(empty.descriptor.digest)).bytes).toEqual(empty.bytes);
  },

  'points tags at manifests, moves them and lists them': async (repository) => {
    const one = await pushImage(repository, 'one');
    const two = await pushImage(repository, 'two');
    for (const tag of ['1.0.0', 'b', 'B', '1.0.0_linux']) await repository.tag(one, tag);
    expect((await repository.resolve('1.0.0')).digest).toBe(one.descriptor.digest);
    expect((await repository.readManifest('b')).bytes).toEqual(one.bytes);
    await repository.tag(two, 'b');
    expect((await repository.readManifest('b')).bytes).toEqual(two.bytes);
    expect((await list(repository.tags())).sort()).toEqual(['1.0.0', '1.0.0_linux', 'B', 'b']);
  },

  'stores a manifest that is tagged before it is pushed': async (repository) => {
    const empty = manifest({ manifests: [] }, mediaTypes.index);
    await repository.tag(empty, 'latest');
    expect(await repository.exists(empty.descriptor)).toBe(true);
    expect((await repository.readManifest('latest')).bytes).toEqual(empty.bytes);
  },

  'refuses a text that is no tag': async (repository) => {
    const one = await pushImage(repository, 'one');
    for (const tag of ['', '.', '../x', 'a/b', one.descriptor.digest, 'x'.repeat(129)]) {
      await expect(repository.tag(one, tag), tag).rejects.toThrow();
    }
  },

  'moves a tag only from where the caller expects it': async (repository) => {
    const one = await pushImage(repository, 'one');
    const two = await pushImage(repository, 'two');
    await repository.tag(one, 'x', { replaces: 'nothing' });
    const again = await failureOf(repository.tag(two, 'x', { replaces: 'nothing' }));
    expect(again).toBeInstanceOf(TagConflictError);
    const moved = await failureOf(repository.tag(two, 'x', { replaces: two.descriptor.digest }));
    expect(moved).toBeInstanceOf(TagConflictError);
    expect((await repository.resolve('x')).digest).toBe(one.descriptor.digest);
    await repository.tag(two, 'x', { replaces: one.descriptor.digest });
    expect((await repository.resolve('x')).digest).toBe(two.descriptor.digest);
  },

  'lists the referrers of a manifest': async (repository) => {
    const subject = await pushImage(repository, 'subject');
    const annotations = { 'org.example': 'é' };
    const named = await pushImage(repository, 'a', {
      subject: subject.descriptor,
      artifactType: evidenceType,
      annotations,
    });
    const config = bytesSource(Buffer.from('{"a":1}'), 'application/vnd.example.config');
    await repository.push(config);
    const unnamed = manifest({
      config: config.descriptor,
      layers: [config.descriptor],
      subject: subject.descriptor,
    });
    await repository.push(manifestSource(unnamed));
    const all = await list(repository.referrers(subject.descriptor));
    expect(all.map(({ digest }) => digest).sort()).toEqual(
      [named.descriptor.digest, unnamed.descriptor.digest].sort(),
    );
    const filtered = await list(
      repository.referrers(subject.descriptor, { artifactType: evidenceType }),
    );
    expect(filtered).toEqual([{ ...named.descriptor, artifactType: evidenceType, annotations }]);
    const byConfig = { artifactType: config.descriptor.mediaType };
    const fallback = await list(repository.referrers(subject.descriptor, byConfig));
    expect(fallback.map(({ digest }) => digest)).toEqual([unnamed.descriptor.digest]);
    expect(await list(repository.referrers(named.descriptor))).toEqual([]);
  },

  'takes a referrer before its subject': async (repository) => {
    const bytes = canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] });
    const subject = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
    const early = await pushImage(repository, 'early', { subject });
    await repository.push(manifestSource({ descriptor: subject, bytes }));
    const found = await list(repository.referrers(subject));
    expect(found.map(({ digest }) => digest)).toEqual([early.descriptor.digest]);
  },

  'stops when it is told to': async (repository) => {
    const blob = source('hello');
    await repository.push(blob);
    const signal = AbortSignal.abort(new Error('enough'));
    for (const task of [
      () => repository.push(source('more'), { signal }),
      () => repository.resolve('x', { signal }),
      () => repository.exists(blob.descriptor, { signal }),
    ]) {
      expect(isNotFound(await failureOf(task()))).toBe(false);
    }
    expect(await repository.exists(source('more').descriptor)).toBe(false);
  },

  'holds a graph that was copied into it, and gives it back': async (repository) => {
    const origin = createMemoryRepository('origin');
    const image = await pushImage(origin, 'shared');
    const other = await pushImage(origin, 'other');
    const release = manifest({ manifests: [image.descriptor, other.descriptor] }, mediaTypes.index);
    await origin.push(manifestSource(release));
    await copyGraph(origin, repository, release.descriptor);
    await repository.tag(release, '1.0.0');
    const back = createMemoryRepository('back');
    await copyGraph(repository, back, await repository.resolve('1.0.0'));
    expect((await back.readManifest(release.descriptor.digest)).bytes).toEqual(release.bytes);
    expect(await back.exists(source('other').descriptor)).toBe(true);
  },
} satisfies Readonly<Record<string, (repository: TargetRepository) => Promise<void>>>;

export type StoreCase = keyof typeof cases;

/** What every store promises, whatever it is made of. */
export function storeSuite(
  name: string,
  make: () => Promise<StoreUnderTest>,
  { skips = {} }: StoreSuiteOptions = {},
): void {
  describe(`${name} as a store`, () => {
    let store: StoreUnderTest;
    beforeEach(async () => {
      store = await make();
    });
    afterEach(async () => {
      await store.close();
    });

    for (const [title, run] of Object.entries(cases)) {
      const reason = skips[title as StoreCase];
      if (reason === undefined) it(title, () => run(store.repository));
      else it.skip(`${title} (${reason})`, () => undefined);
    }
  });
}
