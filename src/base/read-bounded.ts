import type { CallOptions } from './call-options.ts';
import { LimitExceededError } from './errors.ts';

export interface ReadBoundedOptions extends CallOptions {
  /** The most bytes to accept; one more is an error, never a truncation. */
  readonly maxBytes: number;
  /** What is read, for the message: "the token answer of auth.example.com". */
  readonly what: string;
}

/**
 * Reads a stream to its end into one buffer. The only place that gathers chunks: memory is bounded by
 * `maxBytes`, whatever length the sender declared.
 * @throws LimitExceededError when there is more than `maxBytes`; the stream is destroyed.
 */
export async function readBounded(
  stream: AsyncIterable<Uint8Array>,
  options: ReadBoundedOptions,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    options.signal?.throwIfAborted();
    size += chunk.byteLength;
    if (size > options.maxBytes) throw new LimitExceededError(options.what, options.maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
