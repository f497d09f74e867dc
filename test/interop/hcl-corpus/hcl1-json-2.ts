import type { HclCase } from './hcl-case.ts';

export const hcl1Json2: readonly HclCase[] = [
  [
    '{a: 1}',
    'error: 1:2: illegal char',
    { ours: 'error: At 1:2: expected a string, got: "a"', because: 'json' },
  ],
  [
    "{'a': 1}",
    "error: 1:2: illegal char: '",
    { ours: 'error: At 1:2: expected a string, got: "\'"', because: 'json' },
  ],
  [
    '{"a": x}',
    'error: 1:7: illegal char',
    { ours: 'error: At 1:7: expected a value, got: "x"', because: 'json' },
  ],
  [
    '{"a": yes}',
    'error: 1:9: illegal char',
    { ours: 'error: At 1:7: expected a value, got: "y"', because: 'json' },
  ],
  [
    '{"a": True}',
    'error: 1:10: illegal char',
    { ours: 'error: At 1:7: expected a value, got: "T"', because: 'json' },
  ],
  [
    '{"a": 01}',
    'error: 1:8: numbers cannot start with 0',
    { ours: 'error: At 1:8: expected "," or "}", got: "1"', because: 'json' },
  ],
  [
    '{"a": -}',
    'error: 1:7: illegal char',
    { ours: 'error: At 1:7: expected a value, got: "-"', because: 'json' },
  ],
  ['{"a": .5}', '"a" = .5', { ours: 'error: At 1:7: expected a value, got: "."', because: 'json' }],
  [
    '{"a": 1',
    '"a" = 1',
    { ours: 'error: At 1:8: expected "," or "}", got: the end of the file', because: 'json' },
  ],
  [
    '{"a": [1',
    'error: unexpected token while parsing list: EOF',
    { ours: 'error: At 1:9: expected "," or "]", got: the end of the file', because: 'json' },
  ],
  [
    '{"a": "x}',
    'error: 1:10: literal not terminated',
    {
      ours: 'error: At 1:7: literal not terminated, or an illegal character or escape in it',
      because: 'json',
    },
  ],
  [
    '{"a": "x\n"}',
    'error: 2:3: literal not terminated',
    {
      ours: 'error: At 1:7: literal not terminated, or an illegal character or escape in it',
      because: 'json',
    },
  ],
  [
    '{"a": "\\q"}',
    'error: 1:9: illegal char escape',
    {
      ours: 'error: At 1:7: literal not terminated, or an illegal character or escape in it',
      because: 'json',
    },
  ],
  [
    '{"a": "\\u12"}',
    'error: 1:12: illegal char escape',
    {
      ours: 'error: At 1:7: literal not terminated, or an illegal character or escape in it',
      because: 'json',
    },
  ],
  [
    '{1: 2}',
    'error: expected: STRING got: NUMBER',
    { ours: 'error: At 1:2: expected a string, got: "1"', because: 'json' },
  ],
  [
    '{"a": =}',
    'error: 1:7: illegal char: =',
    { ours: 'error: At 1:7: expected a value, got: "="', because: 'json' },
  ],
  [
    '{"a": 1;}',
    'error: 1:8: illegal char: ;',
    { ours: 'error: At 1:8: expected "," or "}", got: ";"', because: 'json' },
  ],
  [
    '{"a": 1} x',
    '"a" = 1',
    { ours: 'error: At 1:10: expected the end of the file, got: "x"', because: 'json' },
  ],
  [
    '{"a": 1}}',
    '"a" = 1',
    { ours: 'error: At 1:9: expected the end of the file, got: "}"', because: 'json' },
  ],
  [
    '{"a": 1 "b": 2}',
    '"a" = 1',
    { ours: 'error: At 1:9: expected "," or "}", got: "\\""', because: 'json' },
  ],
  [
    '{"a": [1 2]}',
    '"a" = [1, 2]',
    { ours: 'error: At 1:10: expected "," or "]", got: "2"', because: 'json' },
  ],
  ['{"a": [true]}', '"a" = []', { ours: '"a" = [true]', because: 'json' }],
  [
    '{"a": [null]}',
    'error: unexpected token while parsing list: NULL',
    { ours: '"a" = [null]', because: 'json' },
  ],
  ['{"a": [[1]]}', '"a" = [1]', { ours: '"a" = [[1]]', because: 'json' }],
  [
    '{,}',
    'error: expected: STRING got: COMMA',
    { ours: 'error: At 1:2: expected a string, got: ","', because: 'json' },
  ],
  [
    '{"a": 1,, "b": 2}',
    'error: expected: STRING got: COMMA',
    { ours: 'error: At 1:9: expected a string, got: ","', because: 'json' },
  ],
  [
    '{"a": 1} # x',
    '"a" = 1',
    { ours: 'error: At 1:10: expected the end of the file, got: "#"', because: 'json' },
  ],
  [
    '{/* x */}',
    'error: 1:2: illegal char: /',
    { ours: 'error: At 1:2: expected a string, got: "/"', because: 'json' },
  ],
  [
    '{"a": <<E\n}',
    'error: 1:7: illegal char: <',
    { ours: 'error: At 1:7: expected a value, got: "<"', because: 'json' },
  ],
  [
    '{"a": #}',
    'error: 1:7: illegal char: #',
    { ours: 'error: At 1:7: expected a value, got: "#"', because: 'json' },
  ],
  ['{"a": "\\/"}', 'error: 1:9: illegal char escape', { ours: '"a" = "/"', because: 'json' }],
  [
    '{"a": "\\x41"}',
    '"a" = "A"',
    {
      ours: 'error: At 1:7: literal not terminated, or an illegal character or escape in it',
      because: 'json',
    },
  ],
  [
    '{"a": "\\ud83d\\ude00"}',
    '"a" = panic(unquote "\\ud83d\\ude00" err: invalid syntax)',
    { ours: '"a" = "\ud83d\ude00"', because: 'json' },
  ],
  ['\ufeff{"a": 1}', 'error: At 1:1: illegal char', { ours: '"a" = 1', because: 'bom' }],
  [
    '{"a": "x\u0000"}',
    'error: 1:12: literal not terminated',
    {
      ours: 'error: At 1:7: literal not terminated, or an illegal character or escape in it',
      because: 'json',
    },
  ],
  [
    '{"a": 1e}',
    '"a" = 1e}',
    { ours: 'error: At 1:8: expected "," or "}", got: "e"', because: 'json' },
  ],
  [
    '{"a": 1.}',
    '"a" = 1.',
    { ours: 'error: At 1:8: expected "," or "}", got: "."', because: 'json' },
  ],
  [
    '{:1}',
    'error: expected: STRING got: COLON',
    { ours: 'error: At 1:2: expected a string, got: ":"', because: 'json' },
  ],
  [
    '{"a" "b": 1}',
    '"a" "b" = 1',
    { ours: 'error: At 1:6: expected ":", got: "\\""', because: 'json' },
  ],
  [
    '{"a": [,1]}',
    '"a" = [1]',
    { ours: 'error: At 1:8: expected a value, got: ","', because: 'json' },
  ],
  ['{"a": [1}', '', { ours: 'error: At 1:9: expected "," or "]", got: "}"', because: 'json' }],
  [
    '{"a": {"b": 1]',
    '"a" "b" = 1',
    { ours: 'error: At 1:14: expected "," or "}", got: "]"', because: 'json' },
  ],
];
