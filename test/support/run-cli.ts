import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** The bundle as users run it; `npm test` builds it first. */
export const bundle: string = join(import.meta.dirname, '..', '..', 'dist', 'bin', 'tofu-oci.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What is not on this machine is behind a proxy that is not there: no test reaches further. */
export const onlyLoopback = {
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: 'localhost,127.0.0.1,::1',
} as const;

/** An environment without the machine's own settings, so that a test sees only what it says. */
export function cleanEnvironment(
  home: string,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, CHECKPOINT_DISABLE: '1', ...onlyLoopback, ...extra };
}

function start(args: readonly string[], options: RunOptions): ChildProcess {
  if (!existsSync(bundle)) throw new Error('the bundle is missing: npm run build:bin');
  return spawn(process.execPath, [bundle, ...args], {
    cwd: options.cwd,
    env: cleanEnvironment(options.cwd ?? '/', options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return await finished(start(args, options));
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Like `runCli`, for a run that something happens to; killed if it outlives its test. */
export function startCli(args: readonly string[], options: RunOptions = {}): RunningCli {
  const child = start(args, options);
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, finished: finished(child) };
}

/** Runs any program in a clean environment. */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(path, args, {
    cwd: options.cwd,
    env: cleanEnvironment(options.cwd ?? '/', options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return await finished(child);
}

async function finished(child: ChildProcess): Promise<Finished> {
  if (child.stdout === null || child.stderr === null) throw new Error('no output streams');
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

export interface ServeProcess {
  readonly child: ChildProcess;
  /** `127.0.0.1:PORT` of each listener, in the order of the output. */
  readonly hosts: readonly string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** `tofu-oci serve` as a child process; stopped when the test ends. */
export async function startServe(
  args: readonly string[],
  options: RunOptions,
): Promise<ServeProcess> {
  const child = start(['serve', ...args, '--json'], options);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  onTestFinished(() => stop('SIGKILL'));
  if (child.stdout === null || child.stderr === null) throw new Error('no output streams');
  const errors = text(child.stderr);
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (!Buffer.isBuffer(first[0])) throw new Error(`serve ended early: ${await errors}`);
  const { addresses } = JSON.parse(first[0].toString('utf8')) as { addresses: string[] };
  return { child, hosts: addresses.map((address) => new URL(address).host), stop };
}
