import type { CallOptions } from '../base/index.ts';

interface Run<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Runs a task once for a key and keeps its outcome, also a failure. Callers that come while it runs wait for
 * the same run. One that gives up does not disturb the others; when all gave up the run is aborted and
 * forgotten, so that the next caller starts anew.
 */
export class Remembered<T> {
  readonly #runs = new Map<string, Run<T>>();

  async get(
    key: string,
    { signal }: CallOptions,
    task: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const run = this.#runs.get(key) ?? this.#start(key, task);
    if (signal === undefined) {
      // Nobody can abort a run that somebody waits for to the end.
      run.waiting += 1;
      return await run.outcome;
    }
    return await this.#wait(key, run, signal);
  }

  #start(key: string, task: (signal: AbortSignal) => Promise<T>): Run<T> {
    const controller = new AbortController();
    const outcome = task(controller.signal);
    // Each caller gets the failure; without callers it is nobody's.
    outcome.catch(() => undefined);
    const run: Run<T> = { outcome, controller, waiting: 0 };
    this.#runs.set(key, run);
    return run;
  }

  async #wait(key: string, run: Run<T>, signal: AbortSignal): Promise<T> {
    run.waiting += 1;
    return await new Promise<T>((resolve, reject) => {
      const abort = (): void => {
        run.waiting -= 1;
        if (run.waiting === 0) {
          if (this.#runs.get(key) === run) this.#runs.delete(key);
          run.controller.abort(signal.reason);
        }
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      run.outcome.then(resolve, reject).finally(() => {
        signal.removeEventListener('abort', abort);
      });
    });
  }
}
