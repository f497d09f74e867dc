import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { CallOptions } from '../../base/index.ts';
import type { ByteRange, StreamedBody } from '../answers/index.ts';
import { asBuffer, type DownloadReader } from './shared-download.ts';

/**
 * A part of content that is verified at its end. The last piece goes out only when everything was right, whatever part
 * was asked for: a client that counted all bytes has bytes that were verified.
 * @param content from its first byte on; fails unless it is what it should be
 */
export function verifiedBody(content: Readable, range: ByteRange): StreamedBody {
  return {
    writeTo: (response) => writeVerified(content, range, { response }),
    discard: () => {
      content.on('error', () => undefined).destroy();
      return Promise.resolve();
    },
  };
}

export interface SharedBodyParts {
  readonly reader: DownloadReader;
  readonly size: number;
  /** The content once more, for a client that the others did not wait for. */
  readonly fetch: (options: CallOptions) => Promise<Readable>;
}

/** All of some content that several clients are sent at the same time. */
export function sharedBody({ fetch, reader, size }: SharedBodyParts): StreamedBody {
  return {
    async writeTo(response) {
      const leaving = new AbortController();
      const leave = (): void => {
        reader.leave();
        leaving.abort(new Error('the client went away'));
      };
      response.once('close', leave);
      try {
        let at = 0;
        for (;;) {
          if (response.destroyed) throw new Error('the client went away');
          const piece = await reader.next();
          if (piece === 'end') return;
          if (piece === 'behind') break;
          await write(response, piece);
          at += piece.length;
        }
        const rest = await fetch({ signal: leaving.signal });
        const verified = (): Promise<void> => reader.verified();
        await writeVerified(rest, { start: at, end: size - 1 }, { response, verified });
      } finally {
        response.off('close', leave);
        reader.leave();
      }
    },
    discard() {
      reader.leave();
      return Promise.resolve();
    },
  };
}

interface VerifiedParts {
  readonly response: ServerResponse;
  /** What else has to be right before the last piece goes out. */
  readonly verified?: () => Promise<void>;
}

async function writeVerified(
  content: Readable,
  { end, start }: ByteRange,
  { response, verified }: VerifiedParts,
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
    await verified?.();
    if (held !== undefined) await write(response, held);
  } finally {
    response.off('close', leave);
    content.destroy();
  }
}

/** Resolves when there is room for more. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (response.destroyed) return Promise.reject(new Error('the client went away'));
  if (response.write(bytes)) return done;
  return new Promise((resolve, reject) => {
    const drained = (): void => {
      response.off('close', left);
      resolve();
    };
    const left = (): void => {
      response.off('drain', drained);
      reject(new Error('the client went away'));
    };
    response.once('drain', drained).once('close', left);
  });
}

const done = Promise.resolve();
