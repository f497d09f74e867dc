import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Files, nodeFiles } from '../base/index.ts';
import { filesInFolder, findCliConfig } from './cli-config-locations.ts';
import type { Surroundings } from './surroundings.ts';

/** A file system of which only the existence of some paths is known. */
function withPaths(...present: string[]): Files {
  const stat: unknown = (path: string) =>
    present.includes(path) ? Promise.resolve({}) : Promise.reject(new Error('not there'));
  return { ...nodeFiles, stat: stat as Files['stat'] };
}

const linux: Surroundings = { env: { HOME: '/h' }, cwd: '/w', home: '/system', platform: 'linux' };
const xdg: Surroundings = { ...linux, env: { HOME: '/h', XDG_CONFIG_HOME: '/x' } };
const windows: Surroundings = {
  env: { APPDATA: 'C:\\Data' },
  cwd: 'C:\\w',
  home: 'C:\\Users\\me',
  platform: 'win32',
};

describe('findCliConfig', () => {
  it.each([
    ['.tofurc when nothing is there', linux, [], '/h/.tofurc', '/h/.terraform.d'],
    [
      '.terraformrc when only that is there',
      linux,
      ['/h/.terraformrc'],
      '/h/.terraformrc',
      '/h/.terraform.d',
    ],
    [
      '.tofurc when both are there',
      linux,
      ['/h/.terraformrc', '/h/.tofurc'],
      '/h/.tofurc',
      '/h/.terraform.d',
    ],
    ['the XDG places when nothing is in home', xdg, [], '/x/opentofu/tofurc', '/x/opentofu'],
    [
      'home before XDG',
      xdg,
      ['/h/.terraformrc', '/h/.terraform.d'],
      '/h/.terraformrc',
      '/h/.terraform.d',
    ],
    [
      'each of the two by itself',
      xdg,
      ['/h/.terraform.d'],
      '/x/opentofu/tofurc',
      '/h/.terraform.d',
    ],
    [
      'home by the system when HOME is empty',
      { ...linux, env: { HOME: '' } },
      [],
      '/system/.tofurc',
      '/system/.terraform.d',
    ],
    ['the same on macOS', { ...linux, platform: 'darwin' }, [], '/h/.tofurc', '/h/.terraform.d'],
    ['APPDATA on Windows', windows, [], 'C:\\Data\\tofu.rc', 'C:\\Data\\terraform.d'],
    [
      'terraform.rc on Windows when only that is there',
      windows,
      ['C:\\Data\\terraform.rc'],
      'C:\\Data\\terraform.rc',
      'C:\\Data\\terraform.d',
    ],
    [
      'the profile on Windows without APPDATA',
      { ...windows, env: {} },
      [],
      'C:\\Users\\me\\AppData\\Roaming\\tofu.rc',
      'C:\\Users\\me\\AppData\\Roaming\\terraform.d',
    ],
  ] as const)('finds %s', async (_, surroundings, present, mainFile, folder) => {
    const found = await findCliConfig(surroundings, withPaths(...present));
    expect(found).toEqual({ mainFile, folder, named: false });
  });

  it.each([
    ['TF_CLI_CONFIG_FILE', { TF_CLI_CONFIG_FILE: '/etc/a', TERRAFORM_CONFIG: '/etc/b' }, '/etc/a'],
    ['TERRAFORM_CONFIG', { TF_CLI_CONFIG_FILE: '', TERRAFORM_CONFIG: '/etc/b' }, '/etc/b'],
    ['a path relative to where it was started', { TF_CLI_CONFIG_FILE: 'c/rc' }, '/w/c/rc'],
  ])('takes the file that %s names, and no folder', async (_, env, mainFile) => {
    const found = await findCliConfig({ ...linux, env: { ...linux.env, ...env } }, withPaths());
    expect(found).toEqual({ mainFile, folder: undefined, named: true });
  });

  it.each(['linux', 'win32'])('finds nothing on %s when there is no home', async (platform) => {
    const nobody = { env: {}, cwd: '/', home: undefined, platform };
    const found = await findCliConfig(nobody, withPaths());
    expect(found).toEqual({ mainFile: undefined, folder: undefined, named: false });
  });
});

describe('filesInFolder', () => {
  let folder: string;
  const options = { surroundings: linux, files: nodeFiles };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tfrc-'));
    for (const name of ['b.tfrc', 'a.tfrc.json', 'B.tfrc', 'x.tfrc.bak', 'credentials.json']) {
      await writeFile(join(folder, name), '');
    }
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub', 'deep.tfrc'), '');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('lists *.tfrc and *.tfrc.json in byte order', async () => {
    const names = ['B.tfrc', 'a.tfrc.json', 'b.tfrc'].map((name) => join(folder, name));
    expect(await filesInFolder(folder, options)).toEqual(names);
  });

  it.each(['none', 'b.tfrc'])('lists nothing for %s, which is no folder', async (name) => {
    expect(await filesInFolder(join(folder, name), options)).toEqual([]);
  });
});
