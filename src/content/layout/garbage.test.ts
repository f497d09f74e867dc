import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { type Clock, type Files, nodeFiles, systemClock } from '../../base/index.ts';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../spec/index.ts';
import { readableOf } from '../blob-sources.ts';
import { ChildMissingError, ContentNotFoundError, LayoutCorruptError } from '../errors.ts';
import type { HostedRepository } from '../hosted.ts';
import type { ManifestContent } from '../interfaces.ts';
import { openLayoutRepository } from './open-layout.ts';
import { openLayoutRoot } from './root.ts';

const hour = 3_600_000;
const graceMs = 24 * hour;

function manualClock(): Clock & { pass(ms: number): void } {
  let now = 1_000_000;
  return {
    now: () => now,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    pass: (ms) => void (now += ms),
  };
}

let layout: string;
let clock: ReturnType<typeof manualClock>;
beforeEach(async () => {
  layout = join(await tempFolder(), 'layout');
  clock = manualClock();
});

const open = (files?: Files) =>
  openLayoutRepository(layout, { mode: 'create', clock, graceMs, files });

function blob(text: string): { readonly bytes: Buffer; readonly descriptor: Descriptor } {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  return { bytes, descriptor: { mediaType: 'archive/zip', digest, size: bytes.length } };
}

function imageOf(layers: readonly Descriptor[], note = ''): ManifestContent {
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: emptyDescriptor,
    layers,
    annotations: { note },
  });
  const descriptor = {
    mediaType: mediaTypes.manifest,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  return { descriptor, bytes };
}

async function upload(
  repository: HostedRepository,
  { bytes, descriptor }: ReturnType<typeof blob>,
) {
  const session = await repository.startUpload();
  await session.append(readableOf(bytes));
  await session.commit(descriptor.digest);
}

async function stored(): Promise<readonly string[]> {
  return (await readdir(join(layout, 'blobs', 'sha256'))).map((hex) => `sha256:${hex}`).sort();
}

