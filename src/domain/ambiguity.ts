import type { TemplatePiece } from './template-pieces.ts';

/** Two ways to read one text: what each piece stands for, by its place in the row. */
export interface Ambiguity {
  readonly first: readonly string[];
  readonly second: readonly string[];
}

/** Where a reader of a result stands: in which piece, and how far in it. */
interface Position {
  readonly piece: number;
  /** In a literal the number of characters read, in a variable a state of its automaton. */
  readonly state: number;
}

interface Step {
  readonly left: Position;
  readonly right: Position;
  /** Whether the readers ever took one character for parts of different pieces. */
  readonly parted: boolean;
  /** The character that led here. */
  readonly character: string;
  readonly previous: Step | undefined;
}

// States of a variable's automaton. Only after a letter or digit, or in a port, may the value end.
const before = 0;
const inside = 1;
const afterDash = 2;
const afterDot = 3;
const atPort = 4;
const inPort = 5;

const word = /^[a-z0-9]$/u;

/**
 * Looks for a text that can be read in two ways as literals and values in a row. Every variable stands
 * for itself, also where a name comes twice. Two readers walk over all texts at once, breadth first, so what
 * is found is the shortest; when there is none, each text has one reading at most. Namespaces and types are
 * what OpenTofu lets pass as far as a repository can hold it: lower-case letters, digits and single interior
 * dashes. Host names may have more dashes, dots, and a port.
 */
export function findAmbiguity(pieces: readonly TemplatePiece[]): Ambiguity | undefined {
  const alphabet = alphabetOf(pieces);
  const start = { piece: 0, state: before };
  const queue: Step[] = [
    { left: start, right: start, parted: false, character: '', previous: undefined },
  ];
  const seen = new Set(queue.map(keyOf));
  // The queue grows while it is walked over.
  for (const step of queue) {
    if (step.parted && isEnd(pieces, step.left) && isEnd(pieces, step.right)) {
      return reconstruct(pieces, step);
    }
    const parted = step.parted || step.left.piece !== step.right.piece;
    for (const character of alphabet) {
      const lefts = advance(pieces, step.left, character);
      const rights = advance(pieces, step.right, character);
      for (const left of lefts) {
        for (const right of rights) {
          const next = { left, right, parted, character, previous: step };
          if (seen.has(keyOf(next))) continue;
          seen.add(keyOf(next));
          queue.push(next);
        }
      }
    }
  }
  return undefined;
}

/** Enough characters to tell all readings apart: those of the literals, and one of each other kind. */
function alphabetOf(pieces: readonly TemplatePiece[]): readonly string[] {
  const literals = pieces.flatMap((piece) => ('literal' in piece ? Array.from(piece.literal) : []));
  return [...new Set(['a', 'b', '1', '-', '.', ':', ...literals])];
}

/** The position, and where it leads without a character: past the end of a piece that may end here. */
function enter(pieces: readonly TemplatePiece[], at: Position): readonly Position[] {
  return isComplete(pieces, at) && at.piece < pieces.length
    ? [at, ...enter(pieces, { piece: at.piece + 1, state: before })]
    : [at];
}

function advance(
  pieces: readonly TemplatePiece[],
  at: Position,
  character: string,
): readonly Position[] {
  const piece = pieces[at.piece];
  if (piece === undefined) return [];
  if ('literal' in piece) {
    if (piece.literal[at.state] !== character) return [];
    return enter(pieces, { piece: at.piece, state: at.state + 1 });
  }
  const state = advanceValue(piece.variable, at.state, character);
  return state === undefined ? [] : enter(pieces, { piece: at.piece, state });
}

function advanceValue(variable: string, state: number, character: string): number | undefined {
  if (state === atPort || state === inPort) {
    return /^[0-9]$/u.test(character) ? inPort : undefined;
  }
  if (word.test(character)) return inside;
  const isHost = variable === 'hostname';
  if (character === '-') {
    return state === inside || (isHost && state === afterDash) ? afterDash : undefined;
  }
  if (!isHost || state !== inside) return undefined;
  if (character === '.') return afterDot;
  return character === ':' ? atPort : undefined;
}

function isComplete(pieces: readonly TemplatePiece[], { piece: index, state }: Position): boolean {
  const piece = pieces[index];
  if (piece === undefined) return false;
  if ('literal' in piece) return state === piece.literal.length;
  return state === inside || state === inPort;
}

function isEnd(pieces: readonly TemplatePiece[], { piece }: Position): boolean {
  return piece === pieces.length;
}

function keyOf({ left, right, parted }: Step): string {
  return `${left.piece}.${left.state}/${right.piece}.${right.state}/${parted}`;
}

function reconstruct(pieces: readonly TemplatePiece[], last: Step): Ambiguity {
  const first = pieces.map(() => '');
  const second = pieces.map(() => '');
  for (
    let { character, previous } = last;
    previous !== undefined;
    { character, previous } = previous
  ) {
    // The one who stood in a piece read the character as a part of it.
    prepend(first, previous.left.piece, character);
    prepend(second, previous.right.piece, character);
  }
  return { first, second };
}

function prepend(values: string[], piece: number, character: string): void {
  values[piece] = character + (values[piece] ?? '');
}
