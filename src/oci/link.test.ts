import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpResponse } from '../http/index.ts';
import { InvalidAnswerError } from './errors.ts';
import { nextPage, nextTarget } from './link.ts';

const list = new URL('https://r.example/v2/a/tags/list');

function answer(link: string): HttpResponse {
  const headers = {
    get: (name: string) => (name === 'link' ? link : undefined),
    all: () => [link],
  };
  return { status: 200, url: list, headers, attempt: 1, body: Readable.from([]) };
}

describe('nextTarget', () => {
  it.each([
    ['</a?n=1>; rel="next"', '/a?n=1'],
    ['</a>;rel=next', '/a'],
    ['</a>; REL="prev next"', '/a'],
    ['</p>; rel="prev", </n>; rel="next"', '/n'],
    ['</p>; title="a, rel=next"; rel="prev", </n>; rel=next', '/n'],
    ['</a,b?x=1;y>; foo; rel="next"', '/a,b?x=1;y'],
  ])('finds the target in %s', (field, target) => expect(nextTarget(field)).toBe(target));

  it.each([
    '',
    '</a>',
    '</a>; rel="prev"',
    '/a; rel="next"',
    '</a; rel="next"',
    '</a>; rel="nextish"',
  ])('finds none in %j', (field) => expect(nextTarget(field)).toBeUndefined());

  it('never throws', () => {
    const piece = fc.constantFrom('<', '>', ';', ',', '"', 'rel=', 'next', ' ', 'x');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(['string', 'undefined']).toContain(typeof nextTarget(pieces.join('')));
      }),
    );
  });
});

describe('nextPage', () => {
  it.each(['?last=x&n=2', '/v2/a/tags/list?last=x&n=2', `${list.href}?last=x&n=2`])(
    'follows %s within the list',
    (target) => {
      const next = nextPage(answer(`<${target}>; rel="next"`), list, new Set());
      expect(next?.href).toBe(`${list.href}?last=x&n=2`);
    },
  );

  it('ends where there is no link', () =>
    expect(nextPage(answer(''), list, new Set())).toBeUndefined());

  it.each([
    'https://evil.example/v2/a/tags/list?n=1',
    'http://r.example/v2/a/tags/list?n=1',
    'https://r.example:444/v2/a/tags/list?n=1',
    'https://u:p@r.example/v2/a/tags/list?n=1',
    '/v2/b/tags/list?n=1',
    '/v2/a/tags/list/../../../b/tags/list',
    '//evil.example/v2/a/tags/list',
    'http://[bad',
  ])('refuses %s', (target) => {
    expect(() => nextPage(answer(`<${target}>; rel="next"`), list, new Set())).toThrow(
      InvalidAnswerError,
    );
  });

  it('refuses a page that was read already', () => {
    const seen = new Set([list.href]);
    nextPage(answer('<?last=a>; rel="next"'), list, seen);
    expect(() => nextPage(answer('<?last=a>; rel="next"'), list, seen)).toThrow('already');
    expect(() => nextPage(answer(`<${list.href}>; rel="next"`), list, seen)).toThrow('already');
  });
});
