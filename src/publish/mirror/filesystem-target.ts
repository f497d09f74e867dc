import { createHash, randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { hashPackage } from '../../archive/index.ts';
import { packageLayer } from '../../artifact/index.ts';
import {
  type CallOptions,
  FileAccessError,
  type Files,
  makeFolders,
  nodeFiles,
  syncFolder,
} from '../../base/index.ts';
import type { Limiter } from '../../content/index.ts';
import {
  formatPlatform,
  type PackageHash,
  type ProviderAddress,
  providerKey,
  zhHex,
} from '../../domain/index.ts';
import { PackageChecksumError } from '../../sources/index.ts';
import { PackageConflictError } from '../errors.ts';
import { hashFile } from '../push/hash-file.ts';
import type { LocalPackage } from '../push/local-package.ts';
import { type ArchiveEntry, describesZip, MirrorFolder } from './mirror-folder.ts';
import type {
  MirrorPublication,
  MirrorPublishOptions,
  MirrorTarget,
  StandingPackage,
} from './mirror-target.ts';

export interface FilesystemTargetOptions {
  /** It and what is above it are made when they are not there. */
  readonly directory: string;
  readonly files?: Files | undefined;
}

/**
 * Mirrors into a filesystem mirror as `tofu providers mirror` writes it: zips, a VERSION.json with their hashes, and
 * index.json, so that the folder can be served as a network mirror, too. Of the hashes OpenTofu 1.10 and 1.11 write the
 * `h1:` and 1.12 the `zh:`; here are both. It has no room for evidence.
 *
 * A zip is there whole or not at all, it comes before the VERSION.json that names it, and that before index.json.
 * @returns the target of each provider, the same one for the same provider
 */
export function createFilesystemTarget(
  options: FilesystemTargetOptions,
): (provider: ProviderAddress) => MirrorTarget {
  const targets = new Map<string, MirrorTarget>();
  return (provider) => {
    const key = providerKey(provider);
    const target = targets.get(key) ?? makeTarget(provider, options);
    targets.set(key, target);
    return target;
  };
}

function makeTarget(
  provider: ProviderAddress,
  { directory, files = nodeFiles }: FilesystemTargetOptions,
): MirrorTarget {
  const folder = new MirrorFolder(directory, provider, files);
  /** Versions of one provider share its index.json. */
  const writing: Limiter = pLimit(1);
  return {
    name: folder.path,
    keepsEvidence: false,

    /** By the hashes of the files themselves. */
    async standing({ version }, { signal }) {
      const zips = (await folder.packages(version)).filter(({ kind }) => kind === 'archive');
      if (zips.length === 0) return undefined;
      const archives = await folder.archives(version, { signal });
      const packages = new Map<string, StandingPackage>();
      let isNamed = true;
      for (const { path, platform } of zips) {
        const name = formatPlatform(platform);
        // Of several OpenTofu takes the first.
        if (packages.has(name)) continue;
        const zh = await hashFile(path, { files, signal });
        const size = await sizeOf(path, files);
        packages.set(name, { zh, size, h1: undefined, isDamaged: false });
        const entry = archives?.get(name);
        isNamed &&= entry !== undefined && describesZip(entry, { path, zh });
      }
      const isOurs = isNamed && (await folder.lists(version, { signal }));
      return { index: undefined, isOurs, packages };
    },

    hasEvidence: () => Promise.resolve(false),

    async publish(publication, publishing) {
      const { release } = publication;
      const { version } = release;
      await writing(async () => {
        try {
          await makeFolders(files, folder.path);
        } catch (error) {
          throw new FileAccessError('create', folder.path, error);
        }
        for (const one of publication.packages) {
          await place(one, { folder, publication, files }, publishing);
        }
        await syncFolder(files, folder.path);
        const archives = await describe(folder, publication, { ...publishing, files });
        await folder.write(version, archives);
        await syncFolder(files, folder.path);
      });
      return { index: undefined, evidence: 'none' };
    },
  };
}

/**
 * What the VERSION.json has to say: of each zip that is there, and of no other. What it says already stays where it is
 * right.
 */
async function describe(
  folder: MirrorFolder,
  { packages, release, standing }: MirrorPublication,
  { files, onWarning, signal }: MirrorPublishOptions & { readonly files: Files },
): Promise<ReadonlyMap<string, ArchiveEntry>> {
  const before = await folder.archives(release.version, { signal });
  const archives = new Map<string, ArchiveEntry>();
  for (const { kind, path, platform } of await folder.packages(release.version)) {
    const name = formatPlatform(platform);
    if (kind === 'folder') {
      onWarning?.(`${path} is unpacked, and OpenTofu takes it before the zip for ${name}`);
      continue;
    }
    if (archives.has(name)) continue;
    const isNew = packages.some(({ record }) => formatPlatform(record.platform) === name);
    const zh = isNew ? undefined : standing?.packages.get(name)?.zh;
    const entry = before?.get(name);
    const isRight = entry !== undefined && zh !== undefined && describesZip(entry, { path, zh });
    const known = isRight ? entry : undefined;
    const fresh = async (): Promise<ArchiveEntry> => {
      const { h1OfZip, zh } = await hashPackage(path, { files, signal });
      return { hashes: [h1OfZip, zh], url: basename(path) };
    };
    archives.set(name, known ?? (await fresh()));
  }
  return archives;
}

interface Placing {
  readonly folder: MirrorFolder;
  readonly publication: MirrorPublication;
  readonly files: Files;
}

/**
 * Copies a package into its place; what is copied is what was read before.
 * @throws PackageConflictError, PackageChecksumError, FileAccessError
 */
async function place(
  { path: from, record }: LocalPackage,
  { files, folder, publication }: Placing,
  { onSent, signal }: MirrorPublishOptions,
): Promise<void> {
  const { release, replace } = publication;
  const target = folder.zipPath(release.version, record.platform);
  const temporary = `${target}.${randomBytes(8).toString('hex')}.new`;
  const hash = createHash('sha256');
  const layer = packageLayer(record);
  try {
    const [source, sink] = [await files.open(from, 'r'), await files.open(temporary, 'wx', 0o644)];
    let sent = 0;
    try {
      await pipeline(
        source.createReadStream({ highWaterMark: 1024 * 1024 }),
        async (chunks: AsyncIterable<Buffer>) => {
          for await (const chunk of chunks) {
            hash.update(chunk);
            await sink.writeFile(chunk);
            sent += chunk.length;
            onSent?.(layer, sent);
          }
        },
        { signal },
      );
      await sink.sync();
    } finally {
      await sink.close();
    }
    if (hash.digest('hex') !== zhHex(record.zh)) {
      throw new PackageChecksumError(release.provider, `${from} changed while it was copied`);
    }
    if (!replace) await refuseOther(target, record, { files, signal });
    await files.rename(temporary, target);
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined);
    signal?.throwIfAborted();
    if (error instanceof PackageConflictError || error instanceof PackageChecksumError) throw error;
    throw error instanceof FileAccessError ? error : new FileAccessError('write', target, error);
  }
}

/** Somebody else may have put a package there since it was looked for. */
async function refuseOther(
  path: string,
  { platform, zh }: LocalPackage['record'],
  options: CallOptions & { readonly files: Files },
): Promise<void> {
  let published: PackageHash;
  try {
    published = await hashFile(path, options);
  } catch (error) {
    if (error instanceof FileAccessError && error.errno === 'ENOENT') return;
    throw error;
  }
  if (published === zh) return;
  throw new PackageConflictError(formatPlatform(platform), { published, offered: zh });
}

async function sizeOf(path: string, files: Files): Promise<number> {
  try {
    return (await files.stat(path)).size;
  } catch (error) {
    throw new FileAccessError('read', path, error);
  }
}
