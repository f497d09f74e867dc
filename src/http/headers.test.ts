import { describe, expect, it } from 'vitest';
import { headersFromRaw, parseRetryAfter } from './headers.ts';

describe('headersFromRaw', () => {
  it('finds fields whatever their case and keeps repeated lines apart', () => {
    const headers = headersFromRaw(['WWW-Authenticate', 'Basic', 'www-authenticate', 'Bearer x']);
    expect(headers.get('www-Authenticate')).toBe('Basic, Bearer x');
    expect(headers.all('WWW-Authenticate')).toEqual(['Basic', 'Bearer x']);
    expect(headers.get('absent')).toBeUndefined();
    expect(headers.all('absent')).toEqual([]);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-11-20T10:00:00Z');

  it.each([
    ['0', 0],
    [' 7 ', 7000],
    ['Fri, 20 Nov 2026 10:00:05 GMT', 5000],
    ['Fri, 20 Nov 2026 09:00:00 GMT', 0],
  ])('accepts %j', (text, ms) => expect(parseRetryAfter(text, now)).toBe(ms));

  it.each([undefined, '', 'soon', '-1', '1.5', '20 Nov 2026', 'Fri, 99 Nov 2026 10:00:00 GMT'])(
    'rejects %j',
    (text) => expect(parseRetryAfter(text, now)).toBeUndefined(),
  );
});
