/**
 * Limits on waiting, in milliseconds. There is none on a whole transfer of content: a slow link may take
 * an hour, but it never stands still for a minute.
 */
export interface TimeLimits {
  /** From the start of a connection to the end of its TLS handshake. Default 20 s. */
  readonly connectMs: number;
  /** From the last byte sent to the first of the answer; a registry hashes a whole upload in it. Default 180 s. */
  readonly firstByteMs: number;
  /** Without any byte sent or received. Default 60 s. */
  readonly idleMs: number;
  /**
   * For the whole body of an answer that is no content. Default 180 s, in which the largest document,
   * 8 MiB of tags, comes at 47 kB/s, and a usual manifest over any link; a peer that sends a byte a second does not
   * hold a command for hours.
   */
  readonly documentMs: number;
}

export const defaultTimeLimits: TimeLimits = {
  connectMs: 20_000,
  firstByteMs: 180_000,
  idleMs: 60_000,
  documentMs: 180_000,
};

/** A timer that can be moved. One at a time: starting it again replaces what ran. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;

  start(ms: number, expire: () => void): void {
    this.stop();
    this.#timer = setTimeout(expire, ms);
  }

  /** Counts from now again; cheap enough for every chunk. */
  refresh(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
