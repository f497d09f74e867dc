export type * from './ast.ts';
export type * from './hcl1-model.ts';
export type * from './json-model.ts';
export { evaluate, type Evaluation } from './evaluate.ts';
export { staticString, type VariableUse, variablesIn } from './inspect.ts';
export {
  parseExpression,
  parseHcl,
  type ParsedBody,
  type ParsedExpression,
  parseTemplate,
} from './parse-hcl.ts';
export { parseHclJson, type ParsedJson } from './parse-hcl-json.ts';
export { parseHcl1, type ParsedHcl1, withLabels } from './parse-hcl1.ts';
export { similarName } from './similar-name.ts';
export { Unknown, unknownString, type UnknownType } from './unknown.ts';
