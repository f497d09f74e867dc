import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { recordPluginDirs } from './plugin-path.ts';

describe('the record of plugin folders', () => {
  it('is written as OpenTofu writes it, and removed', async () => {
    const folder = join(await tempFolder(), '.terraform');
    await recordPluginDirs(folder, ['/a', './b']);
    expect(await readFile(join(folder, 'plugin_path'), 'utf8')).toBe('[\n  "/a",\n  "./b"\n]');
    await recordPluginDirs(folder, []);
    expect(await readdir(folder)).toEqual([]);
    await recordPluginDirs(folder, []);
  });

  it('is not written through a link that came with the configuration', async () => {
    const folder = await tempFolder();
    const victim = join(await tempFolder(), 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, join(folder, 'plugin_path'));
    await recordPluginDirs(folder, ['/a']);
    expect(await readFile(victim, 'utf8')).toBe('mine');
  });

  it('says that the data folder is a file', async () => {
    const file = join(await tempFolder(), '.terraform');
    await writeFile(file, '');
    await expect(recordPluginDirs(file, ['/a'])).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
    });
  });
});
