interface Turns {
  /** The last task that wanted the key for itself. */
  alone: Promise<unknown> | undefined;
  /** Tasks that share the key, and came after that. */
  readonly sharing: Set<Promise<unknown>>;
}

/**
 * Keeps tasks about the same key apart, in the order in which they asked: a task that runs alone waits
 * for all before it, tasks that share wait only for the last one that runs alone.
 */
export class KeyedMutex {
  readonly #keys = new Map<string, Turns>();

  /** Runs the task while no other task has the key. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#keys.get(key);
    const turn =
      before === undefined
        ? task()
        : Promise.allSettled([before.alone, ...before.sharing]).then(task);
    const turns: Turns = { alone: turn, sharing: new Set() };
    this.#keys.set(key, turns);
    try {
      return await turn;
    } finally {
      turns.alone = undefined;
      this.#forget(key, turns);
    }
  }

  /** Runs the task while no other task has the key for itself. */
  async share<T>(key: string, task: () => Promise<T>): Promise<T> {
    const turns = this.#keys.get(key) ?? { alone: undefined, sharing: new Set() };
    this.#keys.set(key, turns);
    const turn = turns.alone === undefined ? task() : turns.alone.then(task, task);
    turns.sharing.add(turn);
    try {
      return await turn;
    } finally {
      turns.sharing.delete(turn);
      this.#forget(key, turns);
    }
  }

  /** Holds several keys; they are taken in sorted order, so that two callers can not wait in a ring. */
  async runAll<T>(keys: readonly string[], task: () => Promise<T>): Promise<T> {
    const [first, ...rest] = [...new Set(keys)].sort();
    if (first === undefined) return await task();
    return await this.run(first, () => this.runAll(rest, task));
  }

  #forget(key: string, turns: Turns): void {
    const isIdle = turns.alone === undefined && turns.sharing.size === 0;
    if (isIdle && this.#keys.get(key) === turns) this.#keys.delete(key);
  }
}
