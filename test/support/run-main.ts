import { PassThrough } from 'node:stream';
import type { CliIo } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';

export interface MainRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MainOptions {
  /** HOME, and where it is started. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is piped in, or typed. */
  readonly input?: string;
  /** Standard input is a terminal, on which `input` is typed. */
  readonly tty?: boolean;
}

/** Runs the command line in this process, in a world of its own. */
export async function runMain(args: readonly string[], options: MainOptions): Promise<MainRun> {
  const { env, home, input = '', tty = false } = options;
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  if (tty) stdin.write(input);
  else stdin.end(input);
  const io: CliIo = {
    stdin: Object.assign(stdin, tty ? { isTTY: true, setRawMode: () => undefined } : {}),
    stdout,
    stderr,
    env: { HOME: home, ...env },
    cwd: home,
    platform: 'linux',
    arch: 'x64',
    signal: new AbortController().signal,
  };
  const code = await main(args, io);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
