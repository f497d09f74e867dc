/** A place as HCL 1 names it in its messages (`2:36`): line and column, counted from 1. */
export interface Hcl1Pos {
  readonly line: number;
  /** Counted in characters (code points), as HCL 1 does. */
  readonly column: number;
}

export interface Hcl1Key {
  readonly name: string;
  readonly pos: Hcl1Pos;
}

/** `key = value`, `key { ... }` or `key "label" { ... }`. */
export interface Hcl1Item {
  /** Never empty; everything after the first key is a label. */
  readonly keys: readonly Hcl1Key[];
  /** Introduced by `=`. In JSON: false for objects and arrays of objects, true for all else. */
  readonly assigned: boolean;
  readonly value: Hcl1Value;
  /** Where the first key begins. */
  readonly pos: Hcl1Pos;
}

export interface Hcl1Object {
  readonly kind: 'object';
  /** In the order of the text; the same key may come more than once. */
  readonly items: readonly Hcl1Item[];
  readonly pos: Hcl1Pos;
}

export interface Hcl1List {
  readonly kind: 'list';
  readonly items: readonly Hcl1Value[];
  readonly pos: Hcl1Pos;
}

export type Hcl1Scalar = { readonly pos: Hcl1Pos } & (
  | { readonly kind: 'string'; readonly value: string }
  /** `text` is what the file says: numbers may stand where a string is wanted. */
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** JSON only. */
  | { readonly kind: 'null' }
);

export type Hcl1Value = Hcl1Scalar | Hcl1List | Hcl1Object;
