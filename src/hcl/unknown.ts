export type UnknownType = 'string' | 'number' | 'bool' | 'tuple' | 'object' | 'any';

/**
 * A value that is not known yet, but whose type may be (`any`: not that either). With such values a
 * template can be checked for type errors before there is anything to fill in.
 */
export class Unknown {
  // A private field keeps objects that happen to have an `unknown` key from passing for this.
  readonly #type: UnknownType;

  constructor(type: UnknownType) {
    this.#type = type;
  }

  get type(): UnknownType {
    return this.#type;
  }
}

/** Some string; which one is not known yet. */
export const unknownString = new Unknown('string');
