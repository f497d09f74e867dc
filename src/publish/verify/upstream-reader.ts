import {
  type CallOptions,
  isNotFound,
  isTofuOciError,
  type TofuOciError,
} from '../../base/index.ts';
import { parseSha256Sums, type Sha256Sums } from '../../artifact/index.ts';
import {
  compareVersions,
  InvalidPlatformError,
  parsePlatform,
  type Platform,
  type ProviderAddress,
  providerKey,
  sameVersion,
  satisfies,
  type Version,
  type VersionConstraints,
} from '../../domain/index.ts';
import {
  HostUnreachableError,
  type OfferedVersion,
  OriginQueryError,
  type ProviderRegistry,
  type RegistryDocument,
  UnsuccessfulStatusError,
} from '../../origin/index.ts';
import { judgeSignature, noTrustPolicy, readPublicKeys } from '../../signatures/index.ts';
import { NoVersionsError } from '../errors.ts';
import {
  compareWithUpstream,
  type HeldRelease,
  platformToAsk,
  type UpstreamComparison,
  type UpstreamRelease,
} from './upstream.ts';

/** What became of a release at its origin. */
export type UpstreamState =
  | UpstreamComparison
  /** The origin does not list the version, or the provider, any more. */
  | { readonly kind: 'vanished'; readonly what: 'version' | 'provider' }
  /** Nobody could tell. */
  | { readonly kind: 'failed'; readonly error: TofuOciError };

export interface UpstreamReader {
  /**
   * Compares a release with what its origin states now: for each provider the list of versions, for each release
   * one download document and its SHA256SUMS, and the signature only where another key can have made it.
   * @throws the signal's reason; what the origin fails with is a state
   */
  compare(held: HeldRelease, options?: CallOptions): Promise<UpstreamState>;
  /**
   * Versions of the origin that are newer than all that are held, ascending; prereleases only where nothing else is
   * held. Undefined when nobody could tell: `compare` says why.
   */
  newer(
    provider: ProviderAddress,
    wanted: {
      readonly held: readonly Version[];
      /** Any of these; none: all. */
      readonly constraints: readonly VersionConstraints[];
    },
    options?: CallOptions,
  ): Promise<readonly Version[] | undefined>;
}

/** Each provider is asked about once, and a host that can not be reached once for all of its providers. */
export function createUpstreamReader({
  registry,
}: {
  readonly registry: ProviderRegistry;
}): UpstreamReader {
  const offers = new Map<string, Promise<readonly OfferedVersion[]>>();
  const unreachable = new Map<string, HostUnreachableError>();

  const askVersions = async (
    provider: ProviderAddress,
    call: CallOptions,
  ): Promise<readonly OfferedVersion[]> => {
    const known = unreachable.get(provider.hostname);
    if (known !== undefined) throw known;
    try {
      return (await registry.versions(provider, call)).versions;
    } catch (error) {
      if (error instanceof HostUnreachableError) unreachable.set(provider.hostname, error);
      throw error;
    }
  };
  const versionsOf = (
    provider: ProviderAddress,
    call: CallOptions,
  ): Promise<readonly OfferedVersion[]> => {
    const key = providerKey(provider);
    const known = offers.get(key) ?? askVersions(provider, call);
    offers.set(key, known);
    return known;
  };

  return {
    async compare(held, call = {}) {
      const { provider, version } = held;
      try {
        const offered = (await versionsOf(provider, call)).find((one) =>
          sameVersion(one.version, version),
        );
        if (offered === undefined) return { kind: 'vanished', what: 'version' };
        return compareWithUpstream(held, await readUpstream(registry, { held, offered }, call));
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!isTofuOciError(error)) throw error;
        return isNotFound(error)
          ? { kind: 'vanished', what: 'provider' }
          : { kind: 'failed', error };
      }
    },

    async newer(provider, { constraints, held }, call = {}) {
      try {
        const offered = (await versionsOf(provider, call)).map(({ version }) => version);
        return newerThan(held, offered, constraints);
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!isTofuOciError(error)) throw error;
        return undefined;
      }
    },
  };
}

async function readUpstream(
  registry: ProviderRegistry,
  { held, offered }: { readonly held: HeldRelease; readonly offered: OfferedVersion },
  call: CallOptions,
): Promise<UpstreamRelease> {
  const { provider, version } = held;
  const { platforms } = offered;
  const platform = platformToAsk(
    held.packages.flatMap(({ platform: name }) => readPlatform(name) ?? []),
    platforms,
  );
  if (platform === undefined) {
    throw new NoVersionsError('neither the origin nor what is held names a platform to ask for');
  }
  const document = await registry.document({ provider, version, platform }, call);
  const bytes = await registry.sums(document, call);
  const sums = parseSha256Sums(bytes.toString('utf8'), 'SHA256SUMS of the origin');
  if (document.signingKeys.length === 0) {
    return { sums, platforms, signature: { kind: 'unsigned', signedBy: undefined } };
  }
  const isKept = held.sums.some((kept) => sameSums(kept, sums));
  if (isKept && (await isOnlyKey(document, held.signedBy?.fingerprint))) {
    return { sums, platforms, signature: undefined };
  }
  const signature = await readSignature(registry, document, call);
  const { signingKeys } = document;
  const verdict = await judgeSignature(
    { provider, sums: bytes, signature, signingKeys },
    // The rule of the user decides about what is held; this is what the origin says of itself.
    {
      policy: noTrustPolicy,
      fallback: 'mirror',
      now: new Date(),
      enforceSignatures: false,
      enforceExpiration: false,
    },
  );
  return { sums, platforms, signature: verdict };
}

/** An index may name anything. */
function readPlatform(name: string): Platform | undefined {
  try {
    return parsePlatform(name);
  } catch (error) {
    if (error instanceof InvalidPlatformError) return undefined;
    throw error;
  }
}

/** Undefined where there is none. */
async function readSignature(
  registry: ProviderRegistry,
  document: RegistryDocument,
  call: CallOptions,
): Promise<Buffer | undefined> {
  try {
    return await registry.signature(document, call);
  } catch (error) {
    const { cause } = error instanceof OriginQueryError ? error : {};
    if (cause instanceof UnsuccessfulStatusError && cause.status === 404) return undefined;
    throw error;
  }
}

/** Nobody else can have signed what the origin has there. */
async function isOnlyKey(
  { signingKeys }: RegistryDocument,
  fingerprint: string | undefined,
): Promise<boolean> {
  if (fingerprint === undefined) return false;
  try {
    const keys = (await Promise.all(signingKeys.map((armor) => readPublicKeys(armor)))).flat();
    return keys.every((key) => key.fingerprint === fingerprint && !key.revoked);
  } catch (error) {
    if (isTofuOciError(error)) return false;
    throw error;
  }
}

function sameSums(one: Sha256Sums, other: Sha256Sums): boolean {
  return one.size === other.size && [...one].every(([name, zh]) => other.get(name) === zh);
}

function newerThan(
  held: readonly Version[],
  offered: readonly Version[],
  constraints: readonly VersionConstraints[],
): readonly Version[] {
  const isPrerelease = ({ prerelease }: Version): boolean => prerelease !== '';
  const isWanted = (version: Version): boolean =>
    constraints.length === 0 || constraints.some((one) => satisfies(one, version));
  const newest = held.filter(isWanted).sort(compareVersions).at(-1);
  const takesPrereleases = held.length > 0 && held.every(isPrerelease);
  return offered.filter(
    (version) =>
      isWanted(version) &&
      (takesPrereleases || !isPrerelease(version)) &&
      (newest === undefined || compareVersions(version, newest) > 0),
  );
}
