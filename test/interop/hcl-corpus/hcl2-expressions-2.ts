import type { HclCase } from './hcl-case.ts';

export const hcl2Expressions2: readonly HclCase[] = [
  ['a = 1 <= 1 && 2 >= 3 || true\n', 'a@1:1 = true @1:5-1:29'],
  ['a = 1 == 1.0\n', 'a@1:1 = true @1:5-1:13'],
  ['a = 1 == "1"\n', 'a@1:1 = false @1:5-1:13'],
  ['a = [1] == [1]\n', 'a@1:1 = true @1:5-1:15'],
  ['a = {b = 1} != {b = 1}\n', 'a@1:1 = false @1:5-1:23'],
  ['a = null == null\n', 'a@1:1 = true @1:5-1:17'],
  ['a = 1 < "2"\n', 'a@1:1 = true @1:5-1:12'],
  [
    'a = 1 < true\n',
    'a@1:1 = (1:9-1:13 Invalid operand: Unsuitable value for right operand: number required, but have bool.) @1:5-1:13',
  ],
  [
    'a = 1 && true\n',
    'a@1:1 = (1:5-1:6 Invalid operand: Unsuitable value for left operand: bool required, but have number.) @1:5-1:14',
  ],
  ['a = "true" && true\n', 'a@1:1 = true @1:5-1:19'],
  [
    'a = "x" && true\n',
    'a@1:1 = (1:5-1:8 Invalid operand: Unsuitable value for left operand: a bool is required.) @1:5-1:16',
  ],
  [
    'a = 1 = 2\n',
    '1:7-1:8 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = 1 & 2\n',
    '1:7-1:8 Missing newline after argument: An argument definition must end with a newline.\n1:7-1:8 Unsupported operator: Bitwise operators are not supported. Did you mean boolean AND ("&&")?',
  ],
  [
    'a = 1 | 2\n',
    '1:7-1:8 Missing newline after argument: An argument definition must end with a newline.\n1:7-1:8 Unsupported operator: Bitwise operators are not supported. Did you mean boolean OR ("||")?',
  ],
  [
    'a = 1 ^ 2\n',
    '1:7-1:8 Missing newline after argument: An argument definition must end with a newline.\n1:7-1:8 Unsupported operator: Bitwise operators are not supported.',
  ],
  [
    'a = ~1\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n1:5-1:6 Unsupported operator: Bitwise operators are not supported. Did you mean boolean NOT ("!")?',
  ],
  [
    'a = 1 ? 2 : 3\n',
    'a@1:1 = (1:5-1:6 Incorrect condition type: The condition expression must be of type bool.) @1:5-1:14',
  ],
  ['a = true ? 1 : 2\n', 'a@1:1 = 1 @1:5-1:17'],
  ['a = true ? 1 : "x"\n', 'a@1:1 = "1" @1:5-1:19'],
  ['a = false ? 1 : null\n', 'a@1:1 = null @1:5-1:21'],
  ['a = true ? [1] : []\n', 'a@1:1 = [1] @1:5-1:20'],
  [
    'a = true ? 1\n',
    '1:13-2:1 Missing false expression in conditional: The conditional operator (...?...:...) requires a false expression, delimited by a colon.',
  ],
  [
    'a = true ? : 1\n',
    '1:12-1:13 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a = true ? {a = 1} : {b = 2}\n', 'a@1:1 = {"a":1} @1:5-1:29'],
  [
    'a = true ? 1 : [2]\n',
    "a@1:1 = (1:12-1:19 Inconsistent conditional result types: The true and false result expressions must have consistent types. The 'true' value is number, but the 'false' value is tuple.) @1:5-1:19",
  ],
  [
    'a = true ?\n1 :\n2\n',
    '1:11-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = null ? 1 : 2\n',
    'a@1:1 = (1:5-1:9 Null condition: The condition value is null. Conditions must either be true or false.) @1:5-1:17',
  ],
  ['a = "a" == "a" ? 1 : 2\n', 'a@1:1 = 1 @1:5-1:23'],
  [
    'a = "x".y\n',
    "a@1:1 = (1:8-1:10 Unsupported attribute: Can't access attributes on a primitive-typed value (string).) @1:5-1:10",
  ],
  [
    'a = 1.y\n',
    "a@1:1 = (1:6-1:8 Unsupported attribute: Can't access attributes on a primitive-typed value (number).) @1:5-1:8",
  ],
  [
    'a = null.y\n',
    'a@1:1 = (1:9-1:11 Attempt to get attribute from null value: This value is null, so it does not have any attributes.) @1:5-1:11',
  ],
  ['a = foo.\n', '1:9-2:1 Invalid attribute name: An attribute name is required after a dot.'],
  [
    'a = foo.1x\n',
    '1:10-1:11 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = foo.*.\n',
    '1:9-1:10 Invalid attribute name: An attribute name is required after a dot.',
    {
      ours: '1:11-2:1 Invalid attribute name: An attribute name is required after a dot.',
      because: 'splat',
    },
  ],
  [
    'a = foo[\n',
    '2:1-2:1 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    'a = foo[]\n',
    '1:9-1:10 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = foo[1\n',
    '2:1-2:1 Missing close bracket on index: The index operator must end with a closing bracket ("]").',
  ],
  [
    'a = foo["x"].y\n',
    'a@1:1 = (1:5-1:8 Variables not allowed: Variables may not be used here.) @1:5-1:15',
  ],
  [
    'a = foo.bar.*.baz[1]\n',
    'a@1:1 = (1:5-1:8 Variables not allowed: Variables may not be used here.) @1:5-1:21',
  ],
  ['a = 9007199254740993\n', 'a@1:1 = 9007199254740992 @1:5-1:21'],
  [
    'a = 0.1 + 0.2\n',
    'a@1:1 = 0.3 @1:5-1:14',
    { ours: 'a@1:1 = 0.30000000000000004 @1:5-1:14', because: 'numbers' },
  ],
  [
    'a = 1e400\n',
    'a@1:1 = null @1:5-1:10',
    {
      ours: '1:5-1:10 Invalid number literal: Failed to recognize the value of this number literal.',
      because: 'numbers',
    },
  ],
  ['a = 100000000000000000000\n', 'a@1:1 = 100000000000000000000 @1:5-1:26'],
  ['a = 1e-7\n', 'a@1:1 = 1e-7 @1:5-1:9'],
  [
    'a = true ? foo : 1\n',
    'a@1:1 = (1:12-1:15 Variables not allowed: Variables may not be used here.) @1:5-1:19',
  ],
  [
    'a = each\n',
    'a@1:1 = (1:5-1:9 Variables not allowed: Variables may not be used here.) @1:5-1:9',
  ],
  [
    'a = 1 \\\n',
    '1:7-1:8 Invalid character: This character is not used within the language.\n1:7-1:8 Missing newline after argument: An argument definition must end with a newline.',
  ],
  ['a = "x" == "y" || !false\n', 'a@1:1 = true @1:5-1:25'],
  [
    'a = 1 1\n',
    '1:7-1:8 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = ...\n',
    '1:5-1:8 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = =>\n',
    '1:5-1:7 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = 1 => 2\n',
    '1:7-1:9 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = [1...]\n',
    '1:7-1:10 Missing item separator: Expected a comma to mark the beginning of the next item.',
  ],
  [
    'a = (foo).bar\n',
    'a@1:1 = (1:6-1:9 Variables not allowed: Variables may not be used here.) @1:5-1:14',
  ],
  ['a = ((((1))))\n', 'a@1:1 = 1 @1:5-1:14'],
  ['a = 2 * (3 + 4)\n', 'a@1:1 = 14 @1:5-1:16'],
  ['a = 1 == 2 == false\n', 'a@1:1 = true @1:5-1:20'],
  [
    'a = 1 < 2 < 3\n',
    'a@1:1 = (1:5-1:10 Invalid operand: Unsuitable value for left operand: number required, but have bool.) @1:5-1:14',
  ],
  ['a = "a${1 + 1}b" == "a2b"\n', 'a@1:1 = true @1:5-1:26'],
];
