import type { TransformOptions } from 'node:stream';
import { createInflateRaw, type InflateRaw, type ZlibOptions } from 'node:zlib';
import { errnoOf } from '../base/index.ts';
import type { ByteInput } from './byte-input.ts';
import { InconsistentArchiveError } from './errors.ts';
import { inflateSmall } from './inflate-small.ts';

/** Large enough that the calls cost nothing beside the work; more does not help (measured). */
const outputBytes = 1024 * 1024;

export interface InflateOptions {
  readonly entry: string;
  /** Bytes of the deflate stream, or undefined when it has to end by itself. */
  readonly compressedSize: number | undefined;
  /** Bytes to expect, if known: small entries get a small buffer. */
  readonly size: number | undefined;
  /** Bytes given to the inflater so far, before each piece. */
  readonly onInput: (offeredBytes: number) => void;
}

/**
 * Inflates one raw deflate stream that begins at the input's position, and leaves the position right
 * behind its last byte. The returned number is the length of the deflate stream.
 * @throws InconsistentArchiveError when it does not fill `compressedSize` exactly or is no deflate stream.
 * @throws TruncatedArchiveError when the input ends first.
 */
export async function inflate(
  input: ByteInput,
  use: (chunk: Buffer) => Promise<void>,
  options: InflateOptions,
): Promise<number> {
  const atHand = await input.available();
  const small = atHand === undefined ? undefined : inflateSmall(atHand, options);
  if (small !== undefined) {
    options.onInput(small.used);
    if (small.content.length > 0) await use(small.content);
    input.skip(small.used);
    return small.used;
  }
  const chunkSize = Math.min(outputBytes, Math.max(1024, (options.size ?? outputBytes) + 1));
  const buffering: ZlibOptions & TransformOptions = {
    chunkSize,
    readableHighWaterMark: 2 * chunkSize,
  };
  const inflater = createInflateRaw(buffering);
  // The loop below reports the error; a second listener keeps a late one from being unhandled.
  inflater.on('error', () => undefined);
  const feeding = feed(input, inflater, options);
  feeding.catch((error: unknown) => inflater.destroy(error instanceof Error ? error : undefined));
  try {
    for await (const chunk of inflater as AsyncIterable<Buffer>) await use(chunk);
  } catch (error) {
    if (errnoOf(error)?.startsWith('Z_') !== true) throw error;
    throw brokenData(options.entry, 'its compressed data are damaged', error);
  } finally {
    // Not awaited after a failure: the input may be a network that has gone silent.
    inflater.destroy();
  }
  const used = await feeding;
  if (options.compressedSize !== undefined && used !== options.compressedSize) {
    throw brokenData(options.entry, 'its compressed data end before their declared length');
  }
  return used;
}

async function feed(
  input: ByteInput,
  inflater: InflateRaw,
  options: InflateOptions,
): Promise<number> {
  const length = options.compressedSize ?? Infinity;
  let used = 0;
  let offered = 0;
  while (used < length) {
    const bytes = await input.available();
    if (inflater.destroyed) return used;
    if (bytes === undefined) throw input.truncated('the compressed data of an entry');
    const piece = bytes.subarray(0, Math.min(bytes.length, length - used));
    offered += piece.length;
    options.onInput(offered);
    const before = inflater.bytesWritten;
    await offer(inflater, piece);
    const taken = inflater.bytesWritten - before;
    input.skip(taken);
    used += taken;
    // What the inflater leaves over lies behind the end of its stream.
    if (taken < piece.length) return used;
  }
  inflater.end();
  return used;
}

/**
 * Resolves when the inflater has taken what it wants of `piece`. A stream that has ended while its
 * output waits to be read never calls back, so its end counts too.
 */
function offer(inflater: InflateRaw, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      inflater.off('end', done).off('close', done);
      resolve();
    };
    inflater.once('end', done).once('close', done);
    inflater.write(piece, done);
  });
}

function brokenData(entry: string, detail: string, cause?: unknown): InconsistentArchiveError {
  return new InconsistentArchiveError('compressed-data', detail, { entry, cause });
}
