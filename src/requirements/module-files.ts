import { join } from 'node:path';
import { compareBytes, errnoOf, FileAccessError, type Files } from '../base/index.ts';
import { TooManyFilesError } from './errors.ts';

/** The configuration files of one module folder, in the order in which they are read. */
export interface ModuleFiles {
  /** Names, sorted. */
  readonly primary: readonly string[];
  /** Names, sorted; read after all primary files. */
  readonly overrides: readonly string[];
}

/** Generated modules have some hundred files; more than this is not a module folder. */
const maxEntries = 10_000;

const extensions = ['.tofu.json', '.tf.json', '.tofu', '.tf'] as const;
type Extension = (typeof extensions)[number];

/** A file that another one of the same stem hides. */
const hiddenBy: Readonly<Partial<Record<Extension, Extension>>> = {
  '.tf': '.tofu',
  '.tf.json': '.tofu.json',
};

/**
 * Lists a module's files as OpenTofu does: not its sub-folders, not editors' backups, `.tf` only where
 * there is no `.tofu` of the same stem, overrides apart. A folder that is not there has none.
 * @throws FileAccessError, TooManyFilesError
 */
export async function listModuleFiles(directory: string, files: Files): Promise<ModuleFiles> {
  const names = await readNames(directory, files);
  const present = new Set(names);
  const primary: string[] = [];
  const overrides: string[] = [];
  for (const name of names) {
    const extension = extensionOf(name);
    if (extension === undefined || isIgnored(name)) continue;
    const stem = name.slice(0, -extension.length);
    const hider = hiddenBy[extension];
    if (hider !== undefined && present.has(stem + hider)) continue;
    (stem === 'override' || stem.endsWith('_override') ? overrides : primary).push(name);
  }
  return { primary, overrides };
}

async function readNames(directory: string, files: Files): Promise<readonly string[]> {
  try {
    const entries = await files.readdir(directory, { withFileTypes: true });
    if (entries.length > maxEntries) {
      throw new TooManyFilesError(directory, entries.length, maxEntries);
    }
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
      .sort(compareBytes);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    if (errnoOf(error) === undefined) throw error;
    throw new FileAccessError('read', join(directory, '.'), error);
  }
}

function extensionOf(name: string): Extension | undefined {
  return extensions.find((extension) => name.endsWith(extension));
}

function isIgnored(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || (name.startsWith('#') && name.endsWith('#'));
}
