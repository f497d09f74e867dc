import type { Readable } from 'node:stream';
import { type CallOptions, InternalError } from '../../base/index.ts';

/** One client's way through a download that others take part in. */
export interface DownloadReader {
  /**
   * The next piece, `end` after the last one, or `behind` when the others went on without this client: then it fetches
   * the rest by itself.
   * @throws what made the download fail; an error when the reader has left
   */
  next(): Promise<Buffer | 'end' | 'behind'>;
  /** Resolves when all of the content was right, also what was read before this client fell behind. */
  verified(): Promise<void>;
  /** The last one who leaves ends the download. */
  leave(): void;
}

/** Memory for all windows together, beside two pieces of each download. */
export interface WindowBudget {
  left: number;
}

export interface SharedDownloadOptions {
  readonly budget: WindowBudget;
  /** For how long in all a client may keep faster ones waiting. */
  readonly patienceMs: number;
}

/** Who comes while the first bytes are here takes part; clients may be this far from each other. */
const windowBytes = 4 * 1024 * 1024;
/** Few system calls where many clients are sent the same; a client by itself gets what comes, as it comes. */
const pieceBytes = 256 * 1024;
const manyReaders = 8;
/** However little memory there is: one piece on its way to the clients, one on its way from the registry. */
const leastPieces = 2;

interface Reader {
  at: number;
  wake: (() => void) | undefined;
  state: 'reading' | 'behind' | 'left';
}

/**
 * Content that is fetched once for all who want it at the same time, and verified once.
 *
 * It goes on as the slowest client does, who can be a window behind the fastest one. Whoever keeps others waiting for
 * longer than `patienceMs` in all is let go. The last piece is handed out when everything was right.
 */
export class SharedDownload {
  readonly #options: SharedDownloadOptions;
  readonly #leaving = new AbortController();
  readonly #readers = new Set<Reader>();
  readonly #behind = new Set<Reader>();
  readonly #pieces: Buffer[] = [];
  readonly #verified: Promise<void>;
  /** Resolves when the content begins to come. */
  readonly opened: Promise<void>;
  #patienceMs: number;
  /** Number of the first piece that is still here. */
  #first = 0;
  #bytes = 0;
  #end: { readonly error?: unknown } | undefined;
  #isAwaited = false;
  #moved: (() => void) | undefined;

