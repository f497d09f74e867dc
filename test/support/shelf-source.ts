import { Readable } from 'node:stream';
import { extractPackage, inspectPackage, type PackageSummary } from '../../src/archive/index.ts';
import {
  formatPlatform,
  formatVersion,
  packageFilename,
  type PackageHash,
  type Platform,
  parseVersion,
  type ProviderAddress,
  type Version,
} from '../../src/domain/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  type ProviderSource,
  VersionNotFoundError,
} from '../../src/sources/index.ts';
import { makeProviderZip } from './release-folder.ts';

export interface Shelf {
  readonly versions: readonly string[];
  /** Default is any platform. */
  readonly platforms?: readonly string[];
  readonly expected?: readonly PackageHash[];
  readonly trusted?: readonly PackageHash[];
  readonly signedBy?: readonly string[];
  readonly warnings?: readonly string[];
  readonly salt?: string;
  /** Whose package is on the shelf; its own unless given. */
  readonly holds?: string;
  /** What it tells of `platforms` without a transfer: nothing, or also the `h1:`, and whether its word counts. */
  readonly tells?: { readonly h1: boolean; readonly trusted: boolean };
}

/** A source that makes its packages on the spot and counts what it is asked. */
export class ShelfSource implements ProviderSource {
  readonly display = 'a shelf';
  readonly calls: string[] = [];
  readonly #shelves: ReadonlyMap<string, Shelf>;

  constructor(shelves: Readonly<Record<string, Shelf>>) {
    this.#shelves = new Map(Object.entries(shelves));
  }

  availableVersions(
    ...[provider, options]: Parameters<ProviderSource['availableVersions']>
  ): ReturnType<ProviderSource['availableVersions']> {
    this.calls.push(`versions ${provider.type}`);
    const shelf = this.#shelves.get(provider.type);
    if (shelf === undefined) {
      return Promise.reject(new ProviderNotFoundError(provider, [this.display]));
    }
    for (const text of shelf.warnings ?? []) options?.onWarning?.(text);
    return Promise.resolve(shelf.versions.map((text) => parseVersion(text)));
  }

  async packageMeta(
    request: Parameters<ProviderSource['packageMeta']>[0],
  ): ReturnType<ProviderSource['packageMeta']> {
    const { platform, provider, version } = request;
    this.calls.push(`package ${provider.type} ${formatVersion(version)}`);
    const shelf = this.#shelfOf(provider, version);
    if (shelf.platforms?.includes(formatPlatform(platform)) === false) {
      throw new PlatformNotSupportedError(request);
    }
    const zip = await zipOf(shelf, request);
    const { zh } = await inspectPackage(Readable.from([zip]));
    return {
      ...request,
      filename: packageFilename(provider.type, version, platform),
      claims: {
        expected: shelf.expected ?? [zh],
        trustedMirror: shelf.trusted ?? [],
        signed: shelf.signedBy === undefined ? [] : [{ hash: zh, keyIds: shelf.signedBy }],
      },
      location: {
        display: 'on the shelf',
        size: zip.length,
        stage: async (directory, options = {}) => {
          this.calls.push(`stage ${provider.type}`);
          const summary = await extractPackage(Readable.from([zip]), directory, {
            signal: options.signal,
          });
          return { kind: 'extracted', directory, ...summary };
        },
        measure: async ({ signal } = {}) => {
          this.calls.push(`measure ${provider.type} ${formatPlatform(platform)}`);
          return { kind: 'zip', ...(await inspectPackage(Readable.from([zip]), { signal })) };
        },
      },
    };
  }

  async releaseHashes(
    release: Parameters<NonNullable<ProviderSource['releaseHashes']>>[0],
  ): ReturnType<NonNullable<ProviderSource['releaseHashes']>> {
    const shelf = this.#shelfOf(release.provider, release.version);
    if (shelf.tells === undefined) return undefined;
    const { h1, trusted } = shelf.tells;
    const packages = [];
    for (const name of shelf.platforms ?? []) {
      const [os = '', arch = ''] = name.split('_');
      const platform: Platform = { os, arch };
      const zip = await zipOf(shelf, { ...release, platform });
      const { h1OfTree, zh } = await inspectPackage(Readable.from([zip]));
      packages.push({ platform, zh, h1: h1 ? h1OfTree : undefined });
    }
    return { display: `${this.display}:${formatVersion(release.version)}`, packages, trusted };
  }

  #shelfOf(provider: ProviderAddress, version: Version): Shelf {
    const shelf = this.#shelves.get(provider.type);
    if (shelf === undefined) throw new ProviderNotFoundError(provider, [this.display]);
    const text = formatVersion(version);
    if (shelf.versions.includes(text)) return shelf;
    throw new VersionNotFoundError({ provider, version }, text, this.display);
  }
}

/** The hashes of the package that a shelf has. */
export async function hashesOnShelf(
  shelf: Shelf,
  request: Parameters<ProviderSource['packageMeta']>[0],
): Promise<PackageSummary> {
  return await inspectPackage(Readable.from([await zipOf(shelf, request)]));
}

async function zipOf(
  { holds, salt }: Shelf,
  { platform, provider, version }: Parameters<ProviderSource['packageMeta']>[0],
): Promise<Buffer> {
  const what = { type: holds ?? provider.type, version: formatVersion(version), salt: salt ?? '' };
  return await makeProviderZip(what, formatPlatform(platform));
}
