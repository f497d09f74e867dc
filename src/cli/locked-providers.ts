import { basename, dirname, relative, resolve } from 'node:path';
import { hasErrors, nodeFiles, quoted } from '../base/index.ts';
import {
  formatVersion,
  parseConstraints,
  type ProviderAddress,
  providerKey,
  sameProvider,
  sameVersion,
  type Version,
} from '../domain/index.ts';
import type { LockedProvider } from '../publish/index.ts';
import { ConfigurationError } from './errors.ts';
import { matchPaths } from './match-paths.ts';
import type { RequestedProviders } from './requested-providers.ts';
import { UsageError } from './usage-error.ts';

/** What several lock files say. */
export interface LockedProviders {
  readonly requested: RequestedProviders;
  /** What they say of one version. */
  of(provider: ProviderAddress, version: Version): readonly LockedProvider[];
}

/**
 * Reads lock files, for whoever compares with them.
 * @param patterns lock files, folders that have one, or patterns of either
 * @param only the providers that count; undefined for all
 * @throws UsageError where nothing matches, ConfigurationError
 */
export async function readLockedProviders(
  patterns: readonly string[],
  {
    directory,
    only,
  }: { readonly directory: string; readonly only: readonly ProviderAddress[] | undefined },
): Promise<LockedProviders> {
  const { lockFileName, readLockFile } = await import('../install/index.ts');
  const folders = new Set<string>();
  for (const pattern of patterns) {
    for (const folder of await foldersOf(pattern, directory, lockFileName)) folders.add(folder);
  }
  const locked: LockedProvider[] = [];
  for (const folder of folders) {
    const { diagnostics, lockFile } = await readLockFile(folder);
    if (hasErrors(diagnostics)) throw new ConfigurationError(diagnostics);
    const place = relative(directory, resolve(folder, lockFileName));
    for (const lock of lockFile.providers()) {
      const counts = only?.some((one) => sameProvider(one, lock.provider)) ?? true;
      if (counts) locked.push({ lock, place });
    }
  }
  if (locked.length === 0) throw new UsageError('--lock: none of the providers is locked there');
  return {
    requested: requestedOf(locked),
    of: (provider, version) =>
      locked.filter(
        ({ lock }) => sameProvider(lock.provider, provider) && sameVersion(lock.version, version),
      ),
  };
}

/** The folders with lock files that one pattern means. */
async function foldersOf(
  pattern: string,
  directory: string,
  lockFileName: string,
): Promise<readonly string[]> {
  const files = await matchPaths(pattern, { directory, kind: 'files' });
  const other = files.find((path) => basename(path) !== lockFileName);
  if (other !== undefined) {
    throw new UsageError(`--lock: ${quoted(relative(directory, other))} is no lock file`, {
      hint: `Lock files are called ${lockFileName}; a folder that has one will do, too.`,
    });
  }
  const found = files.map((path) => dirname(path));
  for (const folder of await matchPaths(pattern, { directory, kind: 'folders' })) {
    const isThere = await nodeFiles.stat(resolve(folder, lockFileName)).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (isThere) found.push(folder);
  }
  if (found.length === 0) {
    throw new UsageError(`--lock: no ${lockFileName} matches ${quoted(pattern)}`, {
      hint: 'Run "tofu init" or "tofu-oci lock" there first, or correct the path.',
    });
  }
  return found;
}

/** Each provider once, with the versions that are locked somewhere. */
function requestedOf(locked: readonly LockedProvider[]): RequestedProviders {
  const versions = new Map<string, { provider: ProviderAddress; texts: Set<string> }>();
  for (const { lock } of locked) {
    const { provider } = lock;
    const entry = versions.get(providerKey(provider)) ?? { provider, texts: new Set<string>() };
    entry.texts.add(`= ${formatVersion(lock.version)}`);
    versions.set(providerKey(provider), entry);
  }
  const providers = [...versions.values()].map(({ provider, texts }) => ({
    provider,
    constraints: [...texts].map((text) => parseConstraints(text)),
  }));
  return { providers, leftOut: undefined };
}
