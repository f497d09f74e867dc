import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { matchPaths } from './match-paths.ts';

const lock = '.terraform.lock.hcl';

describe('paths by pattern', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
    for (const name of ['env/prod', 'env/test', 'env/test/modules/net', '.git/x']) {
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, lock), '');
    }
    await symlink(folder, join(folder, 'env', 'loop'));
  });

  const matches = async (pattern: string, kind: 'files' | 'folders'): Promise<readonly string[]> =>
    (await matchPaths(pattern, { directory: folder, kind })).map((path) => relative(folder, path));

  it.each<readonly [string, 'files' | 'folders', readonly string[]]>([
    ['./env/*', 'folders', ['env/prod', 'env/test']],
    ['env/{prod,none}', 'folders', ['env/prod']],
    ['env/test/', 'folders', ['env/test']],
    ['env', 'folders', ['env']],
    ['none/*', 'folders', []],
    [
      `**/${lock}`,
      'files',
      [`env/prod/${lock}`, `env/test/${lock}`, `env/test/modules/net/${lock}`],
    ],
    [`env/*/${lock}`, 'files', [`env/prod/${lock}`, `env/test/${lock}`]],
    [`.git/*/${lock}`, 'files', [`.git/x/${lock}`]],
    [`env/prod/${lock}`, 'files', [`env/prod/${lock}`]],
  ])('%s matches %s', async (pattern, kind, wanted) => {
    expect(await matches(pattern, kind)).toEqual(wanted);
  });

  it('follows links when nothing may be missed, in circles too', async () => {
    await symlink(join(folder, 'env/prod', lock), join(folder, 'env', lock));
    const found = await matchPaths(`**/${lock}`, {
      directory: folder,
      kind: 'files',
      followLinks: true,
    });
    expect(found).toContain(join(folder, 'env', lock));
    expect(await matches(`**/${lock}`, 'files')).not.toContain(join('env', lock));
  });

  it('refuses a pattern that matches more than anybody means', async () => {
    const many = join(folder, 'many');
    await mkdir(many);
    const names = Array.from({ length: 10_001 }, (_, index) => join(many, String(index)));
    for (let from = 0; from < names.length; from += 500) {
      await Promise.all(names.slice(from, from + 500).map((path) => writeFile(path, '')));
    }
    await expect(matches('many/*', 'files')).rejects.toMatchObject({ code: 'ERR_CLI_USAGE' });
  });

  it('takes absolute patterns', async () => {
    expect(await matches(join(folder, 'env/*'), 'folders')).toEqual(['env/prod', 'env/test']);
  });
});
