import type { Diagnostic } from '../base/index.ts';
import {
  type Attribute,
  type Block,
  type Body,
  evaluate,
  type Expression,
  parseHcl,
} from '../hcl/index.ts';
import {
  type FileDeclarations,
  impliedName,
  type ModuleCall,
  type ProviderUse,
  type RequiredProvider,
} from './declarations.ts';
import {
  checkEntry,
  problem,
  readConstraints,
  type Written,
  type WrittenEntry,
} from './provider-entry.ts';

/** Reads what a `.tf` or `.tofu` file says about providers. Never throws: problems are diagnostics. */
export function readNativeFile(text: string, file: string): FileDeclarations {
  const { body, diagnostics: syntax } = parseHcl(text, file);
  const diagnostics: Diagnostic[] = [...syntax];
  const uses: ProviderUse[] = [];
  const moduleCalls: ModuleCall[] = [];
  let required: readonly RequiredProvider[] | undefined;
  let requiredRange: FileDeclarations['requiredRange'];
  for (const block of body.blocks) {
    switch (block.type) {
      case 'terraform':
        for (const inner of block.body.blocks) {
          if (inner.type !== 'required_providers') continue;
          if (required !== undefined) diagnostics.push(duplicate(inner.headerRange));
          requiredRange = inner.headerRange;
          required = readRequired(inner.body, diagnostics);
        }
        break;
      case 'resource':
      case 'data':
      case 'ephemeral': {
        const use = readResource(block);
        if (use !== undefined) uses.push(use);
        break;
      }
      case 'import': {
        const use = readImport(block);
        if (use !== undefined) uses.push(use);
        break;
      }
      case 'provider': {
        const use = readProviderBlock(block, diagnostics);
        if (use !== undefined) uses.push(use);
        break;
      }
      case 'module':
        moduleCalls.push({ name: block.labels[0]?.value ?? '', range: block.headerRange });
        break;
    }
  }
  return { required, requiredRange, uses, moduleCalls, diagnostics };
}

export function duplicate(range: FileDeclarations['requiredRange']): Diagnostic {
  return problem(
    'Duplicate required providers configuration',
    'A module may have only one required providers configuration.',
    range,
  );
}

function readRequired(body: Body, diagnostics: Diagnostic[]): readonly RequiredProvider[] {
  return body.attributes.flatMap((attribute) => {
    const written = readEntry(attribute, diagnostics);
    if (written === undefined) return [];
    const checked = checkEntry(written);
    diagnostics.push(...checked.diagnostics);
    return checked.entry === undefined ? [] : [checked.entry];
  });
}

function readEntry(attribute: Attribute, diagnostics: Diagnostic[]): WrittenEntry | undefined {
  const { name, expression, range } = attribute;
  if (expression.kind !== 'object') {
    const version = readText(expression, 'version constraint', diagnostics);
    return version === undefined ? undefined : { name, source: undefined, version, range };
  }
  const texts = new Map<string, Written>();
  let sound = true;
  for (const item of expression.items) {
    const key = keyOf(item.key);
    if (key === 'configuration_aliases') continue;
    if (key !== 'source' && key !== 'version') {
      diagnostics.push(
        problem(
          'Invalid required_providers object',
          'required_providers objects can only contain "version", "source" and "configuration_aliases" attributes. To configure a provider, use a "provider" block.',
          item.key.range,
        ),
      );
      sound = false;
      continue;
    }
    const text = readText(item.value, key, diagnostics);
    if (text === undefined) sound = false;
    else texts.set(key, text);
  }
  if (!sound) return undefined;
  return { name, source: texts.get('source'), version: texts.get('version'), range };
}

/** The text of a literal; everything in `required_providers` must be static. */
function readText(
  expression: Expression,
  what: string,
  diagnostics: Diagnostic[],
): Written | undefined {
  const { value, diagnostics: problems } = evaluate(expression);
  diagnostics.push(...problems);
  if (problems.length > 0) return undefined;
  if (typeof value === 'string') return { text: value, range: expression.range };
  if (typeof value === 'number' || typeof value === 'boolean') {
    return { text: String(value), range: expression.range };
  }
  const title = what === 'source' ? 'Invalid source' : 'Invalid version constraint';
  diagnostics.push(problem(title, `${what} must be specified as a string.`, expression.range));
  return undefined;
}

function keyOf(expression: Expression): string | undefined {
  const value = evaluate(expression).value;
  return typeof value === 'string' ? value : undefined;
}

function readResource(block: Block): ProviderUse | undefined {
  const type = block.labels[0]?.value;
  if (type === undefined) return undefined;
  return { name: providerArgument(block.body) ?? impliedName(type), ...useAt(block) };
}

function readImport(block: Block): ProviderUse | undefined {
  const named = providerArgument(block.body);
  if (named !== undefined) return { name: named, ...useAt(block) };
  const to = block.body.attributes.find(({ name }) => name === 'to');
  const type = to === undefined ? undefined : rootName(to.expression);
  if (type === undefined || type === 'module') return undefined;
  return { name: impliedName(type), ...useAt(block) };
}

function readProviderBlock(block: Block, diagnostics: Diagnostic[]): ProviderUse | undefined {
  const name = block.labels[0]?.value;
  if (name === undefined) return undefined;
  const version = block.body.attributes.find((attribute) => attribute.name === 'version');
  if (version === undefined) return { name, ...useAt(block) };
  const text = readText(version.expression, 'version constraint', diagnostics);
  const constraints = text === undefined ? undefined : readConstraints(text, diagnostics);
  return { name, constraints, range: block.headerRange };
}

function useAt(block: Block): Pick<ProviderUse, 'constraints' | 'range'> {
  return { constraints: undefined, range: block.headerRange };
}

/** The local name in `provider = aws` or `provider = aws.west`. */
function providerArgument(body: Body): string | undefined {
  const argument = body.attributes.find(({ name }) => name === 'provider');
  return argument === undefined ? undefined : rootName(argument.expression);
}

function rootName(expression: Expression): string | undefined {
  let current = expression;
  while (current.kind === 'traversal') current = current.source;
  if (current.kind === 'variable') return current.name;
  // Very old configurations write the reference as a string.
  if (current.kind === 'literal' && typeof current.value === 'string') {
    return current.value.split('.')[0];
  }
  return undefined;
}
