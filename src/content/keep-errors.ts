import type { Readable } from 'node:stream';

/**
 * For a stream that is read only after something else has been waited for: an error that comes before
 * would find no listener and end the process. Reading it later still fails with that error.
 */
export function keepErrors(stream: Readable): Readable {
  return stream.on('error', () => undefined);
}
