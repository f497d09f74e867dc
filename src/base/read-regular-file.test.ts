import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from './files.ts';
import { readRegularFile } from './read-regular-file.ts';

const options = { files: nodeFiles, maxBytes: 10 };

describe.skipIf(process.platform === 'win32')('reading a file of a configuration', () => {
  it('follows links to regular files', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'a'), 'text');
    await symlink('a', join(folder, 'b'));
    expect((await readRegularFile(join(folder, 'b'), options)).toString()).toBe('text');
  });

  it('takes the null device for an empty file', async () => {
    const folder = await tempFolder();
    await symlink('/dev/null', join(folder, 'a'));
    expect(await readRegularFile(join(folder, 'a'), options)).toHaveLength(0);
  });

  it('does not wait for what may never say anything', async () => {
    const path = join(await tempFolder(), 'socket');
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expect(readRegularFile(path, options)).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      message: expect.stringContaining('it is no regular file') as string,
    });
  });

  it.each([
    ['a missing file', 'none', { errno: 'ENOENT' }],
    ['a folder', 'folder', { errno: 'EISDIR' }],
    ['a link to itself', 'loop', { errno: 'ELOOP' }],
    ['more than the bound', 'long', { code: 'ERR_BASE_LIMIT_EXCEEDED' }],
  ])('refuses %s', async (_, name, expected) => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'folder'));
    await symlink('loop', join(folder, 'loop'));
    await writeFile(join(folder, 'long'), '12345678901');
    await expect(readRegularFile(join(folder, name), options)).rejects.toMatchObject(expected);
  });

  it('ends with an abort', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(readRegularFile('/', { ...options, signal })).rejects.toThrow('stop');
  });
});
