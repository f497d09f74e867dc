import type { Readable } from 'node:stream';
import type { CallOptions } from '../../base/index.ts';
import { type DownloadReader, SharedDownload, type WindowBudget } from './shared-download.ts';

/** The first bytes of packages that are on their way, of all of them together. */
const windowsBytes = 64 * 1024 * 1024;
/** A pipeline of many jobs waits this long for its slowest line, once for each package. */
const defaultPatienceMs = 1000;

/** What is on its way from the registry now, so that nobody fetches what somebody else has just begun to. */
export class SharedDownloads {
  readonly #budget: WindowBudget = { left: windowsBytes };
  readonly #open = new Map<string, SharedDownload>();
  readonly #patienceMs: number;

  constructor(patienceMs = defaultPatienceMs) {
    this.#patienceMs = patienceMs;
  }

  /**
   * Takes part in the download of that name, or begins it.
   * @param fetch gives content that fails unless it is what it should be
   * @throws what `fetch` rejects with
   */
  async join(
    key: string,
    fetch: (options: CallOptions) => Promise<Readable>,
  ): Promise<DownloadReader> {
    const known = this.#open.get(key);
    const download = known?.isJoinable === true ? known : this.#begin(key, fetch);
    const reader = download.join();
    try {
      await download.opened;
    } catch (error) {
      reader.leave();
      throw error;
    }
    return reader;
  }

  #begin(key: string, fetch: (options: CallOptions) => Promise<Readable>): SharedDownload {
    const options = { budget: this.#budget, patienceMs: this.#patienceMs };
    const download = new SharedDownload(fetch, options);
    this.#open.set(key, download);
    void download.over().then(() => {
      if (this.#open.get(key) === download) this.#open.delete(key);
    });
    return download;
  }
}
