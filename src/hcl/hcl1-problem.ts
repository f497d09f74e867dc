import type { Hcl1Pos } from './hcl1-model.ts';

/** Ends the reading of an HCL 1 text; never leaves the room. HCL 1 stops at the first error. */
export class Hcl1Problem extends Error {
  readonly pos: Hcl1Pos;
  /** The message names the place itself. */
  readonly bare: boolean;
  /** Not to be wrapped by messages about what it happened in. */
  readonly final: boolean;

  constructor(
    message: string,
    pos: Hcl1Pos,
    options: { readonly bare?: boolean; readonly final?: boolean } = {},
  ) {
    super(message);
    this.pos = pos;
    this.bare = options.bare ?? false;
    this.final = options.final ?? false;
  }

  /** As HCL 1 prints it: `At 2:36: ...`. */
  get text(): string {
    return this.bare ? this.message : `At ${posText(this.pos)}: ${this.message}`;
  }
}

export function posText({ line, column }: Hcl1Pos): string {
  return `${line}:${column}`;
}

/** As in HCL 2: far more than any real file has, and far from the end of the stack. */
export const maxHcl1Nesting = 200;

export function nestingProblem(pos: Hcl1Pos): Hcl1Problem {
  return new Hcl1Problem(
    `objects and lists may be nested at most ${maxHcl1Nesting} levels deep`,
    pos,
    { final: true },
  );
}
