import { type Clock, SingleFlight, systemClock } from '../base/index.ts';
import type { Answer } from './answers/index.ts';

/** Whether the server should be sent requests now. */
export interface Readiness {
  answer(): Promise<Answer>;
  /** The server is about to stop: from now on it is not ready. */
  stop(): void;
}

export interface ReadinessOptions {
  /** Rejects when what the server depends on can not be asked. */
  readonly check: () => Promise<void>;
  readonly clock?: Clock | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** However often somebody asks, the place behind the server is asked once in so long. */
const goodForMs = 2000;

/** For load balancers: no details, since everybody may ask. */
export function createReadiness({
  check,
  clock = systemClock,
  onError,
}: ReadinessOptions): Readiness {
  const running = new SingleFlight<boolean>();
  let isStopping = false;
  let last: { readonly at: number; readonly isReady: boolean } | undefined;
  const look = async (): Promise<boolean> => {
    try {
      await check();
      return true;
    } catch (error) {
      onError?.(error);
      return false;
    }
  };
  return {
    async answer() {
      if (isStopping) return answers.stopping;
      if (last === undefined || clock.now() - last.at >= goodForMs) {
        const isReady = await running.run('check', look);
        last = { at: clock.now(), isReady };
      }
      return last.isReady ? answers.ready : answers.notReady;
    },
    stop() {
      isStopping = true;
    },
  };
}

const answers = {
  ready: textAnswer(200, 'ready'),
  notReady: textAnswer(503, 'not ready'),
  stopping: textAnswer(503, 'stopping'),
};

function textAnswer(status: number, text: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    body: Buffer.from(`${text}\n`),
  };
}
