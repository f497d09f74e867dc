import { TruncatedArchiveError } from './errors.ts';

/** Where bytes come from, in chunks whose sizes do not depend on how the network cut them. */
export interface ChunkSource {
  /** The next chunk, never empty, or undefined at the end. Not called again while one is awaited. */
  next(): Promise<Buffer | undefined>;
}

const nothing = Buffer.alloc(0);

/**
 * Reads a byte sequence forwards with look-ahead. One chunk is asked for ahead of need, so that the
 * network and the inflater work at the same time.
 */
export class ByteInput {
  #source: ChunkSource;
  #current: Buffer = nothing;
  #ahead: Promise<Buffer | undefined> | undefined;
  #position: number;

  constructor(source: ChunkSource, position = 0) {
    this.#source = source;
    this.#position = position;
  }

  /** Offset in the zip of the next byte that `take` would give. */
  get position(): number {
    return this.#position;
  }

  /** Goes back or on to `position`, from where `source` gives the bytes; needs all bytes to be read. */
  continueWith(source: ChunkSource, position: number): void {
    this.#source = source;
    this.#position = position;
    this.#current = nothing;
    this.#ahead = undefined;
  }

  /** Up to `count` bytes without moving on; fewer only where the bytes end. */
  async peek(count: number): Promise<Buffer> {
    while (this.#current.length < count) {
      if (!(await this.#refill())) break;
    }
    return this.#current.subarray(0, count);
  }

  /**
   * Exactly `count` bytes. `reading` names them for the message.
   * @throws TruncatedArchiveError when there are fewer.
   */
  async take(count: number, reading: string): Promise<Buffer> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw this.truncated(reading);
    this.skip(count);
    return bytes;
  }

  /** All bytes at hand, without moving on; at least one, or undefined at the end. */
  async available(): Promise<Buffer | undefined> {
    if (this.#current.length === 0 && !(await this.#refill())) return undefined;
    return this.#current;
  }

  /** Moves on by bytes that were seen. */
  skip(count: number): void {
    this.#current = this.#current.subarray(count);
    this.#position += count;
  }

  /** The error for an end at the wrong place. Only right when all bytes at hand are too few. */
  truncated(reading: string): TruncatedArchiveError {
    return new TruncatedArchiveError(reading, this.#position + this.#current.length);
  }

  async #refill(): Promise<boolean> {
    const chunk = await (this.#ahead ?? this.#source.next());
    this.#ahead = undefined;
    if (chunk === undefined) return false;
    this.#current = this.#current.length === 0 ? chunk : Buffer.concat([this.#current, chunk]);
    this.#ahead = this.#source.next();
    // Whoever needs the chunk gets the error; when nobody does any more it must not go unhandled.
    this.#ahead.catch(() => undefined);
    return true;
  }
}
