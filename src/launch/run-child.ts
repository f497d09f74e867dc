import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { InternalError } from '../base/index.ts';
import { CommandNotStartedError } from './errors.ts';

/** Who hears of the signals that this process gets. */
export interface SignalSource {
  /** From now on signals do nothing but call the listener. @returns what gives them back */
  take(listener: (signal: NodeJS.Signals) => void): () => void;
}

export interface ChildOptions {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly relay: SignalRelay;
}

/**
 * Runs a program to its end, without a shell, on our own standard streams. A signal that came before keeps it from
 * being started.
 * @returns its exit code; 128 and the number of the signal that ended it, or us before it
 * @throws CommandNotStartedError
 */
export async function runChild(
  command: readonly string[],
  { directory, env, relay }: ChildOptions,
): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) throw new InternalError('there is no command');
  const { early } = relay;
  if (early !== undefined) return 128 + constants.signals[early];
  const child = spawn(program, args, { cwd: directory, env, stdio: 'inherit', shell: false });
  relay.attach(child);
  return await ended(child, program);
}

/** Passes every signal that we get to the child, once; it alone decides what that means. */
export class SignalRelay {
  readonly #platform: string;
  #child: ChildProcess | undefined;
  #early: NodeJS.Signals | undefined;

  constructor(platform: string) {
    this.#platform = platform;
  }

  /** The first signal that came while there was no child. */
  get early(): NodeJS.Signals | undefined {
    return this.#early;
  }

  attach(child: ChildProcess): void {
    this.#child = child;
  }

  receive(signal: NodeJS.Signals): void {
    if (this.#child === undefined) this.#early ??= signal;
    else void pass(this.#child, signal, this.#platform);
  }
}

async function ended(child: ChildProcess, program: string): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => {
      // Also what a signal meets that comes too late; only what never ran has no number.
      if (child.pid === undefined) reject(new CommandNotStartedError(program, error));
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function pass(child: ChildProcess, signal: NodeJS.Signals, platform: string): Promise<void> {
  const isOfKeyboard = signal === 'SIGINT' || signal === 'SIGQUIT';
  // The terminal sends these to all processes in its foreground, so to the child as well; Terraform takes a second
  // one as the wish to stop at once, whatever that breaks.
  if (isOfKeyboard && (await hasTerminal(platform))) return;
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}

/** Whether we are in the foreground of a terminal, and our child, which is in our process group, with us. */
async function hasTerminal(platform: string): Promise<boolean> {
  if (platform === 'linux') {
    try {
      const stat = await readFile('/proc/self/stat', 'latin1');
      // After the name, which may hold anything: state, parent, group, session, terminal, its foreground group.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[2] !== undefined && fields[2] === fields[5];
    } catch {
      // No /proc: what the others do.
    }
  }
  return platform === 'win32' || [0, 1, 2].some((stream) => isatty(stream));
}
