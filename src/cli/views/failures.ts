import { categoryOf, isTofuOciError } from '../../base/index.ts';
import { describeError, hintOf } from './errors.ts';
import { type Output, printableLines } from './output.ts';

/** What one release, or a whole provider, failed with. */
export interface ReleaseFailure {
  /** Full address. */
  readonly provider: string;
  readonly version?: string | undefined;
  readonly error: unknown;
}

/** An error that does not end the command. */
export function renderFailure(output: Output, { error, provider, version }: ReleaseFailure): void {
  const what = version === undefined ? provider : `${provider} ${version}`;
  const message = describeError(error);
  const hint = hintOf(error);
  if (output.json) {
    output.object({
      type: 'error',
      provider,
      ...(version === undefined ? {} : { version }),
      code: codeOf(error),
      category: categoryOf(error),
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const { colors } = output;
  output.error(`${colors.red(colors.bold('Error:'))} ${what}: ${printableLines(message)}`);
  if (hint !== undefined) output.error(`${colors.bold('Hint:')} ${printableLines(hint)}`);
  if (output.debug && error instanceof Error) {
    output.error(printableLines(error.stack ?? error.message));
  }
}

export function codeOf(error: unknown): string {
  return isTofuOciError(error) ? error.code : 'ERR_UNEXPECTED';
}
