import type { HclCase } from './hcl-case.ts';

export const hcl2Collections1: readonly HclCase[] = [
  ['a = []\n', 'a@1:1 = [] @1:5-1:7'],
  ['a = [1]\n', 'a@1:1 = [1] @1:5-1:8'],
  ['a = [1,]\n', 'a@1:1 = [1] @1:5-1:9'],
  ['a = [1, 2]\n', 'a@1:1 = [1,2] @1:5-1:11'],
  [
    'a = [1 2]\n',
    '1:8-1:9 Missing item separator: Expected a comma to mark the beginning of the next item.',
  ],
  [
    'a = [,]\n',
    '1:6-1:7 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = [1,,2]\n',
    '1:8-1:9 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = [1\n2]\n',
    '2:1-2:2 Missing item separator: Expected a comma to mark the beginning of the next item.',
  ],
  ['a = [\n  1,\n  2,\n]\n', 'a@1:1 = [1,2] @1:5-4:2'],
  [
    'a = [1',
    '1:5-1:6 Unterminated tuple constructor expression: There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.',
  ],
  [
    'a = [1\n',
    '1:5-1:6 Unterminated tuple constructor expression: There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.',
  ],
  [
    'a = [\n',
    '2:1-2:1 Missing expression: Expected the start of an expression, but found the end of the file.',
  ],
  [
    'a = [1}\n',
    '1:7-1:8 Missing item separator: Expected a comma to mark the beginning of the next item.',
  ],
  ['a = [[1], [[]]]\n', 'a@1:1 = [[1],[[]]] @1:5-1:16'],
  ['a = [1][0]\n', 'a@1:1 = 1 @1:5-1:11'],
  [
    'a = [1][1]\n',
    'a@1:1 = (1:8-1:11 Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.) @1:5-1:11',
  ],
  ['a = [1].0\n', 'a@1:1 = 1 @1:5-1:10'],
  ['a = [1]["0"]\n', 'a@1:1 = 1 @1:5-1:13'],
  [
    'a = [1]["x"]\n',
    'a@1:1 = (1:8-1:13 Invalid index: The given key does not identify an element in this collection value: a number is required.) @1:5-1:13',
  ],
  [
    'a = [1][-1]\n',
    'a@1:1 = (1:8-1:12 Invalid index: The given key does not identify an element in this collection value: a negative number is not a valid index for a sequence.) @1:5-1:12',
  ],
  [
    'a = [1][0.5]\n',
    'a@1:1 = (1:8-1:13 Invalid index: The given key does not identify an element in this collection value: indexing a sequence requires a whole number, but the given index has a fractional part.) @1:5-1:13',
  ],
  ['a = {}\n', 'a@1:1 = {} @1:5-1:7'],
  ['a = { b = 1 }\n', 'a@1:1 = {"b":1} @1:5-1:14'],
  ['a = { b : 1 }\n', 'a@1:1 = {"b":1} @1:5-1:14'],
  ['a = { b = 1, c = 2 }\n', 'a@1:1 = {"b":1,"c":2} @1:5-1:21'],
  [
    'a = { b = 1 c = 2 }\n',
    '1:13-1:14 Missing attribute separator: Expected a newline or comma to mark the beginning of the next attribute.',
  ],
  ['a = {\n  b = 1\n  c = 2\n}\n', 'a@1:1 = {"b":1,"c":2} @1:5-4:2'],
  [
    'a = { b = 1\n, c = 2 }\n',
    '2:1-2:2 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a = { b = 1,\n c = 2, }\n', 'a@1:1 = {"b":1,"c":2} @1:5-2:10'],
  ['a = { "b c" = 1 }\n', 'a@1:1 = {"b c":1} @1:5-1:18'],
  [
    'a = { (b) = 1 }\n',
    'a@1:1 = (1:8-1:9 Variables not allowed: Variables may not be used here.) @1:5-1:16',
  ],
  ['a = { ("b") = 1 }\n', 'a@1:1 = {"b":1} @1:5-1:18'],
  ['a = { 1 = 2 }\n', 'a@1:1 = {"1":2} @1:5-1:14'],
  ['a = { true = 2 }\n', 'a@1:1 = {"true":2} @1:5-1:17'],
  ['a = { null = 2 }\n', 'a@1:1 = {"null":2} @1:5-1:17'],
  [
    'a = { b.c = 1 }\n',
    "a@1:1 = (1:7-1:10 Ambiguous attribute key: If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.) @1:5-1:16",
  ],
  [
    'a = { [] = 1 }\n',
    "a@1:1 = (1:7-1:9 Incorrect key type: Can't use this value as a key: string required, but have tuple.) @1:5-1:15",
  ],
  ['a = { b = 1, b = 2 }\n', 'a@1:1 = {"b":2} @1:5-1:21'],
];
