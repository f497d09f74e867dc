import type { Diagnostic } from '../base/index.ts';
import type { Body, Expression } from './ast.ts';
import { parseBody } from './parse-body.ts';
import { parseExpression as readExpression } from './parse-expression.ts';
import { parseBareTemplate } from './parse-template.ts';
import { Problems } from './problems.ts';
import { TokenReader } from './token-reader.ts';

export interface ParsedBody {
  readonly body: Body;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ParsedExpression {
  readonly expression: Expression;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a file in HCL 2 native syntax (hcl/v2 hclsyntax/spec.md): a configuration, a lock file. Never
 * throws; whatever is wrong is a diagnostic in HCL 2's own words, and the body holds what could be
 * read all the same. Takes time linear in the text and at most 200 levels of nesting. Bounding the
 * size is up to the caller. `file` is only a name for the ranges.
 */
export function parseHcl(text: string, file: string): ParsedBody {
  const problems = new Problems();
  const reader = new TokenReader(text, { file, mode: 'config', problems });
  const body = parseBody(reader, 'end');
  return { body, diagnostics: problems.list };
}

/**
 * Reads one text as the inside of a template, as `repository_template` holds it. Same promises as
 * {@link parseHcl}. Text without sequences comes back as a literal.
 */
export function parseTemplate(text: string, file: string): ParsedExpression {
  const problems = new Problems();
  const reader = new TokenReader(text, { file, mode: 'template', problems });
  const expression = parseBareTemplate(reader);
  return { expression, diagnostics: problems.list };
}

/** Reads one expression and nothing after it. Same promises as {@link parseHcl}. */
export function parseExpression(text: string, file: string): ParsedExpression {
  const problems = new Problems();
  const reader = new TokenReader(text, { file, mode: 'config', problems });
  // Like in parentheses: an end of line means nothing.
  reader.newlines = false;
  const expression = readExpression(reader);
  const next = reader.peek();
  if (next.kind !== 'end') {
    reader.errorUnlessRecovering(
      'Extra characters after expression',
      'An expression was successfully parsed, but extra characters were found after it.',
      next.range,
    );
  }
  return { expression, diagnostics: problems.list };
}
