import { type CallOptions, isNotFound } from '../../base/index.ts';
import type { IndexIdentity } from '../../artifact/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import {
  comparePlatforms,
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  type PackageHash,
  type Platform,
  type ProviderAddress,
  samePlatform,
} from '../../domain/index.ts';
import {
  EvidenceMismatchError,
  gatherEvidence,
  type GatheredEvidence,
  judgeRelease,
  listVersions,
  readRelease,
  readReleasePackage,
  type Release,
  type ReleaseVerdict,
} from '../../release/index.ts';
import type { Verdict } from '../../signatures/index.ts';
import { PlatformNotSupportedError } from '../../sources/index.ts';
import { fetchPackage } from './fetch-package.ts';
import { Handover } from './handover.ts';
import type { LocalPackage } from '../push/local-package.ts';
import type { MirrorOrigin, OriginPackage, OriginProof, OriginRelease } from './mirror-origin.ts';
import { type OriginTrust, ruledTrust, trustOf } from './origin-trust.ts';

export interface RepositoryOriginOptions extends OriginTrust {
  /** Of an OCI registry, a layout or an archive. */
  readonly repositoryFor: (provider: ProviderAddress) => Promise<SourceRepository>;
}

/**
 * Releases from another mirror in OCI repositories, with what is attached to them. Each is resolved once; everything
 * after goes by digest. The evidence is judged by the user's rule, and attached as it is to what is mirrored; where
 * there is no rule it is kept, and proves nothing: the keys in it are worth what the mirror is.
 */
export function createRepositoryOrigin(options: RepositoryOriginOptions): MirrorOrigin {
  const read = new Handover<Release>();

  return {
    async versions(provider, call) {
      const repository = await options.repositoryFor(provider);
      return (await listVersions(repository, call)).map((version) => ({
        version,
        platforms: [],
        askPlatforms: async (asking) => {
          const found = await readRelease(repository, { provider, version }, asking);
          read.keep(found, found);
          return platformsOf(found);
        },
      }));
    },

    // A registry that fetches from another one lists the tags that somebody asked it for before.
    async find(wanted, call) {
      try {
        const found = await readRelease(await options.repositoryFor(wanted.provider), wanted, call);
        read.keep(found, found);
        return { version: wanted.version, platforms: platformsOf(found) };
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },

    async release({ platforms, provider, version }, call = {}): Promise<OriginRelease> {
      const identity = { provider, version };
      const repository = await options.repositoryFor(provider);
      const release = read.take(identity) ?? (await readRelease(repository, identity, call));
      const zhOf = async (platform: Platform): Promise<PackageHash> => {
        const target = release.index.targets.find((one) => samePlatform(one.platform, platform));
        if (target === undefined) throw new PlatformNotSupportedError({ ...identity, platform });
        return (
          target.hints.zh ?? (await readReleasePackage(repository, release, platform, call)).zh
        );
      };
      const packages: OriginPackage[] = [];
      for (const platform of platforms) packages.push({ platform, zh: await zhOf(platform) });
      let gathered: Promise<GatheredEvidence> | undefined;
      const evidenceOf = (asking: CallOptions): Promise<GatheredEvidence> =>
        (gathered ??= gatherEvidence(repository, release.descriptor, asking));
      return {
        ...identity,
        host: provider.hostname,
        protocols: [],
        sums: undefined,
        sumsNameAll: false,
        trust: ruledTrust(options, provider),
        packages,

        async prove(asking = {}): Promise<OriginProof> {
          const found = await evidenceOf(asking);
          const held = [];
          for (const { platform } of release.index.targets) {
            held.push({ platform, zh: await zhOf(platform) });
          }
          const judged = await judgeRelease(
            { ...identity, packages: held, gathered: found },
            trustOf(options),
          );
          return {
            signature: undefined,
            keys: [],
            verdict: verdictOf(judged, found, identity),
            documents: found.evidence
              .filter(({ statement }) => isAbout(statement, identity))
              .map(({ documents }) => documents),
          };
        },

        async measure({ platform }, asking) {
          const { layer } = await readReleasePackage(repository, release, platform, asking);
          return layer.size;
        },

        async fetch(one, path, fetching = {}) {
          const { signal } = fetching;
          const found = await readReleasePackage(repository, release, one.platform, { signal });
          const fetched = await fetchPackage(
            { release: identity, one, path },
            async (take) => {
              await take(await repository.fetch(found.layer, { signal }), found.layer.size);
            },
            fetching,
          );
          checkStated(fetched, await evidenceOf({ signal }));
          return fetched;
        },
      };
    },
  };
}

function platformsOf({ index }: Release): readonly Platform[] {
  return index.targets.map(({ platform }) => platform).sort(comparePlatforms);
}

/**
 * What is attached says the `h1:` too, which nobody could check before the package was here.
 * @throws EvidenceMismatchError
 */
function checkStated({ record }: LocalPackage, { evidence }: GatheredEvidence): void {
  const name = formatPlatform(record.platform);
  for (const { statement } of evidence) {
    const stated = statement.origin.packages.get(name)?.h1;
    if (stated === undefined || stated === record.h1) continue;
    throw new EvidenceMismatchError(
      `the package for ${name} is ${record.h1}, and the evidence ${statement.digest} states ${stated}`,
    );
  }
}

/** What was made for another release is nothing that anybody said of this one. */
function isAbout(
  { origin }: GatheredEvidence['evidence'][number]['statement'],
  { provider, version }: IndexIdentity,
): boolean {
  const [address, name] = [formatProviderAddress(provider), formatVersion(version)];
  return (origin.provider ?? address) === address && (origin.version ?? name) === name;
}

/** What is attached to a release, as one signature would be judged. */
function verdictOf(
  judged: ReleaseVerdict,
  { errors, evidence }: GatheredEvidence,
  identity: IndexIdentity,
): Verdict {
  const { isAccepted, kind, refusal, rule, signedBy } = judged;
  const unread = errors.map(({ message }) => `${message}; that evidence is not kept`);
  const foreign = evidence.flatMap(({ statement }) =>
    isAbout(statement, identity)
      ? []
      : [`the evidence ${statement.digest} is about another release; that evidence is not kept`],
  );
  const warnings = [...judged.warnings, ...unread, ...foreign];
  return {
    kind: kind === 'none' ? 'unsigned' : kind === 'invalid' ? 'bad-signature' : kind,
    signedBy,
    rule,
    isAccepted: isAccepted && rule !== undefined,
    warning: warnings.length === 0 ? undefined : warnings.join('; '),
    error: refusal,
  };
}
