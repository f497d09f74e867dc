import type { Diagnostic } from '../base/index.ts';
import { noConstraints } from '../domain/index.ts';
import {
  type Block,
  type Body,
  evaluate,
  type Expression,
  parseHcl,
  staticString,
} from '../hcl/index.ts';
import {
  type DeclarationsBuilder,
  type FileDeclarations,
  type ModuleCall,
  noDeclarations,
  problem,
  type ResourceMode,
  type VariableDeclaration,
} from './declarations.ts';
import { checkCallName, isTextType, missingRunSource } from './module-call.ts';
import { checkLocalName, deprecatedVersion, readConstraints } from './provider-entry.ts';
import { readProviderReference } from './provider-reference.ts';
import { namesOf, resourceType } from './references.ts';
import { primitiveText, readRequiredBlock } from './required-block.ts';

/** Reads what a file in native syntax declares about providers. Never throws: problems are diagnostics. */
export function readNativeFile(text: string, file: string): FileDeclarations {
  const { body, diagnostics } = parseHcl(text, file);
  const found = noDeclarations();
  found.diagnostics.push(...diagnostics);
  for (const block of body.blocks) readBlock(block, found);
  return found;
}

function readBlock(block: Block, found: DeclarationsBuilder): void {
  switch (block.type) {
    case 'terraform':
      for (const inner of block.body.blocks) readSetting(inner, found);
      return;
    case 'required_providers': {
      const detail = 'A "required_providers" block must be nested inside a "terraform" block.';
      found.diagnostics.push(problem('Invalid required_providers block', detail, block.typeRange));
      return;
    }
    case 'resource':
    case 'data':
    case 'ephemeral':
      readResource(block.type, block, found);
      return;
    case 'check':
      for (const inner of block.body.blocks) {
        if (inner.type === 'data') readResource('data', inner, found);
      }
      return;
    case 'import': {
      const to = argument(block.body, 'to');
      const names = to === undefined ? undefined : namesOf(to);
      found.imports.push({
        type: names && resourceType(names),
        providerName: providerArgument(block.body, found.diagnostics),
        range: block.headerRange,
      });
      return;
    }
    case 'provider':
      readProvider(block, found);
      return;
    case 'module':
      found.moduleCalls.push(readModuleCall(block, found.diagnostics));
      return;
    case 'run':
      readRun(block, found);
      return;
    case 'variable':
      found.variables.push(readVariable(block));
      return;
    case 'locals':
      for (const { name, expression } of block.body.attributes) {
        found.locals.push({ name, expression });
      }
  }
}

function readSetting(block: Block, found: DeclarationsBuilder): void {
  if (block.type === 'required_providers') {
    found.required.push(readRequiredBlock(block, found.diagnostics));
  } else if (block.type === 'backend' || block.type === 'cloud') {
    const type = block.type === 'cloud' ? 'cloud' : (block.labels[0]?.value ?? '');
    found.backends.push({ type, settings: argumentsOf(block.body) });
  }
}

function readModuleCall(block: Block, diagnostics: Diagnostic[]): ModuleCall {
  const [label] = block.labels;
  const name = label?.value ?? '';
  checkCallName(name, label?.range ?? block.headerRange, diagnostics);
  const escaped = block.body.blocks.find(({ type }) => type === '_');
  return {
    name,
    range: block.headerRange,
    openRange: block.openRange,
    source: argument(block.body, 'source'),
    version: argument(block.body, 'version'),
    inputs: new Map([...argumentsOf(block.body), ...(escaped ? argumentsOf(escaped.body) : [])]),
  };
}

/** Of a test, whose runs may call a module. */
function readRun(block: Block, found: DeclarationsBuilder): void {
  const called = block.body.blocks.find(({ type }) => type === 'module');
  if (called === undefined) return;
  const variables = block.body.blocks.find(({ type }) => type === 'variables');
  const source = argument(called.body, 'source');
  if (source === undefined) found.diagnostics.push(missingRunSource(called.headerRange));
  found.runs.push({
    name: block.labels[0]?.value ?? '',
    range: called.headerRange,
    openRange: called.openRange,
    source,
    version: argument(called.body, 'version'),
    inputs: variables === undefined ? new Map() : argumentsOf(variables.body),
  });
}

function readVariable({ labels, body }: Block): VariableDeclaration {
  const type = argument(body, 'type');
  const isTrue = (name: string): boolean | undefined => {
    const value = argument(body, name);
    return value && evaluate(value).value === true;
  };
  const flags = [isTrue('sensitive'), isTrue('ephemeral'), refuses(argument(body, 'const'))];
  return {
    name: labels[0]?.value ?? '',
    default: argument(body, 'default'),
    takesText: type && isTextType(type.kind === 'variable' ? type.name : staticString(type)),
    hidden: flags.every((flag) => flag === undefined) ? undefined : flags.includes(true),
  };
}

function refuses(value: Expression | undefined): boolean | undefined {
  return value && evaluate(value).value === false;
}

function argumentsOf(body: Body): ReadonlyMap<string, Expression> {
  return new Map(body.attributes.map(({ name, expression }) => [name, expression]));
}

function readResource(mode: ResourceMode, block: Block, found: DeclarationsBuilder): void {
  const [type, name] = block.labels;
  if (type === undefined) return;
  found.resources.push({
    mode,
    type: type.value,
    name: name?.value ?? '',
    providerName: providerArgument(block.body, found.diagnostics),
    range: block.headerRange,
  });
}

function readProvider(block: Block, found: DeclarationsBuilder): void {
  const { diagnostics } = found;
  const name = block.labels[0]?.value;
  if (name === undefined || !checkLocalName(name, block.headerRange, diagnostics)) return;
  const alias = argument(block.body, 'alias');
  const version = argument(block.body, 'version');
  found.providers.push({
    name,
    alias: alias && primitiveText(alias),
    constraints: version && readVersion(version, diagnostics),
    range: block.headerRange,
  });
}

function readVersion(
  expression: Expression,
  diagnostics: Diagnostic[],
): ReturnType<typeof readConstraints> {
  const { range } = expression;
  diagnostics.push(deprecatedVersion(range));
  const text = primitiveText(expression);
  if (text !== undefined) return readConstraints({ text, range }, diagnostics);
  // Null is no constraint here, though it is an error in required_providers.
  if (evaluate(expression).value === null) return noConstraints;
  const detail = 'A string value is required for version.';
  diagnostics.push(problem('Invalid version constraint', detail, range));
  return undefined;
}

function argument(body: Body, name: string): Expression | undefined {
  return body.attributes.find((attribute) => attribute.name === name)?.expression;
}

function providerArgument(body: Body, diagnostics: Diagnostic[]): string | undefined {
  const expression = argument(body, 'provider');
  if (expression === undefined || expression.kind === 'invalid') return undefined;
  return readProviderReference(expression, diagnostics);
}
