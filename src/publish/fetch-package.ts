import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkProviderPackage, defaultArchiveLimits, hashPackage } from '../archive/index.ts';
import { FileAccessError, type Files, LimitExceededError, nodeFiles } from '../base/index.ts';
import { packageFilename, zhHex } from '../domain/index.ts';
import { BadPackageError } from './errors.ts';
import type { LocalPackage } from './local-package.ts';
import type { FetchPackageOptions, OriginPackage, OriginRelease } from './mirror-origin.ts';

/** Chunks of the network are small, and each write costs more than its bytes. */
const writeBytes = 1024 * 1024;

/** Writes a body to the file, from its first byte on, whatever an earlier try left there. */
export type TakeBody = (body: Readable, totalBytes: number | undefined) => Promise<void>;

/**
 * Brings a package into a file, and reads it there once.
 * @param bring hands the body of the package over, again when it broke off
 * @throws BadPackageError, FileAccessError, and what `bring` throws; nothing is left at the path then
 */
export async function fetchPackage(
  {
    one,
    path,
    release,
  }: {
    readonly release: Pick<OriginRelease, 'provider' | 'version'>;
    readonly one: OriginPackage;
    readonly path: string;
  },
  bring: (take: TakeBody) => Promise<void>,
  { files = nodeFiles, maxBytes = Infinity, onProgress, signal }: FetchPackageOptions,
): Promise<LocalPackage> {
  try {
    await bring((body, total) =>
      writeTo(path, body, { files, maxBytes, onProgress: (bytes) => onProgress?.(bytes, total) }),
    );
    return await inspectFetched({ one, path, release }, { files, signal });
  } catch (error) {
    await files.rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeTo(
  path: string,
  body: Readable,
  {
    files,
    maxBytes,
    onProgress,
  }: {
    readonly files: Files;
    readonly maxBytes: number;
    readonly onProgress: (bytes: number) => void;
  },
): Promise<void> {
  const limit = Math.min(maxBytes, defaultArchiveLimits.maxPackedBytes);
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
      let held: Buffer[] = [];
      let heldBytes = 0;
      for await (const chunk of chunks) {
        received += chunk.length;
        if (received > limit) throw new LimitExceededError('the package', limit, 'bytes');
        held.push(chunk);
        heldBytes += chunk.length;
        if (heldBytes >= writeBytes) {
          await write(handle, Buffer.concat(held, heldBytes), path);
          held = [];
          heldBytes = 0;
        }
        onProgress(received);
      }
      await write(handle, Buffer.concat(held, heldBytes), path);
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

/**
 * Reads a package in a file: its hash is what was stated, if it was, and it is this provider's.
 * @throws BadPackageError, FileAccessError
 */
export async function inspectFetched(
  { one, path, release }: Parameters<typeof fetchPackage>[0],
  { files, signal }: { readonly files: Files; readonly signal: AbortSignal | undefined },
): Promise<LocalPackage> {
  const { platform, zh: stated } = one;
  const { provider, version } = release;
  const filename = packageFilename(provider.type, version, platform);
  try {
    const expected = stated === undefined ? undefined : { sha256: zhHex(stated) };
    const {
      entries,
      h1OfTree: h1,
      size,
      zh,
    } = await hashPackage(path, { expected, files, signal });
    checkProviderPackage(entries, provider.type);
    return { path, record: { platform, filename, size, zh, h1 } };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof FileAccessError ? error : new BadPackageError(filename, error);
  }
}
