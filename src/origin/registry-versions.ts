import type { InferOutput } from 'valibot';
import { printable } from '../base/index.ts';
import {
  compareVersions,
  formatVersion,
  InvalidVersionError,
  parseVersion,
  type Version,
} from '../domain/index.ts';
import { InvalidDocumentError } from './errors.ts';
import { shown } from './json-document.ts';
import type { versionsAnswer } from './registry-answers.ts';

export interface OfferedVersion {
  readonly version: Version;
  /** Plugin protocols, as the registry wrote them. */
  readonly protocols: readonly string[];
}

export interface OfferedVersions {
  /** Ascending, each once. */
  readonly versions: readonly OfferedVersion[];
  /** What the registry wants to be told to the user, printable. */
  readonly warnings: readonly string[];
}

/** @throws InvalidDocumentError for a single version that is none, as OpenTofu has it */
export function readVersions(answer: InferOutput<typeof versionsAnswer>): OfferedVersions {
  const versions = new Map<string, OfferedVersion>();
  for (const { protocols, version: text } of answer.versions) {
    const version = readVersion(text);
    versions.set(formatVersion(version), { version, protocols });
  }
  return {
    versions: sortVersions([...versions.values()]),
    warnings: answer.warnings.map((warning) => printable(warning, 2000)),
  };
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
