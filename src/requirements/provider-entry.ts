import type { Diagnostic, SourceRange } from '../base/index.ts';
import {
  impliedProviderAddress,
  InvalidConstraintsError,
  InvalidProviderAddressError,
  isLegacy,
  noConstraints,
  parseConfigConstraints,
  parseProviderAddress,
  parseProviderPart,
  type ProviderAddress,
  type VersionConstraints,
} from '../domain/index.ts';
import type { RequiredProvider } from './declarations.ts';

/** An entry as it was written, whatever the syntax: texts with their places. */
export interface WrittenEntry {
  readonly name: string;
  readonly source: Written | undefined;
  readonly version: Written | undefined;
  readonly range: SourceRange | undefined;
}

export interface Written {
  readonly text: string;
  readonly range: SourceRange | undefined;
}

export interface CheckedEntry {
  readonly entry: RequiredProvider | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Turns an entry's texts into an address and constraints, with OpenTofu's words where they are none. */
export function checkEntry(written: WrittenEntry): CheckedEntry {
  const diagnostics: Diagnostic[] = [];
  const normal = normalName(written.name);
  if (normal !== written.name) {
    diagnostics.push(
      problem(
        'Invalid provider local name',
        normal === undefined
          ? `"${written.name}" is an invalid provider local name`
          : `Provider names must be normalized. Replace "${written.name}" with "${normal}" to fix this error.`,
        written.range,
      ),
    );
    return { entry: undefined, diagnostics };
  }
  const provider = readSource(written, diagnostics);
  const constraints = readConstraints(written.version, diagnostics);
  if (provider === undefined || constraints === undefined) return { entry: undefined, diagnostics };
  return {
    entry: { name: written.name, provider, constraints, range: written.range },
    diagnostics,
  };
}

function normalName(name: string): string | undefined {
  const parsed = parseProviderPart(name);
  return 'part' in parsed ? parsed.part : undefined;
}

function readSource(
  { name, source, range }: WrittenEntry,
  diagnostics: Diagnostic[],
): ProviderAddress | undefined {
  if (source === undefined) return impliedProviderAddress(name);
  const place = source.range ?? range;
  try {
    const provider = parseProviderAddress(source.text);
    if (!isLegacy(provider)) return provider;
    diagnostics.push(
      problem(
        'Invalid legacy provider address',
        `This configuration refers to the legacy address "${source.text}". Legacy addresses can not be installed; write the provider's full source address.`,
        place,
      ),
    );
  } catch (error) {
    if (!(error instanceof InvalidProviderAddressError)) throw error;
    diagnostics.push(problem(error.summary, error.detail, place));
  }
  return undefined;
}

/** @returns undefined after a diagnostic. */
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

export function problem(
  summary: string,
  detail: string,
  range: SourceRange | undefined,
): Diagnostic {
  return { severity: 'error', summary, detail, range };
}
