import type { HclCase } from './hcl-case.ts';

export const hcl2Expressions1: readonly HclCase[] = [
  ['a = 0\n', 'a@1:1 = 0 @1:5-1:6'],
  ['a = 01\n', 'a@1:1 = 1 @1:5-1:7'],
  ['a = 1.5\n', 'a@1:1 = 1.5 @1:5-1:8'],
  ['a = 1.\n', '1:7-2:1 Invalid attribute name: An attribute name is required after a dot.'],
  [
    'a = .5\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a = 1e3\n', 'a@1:1 = 1000 @1:5-1:8'],
  ['a = 1E-3\n', 'a@1:1 = 0.001 @1:5-1:9'],
  [
    'a = 1e\n',
    '1:6-1:7 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = 0x1f\n',
    '1:6-1:9 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = 1_000\n',
    '1:6-1:10 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = 12abc\n',
    '1:7-1:10 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = 1.2.3\n',
    '1:5-1:10 Invalid number literal: Failed to recognize the value of this number literal.',
  ],
  ['a = -1\n', 'a@1:1 = -1 @1:5-1:7'],
  ['a = - 1\n', 'a@1:1 = -1 @1:5-1:8'],
  ['a = --1\n', 'a@1:1 = 1 @1:5-1:8'],
  [
    'a = +1\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a = !true\n', 'a@1:1 = false @1:5-1:10'],
  ['a = !!false\n', 'a@1:1 = false @1:5-1:12'],
  [
    'a = !1\n',
    'a@1:1 = (1:6-1:7 Invalid operand: Unsuitable value for unary operand: bool required, but have number.) @1:5-1:7',
  ],
  ['a = !"true"\n', 'a@1:1 = false @1:5-1:12'],
  ['a = -"1"\n', 'a@1:1 = -1 @1:5-1:9'],
  [
    'a = -"x"\n',
    'a@1:1 = (1:6-1:9 Invalid operand: Unsuitable value for unary operand: a number is required.) @1:5-1:9',
  ],
  ['a = true\n', 'a@1:1 = true @1:5-1:9'],
  ['a = null\n', 'a@1:1 = null @1:5-1:9'],
  [
    'a = True\n',
    'a@1:1 = (1:5-1:9 Variables not allowed: Variables may not be used here.) @1:5-1:9',
  ],
  [
    'a = foo\n',
    'a@1:1 = (1:5-1:8 Variables not allowed: Variables may not be used here.) @1:5-1:8',
  ],
  [
    'a = foo.bar[0]\n',
    'a@1:1 = (1:5-1:8 Variables not allowed: Variables may not be used here.) @1:5-1:15',
  ],
  [
    'a = foo(1)\n',
    'a@1:1 = (1:5-1:11 Function calls not allowed: Functions may not be called here.) @1:5-1:11',
  ],
  [
    'a = foo(\n',
    '2:1-2:1 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    'a = foo(1,)\n',
    'a@1:1 = (1:5-1:12 Function calls not allowed: Functions may not be called here.) @1:5-1:12',
  ],
  [
    'a = foo(1 2)\n',
    '1:11-1:12 Missing argument separator: A comma is required to separate each function argument from the next.',
  ],
  [
    'a = foo([1]...)\n',
    'a@1:1 = (1:5-1:16 Function calls not allowed: Functions may not be called here.) @1:5-1:16',
  ],
  [
    'a = foo(...)\n',
    '1:9-1:12 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = foo(a...,)\n',
    '1:10-1:13 Missing closing parenthesis: An expanded function argument (with ...) must be immediately followed by closing parentheses.',
  ],
  [
    'a = foo::bar(1)\n',
    'a@1:1 = (1:5-1:16 Function calls not allowed: Functions may not be called here.) @1:5-1:16',
  ],
  [
    'a = foo::bar\n',
    '1:13-2:1 Missing open parenthesis: Function selector must be followed by an open parenthesis to begin the function call.',
  ],
  [
    'a = foo::(1)\n',
    '1:10-1:11 Missing function name: Function scope resolution symbol :: must be followed by a function name in this scope.',
  ],
  ['a = (1)\n', 'a@1:1 = 1 @1:5-1:8'],
  ['a = (\n1\n)\n', 'a@1:1 = 1 @1:5-3:2'],
  [
    'a = (1\n',
    '2:1-2:1 Unbalanced parentheses: Expected a closing parenthesis to terminate the expression.',
  ],
  [
    'a = ()\n',
    '1:6-1:7 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = (1, 2)\n',
    '1:7-1:8 Unbalanced parentheses: Expected a closing parenthesis to terminate the expression.',
  ],
  ['a = 1 + 2\n', 'a@1:1 = 3 @1:5-1:10'],
  [
    'a = 1 +\n',
    '1:8-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = 1 +\n2\n',
    '1:8-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a = (1 +\n2)\n', 'a@1:1 = 3 @1:5-2:3'],
  ['a = 1 + 2 * 3 - 4 / 2 % 3\n', 'a@1:1 = 5 @1:5-1:26'],
  [
    'a = 1 / 0\n',
    'a@1:1 = cannot serialize infinity as JSON @1:5-1:10',
    { ours: 'a@1:1 = null @1:5-1:10', because: 'numbers' },
  ],
  ['a = 1 % 0\n', 'a@1:1 = 1 @1:5-1:10'],
  [
    'a = 0 / 0\n',
    "a@1:1 = (1:5-1:10 Operation failed: Error during operation: can't divide zero by zero or infinity by infinity.) @1:5-1:10",
  ],
  ['a = -7 % 3\n', 'a@1:1 = -1 @1:5-1:11'],
  ['a = 7.5 % 2\n', 'a@1:1 = 1.5 @1:5-1:12'],
  ['a = "1" + 1\n', 'a@1:1 = 2 @1:5-1:12'],
  [
    'a = "x" + 1\n',
    'a@1:1 = (1:5-1:8 Invalid operand: Unsuitable value for left operand: a number is required.) @1:5-1:12',
  ],
  [
    'a = true + 1\n',
    'a@1:1 = (1:5-1:9 Invalid operand: Unsuitable value for left operand: number required, but have bool.) @1:5-1:13',
  ],
  [
    'a = null + 1\n',
    'a@1:1 = (1:5-1:13 Operation failed: Error during operation: argument must not be null.) @1:5-1:13',
  ],
  [
    'a = [] + 1\n',
    'a@1:1 = (1:5-1:7 Invalid operand: Unsuitable value for left operand: number required, but have tuple.) @1:5-1:11',
  ],
  ['a = 1 < 2\n', 'a@1:1 = true @1:5-1:10'],
];
