import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { canonicalJson, digestOf, mediaTypes } from '../../spec/index.ts';
import { ContentNotFoundError } from '../errors.ts';
import type { ManifestContent } from '../interfaces.ts';
import { ManifestCache } from './manifest-cache.ts';
import { openLayoutRoot } from './root.ts';

function indexOf(note: string): ManifestContent {
  const annotations = { note };
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [],
    annotations,
  });
  const digest = digestOf(bytes);
  return { descriptor: { mediaType: mediaTypes.index, digest, size: bytes.length }, bytes };
}

describe('the cache of manifests', () => {
  it('has what was added, as the type that it was', () => {
    const cache = new ManifestCache();
    const index = indexOf('a');
    cache.add(index);
    expect(cache.find(index.descriptor.digest, mediaTypes.index)).toBe(index);
    expect(cache.find(index.descriptor.digest, mediaTypes.manifest)).toBeUndefined();
  });

  it('takes 16 MiB at most, forgets what was not asked for longest, and takes no large ones', () => {
    const cache = new ManifestCache();
    const all = Array.from({ length: 600 }, (_, number) => indexOf(`${number} `.padEnd(50_000)));
    const [first, second] = all as [ManifestContent, ManifestContent];
    for (const index of all) {
      cache.find(first.descriptor.digest, mediaTypes.index);
      cache.add(index);
    }
    const isThere = ({ descriptor }: ManifestContent) =>
      cache.find(descriptor.digest, mediaTypes.index) !== undefined;
    const held = all.filter(isThere).reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(held).toBeGreaterThan(15 * 1024 ** 2);
    expect(held).toBeLessThan(16 * 1024 ** 2);
    expect([first, second, all.at(-1)].map((each) => isThere(each ?? second))).toEqual([
      true,
      false,
      true,
    ]);
    const large = indexOf('x'.repeat(70_000));
    cache.add(large);
    expect(isThere(large)).toBe(false);
  });

  it('does not make a manifest known to a repository that does not have it, or not any more', async () => {
    const folder = await tempFolder();
    const root = await openLayoutRoot(folder);
    const index = indexOf('a');
    const { digest } = index.descriptor;
    const [one, two] = [await root.createRepository('one'), await root.createRepository('two')];
    await one.putManifest(index, { tags: ['x'] });
    expect((await one.readManifest('x')).bytes).toEqual(index.bytes);
    await expect(two.readManifest(digest)).rejects.toBeInstanceOf(ContentNotFoundError);
    await one.deleteManifest(digest);
    await expect(one.readManifest(digest)).rejects.toBeInstanceOf(ContentNotFoundError);
    await root.close();
  });

  it('serves the verified bytes when the file is damaged later, which a new push mends', async () => {
    const folder = await tempFolder();
    const root = await openLayoutRoot(folder);
    const index = indexOf('a');
    const repository = await root.createRepository('one');
    await repository.putManifest(index, { tags: ['x'] });
    await repository.readManifest('x');
    const file = join(folder, 'one/blobs/sha256', index.descriptor.digest.slice(7));
    await rm(file);
    await writeFile(file, 'nonsense');
    expect((await repository.readManifest('x')).bytes).toEqual(index.bytes);
    await repository.putManifest(index, { tags: ['x'] });
    await root.close();
    const again = await openLayoutRoot(folder, { mode: 'read' });
    const reopened = await again.findRepository('one');
    expect((await reopened?.readManifest('x'))?.bytes).toEqual(index.bytes);
    await again.close();
  });
});
