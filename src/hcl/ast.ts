import type { SourceRange } from '../base/index.ts';

/** What an HCL file, or the inside of a block, holds. Order is the order of the text. */
export interface Body {
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
  readonly range: SourceRange;
}

export interface Attribute {
  readonly name: string;
  readonly nameRange: SourceRange;
  readonly expression: Expression;
  readonly range: SourceRange;
}

export interface Label {
  readonly value: string;
  readonly range: SourceRange;
}

export interface Block {
  readonly type: string;
  readonly typeRange: SourceRange;
  readonly labels: readonly Label[];
  readonly body: Body;
  /** Type and labels, without the opening brace: what HCL 2 points at when a block is wrong. */
  readonly headerRange: SourceRange;
  /** The opening brace; the type where there is none. */
  readonly openRange: SourceRange;
  readonly range: SourceRange;
}

export type UnaryOperator = '-' | '!';
export type BinaryOperator =
  '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '>' | '<=' | '>=' | '&&' | '||';

export type TraversalStep =
  | { readonly kind: 'attribute'; readonly name: string; readonly range: SourceRange }
  | {
      readonly kind: 'index';
      readonly key: Expression;
      /** Written `.0` rather than `[0]`: such a step belongs to a `.*` before it. */
      readonly legacy: boolean;
      readonly range: SourceRange;
    }
  | { readonly kind: 'splat'; readonly full: boolean; readonly range: SourceRange };

export interface ObjectItem {
  /** A bare name as key is a literal string here; `bare` says so. */
  readonly key: Expression;
  readonly bare: boolean;
  readonly value: Expression;
}

/** HCL 2 expressions. Function calls are parsed (configurations hold them) and never evaluated. */
export type Expression = { readonly range: SourceRange } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** Stands where the text could not be read; a diagnostic says why. */
  | { readonly kind: 'invalid' }
  /** Parts joined to a string; `wrapped` is one lone interpolation, whose value stays what it is. */
  | { readonly kind: 'template'; readonly parts: readonly Expression[]; readonly wrapped: boolean }
  /** The `%{ for }` directive: the strings that `tuple` yields, put together. */
  | { readonly kind: 'join'; readonly tuple: Expression }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'traversal'; readonly source: Expression; readonly step: TraversalStep }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly items: readonly ObjectItem[] }
  | { readonly kind: 'parentheses'; readonly inner: Expression }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly nameRange: SourceRange;
      readonly arguments: readonly Expression[];
      readonly expandFinal: boolean;
    }
  | {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expression;
      readonly key: Expression | undefined;
      readonly value: Expression;
      readonly condition: Expression | undefined;
      readonly grouped: boolean;
    }
);

/** A static value. Objects keep the order of the text; numbers are doubles. */
export type Value =
  string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
