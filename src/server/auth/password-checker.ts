import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { InternalError } from '../../base/index.ts';

/** Compares a password with a bcrypt hash, for as long as the server runs. */
export interface PasswordChecker {
  check(password: string, hash: string): Promise<boolean>;
  /** Ends what `check` holds; what it still works on is rejected. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * A checker that works in a thread of its own, so that a guessing client never delays an answer to
 * anybody else. Where the bcryptjs package is not installed beside us, which is the case for a bundle
 * copied somewhere by itself, there is no file such a thread could load; then the bundled code works on
 * the main thread, in slices.
 */
export async function createPasswordChecker(): Promise<PasswordChecker> {
  const path = findBcrypt();
  return path === undefined ? createInlineChecker() : createThreadChecker(path);
}

function findBcrypt(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('bcryptjs');
  } catch {
    return undefined;
  }
}

/** The slower kind; it gives the event loop a turn at least every 100 ms. */
export async function createInlineChecker(): Promise<PasswordChecker> {
  const { compare } = await import('bcryptjs');
  return { check: (password, hash) => compare(password, hash), close: () => Promise.resolve() };
}

/**
 * The thread's whole program. It is text because a thread can not be started from a TypeScript file
 * on the Node versions we support, nor from a module inside of a bundle.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { compareSync } = require(workerData);
parentPort.on('message', ({ id, password, hash }) => {
  parentPort.postMessage({ id, equal: compareSync(password, hash) });
});
`;

interface Verdict {
  readonly id: number;
  readonly equal: boolean;
}

interface Waiting {
  readonly resolve: (equal: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** The thread starts with the first check, does not keep the process alive, and is replaced if it dies. */
export function createThreadChecker(bcryptPath: string): PasswordChecker {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let nextId = 0;
  let closed = false;

  const lose = (lost: Worker, cause?: unknown) => {
    if (thread !== lost) return;
    thread = undefined;
    for (const { reject } of waiting.values()) {
      reject(new InternalError('the password thread ended', { cause }));
    }
    waiting.clear();
  };

  const start = (): Worker => {
    // Neither our environment nor our flags are any business of the thread.
    const started = new Worker(program, {
      eval: true,
      workerData: bcryptPath,
      env: {},
      execArgv: [],
      name: 'passwords',
    });
    started.on('message', ({ id, equal }: Verdict) => {
      waiting.get(id)?.resolve(equal);
      waiting.delete(id);
    });
    started.on('error', (error) => lose(started, error));
    started.on('exit', () => lose(started));
    started.unref();
    return started;
  };

  return {
    check: (password, hash) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new InternalError('a password was checked after the server closed'));
          return;
        }
        thread ??= start();
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        thread.postMessage({ id, password, hash });
      }),
    close: async () => {
      closed = true;
      const ending = thread;
      if (ending === undefined) return;
      lose(ending);
      await ending.terminate();
    },
  };
}
