import {
  categoryOf,
  causesOf,
  FileAccessError,
  InterruptedError,
  isTofuOciError,
} from '../../base/index.ts';
import type { Output } from './output.ts';
import { printableLines } from './output.ts';

/** What the last lines of a failed command say: what, where, why, and what to try. */
export function renderError(output: Output, error: unknown): void {
  const hint = hintOf(error);
  const message = describeError(error);
  if (output.json) {
    output.object({
      type: 'error',
      code: isTofuOciError(error) ? error.code : 'ERR_UNEXPECTED',
      category: categoryOf(error),
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const { colors } = output;
  output.error(`${colors.red(colors.bold('Error:'))} ${printableLines(message)}`);
  if (hint !== undefined) output.error(`${colors.bold('Hint:')} ${printableLines(hint)}`);
  if (output.debug && error instanceof Error) output.error(printableLines(stackOf(error)));
}

/** The message and, where a cause says something new, why. */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  let isSaidAlready = false;
  for (const cause of causesOf(error)) {
    if (isSaidAlready) break;
    // The one puts into words what the system said, the other what the user did.
    isSaidAlready = cause instanceof FileAccessError || cause instanceof InterruptedError;
    const text = cause instanceof Error ? cause.message : String(cause);
    if (text === '' || lines.some((line) => line.includes(text))) continue;
    lines.push(text);
  }
  return lines.join('\n  because: ');
}

/** The outermost hint: it knows most about what was wanted. */
export function hintOf(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    if (isTofuOciError(cause) && cause.hint !== undefined) return cause.hint;
  }
  return undefined;
}

function stackOf(error: Error): string {
  return [...causesOf(error)]
    .map((cause) => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)))
    .join('\ncaused by ');
}
