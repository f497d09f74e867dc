import { spawn } from 'node:child_process';
import { type CallOptions, readBounded } from '../base/index.ts';

export interface ProgramRun extends CallOptions {
  /** Absolute path. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env: Record<string, string>;
  readonly input: string;
  readonly timeoutMs: number;
  /** Of standard output; more is an error. Standard error is cut there. */
  readonly maxOutputBytes: number;
}

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** It did not end in time; never leaves the room. */
export class ProgramTimeout extends Error {}

/**
 * Runs a program to its end, without a shell.
 * @throws ProgramTimeout, LimitExceededError, the system's error when it can not be started, or the reason of
 *   an abort; the program is killed then.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramResult> {
  run.signal?.throwIfAborted();
  const child = spawn(run.program, run.arguments, {
    env: run.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
  });
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(run.signal?.reason);
  run.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop.abort(new ProgramTimeout()), run.timeoutMs);
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(asError(stop.signal.reason)), {
      once: true,
    });
  });
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? undefined));
  });
  // It may end without reading its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input);
  const outcome = Promise.all([
    ended,
    readBounded(child.stdout, { maxBytes: run.maxOutputBytes, what: 'the output' }),
    readBeginning(child.stderr, run.maxOutputBytes),
  ]);
  try {
    const [exitCode, stdout, stderr] = await Promise.race([outcome, stopped]);
    return { exitCode, stdout: stdout.toString('utf8'), stderr };
  } finally {
    outcome.catch(() => undefined);
    stopped.catch(() => undefined);
    clearTimeout(timer);
    run.signal?.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    // Its own children may hold the pipes open; nobody waits for them.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  }
}

async function readBeginning(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    // The rest is read too, so that the program is not held up.
    if (size >= maxBytes) continue;
    chunks.push(chunk.subarray(0, maxBytes - size));
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
