import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProviderAddress, parseProviderAddress } from './provider-address.ts';
import { parsePathTemplate, parseRepositoryTemplate } from './repository-template.ts';
import { isNameOf, type NamedProvider, providerNamed, registryOf } from './reverse-template.ts';

function told(named: NamedProvider): string {
  switch (named.kind) {
    case 'known':
      return formatProviderAddress(named.provider);
    case 'open':
      return `open ${named.guess === undefined ? '' : formatProviderAddress(named.guess)}`.trim();
    case 'none':
      return 'none';
  }
}

describe('providerNamed', () => {
  it.each([
    [
      'r.example/tf/{hostname}/{namespace}/{type}',
      'tf/example.com/acme/null',
      'example.com/acme/null',
    ],
    ['r.example/{hostname}/{namespace}_{type}', 'example.com/a-b_c-d', 'example.com/a-b/c-d'],
    ['r.example/{hostname}/{type}/{namespace}/{type}', 'h.x/b/a/b', 'h.x/a/b'],
    ['r.example/${hostname}/${namespace}/${type}', 'localhost/a/b', 'localhost/a/b'],
    ['r.example/{hostname}/x-{namespace}/{type}-y', 'h.x/x-a/b-y', 'h.x/a/b'],
    ['r.example/{hostname}/{type}/{namespace}', 'xn--bcher-kva.example/b/a', 'bücher.example/a/b'],
    // The literal stands in one place only that leaves good parts on both sides.
    ['r.example/{hostname}/{namespace}-{type}', 'h.x/a-b', 'h.x/a/b'],
  ])('goes back through %s from %s', (template, path, expected) => {
    expect(told(providerNamed(parseRepositoryTemplate(template), path))).toBe(expected);
  });

  it.each([
    // Which of several it is, only the repository knows.
    ['r.example/{hostname}/{namespace}-{type}', 'h.x/a-b-c', 'open'],
    // No host: any host, and most likely the default one.
    ['r.example/{namespace}/{type}', 'acme/null', 'open registry.opentofu.org/acme/null'],
    ['r.example/tf-{type}', 'tf-null', 'open'],
    ['r.example/all', 'all', 'open'],
    ['r.example/${namespace == "a" ? "x" : namespace}/${type}', 'x/null', 'open'],
    ['{hostname}/tf/{namespace}/{type}', 'tf/a/b', 'open'],
  ])('leaves open with %s what %s is', (template, path, expected) => {
    expect(told(providerNamed(parseRepositoryTemplate(template), path))).toBe(expected);
  });

  it.each([
    ['r.example/tf/{hostname}/{namespace}/{type}', 'tf/example.com/acme'],
    ['r.example/tf/{hostname}/{namespace}/{type}', 'tf/example.com/acme/null/more'],
    ['r.example/tf/{hostname}/{namespace}/{type}', 'other/example.com/acme/null'],
    ['r.example/tf/{hostname}/{namespace}/{type}', 'tf/h.x/a.b/null'],
    ['r.example/tf/{hostname}/{namespace}/{type}', 'tf/h.x/acme/terraform__null'],
    ['r.example/{hostname}/{type}/{namespace}/{type}', 'h.x/b/a/c'],
    ['r.example/{namespace}/{type}', 'library'],
    ['r.example/all', 'other'],
  ])('finds with %s nobody for %s', (template, path) => {
    expect(told(providerNamed(parseRepositoryTemplate(template), path))).toBe('none');
  });

  it('takes the host that it is told for one that the template does not have', () => {
    const template = parsePathTemplate('{namespace}/{type}');
    expect(told(providerNamed(template, 'a/b', 'h.x'))).toBe('open h.x/a/b');
  });

  const part = fc.stringMatching(/^[a-z0-9]{1,4}(-[a-z0-9]{1,3}){0,2}$/u);
  const templates = [
    '{hostname}/{namespace}/{type}',
    'tf/{hostname}/{namespace}_{type}',
    '{hostname}/{namespace}-{type}',
    'p-{namespace}/{type}',
  ];

  it('finds every provider again, or leaves it open', () => {
    fc.assert(
      fc.property(part, part, fc.constantFrom(...templates), (namespace, type, text) => {
        const template = parsePathTemplate(text);
        const provider = parseProviderAddress(`example.com/${namespace}/${type}`);
        const path = template.pathFor(provider);
        const named = providerNamed(template, path);
        expect(isNameOf(template, provider, path)).toBe(true);
        if (named.kind === 'known') expect(named.provider).toEqual(provider);
        else expect(named.kind).toBe('open');
      }),
    );
  });

  it.each([`${'a-'.repeat(120)}a`, 'a'.repeat(250)])(
    'leaves open what would take long: %s',
    (path) => {
      const template = parsePathTemplate('{hostname}{namespace}{type}');
      expect(providerNamed(template, path).kind).toBe('open');
    },
  );
});

describe('registryOf', () => {
  it.each([
    ['r.example:5000/tf/{type}', 'r.example:5000'],
    ['r.example/all', 'r.example'],
    ['${"r.example/x"}/${type}', 'r.example'],
    ['{hostname}/tf/{type}', undefined],
    ['r.{hostname}/tf/{type}', undefined],
    ['${namespace == "a" ? "r.example" : "s.example"}/${type}', undefined],
  ])('of %s is %s', (template, expected) => {
    expect(registryOf(parseRepositoryTemplate(template))).toBe(expected);
  });
});
