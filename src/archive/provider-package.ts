import {
  type CallOptions,
  compareBytes,
  FileAccessError,
  type Files,
  nodeFiles,
} from '../base/index.ts';
import { executableMatches } from '../domain/index.ts';
import { NotAProviderPackageError } from './errors.ts';
import type { PackageEntry } from './package-summary.ts';

/**
 * The provider's executable among a package's entries, as OpenTofu will find it: the first file at the
 * top level, in name order, that is called like the type. The execute bits do not matter.
 * @param type the provider's type, the last part of its address
 * @throws NotAProviderPackageError
 */
export function checkProviderPackage(entries: readonly PackageEntry[], type: string): PackageEntry {
  const top = entries
    .filter(({ kind, name }) => kind === 'file' && !name.includes('/'))
    .sort((a, b) => compareBytes(a.name, b.name));
  const executable = top.find(({ name }) => executableMatches(type, name));
  if (executable !== undefined) return executable;
  const names = new Set(entries.map(({ name }) => name.replace(/\/.*$/u, '/')));
  throw new NotAProviderPackageError(type, [...names].sort(compareBytes));
}

/**
 * The file name of the provider's executable in an installed package, by the same rule.
 * @throws NotAProviderPackageError, FileAccessError
 */
export async function findExecutable(
  directory: string,
  type: string,
  options: CallOptions & { readonly files?: Files | undefined } = {},
): Promise<string> {
  options.signal?.throwIfAborted();
  let entries;
  try {
    entries = await (options.files ?? nodeFiles).readdir(directory, { withFileTypes: true });
  } catch (error) {
    throw new FileAccessError('read', directory, error);
  }
  const sorted = entries
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .sort((a, b) => compareBytes(a.name, b.name));
  const executable = sorted.find(
    ({ name, isFolder }) => !isFolder && executableMatches(type, name),
  );
  if (executable !== undefined) return executable.name;
  throw new NotAProviderPackageError(
    type,
    sorted.map(({ name, isFolder }) => (isFolder ? `${name}/` : name)),
  );
}
