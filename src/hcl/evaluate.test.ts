import { describe, expect, it } from 'vitest';
import {
  evaluate,
  parseExpression,
  parseHcl,
  parseTemplate,
  Unknown,
  unknownString,
} from './index.ts';
import { rangeText } from './position.ts';

const variables = {
  hostname: 'registry.opentofu.org',
  namespace: 'hashicorp',
  type: 'null',
  n: 5,
  yes: true,
  nothing: null,
  list: ['a', 1],
  object: { k: 'v', a: 2 },
};

function told(text: string, given: Parameters<typeof evaluate>[1] = variables): readonly string[] {
  const { expression, diagnostics } = parseTemplate(text, 't');
  const problems = diagnostics.length > 0 ? diagnostics : evaluate(expression, given).diagnostics;
  return problems.map(({ summary, range }) => `${range && rangeText(range)}: ${summary}`);
}

function template(text: string, given: Parameters<typeof evaluate>[1] = variables) {
  expect(told(text, given)).toEqual([]);
  return evaluate(parseTemplate(text, 't').expression, given).value;
}

function expression(text: string) {
  const parsed = parseExpression(text, 't');
  expect(parsed.diagnostics).toEqual([]);
  const { value, diagnostics } = evaluate(parsed.expression, variables);
  expect(diagnostics).toEqual([]);
  return value;
}

