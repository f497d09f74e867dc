import type { HclCase } from './hcl-case.ts';

export const hcl2Json2: readonly HclCase[] = [
  [
    '',
    '1:1-1:1 Missing value: The JSON data ends prematurely.\n1:1-1:1 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '  ',
    '1:3-1:3 Missing value: The JSON data ends prematurely.\n1:3-1:3 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '\n',
    '2:1-2:1 Missing value: The JSON data ends prematurely.\n2:1-2:1 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '{',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:2 Invalid object property name: A JSON object property name must be a string\n1:2-1:2 Missing value: The JSON data ends prematurely.',
  ],
  [
    '}',
    '1:1-1:2 Missing JSON value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '[',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing bracket was found for this JSON array.\n1:2-1:2 Missing value: The JSON data ends prematurely.',
  ],
  [
    ']',
    '1:1-1:2 Missing array element value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    ',',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    ':',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '=',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '"',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '"a"',
    '1:1-1:4 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '1',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    'true',
    '1:1-1:5 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    'null',
    '1:1-1:5 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    'nul',
    '1:1-1:4 Invalid JSON keyword: "nul" is not a valid JSON keyword. Did you mean "null"?\n1:1-1:4 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '{"a"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:5-1:6 Missing object value: A JSON object attribute must have a value, introduced by a colon.',
  ],
  [
    '{"a":}',
    '1:6-1:7 Missing JSON value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{"a":,}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:6-1:7 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:6-1:7 Trailing comma in object: JSON does not permit a trailing comma after the final property in an object.',
  ],
  [
    '{"a" 1}',
    "1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:6-1:7 Missing property value colon: A colon must appear between an object property's name and its value.",
  ],
  [
    '{"a" = 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:6-1:7 Missing property value colon: JSON uses a colon as its name/value delimiter, not an equals sign.',
  ],
  [
    '{"a": 1,}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:8-1:9 Trailing comma in object: JSON does not permit a trailing comma after the final property in an object.',
  ],
  [
    '{"a": 1,, "b": 2}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:10 Invalid object property name: A JSON object property name must be a string\n1:9-1:10 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{,}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string\n1:2-1:3 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{"a": 1 "b": 2}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:16-1:16 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": 1]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:9 Mismatched braces: A JSON object must be closed with a brace, not a bracket.',
  ],
  [
    '{"a": 1',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.',
  ],
  [
    '{"a": 1,',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:9 Invalid object property name: A JSON object property name must be a string\n1:9-1:9 Missing value: The JSON data ends prematurely.',
  ],
  [
    '{"a":',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:6-1:6 Missing value: The JSON data ends prematurely.',
  ],
  [
    '{"a"',
    "1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:5-1:5 Missing property value colon: A colon must appear between an object property's name and its value.",
  ],
  [
    '{"a',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:4 Invalid object property name: A JSON object property name must be a string\n1:4-1:5 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a\n": 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:4 Invalid object property name: A JSON object property name must be a string\n1:4-1:5 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{a: 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid JSON keyword: "a" is not a valid JSON keyword.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string',
  ],
  [
    '{1: 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string',
  ],
  [
    '{true: 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:6 Invalid object property name: A JSON object property name must be a string',
  ],
  [
    '{null: 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:6 Invalid object property name: A JSON object property name must be a string',
  ],
  [
    '{[]: 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string',
  ],
  [
    '{{}: 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string',
  ],
  [
    "{'a': 1}",
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string\n1:2-1:3 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{"a": \'b\'}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:8-1:8 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  ['{"a": b}', '1:7-1:8 Invalid JSON keyword: "b" is not a valid JSON keyword.'],
  [
    '{"a": True}',
    '1:7-1:11 Invalid JSON keyword: "True" is not a valid JSON keyword. Did you mean "true"?',
  ],
  ['{"a": FALSE}', '1:7-1:12 Invalid JSON keyword: "FALSE" is not a valid JSON keyword.'],
  [
    '{"a": nil}',
    '1:7-1:10 Invalid JSON keyword: "nil" is not a valid JSON keyword. Did you mean "null"?',
  ],
  [
    '{"a": undefined}',
    '1:7-1:16 Invalid JSON keyword: The JavaScript identifier "undefined" cannot be used in JSON.',
  ],
  [
    '{"a": NaN}',
    '1:7-1:10 Invalid JSON keyword: The JavaScript identifier "NaN" cannot be used in JSON.',
  ],
  [
    '{"a": Infinity}',
    '1:7-1:15 Invalid JSON keyword: The JavaScript identifier "Infinity" cannot be used in JSON.',
  ],
  ['{"a": trueish}', '1:7-1:14 Invalid JSON keyword: "trueish" is not a valid JSON keyword.'],
  ['{"a": 01}', '1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.'],
  ['{"a": +1}', '1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.'],
  ['{"a": .5}', '1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.'],
  ['{"a": 1.}', '1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.'],
  ['{"a": -}', '1:7-1:8 Invalid JSON number: There is a syntax error in the given JSON number.'],
  ['{"a": 1e}', '1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.'],
  ['{"a": 1e+}', '1:7-1:10 Invalid JSON number: There is a syntax error in the given JSON number.'],
  [
    '{"a": 1.2.3}',
    '1:7-1:12 Invalid JSON number: There is a syntax error in the given JSON number.',
  ],
  [
    '{"a": 0x10}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:12-1:12 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": 1_000}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:9 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  ['{"a": --1}', '1:7-1:10 Invalid JSON number: There is a syntax error in the given JSON number.'],
  [
    '{"a": "\\q"}',
    '1:10-1:11 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "\\u12"}',
    '1:13-1:14 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "\\u12G4"}',
    '1:13-1:14 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "\\uD8"}',
    '1:13-1:14 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "b\tc"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:10 Invalid JSON string: There is a syntax error in the given JSON string.\n1:14-1:14 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": "b\nc"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:10 Invalid JSON string: There is a syntax error in the given JSON string.\n2:4-2:4 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": "b\u{1}c"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:10 Invalid JSON string: There is a syntax error in the given JSON string.\n1:10-1:10 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": "\u{e9}\\q"}',
    '1:12-1:13 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "b\\"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:12-1:13 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "b\\',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:10-1:11 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "\u{e9}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:10-1:11 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '[1',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing bracket was found for this JSON array.',
  ],
  [
    '[1,',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing bracket was found for this JSON array.\n1:4-1:4 Missing value: The JSON data ends prematurely.',
  ],
  [
    '[1,]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:3-1:4 Trailing comma in array: JSON does not permit a trailing comma after the final value in an array.',
  ],
  [
    '[,]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:2-1:3 Trailing comma in array: JSON does not permit a trailing comma after the final value in an array.',
  ],
  [
    '[1 2]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:6-1:6 Missing attribute seperator comma: A comma must appear between each value in an array.',
  ],
  [
    '[1: 2]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:7 Invalid array value: A colon is not used to introduce values in a JSON array.',
  ],
  [
    '[1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:4-1:4 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.',
  ],
  [
    '[1}]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:5-1:5 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.',
  ],
  [
    '[{]',
    '1:3-1:4 Invalid object property name: A JSON object property name must be a string\n1:3-1:4 Missing array element value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '[{]}]',
    '1:3-1:4 Invalid object property name: A JSON object property name must be a string\n1:3-1:4 Missing array element value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '[}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Missing JSON value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:3-1:3 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.',
  ],
  [
    '{]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid object property name: A JSON object property name must be a string\n1:2-1:3 Missing array element value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{"a": [}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:8-1:9 Missing JSON value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:9-1:9 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.',
  ],
  [
    '{"a": [1, 2}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:13-1:13 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.',
  ],
  [
    '{"a": [1, 2}}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:14-1:14 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.',
  ],
  [
    '{"a": {"b": 1]}',
    '1:15-1:16 Mismatched braces: A JSON object must be closed with a brace, not a bracket.',
  ],
  [
    '{"a": 1}}',
    '1:9-1:10 Extraneous data after value: Extra characters appear after the JSON value.',
  ],
  [
    '{"a": 1} x',
    '1:10-1:11 Extraneous data after value: Extra characters appear after the JSON value.',
  ],
  [
    '{"a": 1}{"b": 2}',
    '1:9-1:10 Extraneous data after value: Extra characters appear after the JSON value.',
  ],
  ['[] []', '1:4-1:5 Extraneous data after value: Extra characters appear after the JSON value.'],
  [
    '{"a": 1} // c',
    '1:10-1:11 Extraneous data after value: Extra characters appear after the JSON value.',
  ],
  [
    '// c\n{}',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '/* c */ {}',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '# c\n{}',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '{"a": 1 /* c */}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:10-1:10 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '\u{feff}{}',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '{"a": @}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:8-1:8 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": \u{e9}}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:8-1:8 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '\u{e9}',
    '1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '{"a": $x}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:8-1:8 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": (1)}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:8-1:8 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": 1; "b": 2}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:9 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a"; 1}',
    "1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:5-1:6 Missing property value colon: A colon must appear between an object property's name and its value.",
  ],
  [
    '{"a": {"b" "c"}}',
    "1:12-1:15 Missing property value colon: A colon must appear between an object property's name and its value.",
  ],
  [
    '{"a": {"b", "c"}}',
    '1:11-1:12 Missing object value: A JSON object attribute must have a value, introduced by a colon.',
  ],
  [
    '{"a": {"b"}}',
    '1:11-1:12 Missing object value: A JSON object attribute must have a value, introduced by a colon.',
  ],
  [
    '{"a": [{"b": 1,}, {"c": 2}], "d":}',
    '1:15-1:16 Trailing comma in object: JSON does not permit a trailing comma after the final property in an object.\n1:28-1:29 Mismatched brackets: A JSON array must be closed with a bracket, not a brace.\n1:34-1:35 Missing JSON value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{"a": {"b": 1,}, "c": 2}',
    '1:14-1:15 Trailing comma in object: JSON does not permit a trailing comma after the final property in an object.',
  ],
  [
    '{"a": [1,], "b": tru}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:10 Trailing comma in array: JSON does not permit a trailing comma after the final value in an array.\n1:11-1:12 Mismatched braces: A JSON object must be closed with a brace, not a bracket.',
  ],
  [
    '{"a": tru, "b": fals, "c": nul}',
    '1:7-1:10 Invalid JSON keyword: "tru" is not a valid JSON keyword. Did you mean "true"?\n1:17-1:21 Invalid JSON keyword: "fals" is not a valid JSON keyword. Did you mean "false"?\n1:28-1:31 Invalid JSON keyword: "nul" is not a valid JSON keyword. Did you mean "null"?',
  ],
  [
    '{"a": 01, "b": 02}',
    '1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.\n1:16-1:18 Invalid JSON number: There is a syntax error in the given JSON number.',
  ],
  [
    '{"a\\q": 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:7 Invalid object property name: A JSON object property name must be a string\n1:6-1:7 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": =}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:9-1:9 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a" : : 1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:8-1:9 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:12-1:12 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '[=]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:4-1:4 Missing attribute seperator comma: A comma must appear between each value in an array.',
  ],
  [
    '[:]',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:4-1:4 Invalid array value: A colon is not used to introduce values in a JSON array.',
  ],
  ['[a]', '1:2-1:3 Invalid JSON keyword: "a" is not a valid JSON keyword.'],
  [
    "['a']",
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:2-1:3 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:3-1:3 Missing attribute seperator comma: A comma must appear between each value in an array.',
  ],
  [
    '[1,,2]',
    '1:4-1:5 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.',
  ],
  [
    '{"a": "b" : "c"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:17-1:17 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '\t\t{"a"\t1}',
    "1:5-1:6 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:11-1:12 Missing property value colon: A colon must appear between an object property's name and its value.",
  ],
  [
    '{"a":\u{a0}1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:6-1:7 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.\n1:7-1:7 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": 1\u{0}}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:9-1:9 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  ['{"a": 1e999999999}', '{"a"@1:2-1:5: 1e999999999@1:7-1:18}@1:1-1:19'],
  [
    '{"e\u{301}": e\u{301}}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid JSON keyword: "e" is not a valid JSON keyword.\n1:9-1:9 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}": x, "b": y}',
    '1:7-1:8 Invalid JSON keyword: "x" is not a valid JSON keyword.\n1:15-1:16 Invalid JSON keyword: "y" is not a valid JSON keyword.',
  ],
  [
    '{"a": "\\u00e9\\x"}',
    '1:16-1:17 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '{"a": "x" "y"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:15-1:15 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": tr_ue}',
    '1:7-1:12 Invalid JSON keyword: "tr_ue" is not a valid JSON keyword. Did you mean "true"?',
  ],
  [
    '{"a": t1}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid JSON keyword: "t" is not a valid JSON keyword.\n1:10-1:10 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": 1a}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:10-1:10 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": 1"b"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:12-1:12 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": true"b"}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:15-1:15 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{"a": -true}',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:7-1:8 Invalid JSON number: There is a syntax error in the given JSON number.\n1:13-1:13 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    'undefined',
    '1:1-1:10 Invalid JSON keyword: The JavaScript identifier "undefined" cannot be used in JSON.\n1:1-1:10 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.',
  ],
  [
    '"unclosed',
    '1:1-1:10 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:10-1:11 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '"a\\',
    '1:1-1:4 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:4-1:5 Invalid JSON string: There is a syntax error in the given JSON string.',
  ],
  [
    '[[[[',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing bracket was found for this JSON array.\n1:2-1:3 Unclosed object: No closing bracket was found for this JSON array.\n1:3-1:4 Unclosed object: No closing bracket was found for this JSON array.\n1:4-1:5 Unclosed object: No closing bracket was found for this JSON array.\n1:5-1:5 Missing value: The JSON data ends prematurely.',
  ],
  [
    '{"a":{"a":{"a":',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n1:1-1:2 Unclosed object: No closing brace was found for this JSON object.\n1:6-1:7 Unclosed object: No closing brace was found for this JSON object.\n1:11-1:12 Unclosed object: No closing brace was found for this JSON object.\n1:16-1:16 Missing value: The JSON data ends prematurely.',
  ],
  [
    '{"a": 1,\n  "b": 2,\n}\n',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n2:9-2:10 Trailing comma in object: JSON does not permit a trailing comma after the final property in an object.',
  ],
  [
    '{\n  "a": 1\n  "b": 2\n}\n',
    '1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.\n5:1-5:1 Missing attribute seperator comma: A comma must appear between each property definition in an object.',
  ],
  [
    '{\r\n  "a": tru\r\n}\r\n',
    '2:8-2:11 Invalid JSON keyword: "tru" is not a valid JSON keyword. Did you mean "true"?',
  ],
];
