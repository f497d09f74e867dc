import type { HclCase } from './hcl-case.ts';

export const hcl2Heredocs: readonly HclCase[] = [
  ['a = <<E\nE\n', 'a@1:1 = "" @1:5-2:2'],
  ['a = <<E\nx\nE\n', 'a@1:1 = "x\\n" @1:5-3:2'],
  ['a = <<E\nx\n\ny\nE\n', 'a@1:1 = "x\\n\\ny\\n" @1:5-5:2'],
  [
    'a = <<E\nx\nE',
    '3:2-3:2 Unterminated template string: No closing marker was found for the string.',
  ],
  [
    'a = <<E\nx\n',
    '3:1-3:1 Unterminated template string: No closing marker was found for the string.',
  ],
  [
    'a = <<E\n',
    '2:1-2:1 Unterminated template string: No closing marker was found for the string.',
  ],
  [
    'a = <<E',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = <<\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = <<-\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = << E\nE\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n2:1-2:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a = <<E x\nE\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n2:1-2:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a = <<E # x\nE\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n2:1-2:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  [
    'a = <<"E"\nE\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n2:1-2:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  ['a = <<E\n  x\n  E\n', 'a@1:1 = "  x\\n" @1:5-3:4'],
  ['a = <<E\nE x\nE\n', 'a@1:1 = "E x\\n" @1:5-3:2'],
  ['a = <<E\nEE\nE\n', 'a@1:1 = "EE\\n" @1:5-3:2'],
  ['a = <<-E\n  x\n    y\n  E\n', 'a@1:1 = "x\\n  y\\n" @1:5-4:4'],
  ['a = <<-E\n    x\n  y\n      E\n', 'a@1:1 = "  x\\ny\\n" @1:5-4:8'],
  ['a = <<-E\n\tx\n\tE\n', 'a@1:1 = "x\\n" @1:5-3:3'],
  ['a = <<-E\n\n  x\n  E\n', 'a@1:1 = "\\nx\\n" @1:5-4:4'],
  ['a = <<-E\n  ${1}\n    x\n  E\n', 'a@1:1 = "1\\n  x\\n" @1:5-4:4'],
  ['a = <<-E\n  x ${~ 1 ~}\n  y\n  E\n', 'a@1:1 = "x1  y\\n" @1:5-4:4'],
  ['a = <<E\n${1}\n$${x}\n\\n "y"\nE\n', 'a@1:1 = "1\\n${x}\\n\\\\n \\"y\\"\\n" @1:5-5:2'],
  ['a = <<E\n%{ if true }\nx\n%{ endif }\nE\n', 'a@1:1 = "\\nx\\n\\n" @1:5-5:2'],
  ['a = <<E\n%{ if true ~}\nx\n%{ endif ~}\nE\n', 'a@1:1 = "x\\n" @1:5-5:2'],
  ['a = <<E\n%{ for x in [1, 2] ~}\n${x}\n%{ endfor ~}\nE\n', 'a@1:1 = "1\\n2\\n" @1:5-5:2'],
  ['a = <<E\r\nx\r\nE\r\n', 'a@1:1 = "x\\r\\n" @1:5-3:2'],
  ['a = <<\u00e9\nx\n\u00e9\n', 'a@1:1 = "x\\n" @1:5-3:2'],
  [
    'a = <<1\nx\n1\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n2:1-2:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
  ['a = <<A-B\nx\nA-B\n', 'a@1:1 = "x\\n" @1:5-3:4'],
  [
    'a = <<E\nx\nE, b = 1\n',
    '4:1-4:1 Unterminated template string: No closing marker was found for the string.',
  ],
  ['a = [<<E\nx\nE\n, 2]\n', 'a@1:1 = ["x\\n",2] @1:5-4:5'],
  ['a = [<<E\nx\nE\n]\n', 'a@1:1 = ["x\\n"] @1:5-4:2'],
  ['a = { b = <<E\nx\nE\n}\n', 'a@1:1 = {"b":"x\\n"} @1:5-4:2'],
  [
    'a { b = <<E\nx\nE\n}\n',
    "3:2-4:1 Invalid single-argument block definition: An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
  ],
  [
    'a = <<E\n${\nE\n',
    '2:1-2:3 Unclosed template interpolation sequence: There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.',
  ],
  [
    'a = <<E\n${"x"\nE\n',
    '3:1-3:2 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with "$${" instead of just "${".',
  ],
  ['a = <<E\n${ <<F\ny\nF\n}\nE\n', 'a@1:1 = "y\\n\\n" @1:5-6:2'],
  [
    'a = <<E\nx\nE\n!\n',
    '4:1-4:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  [
    'a = <<E\n\u00e9\nE\n!\n',
    '4:1-4:2 Argument or block definition required: An argument or block definition is required here.',
  ],
  ['a = <<E\n\nE\n', 'a@1:1 = "\\n" @1:5-3:2'],
  ['a = <<-E\n  x\nE\n', 'a@1:1 = "x\\n" @1:5-3:2'],
  ['a = <<-E\n \tx\n \ty\nE\n', 'a@1:1 = "x\\ny\\n" @1:5-4:2'],
  ['a = <<E\nx\n E \nb = 2\n', 'a@1:1 = "x\\n" @1:5-3:4 | b@4:1 = 2 @4:5-4:6'],
  ['a = <<E\n$\nE\n', 'a@1:1 = "$\\n" @1:5-3:2'],
  ['a = <<E\n%\nE\n', 'a@1:1 = "%\\n" @1:5-3:2'],
  [
    'a = <E\nE\n',
    '1:5-1:6 Invalid expression: Expected the start of an expression, but found an invalid expression token.\n2:1-2:2 Argument or block definition required: An argument or block definition is required here. To set an argument, use the equals sign "=" to introduce the argument value.',
  ],
];