describe('a collection of garbage', () => {
  const empty = { bytes: emptyBlob(), descriptor: emptyDescriptor };
  const [a, b] = [blob('a'), blob('b')];

  it('removes what no manifest needs, when the grace period is over and not before', async () => {
    const repository = await open();
    for (const each of [empty, a, b]) await upload(repository, each);
    const image = imageOf([a.descriptor]);
    await repository.putManifest(image);
    expect(await repository.collectGarbage()).toEqual({ removed: 0, bytes: 0, waiting: 1 });
    clock.pass(graceMs - 1);
    expect(await repository.collectGarbage()).toMatchObject({ removed: 0, waiting: 1 });
    clock.pass(1);
    expect(await repository.collectGarbage()).toEqual({ removed: 1, bytes: 1, waiting: 0 });
    const digests = [empty, a, image].map(({ descriptor }) => descriptor.digest);
    expect(await stored()).toEqual(digests.sort());
    await repository.close();
  });

  it('keeps manifests without tags, what they need, and what stands below an index', async () => {
    const repository = await open();
    for (const each of [empty, a]) await upload(repository, each);
    const image = imageOf([a.descriptor]);
    await repository.putManifest(image);
    const bytes = canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [image.descriptor],
    });
    const digest = digestOf(bytes);
    const index = { mediaType: mediaTypes.index, digest, size: bytes.length };
    await repository.putManifest({ descriptor: index, bytes });
    clock.pass(2 * graceMs);
    expect((await repository.collectGarbage()).removed).toBe(0);
    // Of another program, which lists the index only.
    await repository.close();
    await writeFile(
      join(layout, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [index] }),
    );
    const again = await open();
    clock.pass(2 * graceMs);
    expect((await again.collectGarbage()).removed).toBe(0);
    expect((await again.readManifest(image.descriptor.digest)).bytes).toEqual(image.bytes);
    await again.close();
  });

  it.each<[string, (repository: HostedRepository) => Promise<unknown>]>([
    ['asked for with HEAD', (repository) => repository.statBlob(a.descriptor.digest)],
    ['found by a push', (repository) => repository.exists(a.descriptor)],
    ['uploaded again', (repository) => upload(repository, a)],
    ['mounted', (repository) => repository.linkBlobFrom(repository, a.descriptor.digest)],
  ])('keeps a blob for the grace period after it was %s', async (_, tell) => {
    const repository = await open();
    for (const each of [empty, a]) await upload(repository, each);
    clock.pass(graceMs);
    await tell(repository);
    await repository.collectGarbage();
    clock.pass(graceMs - 1);
    await repository.collectGarbage();
    await repository.putManifest(imageOf([a.descriptor]), { missingChildren: 'accept' });
    expect(await stored()).toContain(a.descriptor.digest);
    await repository.close();
  });

  it('keeps the children of a manifest for the grace period after it was deleted', async () => {
    const repository = await open();
    for (const each of [empty, a]) await upload(repository, each);
    const image = imageOf([a.descriptor]);
    await repository.putManifest(image);
    clock.pass(2 * graceMs);
    await repository.deleteManifest(image.descriptor.digest);
    expect(await repository.collectGarbage()).toMatchObject({ removed: 0, waiting: 2 });
    clock.pass(graceMs);
    expect(await repository.collectGarbage()).toMatchObject({ removed: 2, waiting: 0 });
    expect(await stored()).toEqual([]);
    await repository.close();
  });

  it('keeps everything for the grace period after the repository was opened', async () => {
    const first = await open();
    await upload(first, a);
    clock.pass(2 * graceMs);
    await first.close();
    const second = await open();
    expect(await second.collectGarbage()).toMatchObject({ removed: 0, waiting: 1 });
    clock.pass(graceMs);
    expect(await second.collectGarbage()).toMatchObject({ removed: 1 });
    await second.close();
  });

  it('removes nothing while a manifest that is listed can not be read', async () => {
    const repository = await open();
    for (const each of [empty, a, b]) await upload(repository, each);
    const image = imageOf([a.descriptor]);
    await repository.putManifest(image);
    clock.pass(2 * graceMs);
    const path = join(layout, 'blobs', 'sha256', image.descriptor.digest.slice(7));
    for (const damage of [() => rm(path), () => writeFile(path, '{"schemaVersion":2')]) {
      await damage();
      await expect(repository.collectGarbage()).rejects.toBeInstanceOf(LayoutCorruptError);
      expect(await stored()).toEqual(expect.arrayContaining([b.descriptor.digest]));
    }
    await repository.putManifest(image);
    expect(await repository.collectGarbage()).toMatchObject({ removed: 1 });
    await repository.close();
  });

  it('removes no file that is none of ours', async () => {
    const repository = await open();
    await writeFile(join(layout, 'blobs', 'sha256', 'README'), 'x');
    clock.pass(2 * graceMs);
    expect(await repository.collectGarbage()).toMatchObject({ removed: 0 });
    await repository.close();
  });

  it('never happens where no grace period is given', async () => {
    const repository = await openLayoutRepository(layout, { mode: 'create', clock });
    await upload(repository, a);
    clock.pass(1000 * graceMs);
    expect(await repository.collectGarbage()).toEqual({ removed: 0, bytes: 0, waiting: 0 });
    expect(await stored()).toHaveLength(1);
    await repository.close();
  });

  it('goes through all open repositories, and past one that is damaged', async () => {
    const root = await openLayoutRoot(layout, { clock, graceMs });
    for (const path of ['acme/one', 'acme/two', 'acme/three']) {
      await upload(await root.createRepository(path), a);
    }
    const damaged = await root.createRepository('acme/two');
    await upload(damaged, empty);
    const image = imageOf([a.descriptor]);
    await damaged.putManifest(image);
    await rm(join(layout, 'acme/two/blobs/sha256', image.descriptor.digest.slice(7)));
    clock.pass(graceMs);
    const errors: unknown[] = [];
    const collected = await root.collectGarbage({ onError: (error) => errors.push(error) });
    expect(collected).toEqual({ removed: 2, bytes: 2, waiting: 0 });
    expect(errors).toEqual([expect.any(LayoutCorruptError)]);
    await root.close();
  });
});

