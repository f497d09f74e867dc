import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mirrorUrlProblem } from './mirror-url.ts';

describe('the address of a network mirror', () => {
  it.each([
    'https://example.com/',
    'HTTPS://example.com',
    'https://example.com:8443/providers/?a=b#c',
    'https://user:pass%20word@example.com/',
    'https://[::1]:8443/',
    'https://exämple.com/',
  ])('accepts %s', (text) => {
    expect(mirrorUrlProblem(text)).toBeUndefined();
  });

  it.each([
    ['', 'must be at an https: URL'],
    ['http://example.com/', 'must be at an https: URL'],
    ['https:///x', 'must be at an https: URL'],
    ['https:x', 'must be at an https: URL'],
    ['//example.com', 'must be at an https: URL'],
    ['https://a\tb/', 'parse "https://a\\tb/": net/url: invalid control character in URL.'],
    [':x', 'parse ":x": missing protocol scheme.'],
    ['1a:b/c', 'parse "1a:b/c": first path segment in URL cannot contain colon.'],
    ['https://[::1/', 'parse "https://[::1/": missing \']\' in host.'],
    ['https://[::1]x/', 'parse "https://[::1]x/": invalid port "x" after host.'],
    ['https://a:b/', 'parse "https://a:b/": invalid port ":b" after host.'],
    ['https://a b/', 'parse "https://a b/": invalid character " " in host name.'],
    ['https://a%41/', 'parse "https://a%41/": invalid URL escape "%41".'],
    ['https://a|b@c/', 'parse "https://a|b@c/": net/url: invalid userinfo.'],
    ['https://a%z@c/', 'parse "https://a%z@c/": invalid URL escape "%z".'],
    ['https://a/%zz', 'parse "https://a/%zz": invalid URL escape "%zz".'],
    ['https://a/#%', 'parse "https://a/#%": invalid URL escape "%".'],
    ['https://a<b/', 'parse "https://a<b/": invalid URL.'],
  ])('rejects %j', (text, why) => {
    expect(mirrorUrlProblem(text)).toContain(why);
  });

  it('is judged whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const problem = mirrorUrlProblem(`https:${text}`);
        if (problem === undefined) expect(new URL(`https:${text}`).host).not.toBe('');
      }),
    );
  });
});
