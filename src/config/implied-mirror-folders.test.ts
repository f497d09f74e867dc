import { describe, expect, it } from 'vitest';
import { impliedMirrorFolders } from './implied-mirror-folders.ts';
import type { Surroundings } from './surroundings.ts';

const linux = { cwd: '/work', home: '/home/ann', platform: 'linux' };

describe('the folders that are mirrors without being named', () => {
  it.each<readonly [string, Surroundings, readonly string[]]>([
    [
      'on Linux',
      { ...linux, env: {} },
      [
        '/work/terraform.d/plugins',
        '/home/ann/.terraform.d/plugins',
        '/home/ann/.local/share/terraform/plugins',
        '/usr/local/share/terraform/plugins',
        '/usr/share/terraform/plugins',
      ],
    ],
    [
      'on Linux with XDG folders',
      { ...linux, env: { HOME: '/h', XDG_DATA_HOME: '/x', XDG_DATA_DIRS: '/a::/b:/a' } },
      [
        '/work/terraform.d/plugins',
        '/h/.terraform.d/plugins',
        '/x/opentofu/plugins',
        '/x/terraform/plugins',
        '/a/terraform/plugins',
        '/b/terraform/plugins',
      ],
    ],
    [
      'on macOS',
      { ...linux, platform: 'darwin', env: { HOME: '/Users/ann' } },
      [
        '/work/terraform.d/plugins',
        '/Users/ann/.terraform.d/plugins',
        '/Users/ann/Library/Application Support/io.terraform/plugins',
        '/Library/Application Support/io.terraform/plugins',
      ],
    ],
    [
      'on Windows',
      {
        cwd: 'C:\\work',
        home: 'C:\\Users\\ann',
        platform: 'win32',
        env: { APPDATA: 'C:\\Users\\ann\\AppData\\Roaming', PROGRAMDATA: 'C:\\ProgramData' },
      },
      [
        'C:\\work\\terraform.d\\plugins',
        'C:\\Users\\ann\\AppData\\Roaming\\terraform.d\\plugins',
        'C:\\Users\\ann\\AppData\\Roaming\\HashiCorp\\Terraform\\plugins',
        'C:\\ProgramData\\HashiCorp\\Terraform\\plugins',
      ],
    ],
    [
      'where no home folder is known',
      { ...linux, home: undefined, env: {} },
      [
        '/work/terraform.d/plugins',
        '/usr/local/share/terraform/plugins',
        '/usr/share/terraform/plugins',
      ],
    ],
  ])('are these %s', (_name, surroundings, folders) => {
    expect(impliedMirrorFolders(surroundings)).toEqual(folders);
  });
});
