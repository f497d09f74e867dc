import { exitCodeOf, gravestExitCode } from '../base/index.ts';
import type { CommandContext } from './program.ts';

/** Every failure was shown, one by one; the gravest decides the exit code. */
export function failAsGravest(errors: readonly unknown[], { output }: CommandContext): void {
  const gravest = gravestExitCode(errors.map(exitCodeOf));
  const failure = errors.find((one) => exitCodeOf(one) === gravest);
  if (failure === undefined) return;
  output.markShown(failure);
  throw failure as Error;
}
