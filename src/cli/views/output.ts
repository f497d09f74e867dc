import pc from 'picocolors';
import { jsonLine, printable, terminalText } from '../../base/index.ts';
import type { CliIo } from '../io.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** Where a command's words go: results to stdout, everything said on the way to stderr. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Progress bars are wanted and possible. */
  readonly live: boolean;
  readonly colors: Colors;
  /** Columns of the terminal as it is now, or undefined when there is none. */
  readonly columns: number | undefined;
  /** A line of the result. */
  line(text: string): void;
  /** A line about what is going on; not with --quiet. */
  note(text: string): void;
  /** A line that must be seen. */
  error(text: string): void;
  /** One JSON object on a line of stdout. */
  object(value: Readonly<Record<string, unknown>>): void;
  /** The error was shown in a form of its own, so main need not render it. */
  markShown(error: unknown): void;
  wasShown(error: unknown): boolean;
  /** Called before anything else is written to stderr, so that live progress can step aside. */
  onWrite(hook: (() => void) | undefined): void;
  close(): void;
}

/** Reads the options about output before any parser, so that usage errors obey them too. */
export function createOutput(io: CliIo, args: readonly string[]): Output {
  const before = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const has = (option: string): boolean => before.includes(option);
  const terminal = io.stderr.isTTY === true;
  const json = has('--json');
  const quiet = has('--quiet');
  const plain = has('--no-color') || (io.env.NO_COLOR ?? '') !== '' || io.env.TERM === 'dumb';
  let hook: (() => void) | undefined;
  const shown = new Set<unknown>();
  const toStderr = (text: string): void => {
    hook?.();
    io.stderr.write(`${terminalText(text)}\n`);
  };
  return {
    json,
    quiet,
    debug: has('--debug'),
    live: terminal && !json && !quiet && !has('--no-progress') && io.env.TERM !== 'dumb',
    colors: pc.createColors(terminal && !plain && !json),
    get columns() {
      return terminal ? io.stderr.columns : undefined;
    },
    line: (text) => {
      hook?.();
      io.stdout.write(`${terminalText(text)}\n`);
    },
    note: (text) => {
      if (!quiet) toStderr(text);
    },
    error: toStderr,
    object: (value) => io.stdout.write(`${jsonLine(value)}\n`),
    markShown: (error) => void shown.add(error),
    wasShown: (error) => shown.has(error),
    onWrite: (next) => {
      hook = next;
    },
    close: () => {
      hook?.();
      hook = undefined;
    },
  };
}

/** Text from elsewhere, line by line fit for a terminal. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, 4000))
    .join('\n');
}
