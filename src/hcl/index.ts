export type * from './ast.ts';
export type * from './hcl1-model.ts';
export { evaluate, type Evaluation } from './evaluate.ts';
export { staticString, type VariableUse, variablesIn } from './inspect.ts';
export {
  parseExpression,
  parseHcl,
  type ParsedBody,
  type ParsedExpression,
  parseTemplate,
} from './parse-hcl.ts';
export { parseHcl1, type ParsedHcl1, withLabels } from './parse-hcl1.ts';
export { similarName } from './similar-name.ts';
export { Unknown, unknownString, type UnknownType } from './unknown.ts';
