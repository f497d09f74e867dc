import type { HclCase } from './hcl-case.ts';

export const expressions: readonly HclCase[] = [
  ['1', '1'],
  [
    '',
    '1:1-1:1 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    ' ',
    '1:2-1:2 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  ['\n1\n', '1'],
  [
    '1 2',
    '1:3-1:4 Extra characters after expression: An expression was successfully parsed, but extra characters were found after it.',
  ],
  ['a', '(1:1-1:2 Variables not allowed: Variables may not be used here.)'],
  ['"x"', '"x"'],
  ['[1,\n2]', '[1,2]'],
  ['1 +\n2', '3'],
  [
    'foo(',
    '1:5-1:5 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    '(',
    '1:2-1:2 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    ')',
    '1:1-1:2 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    '1 }',
    '1:3-1:4 Extra characters after expression: An expression was successfully parsed, but extra characters were found after it.',
  ],
  ['{}', '{}'],
  ['# x\n1', '1'],
  ['1 # x', '1'],
  ['"${"x"}"', '"x"'],
  ['<<E\nx\nE\n', '"x\\n"'],
  ['true\n? 1\n: 2', '1'],
  ['a.b\n.c', '(1:1-1:2 Variables not allowed: Variables may not be used here.)'],
];
