import type { SourceRange } from '../base/index.ts';

/** Symbols stand for themselves; the other kinds have names. */
export type TokenKind =
  | '{'
  | '}'
  | '['
  | ']'
  | '('
  | ')'
  | '*'
  | '/'
  | '+'
  | '-'
  | '%'
  | '='
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||'
  | '!'
  | '.'
  | ','
  | '::'
  | '...'
  | '=>'
  | '?'
  | ':'
  | 'open-quote'
  | 'close-quote'
  | 'open-heredoc'
  | 'close-heredoc'
  /** `${` or `${~` */
  | 'interpolation'
  /** `%{` or `%{~` */
  | 'directive'
  /** The `}` or `~}` that ends either. */
  | 'sequence-end'
  /** Inside quotes: may hold backslash escapes. */
  | 'quoted-text'
  /** Inside a heredoc or a bare template. */
  | 'plain-text'
  | 'number'
  | 'identifier'
  /** One or more ends of line with nothing but comments between them; the range is the first one's. */
  | 'newline'
  /** Never leaves the lexer. */
  | 'comment'
  /** Not part of the language; the lexer has said so, or the parser will. */
  | 'bad'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Where it stands in the text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly range: SourceRange;
}

/** The counterpart of a bracket, a quote or a template sequence. */
export function counterpart(kind: TokenKind): TokenKind | undefined {
  switch (kind) {
    case '{':
      return '}';
    case '}':
      return '{';
    case '[':
      return ']';
    case ']':
      return '[';
    case '(':
      return ')';
    case ')':
      return '(';
    case 'open-quote':
      return 'close-quote';
    case 'close-quote':
      return 'open-quote';
    case 'open-heredoc':
      return 'close-heredoc';
    case 'close-heredoc':
      return 'open-heredoc';
    case 'interpolation':
    case 'directive':
      return 'sequence-end';
    case 'sequence-end':
      return 'interpolation';
    default:
      return undefined;
  }
}
