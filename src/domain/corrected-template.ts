import { findAmbiguity } from './ambiguity.ts';
import { InvalidTemplateError } from './errors.ts';
import {
  parsePathTemplate,
  parseRepositoryTemplate,
  type PathTemplate,
  type RepositoryTemplate,
} from './repository-template.ts';
import {
  type FixedVariables,
  formatPieces,
  joinLiterals,
  substitute,
  type TemplatePiece,
  type TemplateVariable,
  templateVariables,
} from './template-pieces.ts';

/**
 * A template that keeps providers apart: the least change to the given one that does it, or else the plainest
 * one at the same registry. In the same spelling.
 */
export function correctedTemplate(
  template: RepositoryTemplate | PathTemplate,
  pieces: readonly TemplatePiece[],
  fixed: FixedVariables,
): string {
  const isPath = 'pathFor' in template;
  const changed = separate(complete(template, pieces, fixed));
  const text = formatPieces(changed, template.spelling);
  const isSafe = findAmbiguity(substitute(changed, fixed)) === undefined;
  if (isSafe && isTemplate(text, isPath)) return text;
  const registry = /^[^/]*\//u.exec(formatPieces(pieces, 'braces'))?.[0] ?? '';
  const plain = templateVariables.flatMap((variable): readonly TemplatePiece[] => [
    { literal: variable === 'hostname' ? (isPath ? '' : registry) : '/' },
    { variable },
  ]);
  return formatPieces(plain, template.spelling);
}

function isTemplate(text: string, isPath: boolean): boolean {
  try {
    if (isPath) parsePathTemplate(text);
    else parseRepositoryTemplate(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidTemplateError) return false;
    throw error;
  }
}

/** Adds the variables that must not be left out. */
function complete(
  template: RepositoryTemplate | PathTemplate,
  pieces: readonly TemplatePiece[],
  fixed: FixedVariables,
): readonly TemplatePiece[] {
  const lacks = (variable: TemplateVariable): boolean =>
    !template.variables.has(variable) && fixed[variable] === undefined;
  let result = pieces;
  // One without any variable has most likely lost them to a shell; nobody meant to leave out the host.
  if (template.variables.size === 0) result = insert(result, 'hostname', result.length);
  if (lacks('type')) result = insert(result, 'type', result.length);
  if (lacks('namespace')) {
    const type = result.findIndex((piece) => 'variable' in piece && piece.variable === 'type');
    result = insert(result, 'namespace', type < 0 ? result.length : type);
  }
  return result;
}

function insert(
  pieces: readonly TemplatePiece[],
  variable: TemplateVariable,
  at: number,
): readonly TemplatePiece[] {
  const [head, tail] = [pieces.slice(0, at), pieces.slice(at)];
  const needsGap = !/(?:^|[/._-])$/u.test(formatPieces(head, 'braces'));
  const needsEnd = tail.length > 0 && !formatPieces(tail, 'braces').startsWith('/');
  const slash: TemplatePiece = { literal: '/' };
  return joinLiterals([
    ...head,
    ...(needsGap ? [slash] : []),
    { variable },
    ...(needsEnd ? [slash] : []),
    ...tail,
  ]);
}

/** Puts a slash where two variables can not be told apart; a dash gives way to it. */
function separate(pieces: readonly TemplatePiece[]): readonly TemplatePiece[] {
  return pieces.flatMap((piece, i): readonly TemplatePiece[] => {
    const [previous, next] = [pieces[i - 1], pieces[i + 1]];
    const follows = previous !== undefined && 'variable' in previous;
    if ('variable' in piece) return follows ? [{ literal: '/' }, piece] : [piece];
    const isWeak = follows && next !== undefined && findAmbiguity([previous, piece, next]);
    return [isWeak ? { literal: `/${piece.literal.replace(/^-+/u, '')}` } : piece];
  });
}
