import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatRepositoryName,
  InvalidReferenceError,
  InvalidTagError,
  isRepositoryPath,
  isTag,
  parseReference,
  parseRepositoryName,
  parseTag,
} from './index.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('repository name', () => {
  it.each([
    ['ghcr.io/acme/null', 'ghcr.io', 'acme/null'],
    ['localhost/a', 'localhost', 'a'],
    ['localhost:5000/a/b/c', 'localhost:5000', 'a/b/c'],
    ['example.com:443/a', 'example.com:443', 'a'],
    ['127.0.0.1:80/a', '127.0.0.1:80', 'a'],
    ['[::1]:5000/a', '[::1]:5000', 'a'],
    ['r.example.com/a.b_c__d-e--f/0', 'r.example.com', 'a.b_c__d-e--f/0'],
    ['xn--bcher-kva.example/a', 'xn--bcher-kva.example', 'a'],
    ['my_registry.example/a', 'my_registry.example', 'a'],
  ])('accepts %s', (text, registry, path) => {
    expect(parseRepositoryName(text)).toEqual({ registry, path });
    expect(formatRepositoryName({ registry, path })).toBe(text);
  });

  it.each([
    ['bücher.example:5000/a', 'xn--bcher-kva.example:5000'],
    ['BÜCHER.example/a', 'xn--bcher-kva.example'],
    ['GHCR.io/a', 'ghcr.io'],
    ['[2001:DB8::1]:5000/a', '[2001:db8::1]:5000'],
  ])('has for %s one form of its host', (text, registry) => {
    const name = parseRepositoryName(text);
    expect(name).toEqual({ registry, path: 'a' });
    expect(parseRepositoryName(formatRepositoryName(name))).toEqual(name);
  });

  it.each([
    ['no path', 'ghcr.io'],
    ['an empty path', 'ghcr.io/'],
    ['no registry', '/acme/null'],
    ['a scheme', 'https://ghcr.io/acme/null'],
    ['user information', 'me@ghcr.io/acme/null'],
    ['numbers in another script for an address', '１２７.0.0.1/acme'],
    ['a letter that becomes a slash', 'r.example℀/acme'],
    ['upper case in the path', 'ghcr.io/Acme/null'],
    ['a host that a URL parser spells otherwise', '0x7f.0.0.1/acme'],
    ['a number that is an address', '2130706433/acme'],
    ['an address in long form', '[0:0:0:0:0:0:0:1]/acme'],
    ['port 0', 'localhost:0/a'],
    ['a port above 65535', 'localhost:65536/a'],
    ['a port with a leading zero', 'localhost:05000/a'],
    ['a port that is none', 'localhost:http/a'],
    ['dots that climb', 'ghcr.io/../etc'],
    ['a dot component', 'ghcr.io/a/./b'],
    ['an empty component', 'ghcr.io/a//b'],
    ['a slash at the end', 'ghcr.io/a/'],
    ['three underscores', 'ghcr.io/a___b'],
    ['a separator at the end', 'ghcr.io/a-'],
    ['a backslash', 'ghcr.io/a\\b'],
    ['an encoded slash', 'ghcr.io/a%2fb'],
    ['a query', 'ghcr.io/a?x=1'],
    ['a line break', 'ghcr.io/a\n'],
    ['a tag', 'ghcr.io/a:1.0'],
    ['more than 255 characters', `ghcr.io/${'a'.repeat(248)}`],
  ])('rejects %s', (_, text) => {
    expect(() => parseRepositoryName(text)).toThrow(InvalidReferenceError);
  });

  it('takes exactly 255 characters', () => {
    expect(parseRepositoryName(`ghcr.io/${'a'.repeat(247)}`).path).toHaveLength(247);
  });

  it('never lets a path through that changes when it becomes part of a URL', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            'b',
            '0',
            '.',
            '_',
            '-',
            '/',
            '%',
            '\\',
            '?',
            '#',
            ':',
            '@',
            ' ',
          ),
        }),
        (path) => {
          fc.pre(isRepositoryPath(path));
          expect(new URL(`https://h/v2/${path}/x`).pathname).toBe(`/v2/${path}/x`);
        },
      ),
    );
  });
});

describe('reference', () => {
  it.each([
    ['h:5000/a/b', undefined, undefined],
    ['h/a/b:1.0.0', '1.0.0', undefined],
    ['h:5000/a:1.0.0_build-1', '1.0.0_build-1', undefined],
    [`h:5000/a@${digest}`, undefined, digest],
  ])('accepts %s', (text, tag, named) => {
    const reference = parseReference(text);
    expect(reference.tag).toBe(tag);
    expect(reference.digest).toBe(named);
    expect(reference.repository.path).toMatch(/^a/u);
  });

  it.each([
    ['an empty tag', 'h/a:'],
    ['an empty digest', 'h/a@'],
    ['an unknown digest', 'h/a@md5:00'],
    ['a tag and a digest', `h/a:1@${digest}`],
    ['two tags', 'h/a:1:2'],
    ['a tag with a slash', 'h/a:1/2'],
    ['no path', 'h:1'],
  ])('rejects %s', (_, text) => {
    expect(() => parseReference(text)).toThrow(InvalidReferenceError);
  });

  it('says what is wrong and how to write it', () => {
    expect(() => parseReference('h/a:+')).toThrow(/"\+" is not a tag/u);
    const error = new InvalidReferenceError('x', 'y');
    expect(error.hint).toContain('without https://');
  });
});

describe('tag', () => {
  it.each(['1.2.3', '_', 'A-b.c_d', 'a'.repeat(128)])('accepts %s', (tag) => {
    expect(isTag(tag)).toBe(true);
    expect(parseTag(tag)).toBe(tag);
  });
  it.each(['', '.1', '-1', 'a+b', 'a/b', 'a:b', 'a\n', 'a'.repeat(129), digest])(
    'rejects %j',
    (tag) => {
      expect(isTag(tag)).toBe(false);
      expect(() => parseTag(tag)).toThrow(InvalidTagError);
    },
  );
});
