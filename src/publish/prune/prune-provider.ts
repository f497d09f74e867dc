import {
  type CallOptions,
  categoryOf,
  InternalError,
  isTofuOciError,
  mapBounded,
} from '../../base/index.ts';
import { tagOfVersion, versionOfTag } from '../../artifact/index.ts';
import type { ManifestReader, SourceRepository } from '../../content/index.ts';
import {
  compareVersions,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import { readRelease, type Release } from '../../release/index.ts';
import type { Digest, RepositoryName } from '../../spec/index.ts';
import { NothingAcceptedError } from './prune-errors.ts';
import {
  type CountedVersion,
  decideVersions,
  type DecidedVersion,
  type KeepRules,
  newestFirst,
} from './prune-plan.ts';
import { TagInventory } from './tag-inventory.ts';

/** Says why a release does not count; undefined when it does. Failures that say nothing about it are thrown. */
export type RefuseRelease = (
  repository: SourceRepository,
  release: Release,
  options: CallOptions,
) => Promise<string | undefined>;

/** One version as it stands, with what was decided about it. */
export interface PlannedVersion extends DecidedVersion {
  readonly tag: string;
  /** What the tag was at when it was decided. */
  readonly digest: Digest;
  /** `linux_amd64` and so on; none for what is no release. */
  readonly packages: number;
  /** Of all packages together, as the index tells it; undefined when it does not tell all. */
  readonly bytes: number | undefined;
}

export interface ProviderPlan {
  readonly provider: ProviderAddress;
  readonly repository: string;
  /** Where it is in a registry. */
  readonly address: RepositoryName | undefined;
  /** Ascending. */
  readonly versions: readonly PlannedVersion[];
}

export interface PlanOptions extends CallOptions {
  readonly rules: KeepRules;
  /** Undefined where no rule is for the provider. */
  readonly refuse: RefuseRelease | undefined;
}

/** Indexes that are read at the same time. */
const concurrency = 8;

/**
 * Looks at all versions of a provider, and decides about each. Only tags in the spelling that installs count as
 * versions; all others stay whatever they are.
 * @throws NothingAcceptedError, UnreadableTagError, RepositoryNotFoundError
 */
export async function planProvider(
  repository: SourceRepository,
  provider: ProviderAddress,
  { refuse, rules, signal }: PlanOptions,
): Promise<ProviderPlan> {
  const inventory = new TagInventory(repository);
  await inventory.refresh({ signal });
  const found = await mapBounded(versionsIn(inventory), concurrency, async ({ digest, version }) =>
    lookAt(repository, { provider, version, digest }, { signal }),
  );
  const counted = await count(repository, found, { refuse, rules, signal });
  const decided = decideVersions(provider, counted, rules);
  return {
    provider,
    repository: repository.name,
    address: repository.address,
    versions: decided.map((one) => {
      const { digest, release } =
        found.find(({ version }) => version === one.version) ?? unexpected(one.version);
      const sizes = release?.index.targets.map(({ hints }) => hints.size) ?? [];
      return {
        ...one,
        tag: tagOfVersion(one.version),
        digest,
        packages: sizes.length,
        bytes: sizes.reduce<number | undefined>(
          (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
          0,
        ),
      };
    }),
  };
}

interface FoundVersion {
  readonly version: Version;
  readonly digest: Digest;
  readonly release: Release | undefined;
  /** Why it is no release. */
  readonly why: string | undefined;
}

function versionsIn({
  tags,
}: TagInventory): readonly { readonly version: Version; readonly digest: Digest }[] {
  return [...tags]
    .flatMap(([tag, digest]) => {
      const version = versionOfTag(tag);
      return version !== undefined && tagOfVersion(version) === tag ? [{ version, digest }] : [];
    })
    .sort((a, b) => compareVersions(a.version, b.version));
}

async function lookAt(
  repository: SourceRepository,
  {
    digest,
    ...identity
  }: { readonly provider: ProviderAddress; readonly version: Version; readonly digest: Digest },
  options: CallOptions,
): Promise<FoundVersion> {
  // By the digest that the tag was at: what is decided is decided about that.
  const tag = tagOfVersion(identity.version);
  const reader: ManifestReader = {
    readManifest: (reference, call) =>
      repository.readManifest(reference === tag ? digest : reference, call),
  };
  try {
    const release = await readRelease(reader, identity, { ...options, recoverTypes: true });
    return { version: identity.version, digest, release, why: undefined };
  } catch (error) {
    const category = categoryOf(error);
    const isAboutIt = category === 'integrity' || category === 'not-found';
    if (!isAboutIt || !isTofuOciError(error)) throw error;
    return { version: identity.version, digest, release: undefined, why: error.message };
  }
}

/** Judges from the newest on, until as many as are wanted are accepted: judging reads the evidence. */
async function count(
  repository: SourceRepository,
  found: readonly FoundVersion[],
  { refuse, rules: { newest = 0 }, signal }: PlanOptions,
): Promise<readonly CountedVersion[]> {
  const releases = found.filter(({ release }) => release !== undefined);
  const refused = new Map<Version, string>();
  if (refuse !== undefined && newest > 0) {
    let accepted = 0;
    for (const version of newestFirst(releases.map((one) => one.version))) {
      const release = releases.find((one) => one.version === version)?.release;
      if (release === undefined || accepted === newest) break;
      const why = await refuse(repository, release, { signal });
      if (why === undefined) accepted += 1;
      else refused.set(version, why);
    }
    const [why] = refused.values();
    if (accepted === 0 && why !== undefined) throw new NothingAcceptedError(repository.name, why);
  }
  return found.map(({ release, version, why }) => {
    if (release === undefined) return { version, standing: 'no-release', why };
    const refusal = refused.get(version);
    return refusal === undefined
      ? { version, standing: 'counts' }
      : { version, standing: 'refused', why: refusal };
  });
}

function unexpected(version: Version): never {
  throw new InternalError(`version ${formatVersion(version)} was not looked at`);
}
