import { describe, expect, it } from 'vitest';
import type { Clock } from '../base/index.ts';
import { ConnectionError, RetryAfterTooLongError, TimeoutError, TlsError } from './errors.ts';
import { createRetryPolicy } from './retry.ts';

const url = new URL('https://registry.example/v2/');

function recordingClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.parse('2026-11-20T10:00:00Z'),
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

describe('createRetryPolicy', () => {
  it('doubles its pauses up to a ceiling, between half and the whole of each', async () => {
    const clock = recordingClock();
    for (const value of [0, 1]) {
      const policy = createRetryPolicy({ clock, random: () => value, maxDelayMs: 1500 });
      for (const attempt of [1, 2, 3, 4]) await policy.pause({ attempt, url });
    }
    expect(clock.slept).toEqual([125, 250, 500, 750, 250, 500, 1000, 1500]);
  });

  it('waits as long as the server asks, in seconds or until a date', async () => {
    const clock = recordingClock();
    const policy = createRetryPolicy({ clock, random: () => 0 });
    await policy.pause({ attempt: 1, url, status: 429, retryAfter: '30' });
    await policy.pause({
      attempt: 1,
      url,
      status: 503,
      retryAfter: 'Fri, 20 Nov 2026 10:00:09 GMT',
    });
    expect(clock.slept).toEqual([30_000, 9_000]);
  });

  it('gives up when the server asks for more than a minute', async () => {
    const clock = recordingClock();
    const pausing = createRetryPolicy({ clock }).pause({
      attempt: 1,
      url,
      status: 429,
      retryAfter: '3600',
    });
    const error: unknown = await pausing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RetryAfterTooLongError);
    expect(error).toMatchObject({ code: 'ERR_HTTP_RETRY_AFTER', retryAfterMs: 3_600_000 });
    expect(clock.slept).toEqual([]);
  });

  it.each([408, 429, 500, 502, 503, 504])('accepts status %i as worth another try', (status) =>
    expect(createRetryPolicy().isRetryableStatus(status)).toBe(true),
  );
  it.each([200, 202, 301, 400, 401, 403, 404, 409, 412, 501])('rejects status %i', (status) =>
    expect(createRetryPolicy().isRetryableStatus(status)).toBe(false),
  );

  it.each([
    new ConnectionError('h', 'cut', 'ECONNRESET'),
    new ConnectionError('h', 'dns', 'EAI_AGAIN'),
    new TimeoutError('h', 'first-byte', 1),
    new Error('wrapped', { cause: new TimeoutError('h', 'send', 1) }),
  ])('accepts %s as worth another try', (error) =>
    expect(createRetryPolicy().isRetryableError(error)).toBe(true),
  );
  it.each([
    new ConnectionError('h', 'refused', 'ECONNREFUSED'),
    new ConnectionError('h', 'no such host', 'ENOTFOUND'),
    new TlsError('h', 'unknown-ca', 'unknown'),
    new Error('of someone else'),
  ])('rejects %s', (error) => expect(createRetryPolicy().isRetryableError(error)).toBe(false));
});
