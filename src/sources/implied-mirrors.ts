import { type CallOptions, FileAccessError, type Files, nodeFiles } from '../base/index.ts';
import {
  compareProviders,
  type ProviderAddress,
  providerKey,
  type ProviderPattern,
} from '../domain/index.ts';
import { createFilesystemMirrorSource } from './filesystem-mirror-source.ts';
import { openTree, packagesIn, providerFolders } from './local-packages.ts';
import type { SelectedSource } from './multi-source.ts';

export interface ImpliedMirrors {
  /** One method for each folder that exists, in the order given; to be asked before the origin registries. */
  readonly methods: readonly SelectedSource[];
  /** The providers found in them: `direct` is not asked for these. Sorted. */
  readonly excludedFromDirect: readonly ProviderPattern[];
}

/**
 * What OpenTofu does where the configuration has no `provider_installation`: each of the well-known folders
 * that exists is a filesystem mirror, and a provider that is in any of them, in whatever version, comes from
 * no registry. A folder that can not be searched counts as empty here and fails when it is asked.
 */
export async function impliedMirrors(
  directories: readonly string[],
  options: CallOptions & { readonly files?: Files | undefined } = {},
): Promise<ImpliedMirrors> {
  const { files = nodeFiles, signal } = options;
  const methods: SelectedSource[] = [];
  const found = new Map<string, ProviderAddress>();
  for (const directory of directories) {
    signal?.throwIfAborted();
    if (!(await isFolder(directory, files))) continue;
    const source = createFilesystemMirrorSource({ directory, files });
    methods.push({ source, include: [], exclude: [] });
    try {
      for await (const provider of providersIn(directory, files)) {
        signal?.throwIfAborted();
        found.set(providerKey(provider), provider);
      }
    } catch (error) {
      if (!(error instanceof FileAccessError)) throw error;
    }
  }
  return { methods, excludedFromDirect: [...found.values()].sort(compareProviders) };
}

async function* providersIn(directory: string, files: Files): AsyncGenerator<ProviderAddress> {
  const tree = await openTree(directory, files);
  if (tree === undefined) return;
  for await (const folder of providerFolders(tree)) {
    // One package is enough; the others are not looked at.
    const first = await packagesIn(folder, files).next();
    if (first.done !== true) yield folder.provider;
  }
}

async function isFolder(path: string, files: Files): Promise<boolean> {
  try {
    return (await files.stat(path)).isDirectory();
  } catch {
    return false;
  }
}
