import type { SourceRange } from '../base/index.ts';

/** A value in HCL 2's JSON form. Strings are as JSON has them: whether one is a template is up to who reads it. */
export type JsonValue =
  | {
      readonly kind: 'object';
      /** In the order of the text; the same name may come more than once. */
      readonly properties: readonly JsonProperty[];
      readonly range: SourceRange;
    }
  | { readonly kind: 'list'; readonly items: readonly JsonValue[]; readonly range: SourceRange }
  | { readonly kind: 'string'; readonly value: string; readonly range: SourceRange }
  | { readonly kind: 'number'; readonly text: string; readonly range: SourceRange }
  | { readonly kind: 'bool'; readonly value: boolean; readonly range: SourceRange }
  | { readonly kind: 'null'; readonly range: SourceRange }
  /** Stands for what could not be read. */
  | { readonly kind: 'invalid'; readonly range: SourceRange };

export interface JsonProperty {
  readonly name: string;
  readonly nameRange: SourceRange;
  readonly value: JsonValue;
}
