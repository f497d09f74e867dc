import { describe, expect, it } from 'vitest';
import { InvalidPlatformError } from './errors.ts';
import {
  comparePlatforms,
  formatPlatform,
  parsePlatform,
  parsePlatformOption,
  platformOfNode,
  samePlatform,
} from './platform.ts';

describe('parsePlatform', () => {
  it.each(['linux_amd64', 'darwin_arm64', 'windows_386', 'arbitrary_os', 'Linux_AMD64'])(
    'accepts %s',
    (text) => {
      expect(formatPlatform(parsePlatform(text))).toBe(text);
    },
  );

  it.each([
    ['', 'must be two words separated by an underscore'],
    ['linux', 'must be two words separated by an underscore'],
    ['too_many_notes', 'must be two words separated by an underscore'],
    ['linux/amd64', 'must be two words separated by an underscore'],
    ['linux _amd64', 'OS portion must not contain whitespace'],
    ['linux\t_amd64', 'OS portion must not contain whitespace'],
    ['linux_amd64 ', 'architecture portion must not contain whitespace'],
    ['linux_amd\r64', 'architecture portion must not contain whitespace'],
    ['linux_amd\n64', 'architecture portion must not contain whitespace'],
    ['_', 'OS portion must not be empty'],
    ['linux_', 'architecture portion must not be empty'],
    ['.._amd64', 'OS portion must be a plain word'],
    ['linux_../../x', 'architecture portion must be a plain word'],
    ['linux_a\\b', 'architecture portion must be a plain word'],
    ['linux_a\u0000', 'architecture portion must be a plain word'],
    [`linux_${'a'.repeat(65)}`, 'architecture portion is longer than 64 characters'],
  ])('rejects %j', (text, why) => {
    let caught;
    try {
      parsePlatform(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InvalidPlatformError);
    expect(caught).toMatchObject({ code: 'ERR_DOMAIN_INVALID_PLATFORM', why });
  });
});

describe('parsePlatformOption', () => {
  it.each(['linux_amd64', 'linux/amd64'])('accepts %s', (text) => {
    expect(parsePlatformOption(text)).toEqual({ os: 'linux', arch: 'amd64' });
  });

  it.each(['linux/arm/v7', 'linux/arm_v7', 'linux', ''])('rejects %j', (text) => {
    expect(() => parsePlatformOption(text)).toThrow(InvalidPlatformError);
  });
});

describe('platforms', () => {
  it('sort by operating system, then architecture', () => {
    const sorted = ['darwin_amd64', 'darwin_arm64', 'linux_386', 'linux_amd64', 'windows_386'];
    const platforms = sorted.toReversed().map(parsePlatform).sort(comparePlatforms);
    expect(platforms.map(formatPlatform)).toEqual(sorted);
    expect(samePlatform(platforms[0]!, parsePlatform('darwin_amd64'))).toBe(true);
    expect(samePlatform(platforms[0]!, platforms[1]!)).toBe(false);
  });

  it.each([
    ['linux', 'x64', 'linux_amd64'],
    ['linux', 'arm64', 'linux_arm64'],
    ['linux', 'arm', 'linux_arm'],
    ['linux', 'ia32', 'linux_386'],
    ['linux', 's390x', 'linux_s390x'],
    ['linux', 'mipsel', 'linux_mipsle'],
    ['darwin', 'arm64', 'darwin_arm64'],
    ['win32', 'x64', 'windows_amd64'],
    ['freebsd', 'x64', 'freebsd_amd64'],
    ['sunos', 'x64', 'solaris_amd64'],
  ])("are Go's names of Node's %s and %s: %s", (os, arch, expected) => {
    expect(formatPlatform(platformOfNode(os, arch))).toBe(expected);
  });
});
