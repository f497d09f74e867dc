import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { FileAccessError } from '../base/index.ts';
import {
  checkProviderPackage,
  createPackage,
  findExecutable,
  inspectPackage,
  NotAProviderPackageError,
  type PackageEntry,
} from './index.ts';

async function entriesOf(...names: string[]): Promise<readonly PackageEntry[]> {
  const zip = await createPackage(new Map(names.map((name) => [name, Buffer.from(name)])));
  return (await inspectPackage(Readable.from([zip]))).entries;
}

async function withFolder<T>(names: string[], use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-provider-'));
  try {
    for (const name of names) {
      if (name.endsWith('/')) await mkdir(join(folder, name));
      else await writeFile(join(folder, name), '');
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the executable of a provider package', () => {
  it.each([
    ['exactly the name', ['terraform-provider-null'], 'terraform-provider-null'],
    [
      'a version',
      ['LICENSE', 'terraform-provider-null_v3.2.4_x5'],
      'terraform-provider-null_v3.2.4_x5',
    ],
    ['a Windows program', ['terraform-provider-null.exe'], 'terraform-provider-null.exe'],
    [
      'the first of several',
      ['terraform-provider-null_v2', 'terraform-provider-null_v1'],
      'terraform-provider-null_v1',
    ],
  ])('is found by %s', async (_, names, expected) => {
    expect(checkProviderPackage(await entriesOf(...names), 'null').name).toBe(expected);
    expect(await withFolder(names, (folder) => findExecutable(folder, 'null'))).toBe(expected);
  });

  it.each([
    ['another type', ['terraform-provider-nullable'], ['terraform-provider-nullable']],
    ['no executable', ['LICENSE', 'README.md'], ['LICENSE', 'README.md']],
    ['a folder of that name', ['terraform-provider-null/'], ['terraform-provider-null/']],
  ])('is missed with %s, and the message says what was found', async (_, names, found) => {
    const message = `provider binary not found: could not find executable file starting with terraform-provider-null; found "${found.join('", "')}"`;
    const expected = { code: 'ERR_ARCHIVE_NOT_A_PROVIDER', category: 'usage', found, message };
    const entries = await entriesOf(...names);
    expect(() => checkProviderPackage(entries, 'null')).toThrow(NotAProviderPackageError);
    expect(() => checkProviderPackage(entries, 'null')).toThrow(expect.objectContaining(expected));
    const call = withFolder(names, (folder) => findExecutable(folder, 'null'));
    await expect(call).rejects.toMatchObject(expected);
  });

  it('must be at the top level', async () => {
    const entries = await entriesOf('bin/terraform-provider-null', 'README.md');
    expect(() => checkProviderPackage(entries, 'null')).toThrow(/found "README.md", "bin\/"$/u);
  });

  it('is not looked for where there is no folder', async () => {
    await expect(
      findExecutable(join(tmpdir(), 'no-such-folder-here'), 'null'),
    ).rejects.toBeInstanceOf(FileAccessError);
  });

  it('is missed in a crowd without a wall of text', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `file-${index}`);
    const entries = await entriesOf(...names);
    expect(() => checkProviderPackage(entries, 'null')).toThrow(/ and 20 more$/u);
  });
});
