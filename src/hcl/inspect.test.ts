import { describe, expect, it } from 'vitest';
import { parseExpression, staticString, variablesIn } from './index.ts';
import { rangeText } from './position.ts';

describe('variablesIn', () => {
  it.each([
    ['"${hostname}/${type}"', ['hostname t:1,4-12', 'type t:1,16-20']],
    ['a.b[c.d].e', ['a t:1,1-2', 'c t:1,5-6']],
    ['a + b * -c', ['a t:1,1-2', 'b t:1,5-6', 'c t:1,10-11']],
    ['[for x in a : x + y]', ['a t:1,11-12', 'y t:1,19-20']],
    ['{for k, v in a : k => v if k != b}', ['a t:1,14-15', 'b t:1,33-34']],
    ['[x, [for x in y : x]]', ['x t:1,2-3', 'y t:1,15-16']],
    ['{a = b, (c) = "d"}', ['b t:1,6-7', 'c t:1,10-11']],
    ['f(a, b...)', ['a t:1,3-4', 'b t:1,6-7']],
    [
      '"%{ if a }${b}%{ endif }%{ for c in d }${c}%{ endfor }"',
      ['a t:1,8-9', 'b t:1,13-14', 'd t:1,37-38'],
    ],
    ['a ? b : (c)', ['a t:1,1-2', 'b t:1,5-6', 'c t:1,10-11']],
    ['null', []],
  ])('of %s', (text, uses) => {
    const { expression } = parseExpression(text, 't');
    const found = variablesIn(expression).map(({ name, range }) => `${name} ${rangeText(range)}`);
    expect(found).toEqual(uses);
  });

  it('goes through chains as long as the text', () => {
    const { expression } = parseExpression(`a${' + a'.repeat(50_000)}${'.b'.repeat(50_000)}`, 't');
    expect(variablesIn(expression)).toHaveLength(50_001);
  });
});

describe('staticString', () => {
  it.each([
    ['"x"', 'x'],
    ['("x\\n")', 'x\n'],
    ['""', ''],
    ['<<E\nx\nE\n', 'x\n'],
    ['"${"x"}"', undefined],
    ['"${x}"', undefined],
    ['1', undefined],
    ['x', undefined],
  ])('of %s', (text, value) => {
    expect(staticString(parseExpression(text, 't').expression)).toBe(value);
  });
});

describe('parseExpression', () => {
  it('wants nothing after the expression', () => {
    expect(parseExpression('1 2', 't').diagnostics).toMatchObject([
      { summary: 'Extra characters after expression' },
    ]);
  });
});
