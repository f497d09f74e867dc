import { formatVersion, parseVersion, type Version } from '../domain/index.ts';

/** The tag of a version: its canonical text with `+` as `_`, since a tag can not hold `+`. */
export function tagOfVersion(version: Version): string {
  return formatVersion(version).replaceAll('+', '_');
}

/**
 * The version a tag names, or undefined when it names none (`latest`, `v1.0.0`). As in OpenTofu a short
 * tag (`1.2`) is read as a version too, although only the canonical tag can be installed from.
 */
export function versionOfTag(tag: string): Version | undefined {
  try {
    return parseVersion(tag.replaceAll('_', '+'));
  } catch {
    return undefined;
  }
}
