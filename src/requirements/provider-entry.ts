import { type Diagnostic, quoted, type SourceRange } from '../base/index.ts';
import {
  impliedProviderAddress,
  InvalidConstraintsError,
  InvalidProviderAddressError,
  noConstraints,
  parseConfigConstraints,
  parseProviderAddress,
  parseProviderPart,
  type ProviderAddress,
  type VersionConstraints,
} from '../domain/index.ts';
import { problem, type RequiredProvider } from './declarations.ts';

/** A text and where it stands. */
export interface Written {
  readonly text: string;
  readonly range: SourceRange;
}

/** An entry of `required_providers` as it was written, in whichever syntax. */
export interface WrittenEntry {
  readonly name: string;
  readonly range: SourceRange;
  /** `NAME = ">= 1.0"`, the form from before there were addresses. */
  readonly form: 'constraint' | 'object';
  readonly source: Written | undefined;
  readonly version: Written | undefined;
}

/** Turns an entry's texts into an address and constraints. @returns undefined after a problem */
export function checkEntry(
  written: WrittenEntry,
  diagnostics: Diagnostic[],
): RequiredProvider | undefined {
  const { name, range, form } = written;
  if (form === 'object' && !checkLocalName(name, range, diagnostics)) return undefined;
  const constraints = readConstraints(written.version, diagnostics);
  const provider =
    written.source === undefined
      ? impliedAddress(name, range, diagnostics)
      : readSource(written.source, diagnostics);
  if (provider === undefined || constraints === undefined) return undefined;
  return { name, provider, constraints, range };
}

/** Local names in new syntax have to be written as they are compared. */
export function checkLocalName(
  name: string,
  range: SourceRange,
  diagnostics: Diagnostic[],
): boolean {
  const parsed = parseProviderPart(name);
  if ('part' in parsed && parsed.part === name) return true;
  const detail =
    'why' in parsed
      ? `${name} is an invalid provider local name: ${parsed.why}`
      : `Provider names must be normalized. Replace ${quoted(name)} with ${quoted(parsed.part)} to fix this error.`;
  diagnostics.push(problem('Invalid provider local name', detail, range));
  return false;
}

function impliedAddress(
  name: string,
  range: SourceRange,
  diagnostics: Diagnostic[],
): ProviderAddress | undefined {
  const parsed = parseProviderPart(name);
  if ('part' in parsed) return impliedProviderAddress(parsed.part);
  diagnostics.push(problem('Invalid provider name', parsed.why, range));
  return undefined;
}

function readSource(
  { text, range }: Written,
  diagnostics: Diagnostic[],
): ProviderAddress | undefined {
  try {
    return parseProviderAddress(text);
  } catch (error) {
    if (!(error instanceof InvalidProviderAddressError)) throw error;
    diagnostics.push(problem(error.summary, error.detail, range));
    return undefined;
  }
}

/** @returns undefined after a problem */
export function readConstraints(
  version: Written | undefined,
  diagnostics: Diagnostic[],
): VersionConstraints | undefined {
  if (version === undefined) return noConstraints;
  try {
    return parseConfigConstraints(version.text);
  } catch (error) {
    if (!(error instanceof InvalidConstraintsError)) throw error;
    diagnostics.push(problem(error.summary, error.detail, version.range));
    return undefined;
  }
}

/** What both syntaxes say about a `version` in a `provider` block. */
export function deprecatedVersion(range: SourceRange): Diagnostic {
  return {
    severity: 'warning',
    summary: 'Version constraints inside provider configuration blocks are deprecated',
    detail:
      'OpenTofu 0.13 and earlier allowed provider version constraints inside the provider configuration block, but that is now deprecated and will be removed in a future version of OpenTofu. To silence this warning, move the provider version constraint into the required_providers block.',
    range,
  };
}

export const unexpectedKey =
  'required_providers objects can only contain "version", "source" and "configuration_aliases" attributes. To configure a provider, use a "provider" block.';

export const noEntry = 'required_providers entries must be strings or objects.';
