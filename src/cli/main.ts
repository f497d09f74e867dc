import { setFlagsFromString } from 'node:v8';
import { exitCodeOf, InterruptedError } from '../base/index.ts';
import type { CliIo } from './io.ts';
import { normaliseArguments } from './arguments.ts';
import { buildProgram } from './program.ts';
import { createOutput } from './views/output.ts';
import { renderError } from './views/errors.ts';

/**
 * Runs one command line to its end.
 * @returns the exit code (docs/errors.md); never ends the process itself and never throws.
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const { args, tofuSpelling } = normaliseArguments(argv);
  const output = createOutput(io, args);
  try {
    return await buildProgram({ io, output, tofuSpelling }).run(args);
  } catch (error) {
    const shown = io.signal.aborted ? interrupted(args, error) : error;
    if (!output.wasShown(error)) renderError(output, shown);
    const code = exitCodeOf(shown);
    return tofuSpelling && code !== 130 ? 1 : code;
  } finally {
    output.close();
  }
}

/** What these commands have finished is there when they are run again. */
const thatContinue = new Set(['copy', 'init', 'mirror', 'push']);

function interrupted(args: readonly string[], cause: unknown): InterruptedError {
  const continues = args.some((argument) => thatContinue.has(argument));
  const hint = continues ? 'Run the same command again: it continues.' : undefined;
  return new InterruptedError('the command', { cause, hint });
}

/** `main` for the process we are: its streams, its environment, Ctrl-C. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  // Packages pass through buffers that die young. Counting them, the engine would walk through all that lives each
  // 30 MB, which takes a sixth of the processor time of a large `init` and frees nothing more.
  setFlagsFromString('--heap-growing-percent=300');
  const controller = new AbortController();
  let taker: ((signal: NodeJS.Signals) => void) | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    if (taker !== undefined) {
      taker(signal);
      return;
    }
    if (controller.signal.aborted) process.exit(130); // The second one does not ask.
    controller.abort(new InterruptedError(`the command (${signal})`));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // A reader that has seen enough (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  process.exitCode = await main(argv, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    arch: process.arch,
    signal: controller.signal,
    signals: {
      take(listener) {
        // By default these end us; Windows knows only the first.
        const others = (['SIGHUP', 'SIGQUIT'] as const).slice(
          0,
          process.platform === 'win32' ? 1 : 2,
        );
        taker = listener;
        for (const signal of others) process.on(signal, interrupt);
        return () => {
          taker = undefined;
          for (const signal of others) process.off(signal, interrupt);
        };
      },
    },
  });
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
}
