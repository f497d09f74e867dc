import { parseSha256Sums } from '../../artifact/index.ts';
import type { CallOptions } from '../../base/index.ts';
import { formatVersion, packageFilename, type Platform, samePlatform } from '../../domain/index.ts';
import type {
  Download,
  MeasureDownload,
  PackageAddress,
  ProviderRegistry,
  RegistryDocument,
} from '../../origin/index.ts';
import { judgeSignature } from '../../signatures/index.ts';
import { ReleaseChecksumError } from '../errors.ts';
import { fetchPackage } from './fetch-package.ts';
import { keptKeys } from '../push/kept-keys.ts';
import type { MirrorOrigin, OriginPackage, OriginProof, OriginRelease } from './mirror-origin.ts';
import { type OriginTrust, ruledTrust, trustOf } from './origin-trust.ts';

export interface RegistryOriginOptions extends OriginTrust {
  readonly registry: ProviderRegistry;
  readonly download: Download;
  /** Without it sizes are known only where the registry states them. */
  readonly measure?: MeasureDownload | undefined;
}

/** Releases from the registries that the addresses of providers name. */
export function createRegistryOrigin(options: RegistryOriginOptions): MirrorOrigin {
  const { download, registry } = options;

  return {
    async versions(provider, call) {
      const { versions } = await registry.versions(provider, call);
      return versions.map(({ platforms, version }) => ({ version, platforms }));
    },

    async release({ platforms, provider, version }, call = {}): Promise<OriginRelease> {
      const [first] = platforms;
      if (first === undefined) throw new RangeError('a release without platforms');
      const document = await registry.document({ provider, version, platform: first }, call);
      const sums = await registry.sums(document, call);
      const stated = parseSha256Sums(sums.toString('utf8'));
      const packages = platforms.map((platform): OriginPackage => {
        const name = packageFilename(provider.type, version, platform);
        const zh = stated.get(name);
        if (zh === undefined) {
          throw new ReleaseChecksumError(name, `SHA256SUMS of the origin has no line for ${name}`);
        }
        return { platform, zh, size: statedSize(document, platform) };
      });
      const documentOf = async (
        { platform }: OriginPackage,
        asking: CallOptions,
      ): Promise<RegistryDocument> =>
        samePlatform(platform, first)
          ? document
          : await registry.document({ provider, version, platform }, asking);
      return {
        provider,
        version,
        host: provider.hostname,
        protocols: document.protocols.map(formatProtocol),
        sums,
        sumsNameAll: true,
        trust: ruledTrust(options, provider),
        packages,

        async prove(asking = {}): Promise<OriginProof> {
          const signature = await registry.signature(document, asking);
          const { signingKeys } = document;
          const verdict = await judgeSignature(
            { provider, sums, signature, signingKeys },
            { ...trustOf(options), fallback: 'origin' },
          );
          if (verdict.signedBy === undefined) return { signature: undefined, keys: [], verdict };
          return { signature, keys: await keptKeys(document, verdict.signedBy), verdict };
        },

        async measure(one, asking = {}) {
          if (one.size !== undefined || options.measure === undefined) return one.size;
          return await options.measure(addressOf(await documentOf(one, asking)), asking);
        },

        async fetch(one, path, fetching = {}) {
          const { signal } = fetching;
          const { platform } = one;
          // A job of hours outlives the addresses that it was told at its start.
          const renew = async (asking: CallOptions): Promise<PackageAddress> =>
            addressOf(await registry.document({ provider, version, platform }, asking));
          const document = await documentOf(one, fetching);
          return await fetchPackage(
            { release: { provider, version }, one, path },
            (take) => download({ ...addressOf(document), renew }, take, { signal }),
            fetching,
          );
        },
      };
    },
  };
}

function addressOf({ documentUrl, downloadUrl }: RegistryDocument): PackageAddress {
  return { url: downloadUrl, referredBy: documentUrl };
}

/** Registries can say it since OpenTofu 1.12; nothing of it is verified. */
function statedSize({ packages }: RegistryDocument, platform: Platform): number | undefined {
  const size = packages.find((one) => samePlatform(one.platform, platform))?.size ?? 0;
  return size > 0 ? size : undefined;
}

/** `5.0`, as registries write protocols. */
function formatProtocol(version: RegistryDocument['protocols'][number]): string {
  return formatVersion(version).split('.').slice(0, 2).join('.');
}
