import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileAccessError, nodeFiles } from '../base/index.ts';
import { ArchiveLimitError, hashTree, UnhashableFolderError } from './index.ts';

let folder: string;
let tree: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tofu-oci-tree-'));
  tree = join(folder, 'tree');
  await mkdir(tree);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** h1 written out as the algorithm is described, over names in the given order. */
function h1(...files: (readonly [name: string, content: string | Buffer])[]): string {
  const line = (content: string | Buffer): string =>
    createHash('sha256').update(content).digest('hex');
  const text = files.map(([name, content]) => `${line(content)}  ${name}\n`).join('');
  return `h1:${createHash('sha256').update(text).digest('base64')}`;
}

describe('hashTree', () => {
  it('counts files by their path, in byte order over the whole path', async () => {
    await mkdir(join(tree, 'a'));
    await writeFile(join(tree, 'a/b'), '1');
    await writeFile(join(tree, 'a.b'), '2');
    await writeFile(join(tree, 'Z'), '3');
    expect(await hashTree(tree)).toBe(h1(['Z', '3'], ['a.b', '2'], ['a/b', '1']));
  });

  it('is that of no files for an empty folder, and does not count folders', async () => {
    const empty = 'h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
    expect(await hashTree(tree)).toBe(empty);
    await mkdir(join(tree, 'empty/deeper'), { recursive: true });
    expect(await hashTree(tree)).toBe(empty);
  });

  it('does not depend on modes', async () => {
    await writeFile(join(tree, 'a'), 'x');
    const before = await hashTree(tree);
    await chmod(join(tree, 'a'), 0o755);
    expect(await hashTree(tree)).toBe(before);
  });

  it('reads a file that is larger than its buffers', async () => {
    const large = Buffer.alloc(3_500_001, 'large');
    await writeFile(join(tree, 'large'), large);
    expect(await hashTree(tree)).toBe(h1(['large', large]));
  });

  it('follows a link at the root and a link to a file', async () => {
    await writeFile(join(folder, 'outside'), 'outside');
    await symlink(join(folder, 'outside'), join(tree, 'linked'));
    await symlink(tree, join(folder, 'link-to-tree'));
    expect(await hashTree(join(folder, 'link-to-tree'))).toBe(h1(['linked', 'outside']));
  });

  it('refuses a link to a folder', async () => {
    await mkdir(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(tree, 'linked'));
    await expect(hashTree(tree)).rejects.toBeInstanceOf(UnhashableFolderError);
    await expect(hashTree(tree)).rejects.toMatchObject({
      code: 'ERR_ARCHIVE_UNHASHABLE_FOLDER',
      path: join(tree, 'linked'),
    });
  });

  it.skipIf(process.platform === 'win32')(
    'refuses a pipe without waiting for a writer',
    async (context) => {
      if (spawnSync('mkfifo', [join(tree, 'pipe')]).error) context.skip('mkfifo is not on PATH');
      await expect(hashTree(tree)).rejects.toBeInstanceOf(UnhashableFolderError);
    },
  );

  it.skipIf(process.platform === 'win32')('refuses a socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(tree, 's'), resolve));
    try {
      await expect(hashTree(tree)).rejects.toBeInstanceOf(UnhashableFolderError);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('reports a broken link, a missing folder and a file in place of the folder', async () => {
    await expect(hashTree(join(folder, 'missing'))).rejects.toMatchObject({ errno: 'ENOENT' });
    await writeFile(join(folder, 'file'), 'x');
    await expect(hashTree(join(folder, 'file'))).rejects.toMatchObject({ errno: 'ENOTDIR' });
    await symlink('nowhere', join(tree, 'broken'));
    await expect(hashTree(tree)).rejects.toBeInstanceOf(FileAccessError);
  });

  it('stops at a depth and a number of files that no package has', async () => {
    await mkdir(join(tree, 'd/'.repeat(33)), { recursive: true });
    await expect(hashTree(tree)).rejects.toMatchObject({ limit: 'maxDepth' });
    const crowded = {
      ...nodeFiles,
      readdir: (() =>
        Promise.resolve(
          Array.from({ length: 2049 }, (_, index) => ({
            name: `${index}`,
            isDirectory: () => true,
          })),
        )) as unknown as typeof nodeFiles.readdir,
    };
    await expect(hashTree(tree, { files: crowded })).rejects.toBeInstanceOf(ArchiveLimitError);
  });

  it('stops when aborted', async () => {
    await writeFile(join(tree, 'a'), 'x');
    const call = hashTree(tree, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});
