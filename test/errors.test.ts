import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  type ErrorCategory,
  exitCodeOf,
  gravestExitCode,
  TofuOciError,
} from '../src/base/index.ts';

/** Every error code stands in docs/errors.md with its exit code, once, and some test names it. */
const root = resolve(import.meta.dirname, '..');

interface SourceText {
  /** Relative to the root of the project, with slashes. */
  readonly file: string;
  readonly text: string;
}

function textsBelow(folder: string, wanted: (name: string) => boolean): readonly SourceText[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && wanted(name))
    .map((name) => ({
      file: `${folder}/${name.split(sep).join('/')}`,
      text: readFileSync(join(root, folder, name), 'utf8'),
    }));
}

const isTest = (name: string): boolean => name.endsWith('.test.ts');
const sources = textsBelow('src', (name) => !isTest(name));
const tests = [
  ...textsBelow('src', isTest),
  ...textsBelow('test', (name) => name !== 'errors.test.ts'),
]
  .map(({ text }) => text)
  .join('\n');

interface ErrorClass {
  readonly name: string;
  readonly parent: string;
  readonly file: string;
  readonly code: string | undefined;
  /** Undefined when the class does not say, or when it follows the error's cause. */
  readonly category: string | undefined;
}

/** The text of a property's literal value, with or without `as const`. */
function literalOf(node: ts.ClassDeclaration, property: string): string | undefined {
  for (const member of node.members) {
    if (!ts.isPropertyDeclaration(member) || member.name.getText() !== property) continue;
    let value = member.initializer;
    while (value !== undefined && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) {
      value = value.expression;
    }
    return value !== undefined && ts.isStringLiteralLike(value) ? value.text : undefined;
  }
  return undefined;
}

function classesIn({ file, text }: SourceText): readonly ErrorClass[] {
  const found: ErrorClass[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name !== undefined) {
      const clause = node.heritageClauses?.find(
        ({ token }) => token === ts.SyntaxKind.ExtendsKeyword,
      );
      found.push({
        name: node.name.text,
        parent: clause?.types[0]?.expression.getText() ?? '',
        file,
        code: literalOf(node, 'code'),
        category: literalOf(node, 'category'),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

const allClasses = new Map(sources.flatMap(classesIn).map((each) => [each.name, each]));

/** What the class or the nearest class that it extends says. */
function inherited(from: ErrorClass, property: 'code' | 'category'): string | undefined {
  const parent = allClasses.get(from.parent);
  return from[property] ?? (parent === undefined ? undefined : inherited(parent, property));
}

function isOurs({ name, parent }: ErrorClass): boolean {
  const next = allClasses.get(parent);
  return name === 'TofuOciError' || (next !== undefined && isOurs(next));
}

const classes = [...allClasses.values()].filter(
  (each) => each.name !== 'TofuOciError' && isOurs(each),
);
const codes = [...new Set(classes.map((each) => inherited(each, 'code') ?? ''))];

const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');

interface Row {
  readonly room: string;
  readonly code: string;
  readonly exit: string;
  readonly texts: readonly string[];
}

const rows = page.split(/^## /mu).flatMap((section): readonly Row[] => {
  const room = /^.*$/mu.exec(section)?.[0] ?? '';
  return [...section.matchAll(/^\| `(ERR_\w+)` *\|(.*)\|$/gmu)].map(([, code = '', rest = '']) => {
    const [exit = '', ...texts] = rest.split('|').map((cell) => cell.trim());
    return { room, code, exit, texts };
  });
});

/** The exit code that a category really leads to. */
function exitCodeFor(category: string): string {
  class Sample extends TofuOciError {
    readonly code = 'ERR_TEST_SAMPLE';
    readonly category = category as ErrorCategory;
  }
  return String(exitCodeOf(new Sample('sample')));
}

describe('the error classes', () => {
  it('are found, each with a code of its own', () => {
    expect(classes.length).toBeGreaterThan(90);
    expect(classes.filter((each) => inherited(each, 'code') === undefined)).toEqual([]);
    expect(codes.length).toBe(classes.length);
  });

  it('are all that has such a code', () => {
    const rooms = [...new Set(codes.map((code) => code.split('_')[1] ?? ''))].join('|');
    const literals = sources.flatMap(({ text }) =>
      [...text.matchAll(new RegExp(`\\bERR_(?:${rooms})_[A-Z_]*[A-Z]`, 'gu'))].map(
        ([code]) => code,
      ),
    );
    expect([...new Set(literals)].filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('have codes that begin with their room', () => {
    const strangers = classes.filter(({ file, code }) => {
      const room = file.split('/')[1] ?? '';
      return code?.startsWith(`ERR_${room.toUpperCase()}_`) === false;
    });
    expect(strangers).toEqual([]);
  });
});

describe('the error catalogue', () => {
  it('documents every code and nothing else, once, under its room', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual([...codes].sort());
    expect(rows.filter(({ room, code }) => !code.startsWith(`ERR_${room.toUpperCase()}_`))).toEqual(
      [],
    );
  });

  it('documents the exit code that the category gives', () => {
    const wrong = classes
      .map((each) => {
        const code = inherited(each, 'code') ?? '';
        const category = inherited(each, 'category');
        const expected = category === undefined ? 'varies' : exitCodeFor(category);
        return { code, expected, got: rows.find((row) => row.code === code)?.exit };
      })
      .filter(({ expected, got }) => expected !== got);
    expect(wrong).toEqual([]);
  });

  it('says of every code what it means and what to do', () => {
    expect(rows.filter(({ texts }) => texts.length !== 2 || texts.includes(''))).toEqual([]);
  });

  it('explains every exit code, and says which of several wins', () => {
    const categories = [...new Set(classes.flatMap(({ category }) => category ?? []))];
    const used = new Set(['0', ...categories.map(exitCodeFor)]);
    const explained = [...page.matchAll(/^\| (\d+) +\|/gmu)].map(([, code]) => code ?? '');
    expect(explained.sort()).toEqual([...used].sort());

    const order = /gravest wins: ([\d, ]+)/u.exec(page)?.[1]?.split(',').map(Number) ?? [];
    expect(order.length).toBe(used.size - 1);
    order.forEach((code, at) => {
      expect(gravestExitCode(order.slice(at))).toBe(code);
    });
  });

  it('has a test for every code', () => {
    const untested = classes.filter(
      ({ name, code }) => !new RegExp(`\\b(?:${name}|${code ?? name})\\b`, 'u').test(tests),
    );
    expect(untested.map(({ code }) => code)).toEqual([]);
  });
});
