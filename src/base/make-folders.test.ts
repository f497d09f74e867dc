import { existsSync } from 'node:fs';
import { chmod, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from './files.ts';
import { makeFolders } from './make-folders.ts';

describe('making folders', () => {
  it('makes all that are missing, with their mode, and leaves the others', async () => {
    const root = await tempFolder();
    await chmod(root, 0o755);
    const names = ['a', 'a/b', 'a/b/c'].map((name) => join(root, name));
    const made = await makeFolders(nodeFiles, join(root, 'a/b/c'), { mode: 0o700 });
    expect(made).toEqual(names);
    expect(await makeFolders(nodeFiles, join(root, 'a/b/c'))).toEqual([]);
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(root, 'a/b/c'))).mode & 0o777).toBe(0o700);
    expect((await stat(root)).mode & 0o777).toBe(0o755);
  });

  it('is not disturbed by others who make the same', async () => {
    const root = await tempFolder();
    const folder = join(root, 'a/b/c/d/e');
    await Promise.all(Array.from({ length: 20 }, () => makeFolders(nodeFiles, folder)));
    expect(await readdir(join(root, 'a/b/c/d'))).toEqual(['e']);
  });

  it('goes through a link to a folder', async () => {
    const [root, target] = [await tempFolder(), await tempFolder()];
    await symlink(target, join(root, 'link'));
    await makeFolders(nodeFiles, join(root, 'link/sub'));
    await makeFolders(nodeFiles, join(root, 'link'));
    expect(await readdir(target)).toEqual(['sub']);
  });

  it.each<readonly [string, string, string]>([
    ['a file', 'file', 'ENOTDIR'],
    ['what is below a file', 'file/sub', 'ENOTDIR'],
    ['a link that leads nowhere', 'dangling', 'ENOTDIR'],
    ['what is below a link that leads nowhere', 'dangling/sub/sub', 'ENOTDIR'],
    ['a link to itself', 'loop/sub', 'ELOOP'],
  ])('refuses %s, at once', async (_name, path, code) => {
    const root = await tempFolder();
    await writeFile(join(root, 'file'), '');
    await symlink('/nowhere/at/all', join(root, 'dangling'));
    await symlink('loop', join(root, 'loop'));
    await expect(makeFolders(nodeFiles, join(root, path))).rejects.toMatchObject({ code });
  });

  it.runIf(existsSync('/proc/self'))('refuses what nobody can make, at once', async () => {
    for (const path of ['/proc/nobody', '/proc/nobody/can/make']) {
      await expect(makeFolders(nodeFiles, path)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });
});
