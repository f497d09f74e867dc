import type { ServerResponse } from 'node:http';
import type { OpenBlob } from '../../content/index.ts';
import type { StreamedBody } from './answer.ts';
import type { ByteRange } from './byte-range.ts';
import type { ServingBuffers } from './serving-buffers.ts';

/** Bytes `start` to `end` of a blob, which is closed afterwards. */
export function blobBody(
  blob: OpenBlob,
  { start, end }: ByteRange,
  buffers: ServingBuffers,
): StreamedBody {
  return {
    writeTo: async (response) => {
      try {
        await writeRange(blob, { start, end }, { response, buffers });
      } finally {
        await blob.close();
      }
    },
    discard: () => blob.close(),
  };
}

/**
 * Two buffers in turn: one is filled from the disk while the network takes the other. Never more bytes
 * than the range has, or they would be taken for the next answer on the connection.
 */
async function writeRange(
  blob: OpenBlob,
  { start, end }: ByteRange,
  { response, buffers }: { response: ServerResponse; buffers: ServingBuffers },
): Promise<void> {
  const turns: { readonly buffer: Buffer; written: Promise<void> }[] = [];
  let state: 'idle' | 'unsure' = 'unsure';
  try {
    let at = start;
    for (let number = 0; at <= end; number++) {
      const turn = turns[number % 2] ?? { buffer: buffers.take(end - at + 1), written: done };
      turns[number % 2] = turn;
      await turn.written;
      const piece = turn.buffer.subarray(0, end - at + 1);
      const read = await blob.read(piece, at);
      // A file that was cut after it had been opened.
      if (read !== piece.length) throw new RangeError(`the blob ends at byte ${at + read}`);
      at += read;
      turn.written = write(response, piece, { isLast: at > end });
    }
    await Promise.all(turns.map(({ written }) => written));
    state = 'idle';
  } finally {
    for (const { buffer } of turns) buffers.giveBack(buffer, state);
  }
}

const done = Promise.resolve();

/**
 * Resolves when the network has taken the bytes: then, and not before, they may change. The last ones end the answer
 * with them: a client that has all it wanted may leave at once, and its download is whole.
 */
function write(
  response: ServerResponse,
  bytes: Buffer,
  { isLast }: { readonly isLast: boolean },
): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    const left = () => {
      reject(new Error('the client went away'));
    };
    // Its end would not be told of any more.
    if (response.destroyed) {
      left();
      return;
    }
    response.once('close', left);
    const taken = (error?: Error | null) => {
      response.off('close', left);
      if (error instanceof Error) reject(error);
      else resolve();
    };
    if (isLast) response.end(bytes, taken);
    else response.write(bytes, taken);
  });
  // Whoever waits for it hears of a failure; the other buffer's turn may come first.
  written.catch(() => undefined);
  return written;
}