describe('templates', () => {
  it.each([
    ['', ''],
    ['plain text', 'plain text'],
    [
      'ghcr.io/${namespace}/terraform-provider-${type}',
      'ghcr.io/hashicorp/terraform-provider-null',
    ],
    ['${namespace == "hashicorp" ? "h" : namespace}/$${lit}/%%{x}/${type}', 'h/${lit}/%{x}/null'],
    ['%{ if type == "null" ~}  a %{~ else }b%{ endif }', 'a'],
    ['%{ if type == "x" ~}  a %{~ else }b%{ endif }', 'b'],
    ['%{ if type == "x" }a%{ endif }', ''],
    ['%{ for i, x in ["a", "b"] }${i}${x},%{ endfor }', '0a,1b,'],
    ['%{ for x in {b = 1, a = 2} }${x}%{ endfor }', '21'],
    ['a${1+2}', 'a3'],
    ['a${yes}${n}${1.5}', 'atrue51.5'],
    ['x ${~ type ~} y', 'xnully'],
    ['$$${type}', '$${type}'],
    ['costs 5$', 'costs 5$'],
    ['100%', '100%'],
    ['a\\n${"b\\n\\u00e9\\U0001F600\\""}', 'a\\nb\né😀"'],
    ['x${1e21}', 'x1000000000000000000000'],
    ['x${1e-7}', 'x0.0000001'],
    ['x${1.25e-7}', 'x0.000000125'],
    ['x${-1.5e22}', 'x-15000000000000000000000'],
    ['e\u0301', '\u00e9'],
  ])('%j is %j', (text, value) => {
    expect(template(text)).toBe(value);
  });

  it('keep the type of a lone interpolation', () => {
    expect(template('${list}')).toEqual(['a', 1]);
    expect(template('${nothing}')).toBeNull();
    expect(template('${n}')).toBe(5);
  });

  it.each([
    ['${type', 't:1,1-3: Unclosed template interpolation sequence'],
    ['${"${type"}', 't:1,4-6: Unclosed template interpolation sequence'],
    ['${type type}', 't:1,8-12: Extra characters after interpolation expression'],
    ['${type:x}', 't:1,7-8: Extra characters after interpolation expression'],
    ['%{ if yes }', 't:1,12-12: Unexpected end of template'],
    ['%{ for x in list }', 't:1,19-19: Unexpected end of template'],
    ['%{ endif }', 't:1,1-11: Unexpected endif directive'],
    ['%{ if yes }%{ endfor }', 't:1,12-23: Unexpected endfor directive'],
    ['%{ for x in list }%{ endif }', 't:1,19-29: Unexpected endif directive'],
    ['%{ for x in list }%{ else }%{ endfor }', 't:1,19-28: Unexpected else directive'],
    ['%{ if yes }%{ else }%{ else }%{ endif }', 't:1,21-30: Unexpected else directive'],
    ['%{ 1 }', 't:1,4-5: Invalid template directive'],
    ['%{ iff yes }', 't:1,4-7: Invalid template control keyword'],
    ['%{ if yes x }%{ endif }', 't:1,11-12: Extra characters in if marker'],
    ['%{ for in list }%{ endfor }', "t:1,11-15: Invalid 'for' directive"],
    ['%{ for x, in list }%{ endfor }', "t:1,14-18: Invalid 'for' directive"],
    ['%{ for 1 in list }%{ endfor }', "t:1,8-9: Invalid 'for' directive"],
  ])('%j is no template', (text, first) => {
    expect(told(text)[0]).toBe(first);
  });

  it.each([
    ['${upper(type)}', 't:1,3-14: Function calls not allowed'],
    ['${ns::f(type)}', 't:1,3-14: Function calls not allowed'],
    ['${foo}', 't:1,3-6: Unknown variable'],
    ['a${nothing}', 't:1,4-11: Invalid template interpolation value'],
    ['a${list}', 't:1,4-8: Invalid template interpolation value'],
    ['%{ for x in [nothing] }${x}%{ endfor }', 't:1,26-27: Invalid template interpolation value'],
    ['${type.x}', 't:1,7-9: Unsupported attribute'],
    ['${object.x}', 't:1,9-11: Unsupported attribute'],
    ['${nothing.x}', 't:1,10-12: Attempt to get attribute from null value'],
    ['${list.x}', 't:1,7-9: Unsupported attribute'],
    ['${type[0]}', 't:1,7-10: Invalid index'],
    ['${list[2]}', 't:1,7-10: Invalid index'],
    ['${list[-1]}', 't:1,7-11: Invalid index'],
    ['${list[0.5]}', 't:1,7-12: Invalid index'],
    ['${list["x"]}', 't:1,7-12: Invalid index'],
    ['${list[nothing]}', 't:1,7-16: Invalid index'],
    ['${object[0]}', 't:1,9-12: Invalid index'],
    ['${object["constructor"]}', 't:1,9-24: Invalid index'],
    ['${object[list]}', 't:1,9-15: Invalid index'],
    ['${nothing[0]}', 't:1,10-13: Attempt to index null value'],
    ['${[][0]}', 't:1,5-8: Invalid index'],
    ['${type + 1}', 't:1,3-7: Invalid operand'],
    ['${1 + list}', 't:1,7-11: Invalid operand'],
    ['${!type}', 't:1,4-8: Invalid operand'],
    ['${-list}', 't:1,4-8: Invalid operand'],
    ['${-nothing}', 't:1,3-11: Operation failed'],
    ['${nothing + 1}', 't:1,3-14: Operation failed'],
    ['${0 / 0}', 't:1,3-8: Operation failed'],
    ['${type ? 1 : 2}', 't:1,3-7: Incorrect condition type'],
    ['${nothing ? 1 : 2}', 't:1,3-10: Null condition'],
    ['${yes ? 1 : list}', 't:1,9-17: Inconsistent conditional result types'],
    ['${yes ? 1 : true}', 't:1,9-17: Inconsistent conditional result types'],
    ['${yes ? {a = 1} : {b = []}}', 't:1,9-27: Inconsistent conditional result types'],
    ['${[for x in type: x]}', 't:1,13-17: Iteration over non-iterable value'],
    ['${[for x in nothing: x]}', 't:1,13-20: Iteration over null value'],
    ['${[for x in list: x if "q"]}', "t:1,24-27: Invalid 'for' condition"],
    ['${[for x in list: x if nothing]}', 't:1,24-31: Condition is null'],
    ['${{for x in ["a", "a"]: x => 1}}', 't:1,25-26: Duplicate object key'],
    ['${{for x in [[]]: x => 1}}', 't:1,19-20: Invalid object key'],
    ['${{for x in [nothing]: x => 1}}', 't:1,24-25: Invalid object key'],
    ['${{a.b = 1}}', 't:1,4-7: Ambiguous attribute key'],
    ['${{(nothing) = 1}}', 't:1,16-17: Null value as key'],
    ['${{(list) = 1}}', 't:1,4-10: Incorrect key type'],
  ])('%j fails', (text, problem) => {
    expect(told(text)).toEqual([problem]);
  });

  it('suggest the variable that was meant', () => {
    const { diagnostics } = evaluate(parseTemplate('${tipe}', 't').expression, variables);
    expect(diagnostics[0]?.detail).toBe('There is no variable named "tipe". Did you mean "type"?');
  });

  it('allow no variables where there are none', () => {
    const { expression: parsed } = parseTemplate('${a}', 't');
    expect(evaluate(parsed).diagnostics).toMatchObject([
      { summary: 'Variables not allowed', detail: 'Variables may not be used here.' },
    ]);
  });
});

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * 3', 9],
    ['-7 % 3', -1],
    ['5 % 0', 5],
    ['-46 + 5', -41],
    ['"5" + 1', 6],
    ['1 < 2 == true', true],
    ['2 >= 3 || 3 <= 2 || 1 > 0', true],
    ['!(true && false)', true],
    ['true || nowhere', true],
    ['nowhere || true', true],
    ['false && nowhere', false],
    ['"true" && yes', true],
    ['1 == "1"', false],
    ['1 != "1"', true],
    ['list == ["a", 1]', true],
    ['{a = [1]} == {a = [2]}', false],
    ['nothing == null', true],
    ['yes ? 1 : "x"', '1'],
    ['yes ? null : 1', null],
    ['yes ? [1] : ["x"]', ['1']],
    ['yes ? [1] : ["x", 2]', ['1']],
    ['yes ? {a = 1} : {a = "x"}', { a: '1' }],
    ['yes ? {a = 1} : {b = "x"}', { a: '1' }],
    ['yes ? 1 : nowhere', 1],
    ['list[0]', 'a'],
    ['list["1"]', 1],
    ['list.1', 1],
    ['object.k', 'v'],
    ['object["a"]', 2],
    ['object.*.k', ['v']],
    ['nothing[*]', []],
    ['[{a = [1]}, {a = [2]}][*].a[0]', [1, 2]],
    ['[{a = 1}, {a = 2}].*.a[0]', 1],
    ['[for k, v in object : "${k}=${v}"]', ['a=2', 'k=v']],
    ['[for x in list : x if x != 1]', ['a']],
    ['{for k, v in object : v => k}', { 2: 'a', v: 'k' }],
    ['{for x in ["a", "b", "a"] : x => 1...}', { a: [1, 1], b: [1] }],
    ['{a = 1, "b" = 2, (type) = 3, true = 4, 5 = 6}', { a: 1, b: 2, null: 3, true: 4, 5: 6 }],
    ['[for x in [1] : [for y in [2] : [x, y, n]]]', [[[1, 2, 5]]]],
  ])('%s', (text, value) => {
    expect(expression(text)).toEqual(value);
  });

  it('make objects whose keys are their own', () => {
    const value = expression('{"__proto__" = 1}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each([
    ['a heredoc', '<<E\n  a\n    b ${type}\nE\n', '  a\n    b null\n'],
    ['a flush heredoc', '<<-E\n    a\n      b\n\n    E\n', 'a\n  b\n\n'],
    ['a flush heredoc with a sequence first', '<<-E\n    a\n  ${type}\n  E\n', '  a\nnull\n'],
    ['a heredoc with escapes of sequences only', '<<E\n\\n $${a} %%{b}\nE\n', '\\n ${a} %{b}\n'],
    ['a heredoc trimmed by a marker', '<<E\n${type ~}\n   x\nE\n', 'null   x\n'],
  ])('%s', (_, text, value) => {
    const { body, diagnostics } = parseHcl(`a = ${text}`, 't');
    expect(diagnostics).toEqual([]);
    expect(evaluate(body.attributes[0]!.expression, variables).value).toBe(value);
  });
});