  /** @param fetch gives content that fails unless it is what it should be */
  constructor(fetch: (options: CallOptions) => Promise<Readable>, options: SharedDownloadOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs;
    const content = fetch({ signal: this.#leaving.signal });
    this.opened = content.then(() => undefined);
    this.#verified = content.then((readable) => this.#pump(readable));
    this.opened.catch(() => undefined);
    this.#verified.then(
      () => this.#finish({}),
      (error: unknown) => this.#finish({ error }),
    );
  }

  /** Whether the first bytes are here, and more may come. */
  get isJoinable(): boolean {
    return this.#first === 0 && this.#end === undefined && !this.#leaving.signal.aborted;
  }

  /** Resolves when nothing more comes, whatever the reason. */
  async over(): Promise<void> {
    await this.#verified.catch(() => undefined);
  }

  join(): DownloadReader {
    const reader: Reader = { at: 0, wake: undefined, state: 'reading' };
    this.#readers.add(reader);
    return {
      next: () => this.#next(reader),
      verified: () => this.#awaitVerified(),
      leave: () => this.#leave(reader),
    };
  }

  async #next(reader: Reader): Promise<Buffer | 'end' | 'behind'> {
    for (;;) {
      if (reader.state === 'left') throw new Error('the client went away');
      if (this.#end !== undefined && 'error' in this.#end) throw this.#end.error;
      if (reader.state === 'behind') return 'behind';
      const piece = this.#pieces[reader.at - this.#first];
      if (piece !== undefined) {
        reader.at += 1;
        this.#tidy();
        this.#moved?.();
        return piece;
      }
      if (this.#end !== undefined) return 'end';
      await new Promise<void>((resolve) => {
        reader.wake = resolve;
        // Now somebody waits, which may make the others lose their time.
        this.#moved?.();
      });
    }
  }

  /** Who asks has everything else, and does not wait until the slowest one has it, too. */
  async #awaitVerified(): Promise<void> {
    this.#isAwaited = true;
    this.#moved?.();
    await this.#verified;
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#behind.delete(reader);
    reader.state = 'left';
    wake(reader);
    this.#tidy();
    if (this.#readers.size + this.#behind.size === 0) {
      this.#leaving.abort(new Error('the clients went away'));
    }
    this.#moved?.();
  }

  async #pump(content: Readable): Promise<void> {
    const abandon = (): void => void content.destroy(new Error('the clients went away'));
    const { signal } = this.#leaving;
    signal.addEventListener('abort', abandon, { once: true });
    try {
      if (signal.aborted) abandon();
      let held: Buffer | undefined;
      let parts: Buffer[] = [];
      let size = 0;
      for await (const chunk of content) {
        const bytes = asBuffer(chunk);
        parts.push(bytes);
        size += bytes.length;
        if (size < pieceBytes && this.#readers.size >= manyReaders) continue;
        if (held !== undefined) await this.#publish(held);
        held = joined(parts, size);
        parts = [];
        size = 0;
      }
      for (const piece of [held, joined(parts, size)]) {
        if (piece !== undefined && piece.length > 0) await this.#publish(piece);
      }
    } finally {
      signal.removeEventListener('abort', abandon);
      content.on('error', () => undefined).destroy();
    }
  }

  async #publish(piece: Buffer): Promise<void> {
    while (!this.#hasRoomFor(piece.length)) await this.#room();
    this.#leaving.signal.throwIfAborted();
    this.#pieces.push(piece);
    this.#account(piece.length);
    this.#wakeAll();
  }

  #hasRoomFor(length: number): boolean {
    const { budget } = this.#options;
    for (;;) {
      if (this.#leaving.signal.aborted || this.#pieces.length < leastPieces) return true;
      if (this.#bytes + length <= windowBytes && length <= budget.left) return true;
      if (!this.#dropFirst()) return false;
    }
  }

  /** @returns false when somebody still wants it, or there is none */
  #dropFirst(): boolean {
    for (const { at } of this.#readers) if (at === this.#first) return false;
    const piece = this.#pieces.shift();
    if (piece === undefined) return false;
    this.#first += 1;
    this.#account(-piece.length);
    return true;
  }

  #account(bytes: number): void {
    this.#bytes += bytes;
    this.#options.budget.left -= bytes;
  }

  /** After the end nobody comes any more, so what all have read is of no use. */
  #tidy(): void {
    if (this.#end === undefined) return;
    while (this.#dropFirst());
  }

  #wakeAll(): void {
    for (const reader of this.#readers) wake(reader);
  }

  /** Resolves when it may be worth while to look for room again. */
  async #room(): Promise<void> {
    const somebodyWaits =
      this.#isAwaited || [...this.#readers].some((reader) => reader.wake !== undefined);
    if (somebodyWaits && this.#patienceMs <= 0) {
      this.#letGo();
      return;
    }
    const begun = performance.now();
    await new Promise<void>((resolve) => {
      const timer = somebodyWaits ? setTimeout(resolve, this.#patienceMs) : undefined;
      this.#moved = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#moved = undefined;
    if (somebodyWaits) this.#patienceMs -= performance.now() - begun;
  }

  /** Goes on without those who are a whole window behind. */
  #letGo(): void {
    for (const reader of this.#readers) {
      if (reader.at !== this.#first) continue;
      reader.state = 'behind';
      this.#readers.delete(reader);
      this.#behind.add(reader);
    }
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end = end;
    this.#tidy();
    this.#wakeAll();
  }
}

function wake(reader: Reader): void {
  reader.wake?.();
  reader.wake = undefined;
}

function joined(parts: readonly Buffer[], size: number): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, size);
}

/** @throws InternalError */
export function asBuffer(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  throw new InternalError('content is not made of bytes');
}
