import { inspectPackage } from '../../src/archive/index.ts';
import { readableOf } from '../../src/content/index.ts';
import { startProxy } from './connect-proxy.ts';
import { Gpg } from './gpg.ts';
import type { OriginKey } from './origin-key.ts';
import {
  type OriginPackage,
  type OriginRegistry,
  type OriginReleaseKeys,
  startOriginRegistry,
} from './origin-registry.ts';
import { makeProviderZip } from './release-folder.ts';
import { makeTestCertificate, type TestCertificate } from './test-certificate.ts';

/** Who signs a provider's releases. */
export type Signing =
  /** An RSA key of 4096 bits. */
  | 'rsa'
  | 'ed25519'
  /** A key whose life ended after it had signed. */
  | 'expired'
  /** The newest version by a new key, those before by the old one; both are listed. */
  | 'rotated'
  /** A key that its owner declared void. */
  | 'revoked'
  /** Another key than the one that is listed. */
  | 'stranger'
  /** Nobody, and no key is listed. */
  | 'none';

export interface WorldProvider {
  readonly hostname: string;
  readonly namespace: string;
  readonly type: string;
  readonly signing: Signing;
}

export const worldHosts = ['registry.opentofu.org', 'providers.example.com'] as const;
export const worldPlatforms: readonly string[] = [
  'darwin_amd64',
  'darwin_arm64',
  'linux_amd64',
  'linux_arm64',
  'windows_amd64',
];
export const worldVersions: readonly string[] = ['1.0.0', '1.1.0', '2.0.0'];

const [publicHost, privateHost] = worldHosts;

/** Twenty that may be mirrored: two of them, on the two hosts, share their namespace and type. */
export const goodProviders: readonly WorldProvider[] = [
  ...provide(publicHost, 'acme', ['alpha', 'beta', 'gamma', 'delta'], 'rsa'),
  ...provide(publicHost, 'bee', ['hive', 'honey', 'wax'], 'ed25519'),
  ...provide(publicHost, 'old', ['timer', 'clock'], 'expired'),
  ...provide(publicHost, 'turn', ['wheel'], 'rotated'),
  ...provide(publicHost, 'plain', ['paper', 'glass'], 'none'),
  ...provide(privateHost, 'acme', ['alpha', 'omega', 'psi'], 'rsa'),
  ...provide(privateHost, 'bee', ['hive', 'queen', 'drone'], 'ed25519'),
  ...provide(privateHost, 'turn', ['table', 'stile'], 'rotated'),
];

/** Three that may not, each for a reason of its own. */
export const badProviders: readonly WorldProvider[] = [
  ...provide(publicHost, 'void', ['key'], 'revoked'),
  ...provide(privateHost, 'void', ['stranger'], 'stranger'),
  ...provide(privateHost, 'void', ['unsigned'], 'none'),
];

function provide(
  hostname: string,
  namespace: string,
  types: readonly string[],
  signing: Signing,
): readonly WorldProvider[] {
  return types.map((type) => ({ hostname, namespace, type, signing }));
}

export const addressOf = ({ hostname, namespace, type }: WorldProvider): string =>
  `${hostname}/${namespace}/${type}`;

export interface OriginWorld {
  readonly certificate: TestCertificate;
  readonly keys: Readonly<Record<'rsa' | 'ed25519' | 'expired' | 'revoked', OriginKey>> &
    Readonly<Record<'older' | 'newer' | 'stranger', OriginKey>>;
  readonly providers: readonly WorldProvider[];
  /** By host name. */
  readonly registries: ReadonlyMap<string, OriginRegistry>;
  /** The variables with which a program finds the hosts; `SSL_CERT_FILE` is still to be set. */
  readonly env: Readonly<Record<string, string>>;
  /** `GET https://HOST/path` of all hosts since the last time. */
  asked(): readonly string[];
  packagesOf(provider: WorldProvider): readonly OriginPackage[];
  close(): Promise<void>;
}

export interface OriginWorldOptions {
  readonly providers?: readonly WorldProvider[];
  readonly versions?: readonly string[];
  readonly platforms?: readonly string[];
  /** The executable of each package; default a few bytes of its own. */
  readonly binary?: ((name: string) => Buffer) | undefined;
}

/**
 * Two registries over TLS on loopback, with keys made by GnuPG, and a proxy that knows the two names. Whoever uses
 * the proxy finds them by service discovery, at the addresses that providers really have.
 */
