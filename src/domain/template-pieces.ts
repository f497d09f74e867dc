import type { Expression } from '../hcl/index.ts';
import { shown } from './shown.ts';

export const templateVariables = ['hostname', 'namespace', 'type'] as const;
export type TemplateVariable = (typeof templateVariables)[number];

/** `{hostname}` as documented for the command line, or `${hostname}` as OpenTofu has it. */
export type TemplateSpelling = 'braces' | 'hcl';

export type TemplatePiece = { readonly literal: string } | { readonly variable: TemplateVariable };

export function isTemplateVariable(name: string): name is TemplateVariable {
  return templateVariables.some((variable) => variable === name);
}

/** The name of a symbol that no template may refer to, in OpenTofu's words. */
export function unknownSymbol(name: string): string {
  return `the symbol ${shown(name)} is not available for an OCI mirror repository address template. Only "hostname", "namespace", and "type" are available.`;
}

/**
 * Cuts a template in the `{name}` spelling into pieces.
 * @returns the pieces, or what is wrong with it, one sentence per problem
 */
export function readBraces(
  text: string,
): { readonly pieces: readonly TemplatePiece[] } | { readonly problems: readonly string[] } {
  const pieces: TemplatePiece[] = [];
  const problems: string[] = [];
  // Odd places hold what stood between braces.
  for (const [i, part] of text.split(/\{([^{}]*)\}/u).entries()) {
    if (i % 2 === 0) {
      if (/[{}]/u.test(part)) problems.push('a brace has no counterpart.');
      if (part !== '') pieces.push({ literal: part });
    } else if (isTemplateVariable(part)) {
      pieces.push({ variable: part });
    } else {
      problems.push(unknownSymbol(part));
    }
  }
  return problems.length > 0 ? { problems } : { pieces };
}

/** The pieces of an HCL template that is nothing but text and variables in a row; else undefined. */
export function piecesOf(expression: Expression): readonly TemplatePiece[] | undefined {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      if (typeof value !== 'string') return undefined;
      return value === '' ? [] : [{ literal: value }];
    }
    case 'variable':
      return isTemplateVariable(expression.name) ? [{ variable: expression.name }] : undefined;
    case 'parentheses':
      return piecesOf(expression.inner);
    case 'template': {
      const parts = expression.parts.map(piecesOf);
      return parts.every((part) => part !== undefined) ? joinLiterals(parts.flat()) : undefined;
    }
    default:
      return undefined;
  }
}

/** Puts pieces into text again, in the spelling asked for. */
export function formatPieces(pieces: readonly TemplatePiece[], spelling: TemplateSpelling): string {
  return pieces
    .map((piece) => {
      if ('literal' in piece) {
        return spelling === 'hcl'
          ? piece.literal.replaceAll(/[$%](?=\{)/gu, '$&$&')
          : piece.literal;
      }
      return spelling === 'hcl' ? `\${${piece.variable}}` : `{${piece.variable}}`;
    })
    .join('');
}

/** Makes one literal of neighbouring ones. */
export function joinLiterals(pieces: readonly TemplatePiece[]): readonly TemplatePiece[] {
  const joined: TemplatePiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if ('literal' in piece && last !== undefined && 'literal' in last) {
      joined[joined.length - 1] = { literal: last.literal + piece.literal };
    } else {
      joined.push(piece);
    }
  }
  return joined;
}

/** Variables that can have but one value. */
export type FixedVariables = Readonly<Record<TemplateVariable, string | undefined>>;

/** Puts the values of fixed variables in as text. */
export function substitute(
  pieces: readonly TemplatePiece[],
  fixed: FixedVariables,
): readonly TemplatePiece[] {
  return joinLiterals(
    pieces.map((piece) => {
      const literal = 'variable' in piece ? fixed[piece.variable] : undefined;
      return literal === undefined ? piece : { literal };
    }),
  );
}
