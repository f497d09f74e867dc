import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every error code stands in docs/errors.md with its exit code, once, and some test raises it. */
const root = resolve(import.meta.dirname, '..');

function textsBelow(folder: string, wanted: (name: string) => boolean): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(wanted)
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));
}

interface ErrorClass {
  readonly name: string;
  readonly code: string;
  /** Undefined when it follows the error's cause. */
  readonly category: string | undefined;
}

const isTest = (name: string): boolean => name.endsWith('.test.ts');
const sources = textsBelow('src', (name) => name.endsWith('.ts') && !isTest(name));
const tests = [
  ...textsBelow('src', isTest),
  ...textsBelow('test', (name) => name.endsWith('.ts') && name !== 'errors.test.ts'),
].join('\n');

const classes: readonly ErrorClass[] = sources.flatMap((text) =>
  [...text.matchAll(/class (\w+) extends \w+[^{]*\{([\s\S]*?)\n\}/gu)].flatMap(([, name, body]) => {
    const code = /readonly code = '(ERR_\w+)'/u.exec(body ?? '')?.[1];
    const category = /readonly category = '([a-z-]+)'/u.exec(body ?? '')?.[1];
    return name === undefined || code === undefined ? [] : [{ name, code, category }];
  }),
);

const exitCodes: Readonly<Record<string, string>> = {
  bug: '1',
  usage: '2',
  'not-found': '3',
  auth: '4',
  integrity: '5',
  trust: '5',
  remote: '6',
  unsupported: '6',
  conflict: '7',
  interrupted: '130',
};

const rows = new Map(
  [
    ...readFileSync(join(root, 'docs', 'errors.md'), 'utf8').matchAll(
      /^\| `(ERR_\w+)` +\| ([^|]+)\|/gmu,
    ),
  ].map(([, code, exit]) => [code ?? '', (exit ?? '').trim()]),
);

describe('the error catalogue', () => {
  it('finds the classes', () => {
    expect(classes.length).toBeGreaterThan(40);
    expect(new Set(classes.map(({ code }) => code)).size).toBe(classes.length);
  });

  it('documents every code and nothing else', () => {
    const codes = classes.map(({ code }) => code);
    expect([...rows.keys()].filter((code) => !codes.includes(code))).toEqual([]);
    expect(codes.filter((code) => !rows.has(code))).toEqual([]);
  });

  it('documents the exit code that the category gives', () => {
    const wrong = classes.filter(({ code, category }) => {
      return rows.get(code) !== (category === undefined ? 'varies' : exitCodes[category]);
    });
    expect(wrong).toEqual([]);
  });

  it('has a test for every code', () => {
    const untested = classes.filter(
      ({ name, code }) => !tests.includes(code) && !new RegExp(`\\b${name}\\b`, 'u').test(tests),
    );
    expect(untested.map(({ code }) => code)).toEqual([]);
  });
});
