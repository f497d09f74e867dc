import type { Diagnostic } from '../../base/index.ts';
import { type Output, printableLines } from './output.ts';

/** A diagnostic in the frame that OpenTofu's users know, wrapped to the terminal. */
export function renderDiagnostic(output: Output, diagnostic: Diagnostic): void {
  const { colors } = output;
  const error = diagnostic.severity === 'error';
  const paint = error ? colors.red : colors.yellow;
  const kind = paint(colors.bold(error ? 'Error:' : 'Warning:'));
  const [summary = '', ...more] = printableLines(diagnostic.summary).split('\n');
  const place = placeOf(diagnostic);
  const text = [
    `${kind} ${colors.bold(summary)}`,
    ...more.map((line) => colors.bold(line)),
    ...(place === undefined ? [] : ['', `  on ${printableLines(place)}:`]),
    ...(diagnostic.detail === ''
      ? []
      : ['', ...wrap(printableLines(diagnostic.detail), output.columns)]),
  ];
  // Ours are the only escapes from here on: what came from elsewhere was made printable above.
  const frame = [
    paint('╷'),
    ...text.map((line) => (line === '' ? paint('│') : `${paint('│')} ${line}`)),
    paint('╵'),
  ];
  output.error(frame.join('\n'));
}

function placeOf({ range }: Diagnostic): string | undefined {
  if (range === undefined) return undefined;
  return `${range.file} line ${range.start.line}, column ${range.start.column}`;
}

/** Wraps at words; lines that begin with a space are pre-formatted, as in OpenTofu. */
function wrap(text: string, columns: number | undefined): readonly string[] {
  const lines = text.split('\n');
  if (columns === undefined || columns < 20) return lines;
  const width = columns - 2;
  return lines.flatMap((line) => (line.startsWith(' ') ? [line] : wrapLine(line, width)));
}

function wrapLine(line: string, width: number): readonly string[] {
  const wrapped: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (longer.length > width && current !== '') {
      wrapped.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return [...wrapped, current];
}
