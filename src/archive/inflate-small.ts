import { inflateRawSync } from 'node:zlib';

/** What the work of a thread and a stream would cost more than. */
const small = { packedBytes: 64 * 1024, unpackedBytes: 64 * 1024 } as const;

interface Inflated {
  readonly content: Buffer;
  /** Bytes of the deflate stream. */
  readonly used: number;
}

/**
 * Inflates a deflate stream that lies completely in `bytes` and is small, at once: a stream costs ten
 * times as much, which thousands of tiny entries would turn against us.
 * @param sizes as declared; undefined where the stream has to end by itself
 * @returns undefined when it is large, damaged or not all here; then a stream has to judge it.
 */
export function inflateSmall(
  bytes: Buffer,
  sizes: { readonly compressedSize: number | undefined; readonly size: number | undefined },
): Inflated | undefined {
  const { compressedSize = small.packedBytes, size = 0 } = sizes;
  if (compressedSize > small.packedBytes || size > small.unpackedBytes) return undefined;
  const piece = bytes.subarray(0, compressedSize);
  let result: unknown;
  try {
    const options = { info: true, maxOutputLength: small.unpackedBytes, chunkSize: 4096 };
    result = inflateRawSync(piece, options);
  } catch {
    return undefined;
  }
  if (!hasInfo(result)) return undefined;
  const used = result.engine.bytesWritten;
  const isWhole = sizes.compressedSize === undefined || used === compressedSize;
  return isWhole ? { content: result.buffer, used } : undefined;
}

/** What `info: true` makes of the answer, which the types do not know. */
function hasInfo(
  value: unknown,
): value is { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } } {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}
