import type { HclCase } from './hcl-case.ts';

export const hcl2Bodies1: readonly HclCase[] = [
  ['', ''],
  ['\n', ''],
  ['a = 1', 'a@1:1 = 1 @1:5-1:6'],
  ['a = 1\n', 'a@1:1 = 1 @1:5-1:6'],
  ['a=1\n', 'a@1:1 = 1 @1:3-1:4'],
  ['a = 1\nb = 2\n', 'a@1:1 = 1 @1:5-1:6 | b@2:1 = 2 @2:5-2:6'],
  [
    'a = 1 b = 2\n',
    '1:7-1:8 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = 1, b = 2\n',
    '1:6-1:7 Unexpected comma after argument: Argument definitions must be separated by newlines, not commas. An argument definition must end with a newline.',
  ],
  [
    'a = 1;\n',
    '1:6-1:7 Invalid character: The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.\n1:6-1:7 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a =',
    '1:4-1:4 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    'a =\n',
    '1:4-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = \n1\n',
    '1:5-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a\n= 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    '= 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    'a == 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a => 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a : 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a: 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a = 1\na = 2\n',
    '2:1-2:2 Attribute redefined: The argument "a" was already set at t:1,1-2. Each argument may be set only once.',
  ],
  ['a {}\n', 'a@1:1 {}'],
  ['a {}', 'a@1:1 {}'],
  ['a{}\n', 'a@1:1 {}'],
  ['a {\n}\n', 'a@1:1 {}'],
  [
    'a\n{\n}\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  ['a { b = 1 }\n', 'a@1:1 {b@1:5 = 1 @1:9-1:10}'],
  [
    'a { b = 1, c = 2 }\n',
    '1:10-1:11 Invalid single-argument block definition: Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.',
  ],
  [
    'a { b = 1\n}\n',
    "1:10-2:1 Invalid single-argument block definition: An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
  ],
  [
    'a {\n b = 1 }\n',
    '2:8-2:9 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a {\n b = 1\n',
    '1:3-1:4 Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
  ],
  [
    'a {',
    '1:3-1:4 Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
  ],
  [
    'a { b',
    '1:5-1:6 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a { b = 1',
    '1:3-1:4 Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
  ],
  [
    'a { b = 1 c = 2 }\n',
    '1:11-1:12 Invalid single-argument block definition: A single-line block definition must end with a closing brace immediately after its single argument definition.',
  ],
  [
    'a { b {} }\n',
    '1:5-1:8 Argument definition required: A single-line block definition can contain only a single argument. If you meant to define argument "b", use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.',
  ],
  [
    'a { b { c = 1 } }\n',
    '1:5-1:8 Argument definition required: A single-line block definition can contain only a single argument. If you meant to define argument "b", use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.',
  ],
  [
    'a {} b {}\n',
    '1:6-1:7 Missing newline after block definition: A block definition must end with a newline.',
  ],
  ['a {}\na {}\n', 'a@1:1 {} | a@2:1 {}'],
  ['a "b" {}\n', 'a "b"@1:1 {}'],
  ['a b {}\n', 'a "b"@1:1 {}'],
  ['a "b" c {}\n', 'a "b" "c"@1:1 {}'],
  [
    'a "b" = 1\n',
    '1:7-1:8 Invalid block definition: The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
  ],
  [
    'a b = 1\n',
    '1:5-1:6 Invalid block definition: The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
  ],
  [
    'a "b"\n',
    '1:6-2:1 Invalid block definition: A block definition must have block content delimited by "{" and "}", starting on the same line as the block header.',
  ],
  [
    'a "b',
    '1:5-1:5 Invalid block definition: Either a quoted string block label or an opening brace ("{") is expected here.\n1:5-1:5 Unterminated string literal: Unable to find the closing quote mark before the end of the file.',
  ],
];
