import type { HclCase } from './hcl-case.ts';

export const hcl2Blanks: readonly HclCase[] = [
  ['# x', ''],
  ['# x\n', ''],
  ['// x\n', ''],
  ['/* x */\n', ''],
  ['/* x */', ''],
  [
    '/* x',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '/*/',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '/',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  ['a = 1 # x\n', 'a@1:1 = 1 @1:5-1:6'],
  ['a = 1 // x\n', 'a@1:1 = 1 @1:5-1:6'],
  ['a = 1 /* x */\n', 'a@1:1 = 1 @1:5-1:6'],
  ['a = 1 /* x\n */\n', 'a@1:1 = 1 @1:5-1:6'],
  ['a = /* x */ 1\n', 'a@1:1 = 1 @1:13-1:14'],
  ['a /* x */ = 1\n', 'a@1:1 = 1 @1:13-1:14'],
  [
    'a = 1 /* x */ b = 2\n',
    '1:15-1:16 Missing newline after argument: An argument definition must end with a newline.',
  ],
  ['a { # x\n}\n', 'a@1:1 {}'],
  ['a { /* x */ }\n', 'a@1:1 {}'],
  ['a = [ # x\n 1, # y\n]\n', 'a@1:1 = [1] @1:5-3:2'],
  [
    '# \u00e9\ud83d\ude00\n!\n',
    '2:1-2:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '/* \u00e9 */ !\n',
    '1:9-1:10 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    'a = "\u00e9" !\n',
    '1:9-1:10 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = "e\u0301" !\n',
    '1:9-1:10 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = "\ud83d\udc69\u200d\ud83d\udc67" !\n',
    '1:9-1:10 Missing newline after argument: An argument definition must end with a newline.',
  ],
  ['a = 1\r\nb = 2\r\n', 'a@1:1 = 1 @1:5-1:6 | b@2:1 = 2 @2:5-2:6'],
  ['a {\r\n  b = 1\r\n}\r\n', 'a@1:1 {b@2:3 = 1 @2:7-2:8}'],
  [
    'a = 1\rb = 2\n',
    '1:6-1:7 Invalid character: This character is not used within the language.\n1:6-1:7 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    '# x\r\n!\r\n',
    '2:1-2:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  ['\ufeffa = 1\n', 'a@1:1 = 1 @1:5-1:6'],
  [
    '\ufeff!\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    'a = 1\ufeff\n',
    '1:6-1:7 Invalid character: This character is not used within the language.\n1:6-1:7 Missing newline after argument: An argument definition must end with a newline.',
  ],
  ['a = "\ufeff"\n', 'a@1:1 = "\ufeff" @1:5-1:8'],
  [
    '\u0000\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    'a = \u0000\n',
    '1:5-1:6 Invalid character: This character is not used within the language.\n1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  ['a = "\u0000"\n', 'a@1:1 = "\\u0000" @1:5-1:8'],
  ['# \u0000\n', ''],
  ['\ta = 1\n', 'a@1:2 = 1 @1:6-1:7'],
  [
    '\ta =\t!\n',
    '1:7-2:1 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    '\u000b',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    '\u00a0a = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    'a\u00a0= 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.\n1:2-1:3 Invalid character: This character is not used within the language.',
  ],
  ['a = "x\ty"\n', 'a@1:1 = "x\\ty" @1:5-1:10'],
  [
    'a = 1\u001a\n',
    '1:6-1:7 Invalid character: This character is not used within the language.\n1:6-1:7 Missing newline after argument: An argument definition must end with a newline.',
  ],
  [
    'a = \u201cx\u201d\n',
    '1:5-1:6 Invalid character: "Curly quotes" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a "straight quote".\n1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n1:7-1:8 Invalid character: "Curly quotes" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a "straight quote".',
  ],
  [
    'a = 1 # \u2028\n!\n',
    '2:1-2:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  ['#', ''],
  ['//', ''],
  ['a = 1#x\n', 'a@1:1 = 1 @1:5-1:6'],
  ['/**/a = 1\n', 'a@1:5 = 1 @1:9-1:10'],
  ['/***/\n', ''],
  [
    '/* /* */ */\n',
    '1:10-1:11 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '\u2028a = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    '\u0085a = 1\n',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
  [
    '\n\n  !\n',
    '3:3-3:4 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '\r\n\r\n!',
    '3:1-3:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    '\r!',
    '1:1-1:2 Argument or block definition required: An argument or block definition is required here.\n1:1-1:2 Invalid character: This character is not used within the language.',
  ],
];
