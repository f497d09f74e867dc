import { type Diagnostic, type SourceRange } from '../../base/index.ts';
import { evaluate, type Expression, Unknown } from '../../hcl/index.ts';
import { InvalidConstraintsError, InvalidHashError, InvalidVersionError } from '../errors.ts';
import { type PackageHash, parsePackageHash } from '../package-hash.ts';
import { formatVersion, parseVersion, type Version } from '../version.ts';
import {
  formatConstraints,
  noConstraints,
  parseConstraints,
  type VersionConstraints,
} from '../version-constraints.ts';
import { shown } from '../shown.ts';

export interface ReadContext {
  /** The provider of the block, for messages. */
  readonly provider: string;
  /** Where problems go. */
  readonly found: Diagnostic[];
}

/** Undefined when there is no usable version; what is wrong has been said then. */
export function readVersion(expression: Expression, context: ReadContext): Version | undefined {
  const text = readText(expression, context, { nullable: true });
  if (text === undefined) return undefined;
  if (text === null) {
    report(
      context,
      'Missing required argument',
      'A provider lock block must contain a "version" argument.',
      expression.range,
    );
    return undefined;
  }
  const summary = 'Invalid provider version number';
  let version: Version | undefined;
  try {
    version = parseVersion(text);
  } catch (error) {
    if (!(error instanceof InvalidVersionError)) throw error;
    report(
      context,
      summary,
      `The selected version number for provider ${context.provider} is invalid: ${error.why}.`,
      expression.range,
    );
  }
  // OpenTofu goes on with no version here, which it prints as 0.0.0.
  const canonical = version === undefined ? '0.0.0' : formatVersion(version);
  if (canonical !== text) {
    report(
      context,
      summary,
      `The selected version number for provider ${context.provider} must be written in normalized form: ${shown(canonical)}.`,
      expression.range,
    );
  }
  return version;
}

export function readConstraints(
  expression: Expression | undefined,
  context: ReadContext,
): VersionConstraints {
  if (expression === undefined) return noConstraints;
  const text = readText(expression, context, { nullable: false });
  if (typeof text !== 'string') return noConstraints;
  const summary = 'Invalid provider version constraints';
  let constraints = noConstraints;
  try {
    constraints = parseConstraints(text);
  } catch (error) {
    if (!(error instanceof InvalidConstraintsError)) throw error;
    report(
      context,
      summary,
      `The recorded version constraints for provider ${context.provider} are invalid: ${error.why}.`,
      expression.range,
    );
  }
  const canonical = formatConstraints(constraints);
  if (canonical !== text) {
    report(
      context,
      summary,
      `The recorded version constraints for provider ${context.provider} must be written in normalized form: ${shown(canonical)}.`,
      expression.range,
    );
  }
  return constraints;
}

/** In the order of the file. */
export function readHashes(
  expression: Expression | undefined,
  context: ReadContext,
): readonly PackageHash[] {
  if (expression === undefined || expression.kind === 'invalid') return [];
  // A list in parentheses is none either: the elements are read without being evaluated together.
  if (expression.kind !== 'tuple') {
    report(
      context,
      'Invalid expression',
      'A static list expression is required.',
      insideRange(expression),
    );
    return [];
  }
  if (expression.items.length === 0) {
    report(
      context,
      'Invalid provider hash set',
      'The "hashes" argument must either be omitted or contain at least one hash value.',
      expression.range,
    );
  }
  return expression.items.flatMap((item) => {
    const text = readText(item, context, { nullable: false });
    return typeof text === 'string' ? readHash(text, item.range, context) : [];
  });
}

/** HCL marks what stands in the parentheses or quotes here. */
function insideRange(expression: Expression): SourceRange {
  const { kind, range } = expression;
  if (kind === 'parentheses') return insideRange(expression.inner);
  if (kind === 'template') return expression.parts[0]?.range ?? range;
  if (kind !== 'literal' || typeof expression.value !== 'string') return range;
  const { line, column, byte } = range.start;
  return { ...range, start: { line, column: column + 1, byte: byte + 1 } };
}

function readHash(text: string, range: SourceRange, context: ReadContext): readonly PackageHash[] {
  try {
    return [parsePackageHash(text)];
  } catch (error) {
    if (!(error instanceof InvalidHashError)) throw error;
    report(
      context,
      'Invalid provider hash string',
      `Cannot interpret ${shown(text)} as a provider hash: ${error.why}.`,
      range,
    );
    return [];
  }
}

/** Undefined when the expression gives no text; what is wrong has been said then. */
function readText(
  expression: Expression,
  context: ReadContext,
  { nullable }: { readonly nullable: boolean },
): string | null | undefined {
  const { value, diagnostics } = evaluate(expression);
  context.found.push(...diagnostics);
  if (value === undefined || value instanceof Unknown) return undefined;
  if (value === null && nullable) return null;
  if (typeof value === 'string') return value;
  // HCL turns numbers and booleans into text.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const kind = Array.isArray(value) ? 'tuple' : 'object';
  const why = value === null ? 'null value is not allowed' : `string required, but have ${kind}`;
  report(context, 'Unsuitable value type', `Unsuitable value: ${why}`, expression.range);
  return undefined;
}

function report(context: ReadContext, summary: string, detail: string, range: SourceRange): void {
  context.found.push({ severity: 'error', summary, detail, range });
}
