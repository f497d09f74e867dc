import { join } from 'node:path';
import { type CallOptions, type Files, readRegularFile } from '../base/index.ts';
import { InvalidModuleManifestError } from './errors.ts';
import { normalizeModuleSource } from './module-source.ts';
import { parseModuleVersion } from './module-version.ts';
import { isMissing } from './workspace.ts';

/** A module that `tofu get` or `tofu init` put in place, or found there. */
export interface InstalledModule {
  /** As it was configured then, normalised. */
  readonly source: string;
  /** Of modules from a registry. */
  readonly version: string | undefined;
  /** Relative to the root module, as it was written. */
  readonly directory: string;
}

/** By key: the names of the calls on the way to it, joined by dots. The root module has none. */
export type ModuleManifest = ReadonlyMap<string, InstalledModule>;

/** Ten thousand modules, the most that are read, with long names and sources. */
const maxBytes = 32 * 1024 * 1024;

/**
 * Reads `modules/modules.json` below the data folder; a missing or empty file has no modules.
 * @throws InvalidModuleManifestError, LimitExceededError, FileAccessError, or the signal's reason
 */
export async function readModuleManifest(
  dataDirectory: string,
  options: CallOptions & { readonly files: Files },
): Promise<ModuleManifest> {
  const path = join(dataDirectory, 'modules', 'modules.json');
  let bytes;
  try {
    bytes = await readRegularFile(path, { ...options, maxBytes });
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  return bytes.length === 0 ? new Map() : parseModuleManifest(bytes.toString('utf8'), path);
}

/** @throws InvalidModuleManifestError */
export function parseModuleManifest(text: string, path: string): ModuleManifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new InvalidModuleManifestError(path, 'it is no JSON', { cause });
  }
  const modules = new Map<string, InstalledModule>();
  const records = isRecord(parsed) ? (parsed['Modules'] ?? []) : undefined;
  if (!Array.isArray(records))
    throw new InvalidModuleManifestError(path, 'it has no list "Modules"');
  for (const record of records) {
    const { Key: key, Source: source, Dir: directory, Version: version } = toRecord(record);
    if (typeof key !== 'string' || typeof source !== 'string' || typeof directory !== 'string') {
      throw new InvalidModuleManifestError(path, 'a record has no "Key", "Source" or "Dir"');
    }
    if (modules.has(key)) {
      throw new InvalidModuleManifestError(
        path,
        `snapshot file contains two records for path ${key}`,
      );
    }
    const isVersion = typeof version === 'string' && version !== '';
    if (isVersion && parseModuleVersion(version) === undefined) {
      throw new InvalidModuleManifestError(
        path,
        `invalid version ${JSON.stringify(version)} for ${key}`,
      );
    }
    modules.set(key, {
      source: source === '' ? '' : normalizeModuleSource(source),
      version: isVersion ? version : undefined,
      directory,
    });
  }
  return modules;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
