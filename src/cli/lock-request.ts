import type { Diagnostic } from '../base/index.ts';
import {
  InvalidPlatformError,
  type Location,
  parseLocation,
  parsePlatformOption,
  parseRepositoryTemplate,
  type Platform,
  formatPlatform,
} from '../domain/index.ts';
import { LockOptionsError } from './errors.ts';
import { UsageError } from './usage-error.ts';

/** Where `lock` learns hashes, as the command line says it; each is for itself. */
export interface LockPlaces {
  readonly from?: string;
  readonly fsMirror?: string;
  readonly netMirror?: string;
  readonly ociMirror?: string;
}

/**
 * The one place that was given; the registries that the addresses name without one, whatever the CLI configuration
 * says: lock files are to have the origin's checksums.
 * @throws LockOptionsError, InvalidLocationError, InvalidTemplateError
 */
export function lockLocation({ from, fsMirror, netMirror, ociMirror }: LockPlaces): Location {
  const given = Object.entries({
    '--from': from,
    '-fs-mirror': fsMirror,
    '-net-mirror': netMirror,
    '-oci-mirror': ociMirror,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 1) {
    throw new LockOptionsError([
      problem(
        'Invalid installation method options',
        `The ${given.slice(0, -1).join(', ')} and ${given.at(-1) ?? ''} command line options are mutually-exclusive.`,
      ),
    ]);
  }
  if (fsMirror !== undefined) return { kind: 'fs', directory: fsMirror };
  if (netMirror !== undefined) return { kind: 'network', url: mirrorUrl(netMirror) };
  if (ociMirror !== undefined) {
    return {
      kind: 'registry',
      template: parseRepositoryTemplate(ociMirror.replace(/^oci:\/\//u, '')),
    };
  }
  return from === undefined ? { kind: 'direct' } : parseLocation(from);
}

function mirrorUrl(text: string): string {
  const invalid = (): LockOptionsError =>
    new LockOptionsError([
      problem(
        'Invalid network mirror URL',
        'The -net-mirror option requires a valid https: URL as the mirror base URL.',
      ),
    ]);
  let url;
  try {
    url = new URL(text);
  } catch {
    throw invalid();
  }
  if (url.protocol !== 'https:') throw invalid();
  if (url.username === '' && url.password === '') return url.href;
  throw new UsageError('-net-mirror: credentials do not belong in the URL');
}

/**
 * The platforms that were given, each once, in their order; `own` when there are none.
 * @param texts each one platform, or several with commas
 * @throws LockOptionsError that names all that are none
 */
export function lockPlatforms(
  texts: readonly string[] | undefined,
  own: Platform,
): readonly Platform[] {
  const platforms = new Map<string, Platform>();
  const problems: Diagnostic[] = [];
  for (const text of texts?.flatMap((each) => each.split(',')) ?? []) {
    try {
      const platform = parsePlatformOption(text);
      platforms.set(formatPlatform(platform), platform);
    } catch (error) {
      if (!(error instanceof InvalidPlatformError)) throw error;
      problems.push(
        problem(
          'Invalid target platform',
          `The string ${JSON.stringify(text)} given in the -platform option is not a valid target platform: ${error.why}.`,
        ),
      );
    }
  }
  if (problems.length > 0) throw new LockOptionsError(problems);
  return platforms.size === 0 ? [own] : [...platforms.values()];
}

function problem(summary: string, detail: string): Diagnostic {
  return { severity: 'error', summary, detail };
}
