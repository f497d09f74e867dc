import { type CallOptions, type Clock, findInCauses, systemClock } from '../base/index.ts';
import { ConnectionError, ProxyError, RetryAfterTooLongError, TimeoutError } from './errors.ts';
import { parseRetryAfter } from './headers.ts';

export interface RetryOptions {
  /** Tries in all, the first included. Default 5, the count of oras-go and regclient. */
  readonly maxAttempts?: number | undefined;
  /** The first pause; each later one is twice as long. Default 250 ms. */
  readonly baseDelayMs?: number | undefined;
  /** Default 10 s. */
  readonly maxDelayMs?: number | undefined;
  /** The longest `Retry-After` that is waited for. Default 60 s: a person may be watching. */
  readonly maxRetryAfterMs?: number | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
  readonly clock?: Clock | undefined;
}

export interface Failure {
  /** Which attempt failed; 1 is the first. */
  readonly attempt: number;
  readonly url: URL;
  /** Set when an answer came. */
  readonly status?: number | undefined;
  readonly retryAfter?: string | undefined;
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  isRetryableStatus(status: number): boolean;
  isRetryableError(error: unknown): boolean;
  /**
   * Waits until the next attempt is due: as long as the server asked for, else with exponential
   * back-off and jitter.
   * @throws RetryAfterTooLongError
   */
  pause(failure: Failure, options?: CallOptions): Promise<void>;
}

const retryableStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** Nobody listens there, or the name does not exist: a second of waiting does not change that. */
const lastingErrnos = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EACCES', 'EPERM', 'ENETUNREACH']);

export function createRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  const {
    maxAttempts = 5,
    baseDelayMs = 250,
    maxDelayMs = 10_000,
    maxRetryAfterMs = 60_000,
    random = Math.random,
    clock = systemClock,
  } = options;

  return {
    maxAttempts,
    isRetryableStatus: (status) => retryableStatuses.has(status),

    isRetryableError: (error) => {
      const timeout = findInCauses(error, TimeoutError);
      // Who trickles a document once does it again.
      if (timeout !== undefined) return timeout.phase !== 'document';
      const proxy = findInCauses(error, ProxyError);
      if (proxy !== undefined) return retryableStatuses.has(proxy.status);
      const broken = findInCauses(error, ConnectionError);
      return broken !== undefined && !lastingErrnos.has(broken.errno ?? '');
    },

    pause: async ({ attempt, url, status, retryAfter }, call = {}) => {
      const asked = parseRetryAfter(retryAfter, clock.now());
      if (asked !== undefined && asked > maxRetryAfterMs) {
        throw new RetryAfterTooLongError(url, status ?? 0, asked, maxRetryAfterMs);
      }
      const backoff = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
      const jittered = backoff / 2 + random() * (backoff / 2);
      await clock.sleep(Math.max(asked ?? 0, jittered), call.signal);
    },
  };
}
