import { compareBytes } from '../base/index.ts';
import { InvalidPlatformError } from './errors.ts';

/** What a provider package runs on, by Go's names. */
export interface Platform {
  /** `linux`, `darwin`, `windows`, `freebsd`, ... */
  readonly os: string;
  /** `amd64`, `arm64`, `386`, `arm`, ... */
  readonly arch: string;
}

/** Longest name Go has is 9 characters; a platform also becomes the name of a folder. */
const maxSideLength = 64;

/**
 * Parses `OS_ARCH`. The names are not checked against a list; but what could leave the folder that is named
 * after a platform (a slash, a control character, nothing at all) is refused, where OpenTofu takes it.
 * @throws InvalidPlatformError
 */
export function parsePlatform(text: string): Platform {
  const [os = '', arch = '', ...rest] = text.split('_');
  if (rest.length > 0 || !text.includes('_')) {
    throw new InvalidPlatformError(text, 'must be two words separated by an underscore');
  }
  checkSide(text, os, 'OS');
  checkSide(text, arch, 'architecture');
  return { os, arch };
}

/**
 * Parses a platform as it may be typed: `linux_amd64`, or `linux/amd64` as container tools write it.
 * @throws InvalidPlatformError
 */
export function parsePlatformOption(text: string): Platform {
  const parts = text.split('/');
  return parsePlatform(parts.length === 2 && !text.includes('_') ? parts.join('_') : text);
}

export function formatPlatform(platform: Platform): string {
  return `${platform.os}_${platform.arch}`;
}

/** By operating system, then architecture; bytewise. */
export function comparePlatforms(a: Platform, b: Platform): number {
  return compareBytes(a.os, b.os) || compareBytes(a.arch, b.arch);
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.arch === b.arch;
}

const goSystems: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };
const goArchitectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  mipsel: 'mipsle',
  loong64: 'loong64',
};

/** Go's names for what Node calls `process.platform` and `process.arch`. */
export function platformOfNode(nodePlatform: string, nodeArch: string): Platform {
  return {
    os: goSystems[nodePlatform] ?? nodePlatform,
    arch: goArchitectures[nodeArch] ?? nodeArch,
  };
}

function checkSide(text: string, side: string, what: 'OS' | 'architecture'): void {
  if (/[ \t\n\r]/u.test(side)) {
    throw new InvalidPlatformError(text, `${what} portion must not contain whitespace`);
  }
  if (side === '') throw new InvalidPlatformError(text, `${what} portion must not be empty`);
  if (/[\u0000-\u001f\u007f/\\]/u.test(side) || /^\.+$/u.test(side)) {
    throw new InvalidPlatformError(text, `${what} portion must be a plain word`);
  }
  if (side.length > maxSideLength) {
    throw new InvalidPlatformError(
      text,
      `${what} portion is longer than ${maxSideLength} characters`,
    );
  }
}
