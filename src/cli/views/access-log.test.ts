import { describe, expect, it } from 'vitest';
import type { AccessEvent } from '../../server/index.ts';
import { accessLine, accessObject } from './access-log.ts';

const event: AccessEvent = {
  time: Date.UTC(2026, 10, 9, 8, 7, 6),
  method: 'GET',
  path: '/v2/tf/null/manifests/1.2.3',
  httpVersion: '1.1',
  status: 200,
  durationMs: 12.3456,
  remoteAddress: '192.0.2.7',
  user: 'ann',
  userAgent: 'oras/1.3.3',
  receivedBytes: 300,
  sentBytes: 1234,
  complete: true,
};

describe('accessLine', () => {
  it('is in the combined format', () => {
    expect(accessLine(event)).toBe(
      '192.0.2.7 - ann [09/Nov/2026:08:07:06 +0000] "GET /v2/tf/null/manifests/1.2.3 HTTP/1.1" 200 1234 "-" "oras/1.3.3" 0.012',
    );
  });

  it('says what is not known, and what was not whole', () => {
    const nobody = { ...event, user: undefined, userAgent: undefined, complete: false };
    expect(accessLine({ ...nobody, remoteAddress: '' })).toMatch(
      /^- - - \[.* "-" "-" 0\.012 cut$/u,
    );
  });

  it.each([
    [
      'a line break',
      { path: '/a\n127.0.0.1 - root [x] "GET /' },
      '/a\\x0a127.0.0.1 - root [x] \\x22GET /',
    ],
    ['the end of a quotation', { userAgent: 'a" 200 "b\\' }, '"a\\x22 200 \\x22b\\x5c"'],
    ['an escape of a terminal', { userAgent: '\u001b[2Jx\u009b' }, '"\\x1b[2Jx\\xc2\\x9b"'],
    ['text from right to left', { path: '/\u202ex' }, '/\\xe2\\x80\\xaex'],
    ['a user with blanks', { user: 'a b "c' }, ' a\\x20b\\x20\\x22c '],
  ])('leaves %s no way out', (_, change, shown) => {
    const line = accessLine({ ...event, ...change });
    expect(line).toContain(shown);
    expect(line).toMatch(/^[\x20-\x7e]+$/u);
  });

  it('cuts names that tokens make up', () => {
    const user = 'x'.repeat(100_000);
    expect(accessLine({ ...event, user }).length).toBeLessThan(500);
    expect(JSON.stringify(accessObject({ ...event, user })).length).toBeLessThan(700);
  });
});

describe('accessObject', () => {
  it('has the same in JSON', () => {
    expect(accessObject(event)).toEqual({
      type: 'request',
      time: '2026-11-09T08:07:06.000Z',
      remoteAddress: '192.0.2.7',
      user: 'ann',
      method: 'GET',
      path: '/v2/tf/null/manifests/1.2.3',
      status: 200,
      durationMs: 12.346,
      receivedBytes: 300,
      sentBytes: 1234,
      userAgent: 'oras/1.3.3',
      complete: true,
    });
  });
});
