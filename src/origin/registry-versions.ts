import * as v from 'valibot';
import { printable } from '../base/index.ts';
import {
  comparePlatforms,
  compareVersions,
  formatPlatform,
  formatVersion,
  InvalidPlatformError,
  InvalidVersionError,
  parsePlatform,
  parseVersion,
  type Platform,
  type Version,
} from '../domain/index.ts';
import { InvalidDocumentError } from './errors.ts';
import { documentLimits, shown } from './json-document.ts';
import type { versionsAnswer } from './registry-answers.ts';

export interface OfferedVersion {
  readonly version: Version;
  /** Plugin protocols, as the registry wrote them. */
  readonly protocols: readonly string[];
  /** Sorted, each once; what is no platform is left out. Empty when the registry does not tell. */
  readonly platforms: readonly Platform[];
}

export interface OfferedVersions {
  /** Ascending, each once. */
  readonly versions: readonly OfferedVersion[];
  /** What the registry wants to be told to the user, printable. */
  readonly warnings: readonly string[];
}

/** @throws InvalidDocumentError for a single version that is none, as OpenTofu has it */
export function readVersions(answer: v.InferOutput<typeof versionsAnswer>): OfferedVersions {
  const versions = new Map<string, OfferedVersion>();
  for (const { platforms, protocols, version: text } of answer.versions) {
    const version = readVersion(text);
    versions.set(formatVersion(version), {
      version,
      protocols,
      platforms: readPlatforms(platforms),
    });
  }
  return {
    versions: sortVersions([...versions.values()]),
    warnings: answer.warnings.map((warning) => printable(warning, 2000)),
  };
}

const offeredPlatforms = v.array(v.object({ os: v.string(), arch: v.string() }));

function readPlatforms(value: unknown): readonly Platform[] {
  const read = v.safeParse(offeredPlatforms, value);
  const platforms = new Map<string, Platform>();
  for (const { arch, os } of read.success ? read.output.slice(0, documentLimits.platforms) : []) {
    try {
      const platform = parsePlatform(`${os}_${arch}`);
      platforms.set(formatPlatform(platform), platform);
    } catch (error) {
      if (!(error instanceof InvalidPlatformError)) throw error;
    }
  }
  return [...platforms.values()].sort(comparePlatforms);
}

function readVersion(text: string): Version {
  try {
    return parseVersion(text);
  } catch (error) {
    if (!(error instanceof InvalidVersionError)) throw error;
    throw new InvalidDocumentError(
      `registry response includes invalid version string ${shown(text)}: ${error.why}`,
    );
  }
}

function sortVersions(versions: readonly OfferedVersion[]): readonly OfferedVersion[] {
  return versions.toSorted(
    (a, b) =>
      compareVersions(a.version, b.version) ||
      (a.version.metadata < b.version.metadata
        ? -1
        : Number(a.version.metadata > b.version.metadata)),
  );
}
