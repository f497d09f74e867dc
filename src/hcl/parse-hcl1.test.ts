import { describe, expect, it } from 'vitest';
import { type Hcl1Value, parseHcl1, withLabels } from './index.ts';

function plain(value: Hcl1Value): unknown {
  switch (value.kind) {
    case 'object':
      return value.items.map((item) => [
        item.keys.map(({ name }) => name).join(' '),
        item.assigned ? '=' : '{}',
        plain(item.value),
      ]);
    case 'list':
      return value.items.map(plain);
    case 'null':
      return null;
    default:
      return value.value;
  }
}

function itemsOf(text: string) {
  const { root, diagnostics } = parseHcl1(text, 'f');
  expect(diagnostics).toEqual([]);
  return plain(root);
}

describe('HCL 1', () => {
  it('gives items in the order of the text, with labels and places', () => {
    const { root } = parseHcl1(
      'provider_installation {\n  direct {}\n}\nhost "é.example" "x" { a = 1 }\n',
      'f',
    );
    expect(root.items.map(({ keys, assigned }) => ({ keys, assigned }))).toEqual([
      { keys: [{ name: 'provider_installation', pos: { line: 1, column: 1 } }], assigned: false },
      {
        keys: [
          { name: 'host', pos: { line: 4, column: 1 } },
          { name: 'é.example', pos: { line: 4, column: 6 } },
          { name: 'x', pos: { line: 4, column: 18 } },
        ],
        assigned: false,
      },
    ]);
    expect(root.items[1]?.value.pos).toEqual({ line: 4, column: 22 });
  });

  it.each([
    ['an empty file', '', []],
    [
      'arguments',
      'a = 1\nb=true\nc = "x"\n',
      [
        ['a', '=', 1],
        ['b', '=', true],
        ['c', '=', 'x'],
      ],
    ],
    ['names with dots and dashes', 'a.b-c_d = false', [['a.b-c_d', '=', false]]],
    ['quoted names', '"a b" = 1', [['a b', '=', 1]]],
    ['an object with =', 'a = { b = 1 }', [['a', '=', [['b', '=', 1]]]]],
    [
      'items on one line',
      'a = 1, b = 2 c { }',
      [
        ['a', '=', 1],
        ['b', '=', 2],
        ['c', '{}', []],
      ],
    ],
    [
      'lists of anything',
      'a = [1, "x", [true], {b = 2},]',
      [['a', '=', [1, 'x', [true], [['b', '=', 2]]]]],
    ],
    ['numbers', 'a=[0x1F, -7, 010, 1.5, -2e3, .5]', [['a', '=', [31, -7, 8, 1.5, -2000, 0.5]]]],
    ['comments', '# a\n// b\n/* c\n */ d = 1 # e\n/**/', [['d', '=', 1]]],
    ['escapes', 'a = "\\t\\"\\\\\\x41\\101\\u00e9\\U0001F600"', [['a', '=', '\t"\\AAé😀']]],
    ['bytes that are a character together', 'a = "\\xc3\\xa9\\303\\251"', [['a', '=', 'éé']]],
    ['half a character', 'a = "\\ud800"', [['a', '=', '\ufffd']]],
    ['an exponent and an octal number that are none', 'a=[1e , 08]', [['a', '=', [NaN, NaN]]]],
    [
      'a sequence as it stands',
      'a = "${x == "q" ? "\\n" : "b"}/y\\n"',
      [['a', '=', '${x == "q" ? "\\n" : "b"}/y\n']],
    ],
    ['line breaks and braces in a sequence', 'a = "${ {b = 1}\n}"', [['a', '=', '${ {b = 1}\n}']]],
    [
      'a directive without quotes',
      'a = "%{ if b }x%{ endif }"',
      [['a', '=', '%{ if b }x%{ endif }']],
    ],
    [
      'a heredoc',
      'a = <<EOF\nx "y" %{ if a == "b" }\n  z\nEOF\nb = 1',
      [
        ['a', '=', 'x "y" %{ if a == "b" }\n  z\n'],
        ['b', '=', 1],
      ],
    ],
    ['an indented heredoc', 'a = <<-EOF\n    x\n      y\n    EOF\n', [['a', '=', 'x\n  y\n']]],
    [
      'an indented heredoc with less indented lines',
      'a = <<-EOF\n    x\n  y\n    EOF\n',
      [['a', '=', '    x\n  y\n']],
    ],
    ['a heredoc with an indented end', 'a = <<EOF\nx\n  EOF\n', [['a', '=', 'x\n  ']]],
    [
      'Windows line ends',
      'a = 1\r\nb {\r\n}\r\n',
      [
        ['a', '=', 1],
        ['b', '{}', []],
      ],
    ],
    ['a byte order mark', '\ufeffa = 1', [['a', '=', 1]]],
    [
      'the same block twice',
      'a {}\na {}',
      [
        ['a', '{}', []],
        ['a', '{}', []],
      ],
    ],
    [
      'one name in two spellings',
      'a = 1\nA = 2',
      [
        ['a', '=', 1],
        ['A', '=', 2],
      ],
    ],
  ])('accepts %s', (_, text, items) => {
    expect(itemsOf(text)).toEqual(items);
  });

  it.each([
    [
      'quotes in a directive',
      'include = ["a",\n           "%{ if a == "b" }x%{ endif }/foo"]',
      'At 2:25: error parsing list, expected comma or list end, got: IDENT',
    ],
    [
      'an argument twice',
      'a = 1\na = 2',
      'The argument "a" at 2:1 was already set. Each argument can only be defined once',
    ],
    [
      'an argument twice in a block',
      'b {\n  a = 1\n  a = [2]\n}',
      'The argument "a" at 3:3 was already set. Each argument can only be defined once',
    ],
    ['a name alone', 'a b', "At 1:5: key 'a b' expected start of object ('{') or assignment ('=')"],
    [
      'a name alone in a block',
      'x { a }',
      "At 1:7: key 'a' expected start of object ('{') or assignment ('=')",
    ],
    ['two names and =', 'a b = 1', 'At 1:5: nested object expected: LBRACE got: ASSIGN'],
    ['no name', '= 1', 'At 1:1: no object keys found!'],
    ['no name before a brace', 'a { {} }', 'At 1:5: expected: IDENT | STRING got: LBRACE'],
    ['a stray brace', 'a = 1\n}', 'At 2:1: expected: IDENT | STRING | ASSIGN | LBRACE got: RBRACE'],
    ['a bare word as value', 'a = b', 'At 1:5: Unknown token: 1:5 IDENT b'],
    ['no value', 'a =', 'At 1:4: Unknown token: 1:4 EOF '],
    ['an unclosed block', 'a {', 'At 1:5: object expected closing RBRACE got: EOF'],
    ['a bare word in a list', 'a = [b]', 'At 1:6: unexpected token while parsing list: IDENT'],
    [
      'an error in an object in a list',
      'a = [{b = [1 2]}]',
      'At 1:6: error while trying to parse object within list: At 1:14: error parsing list, expected comma or list end, got: NUMBER',
    ],
    [
      'an error in a list in a list',
      'a = [[x]]',
      'At 1:6: error while trying to parse list within list: At 1:7: unexpected token while parsing list: IDENT',
    ],
    ['an unclosed string', 'a = "x\nb = 1', 'At 1:7: literal not terminated'],
    ['an unknown escape', 'a = "\\q"', 'At 1:7: illegal char escape'],
    ['an escape for no character', 'a = "\\U00110000"', 'At 1:5: illegal char escape'],
    ['an escape for more than a byte', 'a = "\\777"', 'At 1:5: illegal char escape'],
    ['a null character in a comment', '# \0\na = 1', 'At 1:3: unexpected null character (0x00)'],
    ['several wrong tokens by the last', 'a = "x\nb = "y', 'At 2:7: literal not terminated'],
    ['a character that HCL 1 keeps for itself', '\ue123', 'At 1:1: illegal char'],
    ['an unclosed comment', 'a = 1 /* x', 'At 1:11: comment not terminated'],
    ['half a comment', 'a = 1 / x', "At 1:7: expected '/' for comment"],
    ['an unclosed heredoc', 'a = <<EOF\nx\n', 'At 3:1: heredoc not terminated'],
    ['a heredoc without name', 'a = <<\nx\n', 'At 1:7: zero-length heredoc anchor'],
    [
      'a heredoc with text after its name',
      'a = <<E x\nE\n',
      'At 1:8: invalid characters in heredoc anchor',
    ],
    ['half a heredoc', 'a = <E', "At 1:6: heredoc expected second '<', didn't see it"],
    ['a heredoc at the end', 'a = <<E', 'At 1:8: heredoc not terminated'],
    ['a wrong character', 'a = ?', 'At 1:5: illegal char'],
    ['a null character', 'a = \0', 'At 1:5: unexpected null character (0x00)'],
    ['an octal number that is none', 'a = 089', 'At 1:8: illegal octal number'],
    ['a hexadecimal number without digits', 'a = 0x', 'At 1:7: illegal hexadecimal number'],
  ])('rejects %s', (_, text, detail) => {
    const { root, diagnostics } = parseHcl1(text, 'f');
    expect(diagnostics.map((diagnostic) => diagnostic.detail)).toEqual([detail]);
    expect(root.items).toEqual([]);
  });

  it('says where the problem is for editors too', () => {
    const { diagnostics } = parseHcl1('# é\na = "日本" b = c\n', 'f');
    expect(diagnostics[0]?.range).toEqual({
      file: 'f',
      start: { line: 2, column: 14, byte: 22 },
      end: { line: 2, column: 14, byte: 22 },
    });
  });

  it.each([
    ['blocks', 'a {'.repeat(3000)],
    ['lists', `a = ${'['.repeat(3000)}`],
    ['objects in lists', `a = ${'[{a = '.repeat(3000)}`],
    ['JSON objects', '{"a":'.repeat(3000)],
    ['JSON arrays', `{"a":${'['.repeat(3000)}`],
  ])('bounds the nesting of %s', (_, text) => {
    const { diagnostics } = parseHcl1(text, 'f');
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.detail).toMatch(
      /^At 1:\d+: objects and lists may be nested at most 200 levels deep$/,
    );
  });
});