/** Numbers that are the same for the same seed, 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A disk that syncs nothing, and on which each step takes some turns of the loop: by chance, how many. */
function unsteadyFiles(random: () => number): Files {
  const pause = async () => {
    for (let left = Math.floor(random() * 4); left > 0; left--) await turnOfLoop();
  };
  const slow = new Set(['lstat', 'rename', 'rm', 'readdir', 'link', 'open']);
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, key) => {
        const value: unknown = Reflect.get(object, key);
        if (typeof value !== 'function') return value;
        if (key === 'sync' || key === 'datasync') return () => Promise.resolve();
        const method = value.bind(object) as (...args: unknown[]) => unknown;
        if (!slow.has(String(key))) return method;
        return async (...args: unknown[]) => {
          await pause();
          const result = await method(...args);
          await pause();
          return key === 'open' ? wrap(result as object) : result;
        };
      },
    });
  return wrap(nodeFiles);
}

describe('pushing, deleting and collecting at the same time', () => {
  const contents = Array.from({ length: 6 }, (_, number) => blob(`content ${number}`));
  const clients = 4;
  const pushesPerClient = 60;

  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'never takes from a manifest what it needs, nor from a client what it was told of (seed %i)',
    async (seed) => {
      const random = randomNumbers(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
      const repository = await open(unsteadyFiles(random));
      await upload(repository, { bytes: emptyBlob(), descriptor: emptyDescriptor });
      await repository.putManifest(imageOf([], 'keeps the empty blob'));
      const acknowledged = new Map<Digest, readonly Digest[]>();
      let [skipped, removed, atWork] = [0, 0, clients];

      const push = async (name: string) => {
        const layers = [pick(contents), pick(contents)];
        const toldAt = clock.now();
        for (const layer of layers) {
          if ((await repository.statBlob(layer.descriptor.digest)) === undefined) {
            await upload(repository, layer);
          } else skipped++;
          if (random() < 0.3) clock.pass(Math.floor(random() * graceMs * 0.4));
        }
        // Some are too slow: they may be refused, and must not be let down.
        if (random() < 0.2) clock.pass(graceMs);
        const image = imageOf(
          layers.map(({ descriptor }) => descriptor),
          name,
        );
        try {
          await repository.putManifest(image, { tags: [name] });
          acknowledged.set(
            image.descriptor.digest,
            layers.map(({ descriptor }) => descriptor.digest),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(ChildMissingError);
          expect(clock.now() - toldAt).toBeGreaterThanOrEqual(graceMs);
        }
      };
      const remove = async () => {
        const digest = pick([...acknowledged.keys()]);
        if (!acknowledged.delete(digest)) return;
        await repository.deleteManifest(digest);
      };
      const client = async (name: string) => {
        for (let count = 0; count < pushesPerClient; count++) {
          await push(`${name}.${count}`);
          while (acknowledged.size > 3) await remove();
        }
        atWork--;
      };
      const collector = async () => {
        while (atWork > 0) {
          removed += (await repository.collectGarbage()).removed;
          clock.pass(Math.floor(random() * graceMs * 0.3));
          await turnOfLoop();
          await expectWhole(repository, acknowledged);
        }
      };
      await Promise.all([
        ...Array.from({ length: clients }, (_, index) => client(`c${index}`)),
        collector(),
      ]);
      // That it was not for nothing.
      expect(Math.min(skipped, removed)).toBeGreaterThan(0);
      await repository.close();

      const again = await open();
      await expectWhole(again, acknowledged);
      for (const digest of acknowledged.keys()) await again.deleteManifest(digest);
      clock.pass(graceMs);
      await again.collectGarbage();
      expect(await stored()).toHaveLength(2);
      await again.close();
    },
    30_000,
  );

  /** Looks at the disk itself: asking the repository would make it keep what is asked for. */
  async function expectWhole(
    repository: HostedRepository,
    acknowledged: ReadonlyMap<Digest, readonly Digest[]>,
  ): Promise<void> {
    for (const [digest, children] of [...acknowledged]) {
      const files = new Set(await stored());
      if (!acknowledged.has(digest)) continue;
      expect([...children].filter((child) => !files.has(child))).toEqual([]);
      try {
        await repository.readManifest(digest);
      } catch (error) {
        // Deleted since.
        expect(error).toBeInstanceOf(ContentNotFoundError);
        expect(acknowledged.has(digest)).toBe(false);
      }
    }
  }
});
