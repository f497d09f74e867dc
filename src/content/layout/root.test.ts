import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { FileAccessError, nodeFiles } from '../../base/index.ts';
import { mediaTypes } from '../../spec/index.ts';
import {
  bytesSource,
  LayoutCorruptError,
  openLayoutRepository,
  openLayoutRoot,
  type RegistryStorage,
  RepositoryNameError,
  StoreLockedError,
  StoreReadOnlyError,
} from '../index.ts';

const bytes = Buffer.from('{"schemaVersion":2,"manifests":[]}');
const index = { descriptor: bytesSource(bytes, mediaTypes.index).descriptor, bytes };

let folder: string;
beforeEach(async () => {
  folder = join(await tempFolder(), 'deep', 'root');
});

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function withRoot(use: (root: RegistryStorage) => Promise<void>): Promise<void> {
  const root = await openLayoutRoot(folder);
  try {
    await use(root);
  } finally {
    await root.close();
  }
}

describe('a folder of layouts', () => {
  it('makes repositories, at any depth and below each other, and finds them again', async () => {
    const paths = ['a', 'a/b', 'a-b', 'acme/terraform-providers/null', 'z'];
    await withRoot(async (root) => {
      expect(await root.findRepository('a')).toBeUndefined();
      for (const path of [...paths].reverse()) {
        const repository = await root.createRepository(path);
        expect(repository.name).toBe(path);
        await repository.tag(index, '1.0.0');
        expect(await root.createRepository(path)).toBe(repository);
        expect(await root.findRepository(path)).toBe(repository);
      }
      expect(await root.findRepository('acme')).toBeUndefined();
      expect(await list(root.repositories())).toEqual(['a', 'a-b', 'a/b', paths[3], 'z']);
    });
    await withRoot(async (root) => {
      expect(await list(root.repositories())).toHaveLength(5);
      for (const path of paths) {
        const repository = await root.findRepository(path);
        expect(repository?.tagsAfter(undefined, 9)).toEqual(['1.0.0']);
      }
    });
  });

  it('gives everybody the same repository, also when they ask at once', async () => {
    await withRoot(async (root) => {
      const made = await Promise.all([
        root.createRepository('a'),
        root.createRepository('a'),
        root.findRepository('a'),
        root.createRepository('a'),
      ]);
      expect(new Set(made.filter((repository) => repository !== undefined)).size).toBe(1);
    });
  });

  it.each(['', '/', '..', '../x', 'a/../b', '/etc', 'A', 'a//b', '.tofu-oci', '_x', 'a\\b', 'a\0'])(
    'refuses the path %j',
    async (path) => {
      await withRoot(async (root) => {
        for (const task of [() => root.findRepository(path), () => root.createRepository(path)]) {
          await expect(task()).rejects.toBeInstanceOf(RepositoryNameError);
        }
      });
    },
  );

  it.each(['blobs', 'a/blobs', 'index.json/a', 'a/oci-layout/b'])(
    'refuses the reserved name %s',
    async (path) => {
      await withRoot(async (root) => {
        await expect(root.createRepository(path)).rejects.toMatchObject({
          code: 'ERR_CONTENT_REPOSITORY_NAME',
          category: 'usage',
          path,
        });
      });
    },
  );

  it('is walked through once for all who ask at once, and shows each what was there before', async () => {
    let walks = 0;
    const counting = new Proxy(nodeFiles, {
      get: (files, key) => {
        const value: unknown = Reflect.get(files, key);
        if (key !== 'readdir') return value;
        return (path: string, ...rest: unknown[]) => {
          if (path === folder) walks++;
          return (value as (...args: unknown[]) => unknown).call(files, path, ...rest);
        };
      },
    });
    const root = await openLayoutRoot(folder, { files: counting });
    await root.createRepository('a');
    const all = await Promise.all(Array.from({ length: 50 }, () => list(root.repositories())));
    expect([walks, all]).toEqual([1, Array.from({ length: 50 }, () => ['a'])]);
    const early = list(root.repositories());
    await root.createRepository('b');
    expect(await list(root.repositories())).toEqual(['a', 'b']);
    expect(await early).toContain('a');
    expect(walks).toBe(3);
    await root.close();
  });

  it('goes through no link', async () => {
    const outside = join(await tempFolder(), 'outside');
    await (await openLayoutRepository(outside, { mode: 'create' })).close();
    await mkdir(folder, { recursive: true });
    await symlink(outside, join(folder, 'link'));
    await withRoot(async (root) => {
      await expect(root.findRepository('link')).rejects.toBeInstanceOf(LayoutCorruptError);
      await expect(root.createRepository('link/x')).rejects.toBeInstanceOf(LayoutCorruptError);
      expect(await list(root.repositories())).toEqual([]);
    });
    expect(await readdir(outside)).not.toContain('x');
  });

  it('passes over folders that are no repositories', async () => {
    await mkdir(join(folder, 'UPPER'), { recursive: true });
    await mkdir(join(folder, 'empty'));
    await mkdir(join(folder, '.hidden'));
    await writeFile(join(folder, 'file'), '');
    await withRoot(async (root) => {
      expect(await list(root.repositories())).toEqual([]);
      expect(await root.findRepository('empty')).toBeUndefined();
      await expect(root.findRepository('file')).rejects.toBeInstanceOf(LayoutCorruptError);
    });
  });

  it('keeps others out of the repositories it has open, and lets go at the end', async () => {
    const layout = join(folder, 'a');
    await withRoot(async (root) => {
      await root.createRepository('a');
      await expect(openLayoutRepository(layout)).rejects.toBeInstanceOf(StoreLockedError);
    });
    const repository = await openLayoutRepository(layout);
    await withRoot(async (root) => {
      await expect(root.findRepository('a')).rejects.toBeInstanceOf(StoreLockedError);
    });
    await repository.close();
  });

  it('opens nothing after it was closed', async () => {
    const root = await openLayoutRoot(folder);
    await root.close();
    await root.close();
    await expect(root.createRepository('a')).rejects.toBeInstanceOf(StoreReadOnlyError);
  });

  it('can be read without a write', async () => {
    await withRoot(async (root) => {
      await (await root.createRepository('a')).tag(index, 'x');
    });
    const before = (await readdir(folder, { recursive: true })).sort();
    const root = await openLayoutRoot(folder, { mode: 'read' });
    const repository = await root.findRepository('a');
    expect(repository?.tagsAfter(undefined, 9)).toEqual(['x']);
    await expect(root.createRepository('b')).rejects.toBeInstanceOf(StoreReadOnlyError);
    await root.close();
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
    await expect(openLayoutRoot(join(folder, 'absent'), { mode: 'read' })).rejects.toBeInstanceOf(
      FileAccessError,
    );
  });
});
