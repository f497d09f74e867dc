import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  type CallOptions,
  FileAccessError,
  type Files,
  LimitExceededError,
} from '../../base/index.ts';
import {
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  digestParts,
  parseDigest,
} from '../../spec/index.ts';
import { DigestMismatchError, UploadBusyError, UploadNotFoundError } from '../errors.ts';
import type { AppendOptions, UploadSession } from '../hosted.ts';
import { keepErrors } from '../keep-errors.ts';
import { writeAll } from './safe-files.ts';

/**
 * Network chunks are gathered to this size before they are written: a quarter of the system calls, and
 * hundreds of slow uploads at once still fit into memory.
 */
const writeBytes = 256 * 1024;

/** Puts a finished, checked and synced file among the blobs, durably. */
export type Adopt = (file: string, digest: Digest) => Promise<void>;

export interface UploadPlace {
  readonly id: string;
  readonly path: string;
  /** For messages. */
  readonly repository: string;
  readonly files: Files;
  readonly adopt: Adopt;
  /** Called once, when the session is over. */
  readonly onOver: () => void;
}

export interface ReceiveOptions extends AppendOptions {
  readonly onProgress?: ((offset: number) => void) | undefined;
}

/**
 * An upload kept in a private file. The hash grows with the file, so that nothing has to be read again,
 * unless the session survived a restart, a write failed, or the digest is of another algorithm.
 */
export class FileUpload implements UploadSession {
  readonly id: string;
  readonly #place: UploadPlace;
  #offset: number;
  /** Undefined when it does not stand for all bytes of the file. */
  #hash: { readonly algorithm: DigestAlgorithm; readonly state: Hash } | undefined;
  #state: 'idle' | 'busy' | 'over' = 'idle';

  /** @param algorithm to hash with from the first byte on; undefined when there are bytes already. */
  constructor(place: UploadPlace, offset: number, algorithm: DigestAlgorithm | undefined) {
    this.id = place.id;
    this.#place = place;
    this.#offset = offset;
    this.#hash = algorithm === undefined ? undefined : { algorithm, state: createHash(algorithm) };
  }

  get offset(): number {
    return this.#offset;
  }

  append(body: Readable, options: ReceiveOptions = {}): Promise<number> {
    keepErrors(body);
    return this.#alone(async () => {
      const { files, path } = this.#place;
      const handle = await open(files, path, 'a');
      try {
        await this.#receive(handle, body, options);
      } finally {
        await handle.close();
      }
      this.#checkNotOver();
      return this.#offset;
    });
  }

  commit(expected: Digest, { signal }: CallOptions = {}): Promise<Descriptor> {
    return this.#alone(async () => {
      const { adopt, files, path } = this.#place;
      const actual = await this.#finish(digestParts(expected).algorithm, signal);
      if (actual !== expected) {
        await this.#discard();
        throw new DigestMismatchError(expected, actual);
      }
      try {
        await adopt(path, expected);
      } catch (error) {
        // The session lives on, and its next commit has to open the file for writing again.
        await files.chmod(path, 0o600).catch(() => undefined);
        throw error;
      }
      this.#end();
      return { mediaType: 'application/octet-stream', digest: expected, size: this.#offset };
    });
  }

  async cancel(): Promise<void> {
    if (this.#state === 'over') return;
    await this.#discard();
  }

  async #receive(handle: FileHandle, body: Readable, options: ReceiveOptions): Promise<void> {
    const { signal, maxBytes = Number.MAX_SAFE_INTEGER, onProgress } = options;
    if (signal !== undefined) addAbortSignal(signal, body);
    let held: Buffer[] = [];
    let heldBytes = 0;
    const flush = async () => {
      const buffers = held;
      held = [];
      heldBytes = 0;
      await this.#write(handle, buffers);
      onProgress?.(this.#offset);
    };
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        this.#checkNotOver();
        if (this.#offset + heldBytes + chunk.length > maxBytes) {
          throw new LimitExceededError(`upload ${this.id}`, maxBytes);
        }
        held.push(chunk);
        heldBytes += chunk.length;
        if (heldBytes >= writeBytes) await flush();
      }
    } finally {
      // Also when the body broke off: what has arrived need not be sent again.
      if (heldBytes > 0 && this.#state === 'busy') await flush();
    }
  }

  /** Hashes while the disk writes. */
  async #write(handle: FileHandle, buffers: readonly Buffer[]): Promise<void> {
    const size = buffers.reduce((sum, { length }) => sum + length, 0);
    const writing = writeAll(handle, buffers);
    for (const buffer of buffers) this.#hash?.state.update(buffer);
    try {
      await writing;
      this.#offset += size;
    } catch (error) {
      this.#hash = undefined;
      const failure = new FileAccessError('write', this.#place.path, error);
      // When even this fails, the commit reads the file again and finds the bytes too many.
      await handle.truncate(this.#offset).catch(() => undefined);
      throw failure;
    }
  }

  /** Makes the bytes durable and read-only. */
  async #finish(algorithm: DigestAlgorithm, signal: AbortSignal | undefined): Promise<Digest> {
    const { files, path } = this.#place;
    const handle = await open(files, path, 'r+');
    try {
      const hash = this.#hash?.algorithm === algorithm ? this.#hash.state : createHash(algorithm);
      if (hash !== this.#hash?.state) {
        const stored = handle.createReadStream({
          start: 0,
          autoClose: false,
          highWaterMark: writeBytes,
        });
        if (signal !== undefined) addAbortSignal(signal, stored);
        for await (const chunk of stored as AsyncIterable<Buffer>) hash.update(chunk);
      }
      // A hash gives its digest once; a second commit after a failure reads the file.
      this.#hash = undefined;
      await handle.sync();
      await handle.chmod(0o444);
      return parseDigest(`${algorithm}:${hash.digest('hex')}`);
    } catch (error) {
      signal?.throwIfAborted();
      throw new FileAccessError('write', path, error);
    } finally {
      await handle.close();
    }
  }

  async #alone<T>(task: () => Promise<T>): Promise<T> {
    if (this.#state === 'busy') throw new UploadBusyError(this.id);
    this.#checkNotOver();
    this.#state = 'busy';
    try {
      return await task();
    } finally {
      if (!this.#isOver()) this.#state = 'idle';
    }
  }

  #checkNotOver(): void {
    if (this.#isOver()) throw new UploadNotFoundError(this.#place.repository, this.id);
  }

  /** A method, because a session can be cancelled while it is busy. */
  #isOver(): boolean {
    return this.#state === 'over';
  }

  async #discard(): Promise<void> {
    this.#end();
    const { files, path } = this.#place;
    try {
      await files.rm(path, { force: true });
    } catch (error) {
      throw new FileAccessError('remove', path, error);
    }
  }

  #end(): void {
    this.#state = 'over';
    this.#place.onOver();
  }
}

async function open(files: Files, path: string, flags: string): Promise<FileHandle> {
  try {
    return await files.open(path, flags);
  } catch (error) {
    throw new FileAccessError('open', path, error);
  }
}
