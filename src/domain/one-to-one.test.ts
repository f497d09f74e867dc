import { describe, expect, it } from 'vitest';
import { checkOneToOne } from './one-to-one.ts';
import { formatProviderAddress, type ProviderAddress } from './provider-address.ts';
import {
  parsePathTemplate,
  parseRepositoryTemplate,
  type RepositoryTemplate,
} from './repository-template.ts';

const check = (text: string, options?: Parameters<typeof checkOneToOne>[1]) =>
  checkOneToOne(parseRepositoryTemplate(text), options);

describe('checkOneToOne accepts', () => {
  it.each([
    'r.example/{hostname}/{namespace}/{type}',
    'r.example/tf/${hostname}/${namespace}/${type}',
    '{hostname}/{namespace}/{type}',
    'r.example/{namespace}/{type}',
    'r.example/{type}/{namespace}',
    'r.example/{namespace}_{type}',
    'r.example/{namespace}__{type}',
    'r.example/{namespace}--{type}',
    'r.example/{namespace}.{type}',
    'r.example/{hostname}_{namespace}_{type}',
    'r.example/{hostname}--{namespace}/{type}',
    'r.example/{namespace}/terraform-provider-{type}',
    'r.example/{namespace}/{namespace}/{type}',
  ])('%s', (text) => {
    expect(check(text)).toBeUndefined();
  });

  it.each([
    ['r.example/{type}', { namespace: 'acme' }],
    ['r.example/{namespace}', { type: 'aws' }],
    ['r.example/x', { host: 'x.example', namespace: 'acme', type: 'aws' }],
    ['r.example/{namespace}-{type}', { namespace: 'acme' }],
    ['r.example/{hostname}-{type}/{namespace}', { host: 'x.example' }],
  ])('%s when only %j are served', (text, options) => {
    expect(check(text, options)).toBeUndefined();
  });
});

describe('checkOneToOne finds', () => {
  it.each([
    ['r.example/{namespace}-{type}', 'r.example/{namespace}/{type}'],
    ['r.example/{namespace}{type}', 'r.example/{namespace}/{type}'],
    ['r.example/${namespace}-${type}', 'r.example/${namespace}/${type}'],
    ['r.example/{namespace}-x-{type}', 'r.example/{namespace}/x-{type}'],
    ['r.example/{namespace}x{type}', 'r.example/{namespace}/x{type}'],
    ['r.example/{hostname}-{namespace}/{type}', 'r.example/{hostname}/{namespace}/{type}'],
    ['r.example/{hostname}{namespace}_{type}', 'r.example/{hostname}/{namespace}_{type}'],
    ['r.example/{type}', 'r.example/{namespace}/{type}'],
    ['r.example/x/{namespace}', 'r.example/x/{namespace}/{type}'],
    ['r.example/x', 'r.example/x/{hostname}/{namespace}/{type}'],
    ['r.example/tf-{type}', 'r.example/tf-{namespace}/{type}'],
  ])('two providers in one repository of %s', (text, corrected) => {
    const doubt = check(text);
    if (doubt?.kind !== 'collision') throw new Error(`no collision: ${doubt?.message ?? 'safe'}`);
    const template = parseRepositoryTemplate(text);
    const [first, second] = doubt.pair;
    expect(formatProviderAddress(first)).not.toBe(formatProviderAddress(second));
    expect(template.repositoryFor(first)).toEqual(template.repositoryFor(second));
    expect(doubt.message).toContain(formatProviderAddress(first));
    expect(doubt.message).toContain(doubt.repository);
    expect(doubt.corrected).toBe(corrected);
    expect(check(doubt.corrected)).toBeUndefined();
  });

  it('nothing provable about a template with a condition', () => {
    const doubt = check('r.example/${type == "aws" ? "x" : type}/${namespace}');
    expect(doubt).toMatchObject({ kind: 'unproven', corrected: undefined });
    expect(doubt?.message).toContain('can not be proven');
  });

  it('the same for paths in a folder', () => {
    expect(checkOneToOne(parsePathTemplate('{hostname}/{namespace}/{type}'))).toBeUndefined();
    expect(checkOneToOne(parsePathTemplate('{namespace}-{type}'))).toMatchObject({
      kind: 'collision',
      corrected: '{namespace}/{type}',
    });
  });
});

