/** Bytes that may be held in memory at the same time, shared by all requests. */
export class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /**
   * Runs the task while it holds its share, which it may make smaller once it knows how much it needs.
   * @returns undefined when there is not so much left.
   */
  async hold<T>(
    bytes: number,
    task: (needOnly: (bytes: number) => void) => Promise<T>,
  ): Promise<T | undefined> {
    if (bytes > this.#left) return undefined;
    let held = bytes;
    this.#left -= held;
    const needOnly = (needed: number) => {
      this.#left += held - needed;
      held = needed;
    };
    try {
      return await task(needOnly);
    } finally {
      needOnly(0);
    }
  }
}
