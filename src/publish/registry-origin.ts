import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkProviderPackage, defaultArchiveLimits, hashPackage } from '../archive/index.ts';
import { parseSha256Sums } from '../artifact/index.ts';
import {
  type Clock,
  FileAccessError,
  type Files,
  LimitExceededError,
  nodeFiles,
  systemClock,
} from '../base/index.ts';
import { formatVersion, packageFilename, samePlatform, zhHex } from '../domain/index.ts';
import type { Download, ProviderRegistry, RegistryDocument } from '../origin/index.ts';
import { checkSignature, type SignatureRules } from '../sources/index.ts';
import { BadPackageError, ReleaseChecksumError } from './errors.ts';
import type { LocalPackage } from './local-package.ts';
import type {
  FetchPackageOptions,
  MirrorOrigin,
  OriginPackage,
  OriginProof,
  OriginRelease,
} from './mirror-origin.ts';

export interface RegistryOriginOptions {
  readonly registry: ProviderRegistry;
  readonly download: Download;
  readonly rules: Omit<SignatureRules, 'now'>;
  readonly clock?: Clock | undefined;
}

/** Releases from the registries that the addresses of providers name. */
export function createRegistryOrigin(options: RegistryOriginOptions): MirrorOrigin {
  const { download, registry } = options;
  const clock = options.clock ?? systemClock;

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
        return { platform, zh };
      });
      const documentOf = async (
        { platform }: OriginPackage,
        asking: FetchPackageOptions,
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
        packages,

        async prove(asking = {}): Promise<OriginProof> {
          const signature = await registry.signature(document, asking);
          const proof = { provider, sums, signature, signingKeys: document.signingKeys };
          const rules = { ...options.rules, now: new Date(clock.now()) };
          const signedBy = await checkSignature(proof, rules);
          const keys = document.signingKeys.map((asciiArmor, index) => ({
            keyId: document.signingKeyIds[index] ?? '',
            asciiArmor,
          }));
          // What nobody verified is not kept as if it said something.
          return signedBy === undefined
            ? { signature: undefined, keys: [], signedBy }
            : { signature, keys, signedBy };
        },

        async fetch(one, path, fetching = {}) {
          const { files = nodeFiles, onProgress, signal } = fetching;
          const { documentUrl, downloadUrl } = await documentOf(one, fetching);
          try {
            await download(
              { url: downloadUrl, referredBy: documentUrl },
              (body, total) =>
                writeTo(path, body, {
                  files,
                  onProgress: (bytes) => onProgress?.(bytes, total),
                }),
              { signal },
            );
            return await inspect(one, { path, type: provider.type, version, files, signal });
          } catch (error) {
            await files.rm(path, { force: true }).catch(() => undefined);
            throw error;
          }
        },
      };
    },
  };
}

/** `5.0`, as registries write protocols. */
function formatProtocol(version: RegistryDocument['protocols'][number]): string {
  return formatVersion(version).split('.').slice(0, 2).join('.');
}

/** From its first byte on, whatever an earlier try left. */
async function writeTo(
  path: string,
  body: Readable,
  { files, onProgress }: { readonly files: Files; readonly onProgress: (bytes: number) => void },
): Promise<void> {
  const { maxPackedBytes } = defaultArchiveLimits;
  let received = 0;
  let handle;
  try {
    handle = await files.open(path, 'w', 0o600);
  } catch (error) {
    body.destroy();
    throw new FileAccessError('write', path, error);
  }
  try {
    await pipeline(body, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        received += chunk.length;
        if (received > maxPackedBytes) {
          throw new LimitExceededError('the package', maxPackedBytes, 'bytes');
        }
        await write(handle, chunk, path);
        onProgress(received);
      }
    });
  } finally {
    await handle.close();
  }
}

/** @throws FileAccessError */
async function write(
  handle: Awaited<ReturnType<Files['open']>>,
  chunk: Buffer,
  path: string,
): Promise<void> {
  try {
    await handle.writeFile(chunk);
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
}

async function inspect(
  { platform, zh }: OriginPackage,
  at: {
    readonly path: string;
    readonly type: string;
    readonly version: OriginRelease['version'];
    readonly files: Files;
    readonly signal: AbortSignal | undefined;
  },
): Promise<LocalPackage> {
  const { files, path, signal, type, version } = at;
  const filename = packageFilename(type, version, platform);
  try {
    const expected = { sha256: zhHex(zh) };
    const { entries, h1OfTree: h1, size } = await hashPackage(path, { expected, files, signal });
    checkProviderPackage(entries, type);
    return { path, record: { platform, filename, size, zh, h1 } };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof FileAccessError ? error : new BadPackageError(filename, error);
  }
}
