import type { HclCase } from './hcl-case.ts';

export const hcl2Collections2: readonly HclCase[] = [
  [
    'a = { b }\n',
    '1:9-1:10 Missing key/value separator: Expected an equals sign ("=") to mark the beginning of the attribute value.',
  ],
  [
    'a = { b = }\n',
    '1:11-1:12 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = { = 1 }\n',
    '1:7-1:8 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = { , }\n',
    '1:7-1:8 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = { b = 1',
    '1:5-1:6 Unterminated object constructor expression: There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
  ],
  [
    'a = {',
    '1:6-1:6 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    'a = { b = 1 ]\n',
    '1:13-1:14 Missing attribute separator: Expected a newline or comma to mark the beginning of the next attribute.',
  ],
  [
    'a = { b => 1 }\n',
    '1:9-1:11 Missing key/value separator: Expected an equals sign ("=") to mark the beginning of the attribute value.',
  ],
  ['a = { "${"x"}" = 1 }\n', 'a@1:1 = {"x":1} @1:5-1:21'],
  ['a = { \u00e9 = 1 }\n', 'a@1:1 = {"\u00e9":1} @1:5-1:14'],
  ['a = { b = 1 }.b\n', 'a@1:1 = 1 @1:5-1:16'],
  ['a = { b = 1 }["b"]\n', 'a@1:1 = 1 @1:5-1:19'],
  [
    'a = { b = 1 }.c\n',
    'a@1:1 = (1:14-1:16 Unsupported attribute: This object does not have an attribute named "c".) @1:5-1:16',
  ],
  [
    'a = { b = 1 }[0]\n',
    'a@1:1 = (1:14-1:17 Invalid index: The given key does not identify an element in this collection value. An object only supports looking up attributes by name, not by numeric index.) @1:5-1:17',
  ],
  ['a = [for x in [1, 2] : x * 2]\n', 'a@1:1 = [2,4] @1:5-1:30'],
  ['a = [for i, x in ["a", "b"] : "${i}${x}"]\n', 'a@1:1 = ["0a","1b"] @1:5-1:42'],
  ['a = [for x in [1, 2, 3] : x if x > 1]\n', 'a@1:1 = [2,3] @1:5-1:38'],
  ['a = {for k, v in {a = 1} : v => k}\n', 'a@1:1 = {"1":"a"} @1:5-1:35'],
  [
    'a = {for x in ["a", "b"] : x => upper(x)}\n',
    'a@1:1 = (1:33-1:41 Function calls not allowed: Functions may not be called here.\n1:33-1:41 Function calls not allowed: Functions may not be called here.) @1:5-1:42',
  ],
  [
    'a = {for x in ["a", "a"] : x => 1}\n',
    'a@1:1 = (1:28-1:29 Duplicate object key: Two different items produced the key "a" in this \'for\' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.) @1:5-1:35',
  ],
  ['a = {for x in ["a", "a"] : x => 1...}\n', 'a@1:1 = {"a":[1,1]} @1:5-1:38'],
  [
    'a = [for x in 1 : x]\n',
    "a@1:1 = (1:15-1:16 Iteration over non-iterable value: A value of type number cannot be used as the collection in a 'for' expression.) @1:5-1:21",
  ],
  [
    'a = [for x [1] : x]\n',
    "1:12-1:13 Invalid 'for' expression: For expression requires the 'in' keyword after its name declarations.",
  ],
  [
    'a = [for x in [1] x]\n',
    "1:19-1:20 Invalid 'for' expression: For expression requires a colon after the collection expression.",
  ],
  [
    'a = [for in [1] : x]\n',
    "1:13-1:14 Invalid 'for' expression: For expression requires the 'in' keyword after its name declarations.",
  ],
  [
    'a = [for x in [1] : x\n',
    "2:1-2:1 Invalid 'for' expression: Extra characters after the end of the 'for' expression.",
  ],
  [
    'a = {for x in [1] : x}\n',
    "1:21-1:22 Invalid 'for' expression: Key expression is required when building an object.",
  ],
  [
    'a = [for x in [1] : x => x]\n',
    "1:21-1:22 Invalid 'for' expression: Key expression is not valid when building a tuple.",
  ],
  [
    'a = [for 1 in [1] : x]\n',
    "1:10-1:11 Invalid 'for' expression: For expression requires variable name after 'for'.",
  ],
  [
    'a = [for x in null : x]\n',
    "a@1:1 = (1:15-1:19 Iteration over null value: A null value cannot be used as the collection in a 'for' expression.) @1:5-1:24",
  ],
  [
    'a = [for x in [1] : x if "y"]\n',
    "a@1:1 = (1:26-1:29 Invalid 'for' condition: The 'if' clause value is invalid: a bool is required.) @1:5-1:30",
  ],
  ['a = [{ b = 1 }, { b = 2 }][*].b\n', 'a@1:1 = [1,2] @1:5-1:32'],
  ['a = [{ b = 1 }].*.b\n', 'a@1:1 = [1] @1:5-1:20'],
  ['a = 1[*]\n', 'a@1:1 = [1] @1:5-1:9'],
  ['a = null[*]\n', 'a@1:1 = [] @1:5-1:12'],
  ['a = [[1]][*][0]\n', 'a@1:1 = [1] @1:5-1:16'],
  ['a = [[1]].*.0\n', 'a@1:1 = [1] @1:5-1:14'],
  ['a = {a = 1}.*\n', 'a@1:1 = [{"a":1}] @1:5-1:14'],
];
