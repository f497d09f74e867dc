import type { CallOptions } from '../../base/index.ts';
import type { Archive, ArchiveIdentity, TargetRepository } from '../../content/index.ts';
import { type ProviderAddress, providerKey } from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import { basesIn } from './bundle-receipt.ts';
import { checkBundle } from './check-bundle.ts';
import { copy, type CopyEvents, type CopyPlaces, type CopySummary } from '../copy/copy.ts';
import { BundleMismatchError } from '../errors.ts';

export interface ImportPlaces extends CopyPlaces {
  readonly archive: Pick<Archive, 'annotations' | 'check'>;
  /** What is written to, for looking only: nothing is made where nothing is. */
  target(provider: ProviderAddress): Promise<TargetRepository>;
}

export interface ImportRequest {
  /** For messages. */
  readonly file: string;
  readonly providers: readonly ProviderAddress[];
  /** sha256 of the very bundle that is meant; undefined for any. */
  readonly sha256: string | undefined;
  readonly dryRun: boolean;
  readonly concurrency: number;
}

export interface ImportOptions extends CallOptions {
  readonly events?: CopyEvents | undefined;
  readonly trust?: ReleaseTrust | undefined;
  /** Bytes of the bundle that were read and checked so far. */
  readonly onCheck?: ((readBytes: number) => void) | undefined;
  readonly onChecked?: (() => void) | undefined;
}

export interface ImportSummary extends CopySummary {
  readonly identity: ArchiveIdentity;
  /** sha256 of the earlier bundles that it needs, as it says. */
  readonly bases: readonly string[];
}

/**
 * Publishes what is in a bundle.
 *
 * 1. Every byte of it is read: it is the bundle that is meant, and each content is what its digest says.
 * 2. Every release in it is looked at: it is what it is named, nothing is missing, trust rules are met. When one of them
 *    fails, nothing is imported.
 * 3. Releases are copied, tags last. What is there is not sent, so a second run continues.
 * @throws ArchiveCorruptError, ArchiveChangedError, BundleMismatchError; everything else is in the summary
 */
export async function importBundle(
  places: ImportPlaces,
  request: ImportRequest,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const { events, onCheck, onChecked, signal, trust } = options;
  const { archive } = places;
  const identity = await archive.check({ signal, onProgress: onCheck });
  onChecked?.();
  if (request.sha256 !== undefined && request.sha256 !== identity.sha256) {
    throw new BundleMismatchError(request.file, request.sha256, identity.sha256);
  }
  const bases = basesIn(archive.annotations);
  const repositories = remembered(places);
  const failures = await checkBundle(
    { from: repositories.from, target: repositories.target },
    { ...request, bases },
    { signal, trust },
  );
  if (failures.length > 0) {
    for (const failure of failures) events?.failure?.(failure);
    return { releases: [], failures, skipped: 0, identity, bases };
  }
  const { concurrency, dryRun } = request;
  const providers = request.providers.map((provider) => ({ provider, constraints: [] }));
  const to = dryRun ? repositories.target : repositories.to;
  const summary = await copy(
    { from: repositories.from, to },
    { providers, concurrency, dryRun },
    { signal, events, trust },
  );
  return { ...summary, identity, bases };
}

type Opened = Pick<ImportPlaces, 'from' | 'target' | 'to'>;

/** Each repository is opened once. */
function remembered(places: Opened): Opened {
  return {
    from: once((provider) => places.from(provider)),
    target: once((provider) => places.target(provider)),
    to: once((provider) => places.to(provider)),
  };
}

function once<T>(
  open: (provider: ProviderAddress) => Promise<T>,
): (provider: ProviderAddress) => Promise<T> {
  const opened = new Map<string, Promise<T>>();
  return (provider) => {
    const key = providerKey(provider);
    const repository = opened.get(key) ?? open(provider);
    opened.set(key, repository);
    return repository;
  };
}
