import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Readable } from 'node:stream';
import { BodySizeError } from './errors.ts';

/**
 * The connection takes a write in one piece as far as we can see, so pieces are kept this small: a link
 * that moves 256 KiB within the idle limit (4 KiB/s) is slow, not stalled.
 */
const maxPieceBytes = 256 * 1024;

export interface SendBodyOptions {
  readonly size: number;
  /** Aborted when sending has become pointless; the promise then resolves. */
  readonly halt: AbortSignal;
  /** The connection takes no more for now. */
  readonly onStalled: () => void;
  readonly onMoving: () => void;
  readonly onProgress: ((sentBytes: number) => void) | undefined;
}

/**
 * Sends a stream as the body of a request and ends the request after exactly `size` bytes. Written out
 * because `pipeline` would destroy the request, and with it an early answer, when sending stops.
 * @throws BodySizeError, or whatever the source failed with.
 */
export async function sendBody(
  message: ClientRequest,
  source: Readable,
  options: SendBodyOptions,
): Promise<void> {
  const { size, halt } = options;
  let sent = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (let start = 0; start < chunk.byteLength; start += maxPieceBytes) {
      if (halt.aborted) return;
      const piece = chunk.subarray(start, start + maxPieceBytes);
      sent += piece.byteLength;
      if (sent > size) throw new BodySizeError(size, sent);
      if (!message.write(piece)) await drained(message, options);
      options.onProgress?.(sent);
    }
  }
  if (halt.aborted) return;
  if (sent < size) throw new BodySizeError(size, sent);
  message.end();
}

async function drained(message: ClientRequest, options: SendBodyOptions): Promise<void> {
  options.onStalled();
  try {
    await once(message, 'drain', { signal: options.halt });
  } catch (error) {
    // Halted, or the request failed: its own error event tells what happened.
    if (!options.halt.aborted && !message.destroyed) throw error;
  }
  if (!options.halt.aborted) options.onMoving();
}