describe('checkOneToOne agrees with brute force', () => {
  const letters = ['a', 'b', '-'];
  const words = (length: number): string[] =>
    length === 0
      ? ['']
      : words(length - 1).flatMap((head) => letters.map((letter) => head + letter));
  const parts = [1, 2, 3, 4].flatMap(words).filter((word) => /^[ab]+(?:-[ab]+)*$/u.test(word));
  const hosts = [...[1, 2, 3].flatMap(words).filter((word) => parts.includes(word)), 'a.b', 'a--b'];

  /** Two short addresses with one repository, if there are any. */
  function collision(template: RepositoryTemplate, hostnames: readonly string[]): boolean {
    const seen = new Set<string>();
    for (const hostname of hostnames) {
      for (const namespace of parts) {
        for (const type of parts) {
          const { path } = template.repositoryFor({ hostname, namespace, type });
          if (seen.has(path)) return true;
          seen.add(path);
        }
      }
    }
    return false;
  }

  const separators = [
    '',
    '-',
    '_',
    '--',
    '/',
    '.',
    'a',
    '-a-',
    'a-',
    '-a',
    'ab',
    '---',
    '-_',
    '__',
  ];
  const orders = [
    ['namespace', 'type'],
    ['type', 'namespace'],
  ] as const;
  const isPath = (text: string): boolean => {
    try {
      parseRepositoryTemplate(text);
      return true;
    } catch {
      return false;
    }
  };

  it.each(
    orders
      .flatMap(([first, second]) =>
        separators.map((separator) => `r.example/{${first}}${separator}{${second}}`),
      )
      .filter(isPath),
  )('on %s', (text) => {
    const template = parseRepositoryTemplate(text);
    const doubt = checkOneToOne(template);
    expect(doubt?.kind).toBe(collision(template, ['x.example']) ? 'collision' : undefined);
  });

  it.each(
    ['', '-', '_', '--', '/', '.', 'a', '---']
      .flatMap((separator) => [
        `r.example/{hostname}${separator}{namespace}/{type}`,
        `r.example/{namespace}${separator}{hostname}/{type}`,
      ])
      .filter(isPath),
  )('on %s, with hosts', (text) => {
    const template = parseRepositoryTemplate(text);
    const doubt = checkOneToOne(template);
    const few = (pool: readonly string[]) => pool.filter((word) => word.length < 4);
    const seen = new Map<string, ProviderAddress>();
    let collides = false;
    for (const hostname of hosts) {
      for (const namespace of few(parts)) {
        const address = { hostname, namespace, type: 'x' };
        const { path } = template.repositoryFor(address);
        collides ||= seen.has(path);
        seen.set(path, address);
      }
    }
    expect(doubt?.kind).toBe(collides ? 'collision' : undefined);
  });

  // Every order of the three variables, with every pair of separators: 6 x 25 templates.
  const parted = ['/', '-', '_', '', 'a'];
  const shapes = permutations(['hostname', 'namespace', 'type']).flatMap(([first, second, third]) =>
    parted.flatMap((one) =>
      parted.map((two) => `r.example/{${first}}${one}{${second}}${two}{${third}}`),
    ),
  );

  it.each(shapes.filter(isPath))('on %s', (text) => {
    const template = parseRepositoryTemplate(text);
    const doubt = checkOneToOne(template);
    const seen = new Set<string>();
    let collides = false;
    for (const hostname of hosts) {
      for (const namespace of parts) {
        for (const type of parts) {
          const { path } = template.repositoryFor({ hostname, namespace, type });
          collides ||= seen.has(path);
          seen.add(path);
        }
        if (collides) break;
      }
      if (collides) break;
    }
    expect(doubt?.kind).toBe(collides ? 'collision' : undefined);
  });

  it.each([
    '{namespace}-{type}/{type}',
    '{namespace}{type}{namespace}',
    '{type}-{namespace}-{type}',
    '{namespace}-{type}/{type}{namespace}',
  ])('never calling %s safe when it is not, with a variable in two places', (path) => {
    const template = parseRepositoryTemplate(`r.example/${path}`);
    const doubt = checkOneToOne(template);
    if (doubt?.kind === 'collision') {
      const [first, second] = doubt.pair;
      expect(template.repositoryFor(first)).toEqual(template.repositoryFor(second));
    } else {
      expect(collision(template, ['x.example'])).toBe(false);
      expect(doubt).toMatchObject({ kind: 'unproven', corrected: expect.any(String) as unknown });
    }
  });

  it('and is not thrown off by a long template', () => {
    const long = `r.example/${'a-'.repeat(100)}{namespace}-a-a-a-{type}`;
    expect(check(long)?.kind).toBe('collision');
  });
});

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}