describe('the JSON form of HCL 1', () => {
  it('is chosen by the first character', () => {
    expect(parseHcl1(' \n{"a": 1}', 'f').syntax).toBe('json');
    expect(parseHcl1('a = 1', 'f').syntax).toBe('hcl');
  });

  it.each([
    [
      'plain values',
      '{"a": 1, "b": "x", "c": true, "d": null, "e": -1.5e1}',
      [
        ['a', '=', 1],
        ['b', '=', 'x'],
        ['c', '=', true],
        ['d', '=', null],
        ['e', '=', -15],
      ],
    ],
    [
      'an object as a block',
      '{"a": {"b": {"c": 1}}}',
      [['a', '{}', [['b', '{}', [['c', '=', 1]]]]]],
    ],
    [
      'an array of objects as blocks',
      '{"a": [{"b": 1}, {"b": 2}]}',
      [
        ['a', '{}', [['b', '=', 1]]],
        ['a', '{}', [['b', '=', 2]]],
      ],
    ],
    [
      'other arrays as lists',
      '{"a": ["x", 1, true, [2]], "b": []}',
      [
        ['a', '=', ['x', 1, true, [2]]],
        ['b', '=', []],
      ],
    ],
    ['commas at the end', '{"a": [1,],}', [['a', '=', [1]]]],
    ['escapes', '{"a\\u00e9": "\\n\\"${x}"}', [['aé', '=', '\n"${x}']]],
    ['an empty block', '{"a": {}}', [['a', '{}', []]]],
  ])('accepts %s', (_, text, items) => {
    expect(itemsOf(text)).toEqual(items);
  });

  it.each([
    ['an unclosed object', '{"a": 1', 'At 1:8: expected "," or "}", got: the end of the file'],
    ['an unclosed array', '{"a": [1', 'At 1:9: expected "," or "]", got: the end of the file'],
    ['a bare name', '{\n  a: 1}', 'At 2:3: expected a string, got: "a"'],
    ['no colon', '{"a" 1}', 'At 1:6: expected ":", got: "1"'],
    ['no value', '{"a": }', 'At 1:7: expected a value, got: "}"'],
    ['a bare word', '{"a": yes}', 'At 1:7: expected a value, got: "y"'],
    [
      'an unclosed string',
      '{"a": "x}',
      'At 1:7: literal not terminated, or an illegal character or escape in it',
    ],
    ['a number with a zero in front', '{"a": 01}', 'At 1:8: expected "," or "}", got: "1"'],
    ['text after the object', '{} x', 'At 1:4: expected the end of the file, got: "x"'],
  ])('rejects %s', (_, text, detail) => {
    const { diagnostics } = parseHcl1(text, 'f');
    expect(diagnostics.map((diagnostic) => diagnostic.detail)).toEqual([detail]);
  });
});

describe('withLabels', () => {
  it.each([
    ['labels that are there', 'host "a" { x = 1 }', ['host a']],
    ['a block in a block', 'host { "a" { x = 1 } "b" {} }', ['host a', 'host b']],
    ['objects in JSON', '{"host": {"a": {"x": 1}, "b": {"y": {}}}}', ['host a', 'host b']],
    ['arrays in JSON', '{"host": [{"a": [{"x": 1}, {"x": 2}]}]}', ['host a', 'host a']],
    ['a block without label', 'host { x = 1 }', ['host']],
    ['an empty block', 'host {}', ['host']],
    ['too many labels', 'host "a" "b" {}', ['host a b']],
  ])('finds %s', (_, text, keys) => {
    const [item] = parseHcl1(text, 'f').root.items;
    const blocks = parseHcl1(text, 'f').root.items.flatMap((each) => withLabels(each, 1));
    expect(item).toBeDefined();
    expect(blocks.map((block) => block.keys.map(({ name }) => name).join(' '))).toEqual(keys);
  });
});