describe('unknown values', () => {
  const unknowns = { hostname: unknownString, namespace: unknownString, type: unknownString };

  it.each([
    ['a/${type}', 'string'],
    ['${type}', 'string'],
    ['${type == "x"}', 'bool'],
    ['${type + 1}', 'number'],
    ['${type == "x" ? "a" : "b"}', 'string'],
    ['%{ if type == "x" }a%{ endif }', 'string'],
    ['${[type]}', 'tuple'],
    ['${{a = type}}', 'object'],
    ['${[type, 1][0]}', 'string'],
    ['${{(type) = 1}}', 'any'],
    ['${type[*]}', 'any'],
    ['x%{ for c in [type] }${c}%{ endfor }', 'string'],
  ])('%s is an unknown %s', (text, type) => {
    const value = template(text, unknowns);
    expect(value).toBeInstanceOf(Unknown);
    expect(value instanceof Unknown && value.type).toBe(type);
  });

  it('leave what does not depend on them known', () => {
    expect(template('${type == "x" && false}', unknowns)).toBe(false);
    expect(template('${[type, 1][1]}', unknowns)).toBe(1);
    expect(template('${type == 1}', unknowns)).toBe(false);
  });

  it.each([
    ['${type.x}', 't:1,7-9: Unsupported attribute'],
    ['${type[0]}', 't:1,7-10: Invalid index'],
    ['${type.*.x}', 't:1,9-11: Unsupported attribute'],
    ['${[for x in type : x]}', 't:1,13-17: Iteration over non-iterable value'],
    ['${type == "x" ? type : []}', 't:1,17-26: Inconsistent conditional result types'],
    ['a${[type]}', 't:1,4-10: Invalid template interpolation value'],
  ])('do not hide the type error in %s', (text, problem) => {
    expect(told(text, unknowns)).toEqual([problem]);
  });
});

describe('the work that evaluation does', () => {
  it.each([
    [
      'loops in loops',
      Array.from({ length: 8 }, () => `[for a in [${'0,'.repeat(40)}] : `).join('') +
        '0' +
        ']'.repeat(8),
    ],
    [
      'strings that double',
      Array.from({ length: 40 }, (_, i) => `[for a${i + 1} in ["\${a${i}}\${a${i}}"] : `).join('') +
        '0' +
        ']'.repeat(40),
    ],
    [
      'shared parts',
      Array.from({ length: 60 }, (_, i) => `[for a${i + 1} in [[a${i}, a${i}]] : `).join('') +
        'a60' +
        ']'.repeat(60),
    ],
  ])('is bounded for %s', (_, text) => {
    const parsed = parseExpression(text, 't');
    expect(parsed.diagnostics).toEqual([]);
    const { value, diagnostics } = evaluate(parsed.expression, { a0: 'x' });
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ summary }) => summary)).toEqual(['Expression too complex']);
  });

  it('is no matter for the stack at the deepest nesting that is read', () => {
    const deep = parseExpression(`${'(['.repeat(99)}1${'])'.repeat(99)}`, 't');
    expect(deep.diagnostics).toEqual([]);
    expect(evaluate(deep.expression).diagnostics).toEqual([]);
  });
});
