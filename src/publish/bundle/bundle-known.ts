import { tagOfVersion, versionOfTag } from '../../artifact/index.ts';
import { formatProviderAddress, parseVersion, type ProviderAddress } from '../../domain/index.ts';
import type { Digest } from '../../spec/index.ts';
import type { BundleBase } from './bundle-receipt.ts';

/** What earlier bundles have of one provider, those included that they leave to still earlier ones. */
export interface KnownContents {
  readonly contents: ReadonlySet<Digest>;
  /** Whether a tag is known to be at this digest; of tags that name no version only the digest is known. */
  has(tag: string, digest: Digest): boolean;
  /** All that is known to belong to a release. */
  contentsOf(tag: string, digest: Digest): ReadonlySet<Digest>;
}

const nothing: KnownContents = {
  contents: new Set(),
  has: () => false,
  contentsOf: () => new Set(),
};

/** @returns what the bundles together have of a provider; two that know the same release know it together */
export function knownBy(
  bases: readonly BundleBase[],
): (provider: ProviderAddress) => KnownContents {
  const providers = new Map<string, Map<string, Set<Digest>>>();
  for (const { contents, digest, provider, version } of bases.flatMap((base) => base.releases)) {
    const releases = providers.get(provider) ?? new Map<string, Set<Digest>>();
    providers.set(provider, releases);
    const key = keyOf(tagOfVersion(parseVersion(version)), digest);
    const known = releases.get(key) ?? new Set();
    releases.set(key, known);
    for (const each of contents) known.add(each);
  }
  return (provider) => {
    const releases = providers.get(formatProviderAddress(provider));
    if (releases === undefined) return nothing;
    const contents = new Set<Digest>();
    for (const known of releases.values()) for (const each of known) contents.add(each);
    return {
      contents,
      has: (tag, digest) =>
        versionOfTag(tag) === undefined ? contents.has(digest) : releases.has(keyOf(tag, digest)),
      contentsOf: (tag, digest) => releases.get(keyOf(tag, digest)) ?? new Set(),
    };
  };
}

const keyOf = (tag: string, digest: Digest): string => `${tag} ${digest}`;
