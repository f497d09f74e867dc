import { compareBytes, type Diagnostic, type SourceRange } from '../../base/index.ts';
import { type Block, parseHcl } from '../../hcl/index.ts';
import { InvalidProviderAddressError } from '../errors.ts';
import {
  formatProviderAddress,
  isBuiltIn,
  isLockable,
  parseProviderAddress,
  type ProviderAddress,
  type ProviderKey,
  providerKey,
} from '../provider-address.ts';
import { checkBody } from './check-body.ts';
import { type LockFile, lockFileOf, type ProviderLock } from './lock-file.ts';
import { readConstraints, readHashes, readVersion } from './read-arguments.ts';
import { shown } from '../shown.ts';

export interface ParsedLockFile {
  /** The sound entries; not to be relied on when there are errors. */
  readonly lockFile: LockFile;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** More than the lock file of the largest configuration, little enough to hold in memory. */
const maxLength = 16 * 1024 * 1024;

/**
 * Reads the text of `.terraform.lock.hcl` as OpenTofu 1.12 does. Never throws: whatever is wrong is a
 * diagnostic with its place. `file` is only a name for the places. At most 16 Mi characters.
 */
export function parseLockFile(text: string, file: string): ParsedLockFile {
  if (text.length > maxLength) return tooLarge(file);
  const { body, diagnostics } = parseHcl(text, file);
  const found: Diagnostic[] = [
    ...diagnostics,
    ...checkBody(body, { attributes: [], blocks: { provider: 'source_addr', module: 'path' } }),
  ];
  const locks = new Map<ProviderKey, ProviderLock>();
  const seen = new Map<ProviderKey, SourceRange>();
  for (const block of body.blocks) {
    if (block.type !== 'provider' || block.labels.length !== 1) continue;
    const provider = readAddress(block, found);
    if (provider === undefined) continue;
    const key = providerKey(provider);
    const before = found.length;
    const lock = readLock(provider, block, found);
    const previous = seen.get(key);
    if (previous !== undefined) {
      error(
        found,
        'Duplicate provider lock',
        `This lockfile already declared a lock for provider ${formatProviderAddress(provider)} at ${rangeText(previous)}.`,
        block.typeRange,
      );
      continue;
    }
    seen.set(key, block.headerRange);
    if (lock !== undefined && found.length === before) locks.set(key, lock);
  }
  found.push(...moduleWarning(body.blocks));
  return { lockFile: lockFileOf(locks), diagnostics: inTextOrder(found) };
}

function readAddress(block: Block, found: Diagnostic[]): ProviderAddress | undefined {
  const label = block.labels[0];
  if (label === undefined) return undefined;
  const invalid = 'Invalid provider source address';
  const provider = parseAddress(label.value);
  if (provider === undefined) {
    error(
      found,
      invalid,
      'The provider source address for a provider lock must be a valid, fully-qualified address of the form "hostname/namespace/type".',
      label.range,
    );
    return undefined;
  }
  const canonical = formatProviderAddress(provider);
  if (!isLockable(provider)) {
    error(
      found,
      invalid,
      isBuiltIn(provider)
        ? `Cannot lock a version for built-in provider ${canonical}. Built-in providers are bundled inside OpenTofu itself, so you can't select a version for them independently of the OpenTofu release you are currently running.`
        : `Provider source address ${canonical} is a special provider that is not eligible for dependency locking.`,
      label.range,
    );
    return undefined;
  }
  if (canonical === label.value) return provider;
  error(
    found,
    'Non-normalized provider source address',
    `The provider source address for this provider lock must be written as ${shown(canonical)}, the fully-qualified and normalized form.`,
    label.range,
  );
  return undefined;
}

function parseAddress(text: string): ProviderAddress | undefined {
  try {
    return parseProviderAddress(text);
  } catch (cause) {
    if (cause instanceof InvalidProviderAddressError) return undefined;
    throw cause;
  }
}

function readLock(
  provider: ProviderAddress,
  { body }: Block,
  found: Diagnostic[],
): ProviderLock | undefined {
  const schema = { attributes: ['version', 'constraints', 'hashes'], blocks: {} };
  for (const problem of checkBody(body, schema)) found.push(problem);
  const argument = (name: string) => body.attributes.find((each) => each.name === name)?.expression;
  const versionText = argument('version');
  if (versionText === undefined) {
    const { file, start } = body.range;
    error(
      found,
      'Missing required argument',
      'The argument "version" is required, but no definition was found.',
      { file, start, end: start },
    );
  }
  const context = { provider: formatProviderAddress(provider), found };
  const version = versionText && readVersion(versionText, context);
  const constraints = readConstraints(argument('constraints'), context);
  const hashes = readHashes(argument('hashes'), context);
  return version && { provider, version, constraints, hashes };
}

/** One for all of them is enough. */
function moduleWarning(blocks: readonly Block[]): readonly Diagnostic[] {
  const first = blocks.find(({ type, labels }) => type === 'module' && labels.length === 1);
  if (first === undefined) return [];
  return [
    {
      severity: 'warning',
      summary: 'Dependency locks for modules are not yet supported',
      detail:
        'Only dependency locks for providers are supported, not for modules. This configuration may be intended for a later version of OpenTofu that also supports dependency locks for modules.',
      range: first.typeRange,
    },
  ];
}

function error(found: Diagnostic[], summary: string, detail: string, range: SourceRange): void {
  found.push({ severity: 'error', summary, detail, range });
}

function inTextOrder(found: readonly Diagnostic[]): readonly Diagnostic[] {
  return found.toSorted(
    (a, b) =>
      (a.range?.start.byte ?? 0) - (b.range?.start.byte ?? 0) ||
      compareBytes(a.severity, b.severity),
  );
}

/** As HCL writes a place in a sentence. */
function rangeText({ file, start, end }: SourceRange): string {
  const last = start.line === end.line ? `${end.column}` : `${end.line},${end.column}`;
  return `${file}:${start.line},${start.column}-${last}`;
}

function tooLarge(file: string): ParsedLockFile {
  const start = { line: 1, column: 1, byte: 0 };
  const diagnostics: Diagnostic[] = [];
  error(
    diagnostics,
    'Dependency lock file too large',
    `The file has more than ${maxLength} characters, which no lock file needs.`,
    { file, start, end: start },
  );
  return { lockFile: lockFileOf(new Map()), diagnostics };
}
