import { describe, expect, it } from 'vitest';
import { createHmacUrls } from './hmac-urls.ts';

const secret = Buffer.alloc(32, 7);
const grant = { path: 'acme/thing', sha256: 'ab'.repeat(32), principal: 'user:ann & co=1' };
const file = { path: grant.path, sha256: grant.sha256 };
const start = 1_700_000_000_000;

function at(now: number, more: { readonly secret?: Uint8Array } = { secret }) {
  return createHmacUrls({ clock: { now: () => now, sleep: () => Promise.resolve() }, ...more });
}
const minute = 60_000;

describe('a signed URL', () => {
  it('tells who was given it, at every gateway with the same secret', () => {
    const query = new URLSearchParams(at(start).sign(grant));
    expect(at(start + 9 * minute).verify(query, file)).toBe(grant.principal);
    // Over midnight, when the key changes.
    const late = Math.ceil(start / 86_400_000) * 86_400_000 - minute;
    const overnight = new URLSearchParams(at(late).sign(grant));
    expect(at(late + 5 * minute).verify(overnight, file)).toBe(grant.principal);
  });

  it('is good for ten minutes, and from no clock that is far ahead', () => {
    const query = new URLSearchParams(at(start).sign(grant));
    expect(at(start + 10 * minute).verify(query, file)).toBeUndefined();
    expect(at(start - 2 * minute).verify(query, file)).toBeUndefined();
  });

  it('is for one file of one repository', () => {
    const query = new URLSearchParams(at(start).sign(grant));
    const urls = at(start);
    expect(urls.verify(query, { ...file, path: 'acme/other' })).toBeUndefined();
    expect(urls.verify(query, { ...file, sha256: 'cd'.repeat(32) })).toBeUndefined();
  });

  it('can not be changed or made up', () => {
    const good = at(start).sign(grant);
    const urls = at(start);
    const refused = [
      '',
      'signature=x',
      good.replace(/principal=[^&]*/u, 'principal=user%3Aroot'),
      good.replace(/expires=[^&]*/u, `expires=${String(start + 9 * minute)}`),
      good.replace(/signature=./u, 'signature=_'),
      good.replace(/signature=[^&]*/u, 'signature='),
      `${good}=`,
      `${good}%20`,
      good.replace('expires=', 'expires=0'),
      `${good}&principal=user%3Aroot`,
      `principal=user%3Aroot&${good}`,
      good.replace(/expires=[^&]*/u, 'expires=1e99'),
    ];
    for (const text of refused) {
      expect([text, urls.verify(new URLSearchParams(text), file)]).toEqual([text, undefined]);
    }
    expect(urls.verify(new URLSearchParams(good), file)).toBe(grant.principal);
    const others = [at(start, { secret: Buffer.alloc(32, 8) }), at(start, {})];
    for (const other of others) {
      expect(other.verify(new URLSearchParams(good), file)).toBeUndefined();
    }
  });
});
