import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type FaultPlan, faultyFiles } from '../../../test/support/faulty-files.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { FileAccessError, isTofuOciError } from '../../base/index.ts';
import { canonicalJson, childrenOf, mediaTypes, parseManifest } from '../../spec/index.ts';
import { bytesSource, type HostedRepository, openLayoutRepository } from '../index.ts';

const config = bytesSource(Buffer.from('{"config":true}'), 'application/vnd.example');

function image(number: number) {
  const layer = bytesSource(Buffer.alloc(100_000, `layer ${number} `), 'archive/zip');
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { layer, manifest: { ...bytesSource(bytes, mediaTypes.manifest), bytes } };
}

interface Life {
  /** For each tag, where it may be afterwards: one place when it was acknowledged, two when not. */
  readonly tags: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly failures: readonly unknown[];
  readonly changes: number;
}

/** A little life of a repository on a disk with faults; each step is tried whatever became of others. */
async function live(layout: string, plan: FaultPlan): Promise<Life> {
  const faulty = faultyFiles(plan);
  const tags = new Map<string, readonly (string | undefined)[]>();
  const failures: unknown[] = [];
  const attempt = (step: () => Promise<unknown>): Promise<boolean> =>
    step().then(
      () => true,
      (error: unknown) => {
        failures.push(error);
        return false;
      },
    );
  const change = async (tag: string, to: string | undefined, step: () => Promise<unknown>) => {
    const before = tags.get(tag) ?? [undefined];
    tags.set(tag, (await attempt(step)) ? [to] : [...before, to]);
  };

  let opened: HostedRepository | undefined;
  await attempt(async () => {
    opened = await openLayoutRepository(layout, { mode: 'create', files: faulty.files });
  });
  const repository = currentOf(opened);
  if (repository !== undefined) {
    await attempt(() => repository.push(config));
    for (const [number, tag] of [
      [1, 'a'],
      [2, 'b'],
      [1, 'b'],
      [2, 'c'],
    ] as const) {
      const { layer, manifest } = image(number);
      await attempt(() => repository.push(layer));
      await change(tag, manifest.descriptor.digest, () => repository.tag(manifest, tag));
    }
    const { digest } = image(2).manifest.descriptor;
    const isGone = await attempt(() => repository.deleteManifest(digest));
    for (const [tag, places] of tags) {
      if (!places.includes(digest)) continue;
      const others = places.filter((place) => place !== digest);
      tags.set(tag, isGone ? [...others, undefined] : [...places, undefined]);
    }
    await attempt(() => repository.close());
  }
  return { tags, failures, changes: faulty.changes() };
}

/** TypeScript does not see that a callback has assigned it. */
function currentOf<T>(value: T | undefined): T | undefined {
  return value;
}

/** Whatever can be seen is whole, and what was acknowledged is there. */
async function check(layout: string, { tags }: Life): Promise<void> {
  // The process that failed is gone, and where it could not remove its lock, the lock is stale.
  await rm(join(layout, '.tofu-oci', 'lock'), { force: true });
  const repository = await openLayoutRepository(layout, { mode: 'create' });
  for (const tag of repository.tagsAfter(undefined, 100)) {
    const { bytes, descriptor } = await repository.readManifest(tag);
    for (const child of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
      expect(await buffer(await repository.fetch(child))).toHaveLength(child.size);
    }
  }
  for (const [tag, places] of tags) {
    const isThere = repository.tagsAfter(undefined, 100).includes(tag);
    const place = isThere ? (await repository.resolve(tag)).digest : undefined;
    expect(places, tag).toContain(place);
  }
  await repository.close();
}

describe('a layout on a failing disk', () => {
  it.each([
    ['no space left from then on', 'ENOSPC', (count: number, nth: number) => count >= nth],
    ['an input/output error', 'EIO', (count: number, nth: number) => count === nth],
  ])(
    'keeps what it acknowledged and shows nothing half: %s, at every change in turn',
    async (_, errno, isFault) => {
      const folder = await tempFolder();
      const whole = await live(join(folder, 'whole'), () => undefined);
      expect(whole.failures).toEqual([]);
      expect(whole.changes).toBeGreaterThan(30);
      await check(join(folder, 'whole'), whole);
      for (let nth = 1; nth <= whole.changes; nth++) {
        const layout = join(folder, String(nth));
        // A full disk still lets go of files.
        const life = await live(layout, (count, operation) =>
          isFault(count, nth) && (errno !== 'ENOSPC' || operation !== 'rm') ? errno : undefined,
        );
        for (const failure of life.failures) {
          expect(isTofuOciError(failure), String(failure)).toBe(true);
        }
        await check(layout, life);
      }
    },
    60_000,
  );

  it('goes on after a failed write, and says what failed', async () => {
    const layout = join(await tempFolder(), 'layout');
    let isFull = false;
    const { files } = faultyFiles((_, operation) =>
      isFull && (operation === 'appendFile' || operation === 'writev') ? 'ENOSPC' : undefined,
    );
    const repository = await openLayoutRepository(layout, { mode: 'create', files });
    const { layer, manifest } = image(1);
    isFull = true;
    const error = await repository.push(layer).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FileAccessError);
    expect(error).toMatchObject({ errno: 'ENOSPC' });
    expect(await repository.exists(layer.descriptor)).toBe(false);
    isFull = false;
    await repository.push(config);
    await repository.push(layer);
    isFull = true;
    await expect(repository.tag(manifest, 'x')).rejects.toBeInstanceOf(FileAccessError);
    expect(repository.tagsAfter(undefined, 1)).toEqual([]);
    isFull = false;
    await repository.tag(manifest, 'x');
    expect(repository.tagsAfter(undefined, 1)).toEqual(['x']);
    await repository.close();
  });

  it('takes nothing more into a journal that it can not repair', async () => {
    const layout = join(await tempFolder(), 'layout');
    let isBroken = false;
    const { files } = faultyFiles((_, operation) =>
      isBroken && ['datasync', 'truncate'].includes(operation) ? 'EIO' : undefined,
    );
    const repository = await openLayoutRepository(layout, { mode: 'create', files });
    const { layer, manifest } = image(1);
    await repository.push(config);
    await repository.push(layer);
    await repository.tag(manifest, 'before');
    isBroken = true;
    await expect(repository.tag(manifest, 'torn')).rejects.toBeInstanceOf(FileAccessError);
    isBroken = false;
    await expect(repository.tag(manifest, 'after')).rejects.toBeInstanceOf(FileAccessError);
    await repository.close();
    const later = await openLayoutRepository(layout);
    expect(later.tagsAfter(undefined, 9)).toContain('before');
    expect(later.tagsAfter(undefined, 9)).not.toContain('after');
    await later.close();
  });
});
