import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, errnoOf, FileAccessError, type Files } from '../../base/index.ts';
import type { DigestAlgorithm } from '../../spec/index.ts';
import { UploadNotFoundError } from '../errors.ts';
import { uploadExpiryMs } from '../hosted.ts';
import { checkFolder, makeFolder } from './safe-files.ts';
import { type Adopt, FileUpload } from './upload.ts';

const sweepEveryMs = 10 * 60 * 1000;

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** Sessions of clients can be resumed after a restart; our own writes begin again. */
const sessionPattern = new RegExp(`^${uuid}$`, 'u');
const ownPattern = new RegExp(`^own-${uuid}$`, 'u');

/** The private area in which content arrives. What crashes leave behind is cleaned up. */
export class Uploads {
  readonly #files: Files;
  readonly #folder: string;
  readonly #repository: string;
  readonly #adopt: Adopt;
  readonly #clock: Clock;
  readonly #active = new Map<string, FileUpload>();
  readonly #closing = new AbortController();
  #watching: Promise<void> | undefined;

  constructor(
    place: { readonly files: Files; readonly folder: string; readonly repository: string },
    adopt: Adopt,
    clock: Clock,
  ) {
    this.#files = place.files;
    this.#folder = place.folder;
    this.#repository = place.repository;
    this.#adopt = adopt;
    this.#clock = clock;
  }

  /** Of a client, who may come back for it. */
  async start(algorithm: DigestAlgorithm = 'sha256'): Promise<FileUpload> {
    const upload = await this.#start(randomUUID(), algorithm, this.#adopt);
    this.watch();
    return upload;
  }

  /** For one call of ours. */
  startOwn(algorithm: DigestAlgorithm, adopt: Adopt = this.#adopt): Promise<FileUpload> {
    return this.#start(`own-${randomUUID()}`, algorithm, adopt);
  }

  async #start(id: string, algorithm: DigestAlgorithm, adopt: Adopt): Promise<FileUpload> {
    await makeFolder(this.#files, this.#folder, 0o700);
    const path = join(this.#folder, id);
    try {
      await (await this.#files.open(path, 'wx', 0o600)).close();
    } catch (error) {
      throw new FileAccessError('create', path, error);
    }
    return this.#track(id, { size: 0, algorithm, adopt });
  }

  /** @throws UploadNotFoundError */
  async resume(id: string): Promise<FileUpload> {
    const active = this.#active.get(id);
    if (active !== undefined) return active;
    if (!sessionPattern.test(id)) throw new UploadNotFoundError(this.#repository, id);
    const path = join(this.#folder, id);
    try {
      const stat = await this.#files.lstat(path);
      const isFresh = this.#clock.now() - stat.mtimeMs < uploadExpiryMs;
      if (stat.isFile() && isFresh) {
        // Somebody else may have resumed it meanwhile: there is one session, or two would write at once.
        return this.#active.get(id) ?? this.#track(id, { size: stat.size });
      }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw new FileAccessError('look at', path, error);
    }
    throw new UploadNotFoundError(this.#repository, id);
  }

  #track(
    id: string,
    {
      size,
      algorithm,
      adopt = this.#adopt,
    }: {
      readonly size: number;
      readonly algorithm?: DigestAlgorithm;
      readonly adopt?: Adopt;
    },
  ): FileUpload {
    const place = {
      id,
      path: join(this.#folder, id),
      repository: this.#repository,
      files: this.#files,
      adopt,
      onOver: () => this.#active.delete(id),
    };
    const upload = new FileUpload(place, size, algorithm);
    this.#active.set(id, upload);
    return upload;
  }

  /** Expires sessions for as long as there are any, also when nobody asks about this repository again. */
  watch(): void {
    this.#watching ??= this.#expireSessions()
      // What can not be looked at or removed now is met again with the next upload, or at the next start.
      .catch(() => undefined)
      .finally(() => {
        this.#watching = undefined;
      });
  }

  async #expireSessions(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const ids = (await list(this.#files, this.#folder)).filter((id) => sessionPattern.test(id));
      for (const id of ids) await this.#expire(id);
      if (ids.length === 0) return;
      await this.#clock.sleep(sweepEveryMs, signal);
    }
  }

  async #expire(id: string): Promise<void> {
    const path = join(this.#folder, id);
    if (await isFresh(this.#files, path, this.#clock)) return;
    const active = this.#active.get(id);
    await (active === undefined ? remove(this.#files, path) : active.cancel());
  }

  /** Ends the watch over the sessions, which can be resumed when the layout is opened again. */
  close(): void {
    this.#closing.abort();
  }
}

/** Removes what our own writes left behind in a crash. Only while the layout is locked and unused. */
export async function removeLeftovers(files: Files, folder: string): Promise<void> {
  await checkFolder(files, folder);
  for (const name of await list(files, folder)) {
    if (ownPattern.test(name)) await remove(files, join(folder, name));
  }
}

/** Written to within the time that a session has; gone meanwhile is none of the caller's work either. */
async function isFresh(files: Files, path: string, clock: Clock): Promise<boolean> {
  try {
    return clock.now() - (await files.lstat(path)).mtimeMs < uploadExpiryMs;
  } catch {
    return true;
  }
}

async function list(files: Files, folder: string): Promise<readonly string[]> {
  try {
    return await files.readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw new FileAccessError('read', folder, error);
  }
}

async function remove(files: Files, path: string): Promise<void> {
  try {
    await files.rm(path, { force: true });
  } catch (error) {
    throw new FileAccessError('remove', path, error);
  }
}
