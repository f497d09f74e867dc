/**
 * Lets tasks that run side by side report in a fixed order: what task `i` says is held back until every
 * task before it is done. So what a user reads never depends on timing.
 */
export class InOrder {
  readonly #held: (() => void)[][];
  readonly #done: boolean[];
  #current = 0;

  constructor(count: number) {
    this.#held = Array.from({ length: count }, () => []);
    this.#done = Array.from({ length: count }, () => false);
  }

  /** Runs `report` now when it is task `index`'s turn, else later. */
  say(index: number, report: () => void): void {
    if (index === this.#current) report();
    else this.#held[index]?.push(report);
  }

  done(index: number): void {
    this.#done[index] = true;
    while (this.#done[this.#current] === true) {
      this.#current += 1;
      for (const report of this.#held[this.#current] ?? []) report();
      this.#held[this.#current] = [];
    }
  }
}
