import type { Clock } from '../base/index.ts';
import type { RegistryStorage } from '../content/index.ts';

export interface CollectorOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Collects the garbage of the storage again and again, beginning one interval from now. A repository that
 * fails is reported with each collection.
 */
export function startCollector(
  storage: RegistryStorage,
  { clock, everyMs, onError }: CollectorOptions,
): { close(): Promise<void> } {
  const stop = new AbortController();
  const { signal } = stop;
  const work = async () => {
    for (;;) {
      await clock.sleep(everyMs, signal);
      await storage.collectGarbage({ signal, onError });
    }
  };
  const working = work().catch((error: unknown) => {
    if (!signal.aborted) onError?.(error);
  });
  return {
    close: async () => {
      stop.abort(new Error('the server is stopping'));
      await working;
    },
  };
}
