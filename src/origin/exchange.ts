import { STATUS_CODES } from 'node:http';
import { type CallOptions, findInCauses } from '../base/index.ts';
import {
  discard,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  TimeoutError,
} from '../http/index.ts';

export interface ExchangeRules {
  /** Tries after the first. */
  readonly retries: number;
  /** For one try, from its start to the end of its body; undefined for content of any length. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Asks and reads; tries again, as a whole, what failed on the way: broken connections, stalls, 429 and 5xx.
 * The counts are those of OpenTofu's settings, and not the client's own.
 * @param read takes the whole of the answer, whatever its status; its own failures stay as they are.
 * @throws what HttpClient.send and `read` throw
 */
export async function exchangeWhole<T>(
  http: HttpClient,
  request: Omit<HttpRequest, 'method' | 'replayable'> & { readonly rules: ExchangeRules },
  read: (response: HttpResponse) => Promise<T>,
  { signal }: CallOptions = {},
): Promise<T> {
  const { rules, ...rest } = request;
  const { retry } = http;
  for (let attempt = 1; ; attempt++) {
    const mayRepeat = attempt <= rules.retries;
    const limit = timeLimit(rules.timeoutMs, request.url, signal);
    try {
      const response = await http.send(
        { ...rest, method: 'GET', replayable: false },
        { signal: limit.signal },
      );
      if (!mayRepeat || !retry.isRetryableStatus(response.status)) return await read(response);
      discard(response.body);
      const retryAfter = response.headers.get('retry-after');
      await retry.pause(
        { attempt, url: request.url, status: response.status, retryAfter },
        { signal },
      );
    } catch (error) {
      if (!mayRepeat || !retry.isRetryableError(error) || signal?.aborted === true) throw error;
      await retry.pause({ attempt, url: request.url }, { signal });
    } finally {
      limit.clear();
    }
  }
}

interface TimeLimit {
  readonly signal: AbortSignal | undefined;
  readonly clear: () => void;
}

function timeLimit(ms: number | undefined, url: URL, outer: AbortSignal | undefined): TimeLimit {
  if (ms === undefined) return { signal: outer, clear: () => undefined };
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new TimeoutError(url.host, 'first-byte', ms)),
    ms,
  );
  const signal =
    outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]);
  return { signal, clear: () => clearTimeout(timer) };
}

/** As Go prints a status: `503 Service Unavailable`. */
export function statusText(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}

/** Whether a request ended by our own time-out, as opposed to the caller's abort. */
export function isTimeout(error: unknown): boolean {
  return findInCauses(error, TimeoutError) !== undefined;
}
