import type { Diagnostic } from '../base/index.ts';
import { noConstraints } from '../domain/index.ts';
import { type Block, type Body, evaluate, type Expression, parseHcl } from '../hcl/index.ts';
import {
  type DeclarationsBuilder,
  type FileDeclarations,
  noDeclarations,
  problem,
  type ResourceMode,
} from './declarations.ts';
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
      for (const inner of block.body.blocks) {
        if (inner.type !== 'required_providers') continue;
        found.required.push(readRequiredBlock(inner, found.diagnostics));
      }
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
      });
      return;
    }
    case 'provider':
      readProvider(block, found);
      return;
    case 'module':
      found.moduleCalls.push({ name: block.labels[0]?.value ?? '', range: block.headerRange });
      return;
    case 'run':
      // In test files only, where such a block calls a module.
      if (block.body.blocks.some(({ type }) => type === 'module')) {
        found.moduleCalls.push({ name: block.labels[0]?.value ?? '', range: block.headerRange });
      }
  }
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
