import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { InternalError } from '../../base/index.ts';
import type { ByteRange, StreamedBody } from '../answers/index.ts';

/**
 * A part of content that is verified at its end. The last piece goes out only when everything was right, whatever part
 * was asked for: a client that counted all bytes has bytes that were verified.
 * @param content from its first byte on; fails unless it is what it should be
 */
export function verifiedBody(content: Readable, range: ByteRange): StreamedBody {
  return {
    writeTo: (response) => writeVerified(content, range, response),
    discard: () => {
      content.on('error', () => undefined).destroy();
      return Promise.resolve();
    },
  };
}

async function writeVerified(
  content: Readable,
  { end, start }: ByteRange,
  response: ServerResponse,
): Promise<void> {
  const leave = (): void => void content.destroy(new Error('the client went away'));
  response.once('close', leave);
  try {
    let at = 0;
    let held: Buffer | undefined;
    for await (const chunk of content) {
      const bytes = asBuffer(chunk);
      const piece = bytes.subarray(
        Math.min(bytes.length, Math.max(0, start - at)),
        Math.max(0, Math.min(bytes.length, end + 1 - at)),
      );
      at += bytes.length;
      if (piece.length === 0) continue;
      if (held !== undefined) await write(response, held);
      held = piece;
    }
    if (held !== undefined) await write(response, held);
  } finally {
    response.off('close', leave);
    content.destroy();
  }
}

async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (response.destroyed) throw new Error('the client went away');
  if (response.write(bytes)) return;
  // A client that leaves destroys the content, which ends the loop; this wait has to end, too.
  const leaving = new AbortController();
  const left = (): void => leaving.abort();
  response.once('close', left);
  try {
    await once(response, 'drain', { signal: leaving.signal });
  } finally {
    response.off('close', left);
  }
}

function asBuffer(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  throw new InternalError('content is not made of bytes');
}
