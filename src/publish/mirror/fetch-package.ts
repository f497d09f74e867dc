import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  checkProviderPackage,
  defaultArchiveLimits,
  hashPackage,
  inspectPackage,
  NotAProviderPackageError,
  type PackageSummary,
} from '../../archive/index.ts';
import { FileAccessError, type Files, LimitExceededError, nodeFiles } from '../../base/index.ts';
import { packageFilename, zhHex } from '../../domain/index.ts';
import { ArrivingPackage } from './arriving-package.ts';
import { BadPackageError } from '../errors.ts';
import type { LocalPackage } from '../push/local-package.ts';
import type { FetchPackageOptions, OriginPackage, OriginRelease } from './mirror-origin.ts';

/** Chunks of the network are small, and each write costs more than its bytes. */
const writeBytes = 1024 * 1024;

/** Writes a body to the file, from its first byte on, whatever an earlier try left there. */
export type TakeBody = (body: Readable, totalBytes: number | undefined) => Promise<void>;

/**
 * Brings a package into a file, and reads it once, while it arrives.
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
  { files = nodeFiles, maxBytes = Infinity, onArriving, onProgress, signal }: FetchPackageOptions,
): Promise<LocalPackage> {
  const { filename, expected } = statedOf({ one, path, release });
  // What arrives is looked at while the rest is on its way; each try begins anew.
  let inspection: Inspection | undefined;
  let arriving: ArrivingPackage | undefined;
  try {
    await bring(async (body, total) => {
      const startArriving = (): void => {
        if (onArriving === undefined || total === undefined || arriving !== undefined) return;
        arriving = new ArrivingPackage(path, total, files);
        onArriving(arriving);
      };
      inspection?.stop();
      inspection = startInspection({ expected, files, signal });
      const { feed } = inspection;
      const progress = (bytes: number): void => onProgress?.(bytes, total);
      const wrote = (bytes: number): void => {
        startArriving();
        arriving?.wrote(bytes);
      };
      arriving?.wrote(0);
      await writeTo(path, body, { files, maxBytes, feed, wrote, onProgress: progress });
    });
    if (inspection === undefined) throw new RangeError('a package without a body');
    const fetched = await localPackage(
      { one, path, release },
      filename,
      inspection.finish(),
      signal,
    );
    if (fetched.record.size === arriving?.size) arriving.accept();
    return fetched;
  } catch (error) {
    inspection?.stop();
    await files.rm(path, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    arriving?.refuse();
  }
}

async function writeTo(
  path: string,
  body: Readable,
  {
    feed,
    files,
    maxBytes,
    onProgress,
    wrote,
  }: {
    readonly files: Files;
    readonly maxBytes: number;
    readonly feed: Inspection['feed'];
    readonly onProgress: (bytes: number) => void;
    /** So many bytes are in the file. */
    readonly wrote: (bytes: number) => void;
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
          const block = Buffer.concat(held, heldBytes);
          await Promise.all([write(handle, block, path), feed(block)]);
          wrote(received);
          held = [];
          heldBytes = 0;
        }
        onProgress(received);
      }
      const last = Buffer.concat(held, heldBytes);
      await Promise.all([write(handle, last, path), feed(last)]);
      wrote(received);
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

/** A package that is read while it arrives. */
interface Inspection {
  /** Never fails: what is wrong is told at the end. */
  readonly feed: (block: Buffer) => Promise<void>;
  /** @throws what is wrong with the package */
  readonly finish: () => Promise<PackageSummary>;
  readonly stop: () => void;
}

function startInspection(options: Parameters<typeof inspectPackage>[1]): Inspection {
  const arriving = new PassThrough({ highWaterMark: writeBytes });
  // Its own reader tells what went wrong.
  arriving.on('error', () => undefined);
  const summary = inspectPackage(arriving, options);
  let isOver = false;
  const end = (): void => void (isOver = true);
  const over = summary.then(end, end);
  return {
    async feed(block) {
      if (isOver || block.length === 0 || arriving.destroyed || arriving.write(block)) return;
      await Promise.race([over, once(arriving, 'drain').catch(() => undefined)]);
    },
    finish: () => {
      if (!arriving.destroyed) arriving.end();
      return summary;
    },
    stop: () => void arriving.destroy(),
  };
}

/**
 * Reads a package in a file: its hash is what was stated, if it was, and it is this provider's.
 * @throws BadPackageError, FileAccessError
 */
export async function inspectFetched(
  { one, path, release }: Parameters<typeof fetchPackage>[0],
  { files, signal }: { readonly files: Files; readonly signal: AbortSignal | undefined },
): Promise<LocalPackage> {
  const { expected, filename } = statedOf({ one, path, release });
  const summary = hashPackage(path, { expected, files, signal });
  return await localPackage({ one, path, release }, filename, summary, signal);
}

function statedOf({ one, release }: Parameters<typeof fetchPackage>[0]): {
  readonly filename: string;
  readonly expected: { readonly sha256: string } | undefined;
} {
  const { platform, zh: stated } = one;
  const filename = packageFilename(release.provider.type, release.version, platform);
  return { filename, expected: stated === undefined ? undefined : { sha256: zhHex(stated) } };
}

/** @throws BadPackageError, FileAccessError */
async function localPackage(
  { one, path, release }: Parameters<typeof fetchPackage>[0],
  filename: string,
  summary: Promise<PackageSummary>,
  signal: AbortSignal | undefined,
): Promise<LocalPackage> {
  try {
    const { entries, h1OfTree: h1, size, zh } = await summary;
    checkProviderPackage(entries, release.provider.type);
    return { path, record: { platform: one.platform, filename, size, zh, h1 } };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof FileAccessError) throw error;
    // Whoever asks for a release did not choose its files.
    const category = error instanceof NotAProviderPackageError ? 'integrity' : undefined;
    throw new BadPackageError(filename, error, category);
  }
}