export async function startOriginWorld({
  binary,
  platforms = worldPlatforms,
  providers = [...goodProviders, ...badProviders],
  versions = worldVersions,
}: OriginWorldOptions = {}): Promise<OriginWorld> {
  const gpg = await Gpg.start();
  const [certificate, keys, packages] = await Promise.all([
    makeTestCertificate({ names: ['localhost', ...worldHosts] }),
    makeKeys(gpg),
    Promise.all(providers.map((one) => makePackages(one, { binary, platforms, versions }))),
  ]);
  const byProvider = new Map(
    providers.map((one, index) => [addressOf(one), packages[index] ?? []]),
  );
  const newest = versions.at(-1);

  const registries = new Map<string, OriginRegistry>();
  for (const hostname of worldHosts) {
    const own = providers.filter((one) => one.hostname === hostname);
    const registry = await startOriginRegistry({
      packages: own.flatMap((one) => byProvider.get(addressOf(one)) ?? []),
      tls: certificate,
      keysOf: ({ namespace, type, version }) => {
        const found = own.find((one) => one.namespace === namespace && one.type === type);
        return keysFor(found?.signing ?? 'none', keys, version === newest);
      },
    });
    registries.set(hostname, registry);
  }
  const hosts = Object.fromEntries(
    [...registries].map(([hostname, { host }]) => [`${hostname}:443`, host]),
  );
  const { proxy, stop } = await startProxy({ hosts });
  const taken = new Map<string, number>();
  return {
    certificate,
    keys,
    providers,
    registries,
    env: { HTTPS_PROXY: proxy.origin },
    asked: () =>
      [...registries].flatMap(([hostname, { requests }]) => {
        const since = requests.slice(taken.get(hostname) ?? 0);
        taken.set(hostname, requests.length);
        return since.map((line) => line.replace(' /', ` https://${hostname}/`));
      }),
    packagesOf: (provider) => byProvider.get(addressOf(provider)) ?? [],
    close: async () => {
      await stop();
      await Promise.all([...registries.values()].map((registry) => registry.close()));
      await gpg.stop();
    },
  };
}

async function makeKeys(gpg: Gpg): Promise<OriginWorld['keys']> {
  const long = ['rsa4096', 'sign', 'never'];
  const short = ['ed25519', 'sign', 'never'];
  const then = ['--faked-system-time', '20200101T000000!'];
  const rsa = await gpg.originKey('rsa', long);
  const ed25519 = await gpg.originKey('ed', short);
  const expired = await gpg.originKey('expired', ['rsa3072', 'sign', '30d', ...then], ...then);
  const valid = await gpg.originKey('revoked', short);
  const revoked = { ...valid, armor: await valid.revoked() };
  const older = await gpg.originKey('older', ['rsa2048', 'sign', 'never']);
  const newer = await gpg.originKey('newer', long);
  const stranger = await gpg.originKey('stranger', short);
  return { rsa, ed25519, expired, revoked, older, newer, stranger };
}

function keysFor(
  signing: Signing,
  keys: OriginWorld['keys'],
  isNewest: boolean,
): OriginReleaseKeys {
  if (signing === 'none') return { listed: [], signer: undefined };
  if (signing === 'stranger') return { listed: [keys.ed25519], signer: keys.stranger };
  if (signing !== 'rotated') return { listed: [keys[signing]], signer: keys[signing] };
  return { listed: [keys.newer, keys.older], signer: isNewest ? keys.newer : keys.older };
}

async function makePackages(
  provider: WorldProvider,
  {
    binary,
    platforms,
    versions,
  }: Required<Pick<OriginWorldOptions, 'platforms' | 'versions'>> &
    Pick<OriginWorldOptions, 'binary'>,
): Promise<readonly OriginPackage[]> {
  const { hostname, namespace, type } = provider;
  const made = versions.flatMap((version) =>
    platforms.map(async (platform) => {
      // Namespace and host go in: no two packages are the same.
      const salt = `${hostname}/${namespace}`;
      const content = binary?.(`${salt}/${type} ${version} ${platform}`);
      const zip = await makeProviderZip(
        { type, version, salt, ...(content === undefined ? {} : { binary: content }) },
        platform,
      );
      const { h1OfTree: h1 } = await inspectPackage(readableOf(zip));
      return { namespace, type, version, platform, zip, h1 };
    }),
  );
  return await Promise.all(made);
}
