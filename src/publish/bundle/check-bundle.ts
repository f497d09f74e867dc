import { type CallOptions, LimitExceededError, mapBounded } from '../../base/index.ts';
import { tagOfVersion } from '../../artifact/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import { formatProviderAddress, formatVersion, type ProviderAddress } from '../../domain/index.ts';
import { readRelease, type ReleaseTrust } from '../../release/index.ts';
import { type Descriptor, isManifestType } from '../../spec/index.ts';
import { releaseContents } from './bundle-contents.ts';
import type { CopyFailure } from '../copy/copy.ts';
import { digestOfTag, readTags, selectVersions } from '../copy/copy-tags.ts';
import type { NamedRelease } from './describe-bundle.ts';
import { BundleBaseMissingError, BundleIncompleteError } from '../errors.ts';
import { requireTrusted } from '../copy/judge-source.ts';

/** Where a bundle is looked at, and what it is going to be imported into. */
export interface BundlePlaces {
  from(provider: ProviderAddress): Promise<SourceRepository>;
  target(provider: ProviderAddress): Promise<SourceRepository>;
}

export interface CheckBundleRequest {
  /** For messages. */
  readonly file: string;
  readonly providers: readonly ProviderAddress[];
  /** sha256 of the earlier bundles that it needs, as it says. */
  readonly bases: readonly string[];
  readonly concurrency: number;
}

export interface CheckBundleOptions extends CallOptions {
  readonly trust?: ReleaseTrust | undefined;
}

/** Names in an index cost next to nothing; looking at what they lead to does. */
const maxReleases = 100_000;
/** More of them tell nothing new. */
const maxFailures = 20;

/**
 * Looks at every release of a bundle before any of them is imported: each is the one that it is named, complete
 * together with what the target has, and meets its trust rule.
 * @returns what is wrong, in the order of providers and versions; nobody looks further when there is much
 * @throws LimitExceededError; the signal's reason
 */
export async function checkBundle(
  places: BundlePlaces,
  request: CheckBundleRequest,
  options: CheckBundleOptions,
): Promise<readonly CopyFailure[]> {
  const { signal } = options;
  const failures: CopyFailure[] = [];
  let count = 0;
  for (const provider of request.providers) {
    const named = formatProviderAddress(provider);
    try {
      const [from, target] = [await places.from(provider), await places.target(provider)];
      const tags = await readTags(from, { signal });
      const versions = selectVersions(tags, [], from.name);
      count += versions.length;
      if (count > maxReleases) throw new LimitExceededError('a bundle', maxReleases, 'releases');
      for (let at = 0; at < versions.length && failures.length < maxFailures;) {
        // As many as are looked at together, so that where it ends does not depend on which was quicker.
        const some = versions.slice(at, at + request.concurrency);
        at += some.length;
        const found = await mapBounded(some, request.concurrency, async (version) => {
          const one = { provider, version, from, target, tags };
          const error = await problemOf(() => checkRelease(one, request, options), signal);
          const name = formatVersion(version);
          return error === undefined
            ? []
            : [{ provider: named, version: name, error: error.error }];
        });
        failures.push(...found.flat());
      }
    } catch (error) {
      signal?.throwIfAborted();
      failures.push({ provider: named, error });
    }
    if (failures.length >= maxFailures) break;
  }
  return failures;
}

async function problemOf(
  task: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await task();
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return { error };
  }
}

interface ReleasePlaces extends NamedRelease {
  readonly from: SourceRepository;
  readonly target: SourceRepository;
  readonly tags: ReadonlySet<string>;
}

async function checkRelease(
  { from, provider, tags, target, version }: ReleasePlaces,
  { bases, file }: CheckBundleRequest,
  { signal, trust }: CheckBundleOptions,
): Promise<void> {
  const release = await readRelease(from, { provider, version }, { signal });
  const contents = await releaseContents(from, release.descriptor, { tags, signal });
  const absent: Descriptor[] = [];
  for (const content of contents.values()) {
    if (!(await from.exists(content, { signal }))) absent.push(content);
  }
  if (absent.length > 0) {
    const standing = await digestOfTag(target, tagOfVersion(version), { signal });
    const isThere = standing === release.descriptor.digest;
    const missing: Descriptor[] = [];
    for (const content of absent) {
      // A manifest is read from the bundle, unless the release that it belongs to is there already.
      const mayBeThere = isThere || !isManifestType(content.mediaType);
      if (!mayBeThere || !(await target.exists(content, { signal }))) missing.push(content);
    }
    const digests = missing.map(({ digest }) => digest);
    if (digests.length > 0) {
      throw bases.length > 0
        ? new BundleBaseMissingError(target.name, digests, bases)
        : new BundleIncompleteError(file, digests);
    }
  }
  await requireTrusted(from, release, { signal, trust });
}
