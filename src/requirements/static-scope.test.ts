import { describe, expect, it } from 'vitest';
import { parseExpression } from '../hcl/index.ts';
import { mergeModule } from './merge-module.ts';
import { readNativeFile } from './native-file.ts';
import { createStaticScope, StaticWork } from './static-scope.ts';

function valueOf(
  text: string,
  { module = '', given = {} }: { module?: string; given?: Readonly<Record<string, string>> } = {},
): unknown {
  const scope = createStaticScope(mergeModule([readNativeFile(module, 'm.tf')], [], []), {
    input: (name) => (name in given ? { value: given[name] } : undefined),
    paths: { module: 'm', root: '.', cwd: '/x' },
    workspace: 'default',
    work: new StaticWork(),
  });
  return scope.valueOf(parseExpression(text, 'x').expression);
}

describe('a static expression', () => {
  it.each([
    ['"./a"', {}, './a'],
    ['"${path.module}/${path.root}/${path.cwd}/${terraform.workspace}"', {}, 'm/.//x/default'],
    ['var.a', { module: 'variable "a" { default = "b" }' }, 'b'],
    ['var.a', { module: 'variable "a" { default = "b" }', given: { a: 'c' } }, 'c'],
    [
      'local.a',
      { module: 'locals { a = var.b == "x" ? "y" : "z" }\nvariable "b" { default = "x" }' },
      'y',
    ],
    ['local.a.b[0]', { module: 'locals { a = { b = ["c"] } }' }, 'c'],
    ['[for x in ["a"] : x][0]', {}, 'a'],
  ])('%s has a value', (text, options, expected) => {
    expect(valueOf(text, options)).toBe(expected);
  });

  it.each([
    ['lower("A")', {}],
    ['data.x.y', {}],
    ['path.other', {}],
    ['terraform.other', {}],
    ['var.missing', {}],
    ['local.missing', {}],
    ['var', {}],
    ['local[var.x]', {}],
    ['var.a', { module: 'variable "a" {}' }],
    ['var.a', { module: 'variable "a" {\n default = "b"\n sensitive = true\n}' }],
    ['var.a', { module: 'variable "a" {\n default = "b"\n ephemeral = true\n}' }],
    ['local.a', { module: 'locals {\n a = local.b\n b = local.a\n}' }],
    ['local.a', { module: 'locals {\n a = local.a\n}' }],
    [
      'local.a250',
      {
        module: `locals {\n a0 = "x"\n${Array.from({ length: 250 }, (_, i) => ` a${i + 1} = local.a${i}`).join('\n')}\n}`,
      },
    ],
  ])('%s can not be told', (text, options) => {
    expect(valueOf(text, options)).toBeUndefined();
  });

  it('costs so much at most, all together', () => {
    const work = new StaticWork();
    const many = parseExpression(`[${'"x", '.repeat(200_000)}]`, 'x').expression;
    const told = Array.from({ length: 100 }, () => work.evaluate(many) !== undefined);
    expect(told[0]).toBe(true);
    expect(told.at(-1)).toBe(false);
  });
});
