import type { HclCase } from './hcl-case.ts';

export const hcl2Bodies2: readonly HclCase[] = [
  [
    'a "b\n" {}\n',
    '1:5-2:1 Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.\n1:5-2:1 Invalid string literal: This item is not valid in a string literal.',
  ],
  [
    'a "${b}" {}\n',
    '1:4-1:6 Invalid string literal: Template sequences are not allowed in this string. To include a literal "$", double it (as "$$") to escape it.',
  ],
  [
    'a "b${1}" {}\n',
    '1:5-1:7 Invalid string literal: Template sequences are not allowed in this string. To include a literal "$", double it (as "$$") to escape it.',
  ],
  ['a "$${b}" {}\n', 'a "${b}"@1:1 {}'],
  ['a "\\n\\u00e9" {}\n', 'a "\\n\u00e9"@1:1 {}'],
  [
    'a "\\q" {}\n',
    '1:4-1:6 Invalid escape sequence: The symbol "q" is not a valid escape sequence selector.',
  ],
  ['a "" {}\n', 'a ""@1:1 {}'],
  [
    'a 1 {}\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a [] {}\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  ['"a" {}\n', '1:1-1:2 Invalid argument name: Argument names must not be quoted.'],
  ['"a" = 1\n', '1:1-1:2 Invalid argument name: Argument names must not be quoted.'],
  [
    '}\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '{\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '{}\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    'a }\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a {}}\n',
    '1:5-1:6 Missing newline after block definition: A block definition must end with a newline.',
  ],
  [
    'a = }\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = ]\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    '[a]\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '1 = 2\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  ['true = 1\n', 'true@1:1 = 1 @1:8-1:9'],
  ['null = 1\n', 'null@1:1 = 1 @1:8-1:9'],
  ['for = 1\n', 'for@1:1 = 1 @1:7-1:8'],
  ['\u00e9 = 1\n', '\u00e9@1:1 = 1 @1:5-1:6'],
  ['\u65e5\u672c = 1\n', '\u65e5\u672c@1:1 = 1 @1:6-1:7'],
  ['a-b = 1\n', 'a-b@1:1 = 1 @1:7-1:8'],
  ['a- = 1\n', 'a-@1:1 = 1 @1:6-1:7'],
  [
    '-a = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    'a.b = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a[0] = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  ['_a = 1\n', '_a@1:1 = 1 @1:6-1:7'],
  [
    'a\ud83d\ude00 = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.\n1:2-1:3 Invalid character: This character is not used within the language.',
  ],
  [
    'a {\n  b = 1\n  b = 2\n}\n',
    '3:3-3:4 Attribute redefined: The argument "b" was already set at t:2,3-4. Each argument may be set only once.',
  ],
  [
    'a {\n  b = [\n}\n',
    '3:1-3:2 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'x {\n  y = foo(\n}\n',
    '3:1-3:2 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = 1\n\n\nb\n\nc = 2\n',
    '4:1-4:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  ['a "b" "c" "d" {\n}\n', 'a "b" "c" "d"@1:1 {}'],
  ['a = 1\na {}\n', 'a@1:1 = 1 @1:5-1:6 | a@2:1 {}'],
  [
    'a {\n  b = 1;\n}\n',
    '2:8-2:9 Invalid character: The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.\n2:8-2:9 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    '@\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    'a = @\n',
    '1:5-1:6 Invalid character: This character is not used within the language.\n1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    '$\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    '%\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    "a = 'x'\n",
    '1:5-1:6 Invalid character: Single quotes are not valid. Use double quotes (") to enclose strings.\n1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = `x`\n',
    '1:5-1:6 Invalid character: The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".\n1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = 1 ? 2\n',
    '1:10-2:1 Missing false expression in conditional: The conditional operator (...?...:...) requires a false expression, delimited by a colon.',
  ],
];
