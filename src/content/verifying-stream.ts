import { createHash } from 'node:crypto';
import {
  addAbortSignal,
  pipeline,
  type Readable,
  Transform,
  type TransformCallback,
} from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import { type Descriptor, digestParts, parseDigest } from '../spec/index.ts';
import { DigestMismatchError, SizeMismatchError } from './errors.ts';

/** Chunks waiting to be read; with the 1 MiB chunks of files, as much memory as one stream may hold. */
const bufferedChunks = 2;

/**
 * The bytes of `source`, hashed and counted on the way. It ends only when they are exactly what `target`
 * names; else it is destroyed with a SizeMismatchError (as soon as there is a byte too much, or the end
 * comes early) or a DigestMismatchError. Chunks pass as they come (hence object mode: else Node would
 * join them again) and none is held back: who acts on content before the end must be able to undo it.
 *
 * Destroying it destroys `source`; an error of `source` becomes its own; aborting destroys both.
 */
export function verifyingStream(
  source: Readable,
  target: Descriptor,
  { signal }: CallOptions = {},
): Readable {
  const { algorithm } = digestParts(target.digest);
  const hash = createHash(algorithm);
  let size = 0;
  const verifier = new Transform({
    readableObjectMode: true,
    readableHighWaterMark: bufferedChunks,
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      size += chunk.length;
      if (size > target.size) {
        done(new SizeMismatchError(target.digest, target.size, size));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (size !== target.size) {
        done(new SizeMismatchError(target.digest, target.size, size));
        return;
      }
      const actual = parseDigest(`${algorithm}:${hash.digest('hex')}`);
      done(actual === target.digest ? null : new DigestMismatchError(target.digest, actual));
    },
  });
  // Errors reach whoever reads the verifier; the callback has nobody else to tell.
  pipeline(source, verifier, () => undefined);
  return signal === undefined ? verifier : addAbortSignal(signal, verifier);
}
