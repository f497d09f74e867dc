import { basename, join } from 'node:path';
import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  readRegularFile,
  replaceFile,
} from '../../base/index.ts';
import {
  displayHost,
  formatVersion,
  InvalidVersionError,
  packageFilename,
  parseVersion,
  type Platform,
  type ProviderAddress,
  sameVersion,
  type Version,
} from '../../domain/index.ts';
import { packagesIn, type ShelvedPackage } from '../../sources/index.ts';
import { MirrorFolderError } from './mirror-errors.ts';

/** What a VERSION.json says of one platform. */
export interface ArchiveEntry {
  readonly hashes: readonly string[];
  readonly url: string;
}

/** Whether it says nothing else than what the zip of that name is, as far as its `zh:` tells. */
export function describesZip(
  { hashes, url }: ArchiveEntry,
  { path, zh }: { readonly path: string; readonly zh: string },
): boolean {
  const stated = hashes.filter((hash) => hash.startsWith('zh:'));
  return url === basename(path) && stated.every((hash) => hash === zh);
}

/** A release has some fifty platforms, each with two hashes of 70 bytes. */
const maxVersionBytes = 1024 * 1024;

const indexName = 'index.json';

/** The folder of one provider in a filesystem mirror that can be served as a network mirror, too. */
export class MirrorFolder {
  readonly path: string;
  readonly #provider: ProviderAddress;
  readonly #files: Files;

  constructor(directory: string, provider: ProviderAddress, files: Files) {
    const { hostname, namespace, type } = provider;
    this.path = join(directory, displayHost(hostname), namespace, type);
    this.#provider = provider;
    this.#files = files;
  }

  zipPath(version: Version, platform: Platform): string {
    return join(this.path, packageFilename(this.#provider.type, version, platform));
  }

  /** Packages of a version, packed or not, as OpenTofu finds them; none where there is no folder. */
  async packages(version: Version): Promise<readonly ShelvedPackage[]> {
    const found: ShelvedPackage[] = [];
    try {
      const folder = { path: this.path, provider: this.#provider };
      for await (const one of packagesIn(folder, this.#files)) {
        if (sameVersion(one.version, version)) found.push(one);
      }
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
    return found;
  }

  /**
   * What is written about a version, by platform; undefined where nothing is.
   * @throws MirrorFolderError, FileAccessError
   */
  async archives(
    version: Version,
    { signal }: CallOptions,
  ): Promise<ReadonlyMap<string, ArchiveEntry> | undefined> {
    const path = this.#versionPath(version);
    let bytes;
    try {
      const maxBytes = maxVersionBytes;
      bytes = await readRegularFile(path, { files: this.#files, maxBytes, signal });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return readArchives(bytes, path);
  }

  /** Takes the place of what was written about a version; then the list of versions follows. */
  async write(version: Version, archives: ReadonlyMap<string, ArchiveEntry>): Promise<void> {
    const sorted = [...archives].sort(([a], [b]) => (a < b ? -1 : 1));
    const entries = sorted.map(
      ([platform, { hashes, url }]) => [platform, { hashes, url }] as const,
    );
    const document = { archives: Object.fromEntries(entries) };
    await replaceFile(this.#versionPath(version), format(document), this.#files);
    await this.#writeIndex();
  }

  /** Whether the list of versions names it. */
  async lists(version: Version, { signal }: CallOptions): Promise<boolean> {
    const path = join(this.path, indexName);
    try {
      const maxBytes = maxVersionBytes;
      const bytes = await readRegularFile(path, { files: this.#files, maxBytes, signal });
      return Object.hasOwn(memberOf(parse(bytes, path), 'versions') ?? {}, formatVersion(version));
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Made of what is there, so that whoever writes last names what others wrote. */
  async #writeIndex(): Promise<void> {
    let names;
    try {
      names = await this.#files.readdir(this.path);
    } catch (error) {
      throw new FileAccessError('search', this.path, error);
    }
    const versions = names.flatMap(versionIn).map(formatVersion).sort();
    const document = { versions: Object.fromEntries(versions.map((name) => [name, {}])) };
    await replaceFile(join(this.path, indexName), format(document), this.#files);
  }

  #versionPath(version: Version): string {
    return join(this.path, `${formatVersion(version)}.json`);
  }
}

/** As `tofu providers mirror` writes it. */
function format(document: object): string {
  return JSON.stringify(document, undefined, 2);
}

function versionIn(name: string): readonly Version[] {
  if (!name.endsWith('.json') || name === indexName) return [];
  try {
    const version = parseVersion(name.slice(0, -'.json'.length));
    return `${formatVersion(version)}.json` === name ? [version] : [];
  } catch (error) {
    if (error instanceof InvalidVersionError) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const errno = error instanceof FileAccessError ? error.errno : errnoOf(error);
  return errno === 'ENOENT';
}

function readArchives(bytes: Buffer, path: string): ReadonlyMap<string, ArchiveEntry> {
  const archives = memberOf(parse(bytes, path), 'archives');
  if (archives === undefined) throw new MirrorFolderError(path, 'it has no "archives"');
  return new Map(
    Object.entries(archives).map(([platform, entry]) => {
      const url: unknown = valueOf(entry, 'url');
      const hashes: unknown = valueOf(entry, 'hashes') ?? [];
      if (typeof url !== 'string' || !isTexts(hashes)) {
        throw new MirrorFolderError(path, 'it has an archive without "url" and "hashes"');
      }
      return [platform, { hashes, url }];
    }),
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new MirrorFolderError(path, 'it is not JSON', error);
  }
}

function memberOf(value: unknown, name: string): object | undefined {
  const found = valueOf(value, name);
  return typeof found === 'object' && found !== null ? found : undefined;
}

function valueOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
