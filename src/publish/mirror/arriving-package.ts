import { Readable } from 'node:stream';
import type { Files } from '../../base/index.ts';

/** Only ends an upload that began too early; nobody is shown it. */
class WithdrawnPackageError extends Error {
  constructor(path: string) {
    super(`${path} is not the package that was announced`);
  }
}

/** As much as is read at once: what an upload takes at a time is smaller. */
const readBytes = 1024 * 1024;

/**
 * A package in a file that is still being written, for readers that follow the writer: an upload can go on while the
 * download does. The last bytes are given out only when the package was found to be right, so whoever checks a
 * digest at its end, as registries do, never gets a whole package before that.
 */
export class ArrivingPackage {
  /** Bytes in all, as they were announced. */
  readonly size: number;
  readonly #path: string;
  readonly #files: Files;
  #written = 0;
  #state: 'arriving' | 'right' | 'wrong' = 'arriving';
  readonly #waiting: (() => void)[] = [];

  constructor(path: string, size: number, files: Files) {
    this.#path = path;
    this.size = size;
    this.#files = files;
  }

  /** So many bytes are in the file now; fewer than before when it was begun anew. */
  wrote(bytes: number): void {
    this.#written = bytes;
    this.#tell();
  }

  /** The package is complete and right. */
  accept(): void {
    this.#state = 'right';
    this.#tell();
  }

  /** It will never be: readers fail. After `accept` nothing changes any more. */
  refuse(): void {
    if (this.#state === 'arriving') this.#state = 'wrong';
    this.#tell();
  }

  /** From the first byte on. */
  open(): Readable {
    return Readable.from(this.#read(), { objectMode: false, highWaterMark: readBytes });
  }

  #tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Bytes that may be given out. */
  get #readable(): number {
    return this.#state === 'right' ? this.#written : Math.min(this.#written, this.size - 1);
  }

  async *#read(): AsyncGenerator<Buffer> {
    const handle = await this.#files.open(this.#path, 'r');
    try {
      for (let position = 0; position < this.size;) {
        if (this.#state === 'wrong') throw new WithdrawnPackageError(this.#path);
        const length = Math.min(readBytes, this.#readable - position);
        if (length <= 0) {
          if (this.#state === 'right') throw new WithdrawnPackageError(this.#path);
          await new Promise<void>((wake) => this.#waiting.push(wake));
          continue;
        }
        const { buffer, bytesRead } = await handle.read(
          Buffer.allocUnsafe(length),
          0,
          length,
          position,
        );
        position += bytesRead;
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }
}
