import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from './files.ts';
import { readFileBounded } from './read-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-file-'));
  await writeFile(join(folder, 'five'), '12345');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readFileBounded', () => {
  it('reads a file of exactly the bound', async () => {
    const options = { files: nodeFiles, maxBytes: 5 };
    expect((await readFileBounded(join(folder, 'five'), options)).toString()).toBe('12345');
  });

  it('refuses one byte more', async () => {
    const options = { files: nodeFiles, maxBytes: 4 };
    await expect(readFileBounded(join(folder, 'five'), options)).rejects.toMatchObject({
      code: 'ERR_BASE_LIMIT_EXCEEDED',
      limit: 4,
    });
  });

  it.each([
    ['a file that is not there', 'none', 'ENOENT'],
    ['a folder', '.', 'EISDIR'],
  ])('says what is wrong with %s', async (_, name, errno) => {
    const options = { files: nodeFiles, maxBytes: 5 };
    await expect(readFileBounded(join(folder, name), options)).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      errno,
    });
  });

  it('rejects with the reason of an abort', async () => {
    const options = { files: nodeFiles, maxBytes: 5, signal: AbortSignal.abort(new Error('stop')) };
    await expect(readFileBounded(join(folder, 'five'), options)).rejects.toThrow('stop');
  });
});
