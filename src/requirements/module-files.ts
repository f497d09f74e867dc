import { compareBytes, FileAccessError, type Files } from '../base/index.ts';
import { TooManyFilesError } from './errors.ts';

/** The configuration files of one folder, by name and sorted: the order in which they are read. */
export interface ModuleFiles {
  readonly primary: readonly string[];
  /** Read after all primary files. */
  readonly overrides: readonly string[];
  readonly tests: readonly string[];
}

/** Generated modules have some hundred files; a folder with more than this is something else. */
const maxEntries = 10_000;

/** Longer endings before those that they end with. */
const endings = [
  '.tofutest.json',
  '.tftest.json',
  '.tofutest.hcl',
  '.tftest.hcl',
  '.tofu.json',
  '.tf.json',
  '.tofu',
  '.tf',
] as const;

/**
 * Lists a folder's files as OpenTofu does: not its sub-folders, not hidden files or editors' backups, and
 * those with `tf` in the ending only where there is none with `tofu` that is called the same otherwise.
 * @throws FileAccessError, TooManyFilesError
 */
export async function listModuleFiles(directory: string, files: Files): Promise<ModuleFiles> {
  const names = await readNames(directory, files);
  const present = new Set(names);
  const found = { primary: [] as string[], overrides: [] as string[], tests: [] as string[] };
  for (const name of names) {
    const ending = endings.find((each) => name.endsWith(each));
    if (ending === undefined) continue;
    const stem = name.slice(0, -ending.length);
    if (ending.startsWith('.tf') && present.has(stem + ending.replace('.tf', '.tofu'))) continue;
    if (ending.includes('test')) found.tests.push(name);
    else if (stem === 'override' || stem.endsWith('_override')) found.overrides.push(name);
    else found.primary.push(name);
  }
  return found;
}

async function readNames(directory: string, files: Files): Promise<readonly string[]> {
  let entries;
  try {
    entries = await files.readdir(directory, { withFileTypes: true });
  } catch (error) {
    throw new FileAccessError('read the folder', directory, error);
  }
  if (entries.length > maxEntries) {
    throw new TooManyFilesError(directory, entries.length, maxEntries);
  }
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !isIgnored(name))
    .sort(compareBytes);
}

function isIgnored(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || (name.startsWith('#') && name.endsWith('#'));
}
