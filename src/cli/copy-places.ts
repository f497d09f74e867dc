import { resolve } from 'node:path';
import { isNotFound } from '../base/index.ts';
import type { ArchiveDraft, SourceRepository, TargetRepository } from '../content/index.ts';
import {
  formatProviderAddress,
  type Location,
  matchesPattern,
  type ProviderAddress,
  providerKey,
  repositoryKinds,
} from '../domain/index.ts';
import type { Descriptor } from '../spec/index.ts';
import { NoMirrorError } from './errors.ts';
import { refuseCollisions } from './refuse-collisions.ts';
import { UsageError } from './usage-error.ts';
import type { Wiring } from './wire.ts';

/** One of the places that a source is made of. */
export interface SourcePart {
  /** For messages. */
  readonly name: string;
  readonly location: Location;
  /** Whether a provider is to be read here. */
  serves(provider: ProviderAddress): boolean;
}

/** Where releases are read. */
export interface CopySourcePlace {
  /** Undefined where several places are one: the `oci_mirror` methods of the CLI configuration. */
  readonly location: Location | undefined;
  readonly parts: readonly SourcePart[];
  repository(provider: ProviderAddress): Promise<SourceRepository>;
}

export interface FinishOptions {
  readonly signal: AbortSignal;
  readonly concurrency: number;
  readonly onProgress: (content: Descriptor, writtenBytes: number) => void;
}

/** Where `copy` writes. */
export interface CopyTargetPlace {
  readonly location: Location;
  /** Nothing is there before `finish` has been waited for. */
  readonly isWrittenAtTheEnd: boolean;
  repository(provider: ProviderAddress): Promise<TargetRepository>;
  finish(options: FinishOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * `--from`, else TOFU_OCI_LOCATION unless it already says where to, else the CLI configuration's mirrors.
 * @throws UsageError, NoMirrorError
 */
export async function openCopySource(
  wiring: Wiring,
  from: string | undefined,
  target: { readonly isFromEnvironment: boolean } = { isFromEnvironment: false },
): Promise<CopySourcePlace> {
  const saysWhereTo = from === undefined && target.isFromEnvironment;
  const location = saysWhereTo ? undefined : wiring.findLocation(from, { kinds: repositoryKinds });
  if (location === undefined) return await mirrorsOf(wiring, { saysWhereTo });
  return {
    location,
    parts: [{ name: nameOf(location), location, serves: () => true }],
    repository: (provider) => wiring.repository(location, provider, 'read'),
  };
}

function nameOf(location: Location): string {
  switch (location.kind) {
    case 'registry':
      return location.template.text;
    case 'oci-layout':
      return `${location.directory}/${location.template.text}`;
    case 'oci-archive':
      return location.file;
    default:
      return location.kind;
  }
}

/** As `init` reads them: the first method that is for the provider. */
async function mirrorsOf(
  wiring: Wiring,
  { saysWhereTo }: { readonly saysWhereTo: boolean },
): Promise<CopySourcePlace> {
  const repositories = await wiring.repositories();
  const methods = repositories.config.providerInstallation?.methods ?? [];
  const mirrors = methods.flatMap((method) => (method.kind === 'oci_mirror' ? [method] : []));
  if (mirrors.length === 0) {
    if (saysWhereTo && !repositories.configHasErrors) {
      throw new UsageError('--from is missing: TOFU_OCI_LOCATION says only where to', {
        hint: 'Give --from, too; or give --to, and TOFU_OCI_LOCATION says where from.',
      });
    }
    const kinds = methods.map(({ kind }) => kind);
    throw new NoMirrorError(kinds, { faulty: repositories.configHasErrors });
  }
  const mirrorFor = (provider: ProviderAddress): (typeof mirrors)[number] | undefined => {
    const matches = (patterns: (typeof mirrors)[number]['include']): boolean =>
      patterns.some((pattern) => matchesPattern(pattern, provider));
    return mirrors.find(
      ({ exclude, include }) => (include.length === 0 || matches(include)) && !matches(exclude),
    );
  };
  return {
    location: undefined,
    parts: mirrors.map((mirror) => ({
      name: mirror.template.text,
      location: { kind: 'registry', template: mirror.template },
      serves: (provider) => mirrorFor(provider) === mirror,
    })),
    repository: (provider) => {
      const mirror = mirrorFor(provider);
      if (mirror === undefined) {
        const address = formatProviderAddress(provider);
        throw new UsageError(`no oci_mirror of the CLI configuration is for ${address}`, {
          hint: 'Give --from, or add the provider to "include" of a mirror.',
        });
      }
      return Promise.resolve(repositories.remote(mirror.template.repositoryFor(provider)));
    },
  };
}

/** In a dry run nothing is made where nothing is. */
export async function openCopyTarget(
  wiring: Wiring,
  location: Location,
  { dryRun }: { readonly dryRun: boolean },
): Promise<CopyTargetPlace> {
  if (location.kind === 'oci-archive') return await openArchiveTarget(wiring, location, dryRun);
  return {
    location,
    isWrittenAtTheEnd: false,
    repository: async (provider) => {
      refuseCollisions(location, provider);
      if (!dryRun || location.kind !== 'oci-layout')
        return await wiring.repository(location, provider);
      try {
        return await wiring.repository(location, provider, 'read');
      } catch (error) {
        if (!isNotFound(error)) throw error;
        const { createMemoryRepository } = await import('../content/index.ts');
        return createMemoryRepository(
          `${location.directory}/${location.template.pathFor(provider)}`,
        );
      }
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function openArchiveTarget(
  wiring: Wiring,
  location: Extract<Location, { kind: 'oci-archive' }>,
  dryRun: boolean,
): Promise<CopyTargetPlace> {
  const { draftArchive } = await import('../content/index.ts');
  const draft: ArchiveDraft = await draftArchive(resolve(wiring.directory, location.file));
  return {
    location,
    isWrittenAtTheEnd: true,
    repository: (provider) => Promise.resolve(draft.repository(providerKey(provider))),
    finish: async (options) => {
      if (!dryRun) await draft.write(options);
    },
    close: () => draft.close(),
  };
}

/** Copying something onto itself is a slip of the keyboard, and would seem to succeed. */
export function refuseSamePlace(
  places: { readonly from: Location | undefined; readonly to: Location },
  provider: ProviderAddress,
  directory: string,
): void {
  const { from, to } = places;
  if (from === undefined) return;
  if (placeOf(from, provider, directory) !== placeOf(to, provider, directory)) return;
  throw new UsageError('--from and --to name the same place', {
    hint: 'Name another registry, folder or file, or another path in it.',
  });
}

function placeOf(location: Location, provider: ProviderAddress, directory: string): string {
  switch (location.kind) {
    case 'registry': {
      const { registry, path } = location.template.repositoryFor(provider);
      return `${registry}/${path}`;
    }
    case 'oci-layout':
      return resolve(directory, location.directory, location.template.pathFor(provider));
    case 'oci-archive':
      return resolve(directory, location.file);
    default:
      return location.kind;
  }
}
