import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { hashTree } from '../archive/index.ts';
import { type Files, nodeFiles } from '../base/index.ts';
import { linkPackage, type UnpackedPackage } from './link-package.ts';

let base: string;
let from: UnpackedPackage;
let target: string;

beforeEach(async () => {
  base = await tempFolder();
  const path = join(base, 'mirror', 'linux_amd64');
  await mkdir(join(path, 'docs'), { recursive: true });
  await writeFile(join(path, 'terraform-provider-thing'), 'binary', { mode: 0o755 });
  await writeFile(join(path, 'docs', 'LICENSE'), 'licence');
  await writeFile(join(path, '.hidden'), 'hidden');
  await symlink('docs/LICENSE', join(path, 'COPYING'));
  from = { path, h1OfTree: await hashTree(path) };
  target = join(base, 'project', '1.0.0', 'linux_amd64');
});

/** A file system without links to folders. */
const linkless: Files = Object.assign({}, nodeFiles, {
  symlink: () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })),
});

const names = async (): Promise<readonly string[]> => await readdir(dirname(target));

describe('an unpacked package', () => {
  it('is linked by its absolute path', async () => {
    const here = { ...from, path: relative(process.cwd(), from.path) };
    await expect(linkPackage(here, target)).resolves.toBe('linked');
    expect(await readlink(target)).toBe(from.path);
    expect(await names()).toEqual(['linux_amd64']);
  });

  it('is copied with everything in it where links can not be made', async () => {
    await expect(linkPackage(from, target, { files: linkless })).resolves.toBe('copied');
    expect((await lstat(target)).isDirectory()).toBe(true);
    expect(await hashTree(target)).toBe(from.h1OfTree);
    expect(await readFile(join(target, '.hidden'), 'utf8')).toBe('hidden');
    expect((await lstat(join(target, 'COPYING'))).isFile()).toBe(true);
    expect((await stat(join(target, 'terraform-provider-thing'))).mode & 0o777).toBe(0o755);
    expect(await names()).toEqual(['linux_amd64']);
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    ['a folder', () => mkdir(join(target, 'old'), { recursive: true })],
    ['an empty folder', () => mkdir(target, { recursive: true })],
    ['a link', () => symlink('/nowhere', target)],
    ['a file', () => writeFile(target, '')],
  ])('takes the place of %s, linked or copied', async (_name, occupy) => {
    for (const files of [nodeFiles, linkless]) {
      await mkdir(dirname(target), { recursive: true });
      await nodeFiles.rm(target, { recursive: true, force: true });
      await occupy();
      await linkPackage(from, target, { files });
      expect(await hashTree(target)).toBe(from.h1OfTree);
      expect(await names()).toEqual(['linux_amd64']);
    }
  });

  it('is never linked to itself', async () => {
    await linkPackage(from, target);
    await expect(linkPackage(from, target)).resolves.toBe('linked');
    await expect(linkPackage(from, from.path)).resolves.toBe('linked');
    await expect(linkPackage({ ...from, path: target }, from.path)).resolves.toBe('linked');
    expect(await hashTree(from.path)).toBe(from.h1OfTree);
    expect((await lstat(from.path)).isDirectory()).toBe(true);
  });

  it('that changes while it is copied is not used', async () => {
    const stale = { ...from, h1OfTree: await hashTree(join(from.path, 'docs')) };
    await expect(linkPackage(stale, target, { files: linkless })).rejects.toMatchObject({
      code: 'ERR_INSTALL_PACKAGE_MISMATCH',
    });
    expect(await names()).toEqual([]);
  });

  it('that is deeper than any package is not copied', async () => {
    await mkdir(join(from.path, ...Array.from({ length: 100 }, () => 'd')), { recursive: true });
    await expect(linkPackage(from, target, { files: linkless })).rejects.toMatchObject({
      category: 'integrity',
    });
    expect(await names()).toEqual([]);
  });

  it('leaves nothing behind when its place can not be taken, or the caller gave up', async () => {
    const rename = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    const files: Files = Object.assign({}, nodeFiles, { rename });
    await expect(linkPackage(from, target, { files })).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      path: target,
    });
    expect(await names()).toEqual([]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(linkPackage(from, target, { signal })).rejects.toThrow('enough');
  });

  it('can be placed by many at once', async () => {
    await mkdir(join(target, 'old'), { recursive: true });
    await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        linkPackage(from, target, { files: index % 2 === 0 ? nodeFiles : linkless }),
      ),
    );
    expect(await hashTree(target)).toBe(from.h1OfTree);
    expect(await names()).toEqual(['linux_amd64']);
  });
});
