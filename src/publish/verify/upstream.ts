import { compareBytes, type TofuOciError } from '../../base/index.ts';
import type { IndexIdentity, Sha256Sums } from '../../artifact/index.ts';
import {
  comparePlatforms,
  formatPlatform,
  packageFilename,
  type PackageHash,
  parsePackageFilename,
  type Platform,
} from '../../domain/index.ts';
import type { SignedBy, TrustRule, Verdict } from '../../signatures/index.ts';
import { UpstreamKeyError, UpstreamPackageError } from '../errors.ts';

/** What a mirror holds of a release, and what is kept beside it of the origin's word. */
export interface HeldRelease extends IndexIdentity {
  readonly packages: readonly {
    /** `linux_amd64` */
    readonly platform: string;
    /** Undefined where it can not be read. */
    readonly zh: PackageHash | undefined;
  }[];
  /** Each SHA256SUMS of the evidence. */
  readonly sums: readonly Sha256Sums[];
  /** Whose signature of the evidence verified, if any did. */
  readonly signedBy: SignedBy | undefined;
  /** What the user says about who may sign; a key that it names is no surprise. */
  readonly rule: TrustRule | undefined;
}

/** What the origin states of the same release now. */
export interface UpstreamRelease {
  readonly sums: Sha256Sums;
  /** As its list of versions has them; empty where it does not tell. */
  readonly platforms: readonly Platform[];
  /** Undefined where nobody needed to ask: the signed text and the only key that can have signed it are the same. */
  readonly signature: Pick<Verdict, 'kind' | 'signedBy'> | undefined;
}

/**
 * - `none`: signed neither here nor there
 * - `gained`: signed at the origin, and nothing that verifies is kept
 * - `renewed`: another key, which the trust rule names
 * - `changed`: another key, none any more, or a signature that does not verify
 */
export type UpstreamKey = 'same' | 'none' | 'gained' | 'renewed' | 'changed';

export interface UpstreamComparison {
  readonly kind: 'compared';
  /** Packages that are the same. */
  readonly same: number;
  /** Packages that the origin has. */
  readonly offered: number;
  readonly changed: readonly {
    readonly platform: string;
    readonly held: PackageHash;
    readonly upstream: PackageHash;
  }[];
  /** Platforms that neither the origin nor the evidence names: somebody else put them there. */
  readonly unlisted: readonly string[];
  /** Platforms that the evidence names, and the origin does not any more. */
  readonly withdrawn: readonly string[];
  /** Platforms that only the origin has. */
  readonly missing: readonly string[];
  readonly key: UpstreamKey;
  /** Who signs it at the origin, where somebody asked. */
  readonly signedBy: SignedBy | undefined;
  /** Nothing where all that is held is what the origin states. */
  readonly errors: readonly TofuOciError[];
}

/**
 * Compares what is held of a release with what its origin states of it now. Platforms that are not held are told and
 * no error: a mirror needs not have them all.
 */
export function compareWithUpstream(
  held: HeldRelease,
  upstream: UpstreamRelease,
): UpstreamComparison {
  const offered = offeredPackages(held, upstream.sums);
  const changed: UpstreamComparison['changed'][number][] = [];
  const [unlisted, withdrawn]: [string[], string[]] = [[], []];
  let same = 0;
  for (const { platform, zh } of held.packages) {
    const stated = offered.get(platform);
    if (stated === undefined) {
      const wasListed = held.sums.some((sums) => offeredPackages(held, sums).has(platform));
      (wasListed ? withdrawn : unlisted).push(platform);
    } else if (zh === stated) {
      same += 1;
    } else if (zh !== undefined) {
      changed.push({ platform, held: zh, upstream: stated });
    }
  }
  const names = new Set(held.packages.map(({ platform }) => platform));
  // A line of the sums alone is no offer where the origin tells its platforms.
  const told = new Set(upstream.platforms.map(formatPlatform));
  const isOffered = (platform: string): boolean => told.size === 0 || told.has(platform);
  const missing = [...offered.keys()].filter((name) => !names.has(name) && isOffered(name));
  const { key, signedBy } = compareKeys(held, upstream);
  const errors = [
    ...(changed.length + unlisted.length === 0
      ? []
      : [new UpstreamPackageError(held, { changed, unlisted })]),
    ...(key === 'changed'
      ? [new UpstreamKeyError(held, { before: held.signedBy, now: upstream.signature })]
      : []),
  ];
  return {
    kind: 'compared',
    same,
    offered: [...offered.keys()].filter((name) => names.has(name) || isOffered(name)).length,
    changed,
    unlisted,
    withdrawn,
    missing: missing.sort(compareBytes),
    key,
    signedBy,
    errors,
  };
}

/** The packages of this release that a SHA256SUMS has, by platform; other lines are of other files. */
function offeredPackages(
  { provider, version }: IndexIdentity,
  sums: Sha256Sums,
): ReadonlyMap<string, PackageHash> {
  const found = new Map<string, PackageHash>();
  for (const [name, zh] of sums) {
    const platform = parsePackageFilename(name)?.platform;
    if (platform === undefined || packageFilename(provider.type, version, platform) !== name) {
      continue;
    }
    found.set(formatPlatform(platform), zh);
  }
  return found;
}

function compareKeys(
  { rule, signedBy: before }: HeldRelease,
  { signature }: UpstreamRelease,
): { readonly key: UpstreamKey; readonly signedBy: SignedBy | undefined } {
  if (signature === undefined) return { key: 'same', signedBy: before };
  const { kind, signedBy } = signature;
  if (signedBy === undefined) {
    const isUnsigned = kind === 'unsigned' && before === undefined;
    return { key: isUnsigned ? 'none' : 'changed', signedBy };
  }
  if (before === undefined) return { key: 'gained', signedBy };
  if (before.fingerprint === signedBy.fingerprint) return { key: 'same', signedBy };
  const isNamed = rule?.keys.includes(signedBy.fingerprint) === true;
  return { key: isNamed ? 'renewed' : 'changed', signedBy };
}

/** The platform whose document is asked for: one that both have, since the origin may have withdrawn others. */
export function platformToAsk(
  held: readonly Platform[],
  offered: readonly Platform[],
): Platform | undefined {
  const names = new Set(offered.map(formatPlatform));
  return (
    [...held].sort(comparePlatforms).find((one) => names.has(formatPlatform(one))) ??
    offered[0] ??
    held[0]
  );
}
