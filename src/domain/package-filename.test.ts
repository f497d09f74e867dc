import { describe, expect, it } from 'vitest';
import { executableMatches, packageFilename, parsePackageFilename } from './package-filename.ts';
import { formatPlatform, parsePlatform } from './platform.ts';
import { parseVersion } from './version.ts';

describe('packageFilename', () => {
  it('is what releases call a package, and can be read back', () => {
    const name = packageFilename(
      'null',
      parseVersion('3.2.3-beta+x'),
      parsePlatform('linux_amd64'),
    );
    expect(name).toBe('terraform-provider-null_3.2.3-beta+x_linux_amd64.zip');
    expect(parsePackageFilename(name)).toEqual({
      type: 'null',
      version: '3.2.3-beta+x',
      platform: { os: 'linux', arch: 'amd64' },
    });
  });
});

describe('parsePackageFilename', () => {
  it.each([
    [
      'terraform-provider-google-beta_1.0.0_darwin_arm64.zip',
      'google-beta',
      '1.0.0',
      'darwin_arm64',
    ],
    ['terraform-provider-x_v1.0.0_linux_386.zip', 'x', 'v1.0.0', 'linux_386'],
    ['terraform-provider-my_type_1.0.0_linux_arm.zip', 'my_type', '1.0.0', 'linux_arm'],
  ])('reads %s', (name, type, version, platform) => {
    const parsed = parsePackageFilename(name);
    expect(parsed).toMatchObject({ type, version });
    expect(formatPlatform(parsed!.platform)).toBe(platform);
  });

  it.each([
    'terraform-provider-null_3.2.3_SHA256SUMS',
    'terraform-provider-null_3.2.3_linux_amd64.tar.gz',
    'terraform-provider-null_3.2.3_linux.zip',
    'terraform-provider-null_linux_amd64.zip',
    'terraform-provider-_1.0.0_linux_amd64.zip',
    'opentofu-provider-null_3.2.3_linux_amd64.zip',
    'dir/terraform-provider-null_3.2.3_linux_amd64.zip',
    'terraform-provider-a/b_3.2.3_linux_amd64.zip',
    'terraform-provider-null_3.2.3_linux_a md64.zip',
    '',
  ])('passes over %j', (name) => {
    expect(parsePackageFilename(name)).toBeUndefined();
  });
});

describe('executableMatches', () => {
  it.each([
    ['terraform-provider-null', true],
    ['terraform-provider-null_v3.2.3_x5', true],
    ['terraform-provider-null.exe', true],
    ['terraform-provider-nullable', false],
    ['terraform-provider-null-x', false],
    ['terraform-provider-nul', false],
    ['LICENSE.txt', false],
  ])('of type null with %s is %s', (name, expected) => {
    expect(executableMatches('null', name)).toBe(expected);
  });
});
