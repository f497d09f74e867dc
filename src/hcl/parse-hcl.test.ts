import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../base/index.ts';
import { evaluate, parseExpression, parseHcl } from './index.ts';
import { rangeText } from './position.ts';

function told(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ summary, range }) => `${range && rangeText(range)}: ${summary}`);
}

function bodyOf(text: string) {
  const { body, diagnostics } = parseHcl(text, 't');
  expect(told(diagnostics)).toEqual([]);
  return body;
}

function attributeOf(text: string) {
  const [attribute] = bodyOf(text).attributes;
  expect(attribute).toBeDefined();
  return attribute!;
}

describe('parseHcl', () => {
  it('reads arguments, blocks and labels with the place of each', () => {
    const body = bodyOf(
      'terraform {\n  required_version = ">= 1.6"\n}\nprovider "aws" east {\n  region = "x"\n}\n',
    );
    const [terraform, provider] = body.blocks;
    expect(terraform?.labels).toEqual([]);
    expect(rangeText(terraform!.range)).toBe('t:1,1-3,2');
    const [version] = terraform!.body.attributes;
    expect(version?.name).toBe('required_version');
    expect(rangeText(version!.nameRange)).toBe('t:2,3-19');
    expect(rangeText(version!.range)).toBe('t:2,3-30');
    expect(rangeText(version!.expression.range)).toBe('t:2,22-30');
    expect(provider?.labels.map(({ value }) => value)).toEqual(['aws', 'east']);
    expect(provider?.labels.map(({ range }) => rangeText(range))).toEqual([
      't:4,10-15',
      't:4,16-20',
    ]);
    expect(rangeText(provider!.headerRange)).toBe('t:4,1-20');
    expect(rangeText(provider!.typeRange)).toBe('t:4,1-9');
  });

  it('keeps the order of the text', () => {
    const body = bodyOf('b = 1\na = 2\nx {}\nc {}\nx {}\n');
    expect(body.attributes.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(body.blocks.map(({ type }) => type)).toEqual(['x', 'c', 'x']);
  });

  it.each([
    ['an empty file', ''],
    ['a byte order mark', '\ufeffa = 1\n'],
    ['Windows line ends', 'a {\r\n  b = [\r\n    1,\r\n  ]\r\n}\r\n'],
    [
      'all kinds of comments',
      '# one\n// two\n/* three\n   lines */ a = 1 # four\nb = /* five */ 2',
    ],
    ['no line end at the end', 'a = 1'],
    ['a block on one line', 'a { b = 1 }\nc {}\n'],
    ['nested blocks', 'a {\n  b "x" {\n    c {\n    }\n  }\n}\n'],
    ['names with dashes and letters of any script', 'straße-1 = 2\n名前 = 3\n'],
    ['a label with escapes', 'a "x\\ty" {}\n'],
    ['an expression over many lines', 'a = (\n  1 +\n  2\n)\n'],
    ['a call with expansion', 'a = max(1, [2]...)\n'],
    ['a call in a namespace', 'a = provider::aws::arn_parse(var.x)\n'],
    ['a call with a comma at its end', 'a = f(\n  1,\n  2,\n)\n'],
    [
      'objects with every kind of item',
      'a = {\n  b = 1, c : 2\n  "d" = 3\n  (e) = 4\n  f.g = 5\n}\n',
    ],
    ['for expressions', 'a = [for k, v in x : v if k != ""]\nb = {for v in x : v => v...}\n'],
    ['a for that begins on its own line', 'a = {\n  for k, v in x : k => v\n}\n'],
    ['steps of every kind', 'a = b.c[0]["d"].0.*.e[*].f[g.h]\n'],
    ['a heredoc and what follows it', 'a = <<EOT\n  x\nEOT\nb = 1\n'],
    ['a heredoc in a call', 'a = f(<<-EOT\n    x ${y}\n    EOT\n  , 1)\n'],
    ['templates within templates', 'a = "x${b ? "y${c}" : "z"}"\n'],
  ])('accepts %s', (_, text) => {
    bodyOf(text);
  });

  it.each([
    ['no value', 'a =\nb = 1\n', 't:1,4-2,1: Invalid expression'],
    ['no value at the end', 'a =', 't:1,4-4: Missing expression'],
    ['neither = nor {', 'a\n', 't:1,1-2: Argument or block definition required'],
    ['a stray symbol', '= 1\n', 't:1,1-2: Argument or block definition required'],
    ['a quoted name', '"a" = 1\n', 't:1,1-2: Invalid argument name'],
    ['two arguments on a line', 'a = 1 b = 2\n', 't:1,7-8: Missing newline after argument'],
    ['a comma after an argument', 'a = 1,\n', 't:1,6-7: Unexpected comma after argument'],
    ['an unclosed block', 'a {\n b = 1\n', 't:1,3-4: Unclosed configuration block'],
    ['text after a block', 'a {} b = 1\n', 't:1,6-7: Missing newline after block definition'],
    ['a block with =', 'a "b" = 1\n', 't:1,7-8: Invalid block definition'],
    ['a block without braces', 'a "b"\n', 't:1,6-2,1: Invalid block definition'],
    [
      'a block label that is no string',
      'a 1 {}\n',
      't:1,1-2: Argument or block definition required',
    ],
    ['a sequence in a label', 'a "${b}" {}\n', 't:1,4-6: Invalid string literal'],
    [
      'two arguments in a one-line block',
      'a { b = 1, c = 2 }\n',
      't:1,10-11: Invalid single-argument block definition',
    ],
    [
      'a one-line block that is not closed',
      'a { b = 1\n}\n',
      't:1,10-2,1: Invalid single-argument block definition',
    ],
    ['a block in a one-line block', 'a { b {} }\n', 't:1,5-8: Argument definition required'],
    ['an argument set twice', 'a = 1\na = 2\n', 't:2,1-2: Attribute redefined'],
    ['an unclosed tuple', 'a = [1,\n', 't:2,1-1: Missing expression'],
    ['a tuple without comma', 'a = [1 2]\n', 't:1,8-9: Missing item separator'],
    ['an object without =', 'a = {b c}\n', 't:1,8-9: Missing key/value separator'],
    ['an object without value', 'a = {b}\n', 't:1,7-8: Missing key/value separator'],
    ['an object key alone on its line', 'a = {\nb\n}\n', 't:2,2-3,1: Missing attribute value'],
    ['an object without comma', 'a = {b = 1 c = 2}\n', 't:1,12-13: Missing attribute separator'],
    ['an unclosed object', 'a = {b = 1', 't:1,5-6: Unterminated object constructor expression'],
    ['an unclosed call', 'a = f(1', 't:1,5-7: Unterminated function call'],
    ['a call without comma', 'a = f(1 2)\n', 't:1,9-10: Missing argument separator'],
    ['a namespace without name', 'a = b::(1)\n', 't:1,8-9: Missing function name'],
    ['a namespaced name without call', 'a = b::c\n', 't:1,9-2,1: Missing open parenthesis'],
    ['something after ...', 'a = f(b..., c)\n', 't:1,8-11: Missing closing parenthesis'],
    ['an unclosed parenthesis', 'a = (1\n', 't:2,1-1: Unbalanced parentheses'],
    [
      'a conditional without :',
      'a = b ? c\n',
      't:1,10-2,1: Missing false expression in conditional',
    ],
    ['a dot without name', 'a = b.\n', 't:1,7-2,1: Invalid attribute name'],
    ['two old indexes in a row', 'a = b.0.1\n', 't:1,7-10: Invalid legacy index syntax'],
    ['a splat in a splat', 'a = b.*.*\n', 't:1,9-10: Nested splat expression not allowed'],
    ['an unclosed index', 'a = b[0\n', 't:2,1-1: Missing close bracket on index'],
    ['an unclosed splat', 'a = b[*\n', 't:1,8-2,1: Missing close bracket on splat index'],
    ['a number that is none', 'a = 1.2.3\n', 't:1,5-10: Invalid number literal'],
    ['a for without names', 'a = [for in b: 1]\n', "t:1,13-14: Invalid 'for' expression"],
    ['a for without in', 'a = [for b c: 1]\n', "t:1,12-13: Invalid 'for' expression"],
    ['a for without colon', 'a = [for b in c 1]\n', "t:1,17-18: Invalid 'for' expression"],
    ['a for object without key', 'a = {for b in c: b}\n', "t:1,18-19: Invalid 'for' expression"],
    ['a for tuple with key', 'a = [for b in c: b => b]\n', "t:1,18-19: Invalid 'for' expression"],
    [
      'a for tuple with grouping',
      'a = [for b in c: b...]\n',
      "t:1,19-22: Invalid 'for' expression",
    ],
    ['text after a for', 'a = [for b in c: b d]\n', "t:1,20-21: Invalid 'for' expression"],
    ['an unknown escape', 'a = "\\q"\n', 't:1,6-8: Invalid escape sequence'],
    ['a short escape', 'a = "x\\u12"\n', 't:1,7-11: Invalid escape sequence'],
    ['an escape for half a character', 'a = "\\ud800"\n', 't:1,6-12: Invalid escape sequence'],
    ['single quotes', "a = 'b'\n", 't:1,5-6: Invalid character'],
    ['a semicolon', 'a = 1;\n', 't:1,6-7: Invalid character'],
    ['curly quotes', 'a = \u201cb\u201d\n', 't:1,5-6: Invalid character'],
    ['a backtick', 'a = `\n', 't:1,5-6: Invalid character'],
    ['half a surrogate pair', 'a = \ud800\n', 't:1,5-6: Invalid character encoding'],
    ['a bitwise operator', 'a = b & c\n', 't:1,7-8: Unsupported operator'],
    ['an unclosed heredoc', 'a = <<E\nx\n', 't:3,1-1: Unterminated template string'],
    [
      'a heredoc without its last line end',
      'a = <<E\nx\nE',
      't:3,2-2: Unterminated template string',
    ],
  ])('rejects %s', (_, text, first) => {
    const { diagnostics } = parseHcl(text, 't');
    expect(told(diagnostics)).toContain(first);
  });

  it('says what line breaks in quotes should be', () => {
    const { diagnostics } = parseHcl('a = "x\ny"\n', 't');
    expect(told(diagnostics)).toContain('t:1,7-2,1: Invalid multi-line string');
  });

  it('names the place of the first of two arguments', () => {
    const { diagnostics } = parseHcl('a = 1\n\na = 2\n', 'main.tf');
    expect(diagnostics[0]?.detail).toBe(
      'The argument "a" was already set at main.tf:1,1-2. Each argument may be set only once.',
    );
  });

  it('goes on after an error and keeps what it could read', () => {
    const { body, diagnostics } = parseHcl(
      'a = [1 2]\nb = 3\nc {\n  d = )\n}\ne "f" {}\nb = 4\n',
      't',
    );
    expect(told(diagnostics)).toEqual([
      't:1,8-9: Missing item separator',
      't:7,1-2: Attribute redefined',
    ]);
    expect(body.attributes.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(body.blocks.map(({ type }) => type)).toEqual(['c', 'e']);
  });

  it('stops after so many problems that nobody would read them', () => {
    const { diagnostics } = parseHcl(`a = "${'\\q'.repeat(2000)}"\n`, 't');
    expect(diagnostics).toHaveLength(501);
    expect(diagnostics.at(-1)?.summary).toBe('Too many problems');
  });

  it.each([
    ['tuples', `a = ${'['.repeat(5000)}`],
    ['parentheses', `a = ${'('.repeat(5000)}`],
    ['objects', `a = ${'{b='.repeat(5000)}`],
    ['blocks', 'a {\n'.repeat(5000)],
    ['calls', `a = ${'f('.repeat(5000)}`],
    ['templates', `a = ${'"${'.repeat(5000)}`],
    ['signs', `a = ${'!'.repeat(5000)}b`],
    ['conditionals', `a = ${'b ? c : '.repeat(5000)}d`],
    ['splats', `a = b${'[*]'.repeat(5000)}`],
    ['indexes', `a = ${'b['.repeat(5000)}`],
    ['directives', `a = "${'%{ if b }'.repeat(5000)}"`],
    ['for expressions', `a = ${'[for b in '.repeat(5000)}`],
  ])('bounds the nesting of %s with one problem', (_, text) => {
    const { diagnostics } = parseHcl(text, 't');
    expect(diagnostics.map(({ summary }) => summary)).toEqual(['Nesting too deep']);
  });

  it('reads chains as long as the text without recursion', () => {
    const sum = parseExpression(`1${' + 1'.repeat(50_000)}`, 't');
    expect(evaluate(sum.expression).value).toBe(50_001);
    const steps = parseExpression(`a${'.b'.repeat(50_000)}`, 't');
    expect(evaluate(steps.expression, { a: null }).diagnostics[0]?.summary).toBe(
      'Attempt to get attribute from null value',
    );
  });
});

describe('positions', () => {
  it.each([
    ['letters with marks', 'a = "e\u0301\u0301" + x\n', 't:1,5-12'],
    ['families of emoji', 'a = "👩‍👩‍👧" + x\n', 't:1,5-12'],
    ['characters beyond 16 bits', 'a = "𝒳𝒴" + x\n', 't:1,5-13'],
    ['Windows line ends', '# é\r\na = [\r\n1]\r\n', 't:2,5-3,3'],
  ])('count %s as a person does', (_, text, range) => {
    expect(rangeText(attributeOf(text).expression.range)).toBe(range);
  });

  it('count bytes as UTF-8 has them', () => {
    const { range } = attributeOf('\ufeffaé = "日本👩"\n').expression;
    expect([range.start.byte, range.end.byte]).toEqual([9, 21]);
  });

  it('stay right in long runs of marks', () => {
    const { range } = attributeOf(`a = "${'xe\u0301'.repeat(700)}"\n`).expression;
    expect(range.end.column).toBe(5 + 2 + 1400);
  });

  it('of heredocs end at the end marker', () => {
    const text = 'a = <<-EOT\n    x\n    EOT\n';
    expect(rangeText(attributeOf(text).expression.range)).toBe('t:1,5-3,8');
  });
});
