import type { HclCase } from './hcl-case.ts';

export const hcl2Strings: readonly HclCase[] = [
  ['a = ""\n', 'a@1:1 = "" @1:5-1:7'],
  ['a = "x"\n', 'a@1:1 = "x" @1:5-1:8'],
  ['a = "\\n\\t\\r\\"\\\\"\n', 'a@1:1 = "\\n\\t\\r\\"\\\\" @1:5-1:17'],
  ['a = "\\u00e9\\U0001F600"\n', 'a@1:1 = "\u00e9\ud83d\ude00" @1:5-1:23'],
  [
    'a = "\\u12"\n',
    '1:6-1:10 Invalid escape sequence: The \\u escape sequence must be followed by four hexadecimal digits.',
  ],
  [
    'a = "\\U0001"\n',
    '1:6-1:12 Invalid escape sequence: The \\U escape sequence must be followed by eight hexadecimal digits.',
  ],
  [
    'a = "\\x41"\n',
    '1:6-1:8 Invalid escape sequence: The symbol "x" is not a valid escape sequence selector.',
  ],
  [
    'a = "\\a"\n',
    '1:6-1:8 Invalid escape sequence: The symbol "a" is not a valid escape sequence selector.',
  ],
  [
    'a = "\\0"\n',
    '1:6-1:8 Invalid escape sequence: The symbol "0" is not a valid escape sequence selector.',
  ],
  [
    'a = "\\\'"\n',
    '1:6-1:8 Invalid escape sequence: The symbol "\'" is not a valid escape sequence selector.',
  ],
  ['a = "\\ud800"\n', '1:6-1:12 Invalid escape sequence: Cannot encode character U+d800 in UTF-8.'],
  [
    'a = "\\U00110000"\n',
    '1:6-1:16 Invalid escape sequence: Cannot encode character U+110000 in UTF-8.',
  ],
  [
    'a = "\\\n',
    '1:6-1:7 Invalid character: This character is not used within the language.\n1:6-1:7 Unterminated template string: No closing marker was found for the string.\n1:7-2:1 Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.',
  ],
  [
    'a = "x\\"\n',
    '1:9-2:1 Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.\n1:9-2:1 Unterminated template string: No closing marker was found for the string.',
  ],
  [
    'a = "x\n',
    '1:7-2:1 Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.\n1:7-2:1 Unterminated template string: No closing marker was found for the string.',
  ],
  [
    'a = "x\ny"\n',
    '1:7-2:1 Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.\n1:7-2:1 Unterminated template string: No closing marker was found for the string.',
  ],
  ['a = "x', '1:7-1:7 Unterminated template string: No closing marker was found for the string.'],
  ['a = "', '1:6-1:6 Unterminated template string: No closing marker was found for the string.'],
  [
    'a = "x" "y"\n',
    '1:9-1:10 Missing newline after argument: An argument definition must end with a newline.',
  ],
  ['a = "$"\n', 'a@1:1 = "$" @1:5-1:8'],
  ['a = "$$"\n', 'a@1:1 = "$$" @1:5-1:9'],
  ['a = "$${x}"\n', 'a@1:1 = "${x}" @1:5-1:12'],
  ['a = "$$${1}"\n', 'a@1:1 = "$${1}" @1:5-1:13'],
  ['a = "$$$${x}"\n', 'a@1:1 = "$$${x}" @1:5-1:14'],
  ['a = "%"\n', 'a@1:1 = "%" @1:5-1:8'],
  ['a = "%%{x}"\n', 'a@1:1 = "%{x}" @1:5-1:12'],
  [
    'a = "%{x}"\n',
    '1:8-1:9 Invalid template control keyword: "x" is not a valid template control keyword. Did you mean "if"?',
  ],
  ['a = "${1}"\n', 'a@1:1 = 1 @1:5-1:11'],
  ['a = "${"x"}"\n', 'a@1:1 = "x" @1:5-1:13'],
  ['a = "${1}${2}"\n', 'a@1:1 = "12" @1:5-1:15'],
  ['a = " ${1} "\n', 'a@1:1 = " 1 " @1:5-1:13'],
  ['a = " ${~ 1 ~} "\n', 'a@1:1 = "1" @1:5-1:17'],
  ['a = "${true}"\n', 'a@1:1 = true @1:5-1:14'],
  ['a = "${null}"\n', 'a@1:1 = null @1:5-1:14'],
  [
    'a = "x${null}"\n',
    'a@1:1 = (1:9-1:13 Invalid template interpolation value: The expression result is null. Cannot include a null value in a string template.) @1:5-1:15',
  ],
  [
    'a = "x${[]}"\n',
    'a@1:1 = (1:9-1:11 Invalid template interpolation value: Cannot include the given value in a string template: string required, but have tuple.) @1:5-1:13',
  ],
  ['a = "${[1]}"\n', 'a@1:1 = [1] @1:5-1:13'],
  ['a = "${{}}"\n', 'a@1:1 = {} @1:5-1:12'],
  [
    'a = "${}"\n',
    '1:8-1:9 Invalid expression: Expected the start of an expression, but found an invalid expression token.',
  ],
  [
    'a = "${1',
    '1:6-1:8 Unclosed template interpolation sequence: There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.',
  ],
  [
    'a = "${1"\n',
    '1:6-1:8 Unclosed template interpolation sequence: There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression.\n1:10-2:1 Invalid multi-line string: Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.',
  ],
  [
    'a = "${1}',
    '1:10-1:10 Unterminated template string: No closing marker was found for the string.',
  ],
  [
    'a = "${x}"\n',
    'a@1:1 = (1:8-1:9 Variables not allowed: Variables may not be used here.) @1:5-1:11',
  ],
  [
    'a = "${1 2}"\n',
    '1:10-1:11 Extra characters after interpolation expression: Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with "$${" instead of just "${".',
  ],
  ['a = "${\n1\n}"\n', 'a@1:1 = 1 @1:5-3:3'],
  ['a = "${"${"x"}"}"\n', 'a@1:1 = "x" @1:5-1:18'],
  ['a = "%{ if true }x%{ else }y%{ endif }"\n', 'a@1:1 = "x" @1:5-1:40'],
  ['a = "%{ if false }x%{ endif }"\n', 'a@1:1 = "" @1:5-1:31'],
  [
    'a = "%{ if 1 }x%{ endif }"\n',
    'a@1:1 = (1:12-1:13 Incorrect condition type: The condition expression must be of type bool.) @1:5-1:27',
  ],
  ['a = "%{ if "true" }x%{ endif }"\n', 'a@1:1 = "x" @1:5-1:32'],
  [
    'a = "%{ if true }x"\n',
    '1:19-1:20 Unexpected end of template: The if directive at t:1,6-18 is missing its corresponding endif directive.',
  ],
  [
    'a = "%{ endif }"\n',
    '1:6-1:16 Unexpected endif directive: The control directives within this template are unbalanced.',
  ],
  [
    'a = "%{ else }"\n',
    '1:6-1:15 Unexpected else directive: The control directives within this template are unbalanced.',
  ],
  [
    'a = "%{ if true }%{ else }%{ else }%{ endif }"\n',
    '1:27-1:36 Unexpected else directive: Already in the else clause for the if started at t:1,6-18.\n1:36-1:46 Unexpected endif directive: The control directives within this template are unbalanced.',
  ],
  ['a = "%{ for x in [1, 2] }${x},%{ endfor }"\n', 'a@1:1 = "1,2," @1:5-1:43'],
  ['a = "%{ for k, v in {a = 1} }${k}=${v}%{ endfor }"\n', 'a@1:1 = "a=1" @1:5-1:51'],
  [
    'a = "%{ for x in [1] }"\n',
    '1:23-1:24 Unexpected end of template: The for directive at t:1,6-23 is missing its corresponding endfor directive.',
  ],
  [
    'a = "%{ for x in 1 }%{ endfor }"\n',
    "a@1:1 = (1:18-1:19 Iteration over non-iterable value: A value of type number cannot be used as the collection in a 'for' expression.) @1:5-1:33",
  ],
  [
    'a = "%{ for in [1] }%{ endfor }"\n',
    "1:16-1:17 Invalid 'for' directive: For directive requires 'in' keyword after names.\n1:21-1:32 Unexpected endfor directive: The control directives within this template are unbalanced.",
  ],
  [
    'a = "%{ foo }"\n',
    '1:9-1:12 Invalid template control keyword: "foo" is not a valid template control keyword. Did you mean "for"?',
  ],
  ['a = "%{ if true ~} x %{~ endif }"\n', 'a@1:1 = "x" @1:5-1:34'],
  ['a = "\u00e9\u65e5\u672c\ud83d\ude00"\n', 'a@1:1 = "\u00e9\u65e5\u672c\ud83d\ude00" @1:5-1:11'],
  ['a = "e\u0301"\n', 'a@1:1 = "\u00e9" @1:5-1:8'],
  ['a = "\u212b"\n', 'a@1:1 = "\u00c5" @1:5-1:8'],
  ['a = "a${"b"}c"\n', 'a@1:1 = "abc" @1:5-1:15'],
  ['a = "${1.50}"\n', 'a@1:1 = 1.5 @1:5-1:14'],
  ['a = "${1e21}"\n', 'a@1:1 = 1e+21 @1:5-1:14'],
  ['a = "${0.1}"\n', 'a@1:1 = 0.1 @1:5-1:13'],
  ['a = "${100000000000000000000}"\n', 'a@1:1 = 100000000000000000000 @1:5-1:31'],
  ['a = "${1/3}"\n', 'a@1:1 = 0.3333333333333333 @1:5-1:13'],
  ['a = "{}"\n', 'a@1:1 = "{}" @1:5-1:9'],
  ['a = "}"\n', 'a@1:1 = "}" @1:5-1:8'],
  ['a = "$ {x}"\n', 'a@1:1 = "$ {x}" @1:5-1:12'],
  [
    'a = "${a}}"\n',
    'a@1:1 = (1:8-1:9 Variables not allowed: Variables may not be used here.) @1:5-1:12',
  ],
  ['a = "\u0001"\n', 'a@1:1 = "\\u0001" @1:5-1:8'],
];
