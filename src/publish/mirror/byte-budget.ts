import { ByteBudgetError } from '../errors.ts';

/** How much a whole job may download. */
export class ByteBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes what the packages of a release have together, or nothing of it.
   * @param sizes bytes of each; undefined where nobody can tell, and then it can not be promised to fit
   * @throws ByteBudgetError
   */
  take(sizes: readonly (number | undefined)[]): void {
    const left = this.#maxBytes - this.#taken;
    let wanted = 0;
    for (const size of sizes) {
      if (size === undefined) throw new ByteBudgetError(this.#maxBytes, left, undefined);
      wanted += size;
    }
    if (wanted > left) throw new ByteBudgetError(this.#maxBytes, left, wanted);
    this.#taken += wanted;
  }
}
