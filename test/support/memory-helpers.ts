import type { CredentialHelpers, HelperAnswer } from '../../src/config/index.ts';

export interface MemoryHelpers extends CredentialHelpers {
  /** By `HELPER SERVER`. */
  readonly kept: Map<string, HelperAnswer>;
  /** `VERB HELPER SERVER`, in order. */
  readonly calls: readonly string[];
}

/**
 * Credential helpers that compare names as they are, as `pass` does.
 * @param failing what they throw, by `VERB HELPER SERVER`
 */
export function memoryHelpers(failing: Readonly<Record<string, Error>> = {}): MemoryHelpers {
  const kept = new Map<string, HelperAnswer>();
  const calls: string[] = [];
  const call = async (verb: string, helper: string, server: string): Promise<string> => {
    const text = `${verb} ${helper} ${server}`;
    calls.push(text);
    await Promise.resolve();
    const failure = failing[text];
    if (failure !== undefined) throw failure;
    return `${helper} ${server}`;
  };
  return {
    kept,
    calls,
    get: async (helper, server) => kept.get(await call('get', helper, server)),
    store: async (helper, server, answer) => {
      kept.set(await call('store', helper, server), answer);
    },
    erase: async (helper, server) => {
      kept.delete(await call('erase', helper, server));
    },
  };
}
