/** Bytes that may be held in memory at the same time, shared by all requests. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Runs the task while it holds its share. @returns undefined when there is not so much left. */
  async hold<T>(bytes: number, task: () => Promise<T>): Promise<T | undefined> {
    if (bytes > this.#left) return undefined;
    this.#left -= bytes;
    try {
      return await task();
    } finally {
      this.#left += bytes;
    }
  }
}
