import {
  type CallOptions,
  type Diagnostic,
  type Files,
  hasErrors,
  nodeFiles,
} from '../base/index.ts';
import {
  type LockFile,
  displayProvider,
  formatPlatform,
  isDefaultHost,
  type Platform,
  type ProviderAddress,
  type ProviderLock,
  providerKey,
  type Requirements,
  sameLocks,
  upgradeFromPredecessor,
} from '../domain/index.ts';
import type { ProviderSource } from '../sources/index.ts';
import { InvalidLockFileError, LockFileReadOnlyError } from './errors.ts';
import type { InstallEvents } from './events.ts';
import { installProviders } from './installer.ts';
import { readLockFile, writeLockFile } from './lock-store.ts';
import type { PackageCache } from './package-cache.ts';

export interface InitRequest {
  /** The working folder: the lock file is here. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly source: ProviderSource;
  readonly requirements: Requirements;
  readonly platform: Platform;
  readonly upgrade: boolean;
  /** `'readonly'` fails when providers come or go, and warns when only hashes would change. */
  readonly lockFileMode: 'update' | 'readonly';
  readonly enforceSignatures: boolean;
  readonly cache?: PackageCache | undefined;
  /** Providers that somebody else has started already (`TF_REATTACH_PROVIDERS`). */
  readonly unmanaged?: readonly ProviderAddress[] | undefined;
}

export interface InitOptions extends CallOptions {
  readonly events?: InstallEvents | undefined;
  readonly files?: Files | undefined;
}

export interface InitSummary {
  /** What became of the lock file. */
  readonly lockFile: 'created' | 'changed' | 'unchanged' | 'not-updated';
  /** The selections, sorted by provider. */
  readonly providers: readonly ProviderLock[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Installs what the configuration requires and brings the lock file up to date.
 * @throws InvalidLockFileError (with diagnostics), InstallError, LockFileReadOnlyError; the lock file is
 *   untouched by a run that failed.
 */
export async function initProviders(
  request: InitRequest,
  options: InitOptions = {},
): Promise<InitSummary> {
  const files = options.files ?? nodeFiles;
  const read = await readLockFile(request.directory, files);
  if (hasErrors(read.diagnostics)) throw new InvalidLockFileError(read.diagnostics);
  const { lockFile: before, ...upgrade } = upgradeFromPredecessor(read.lockFile);
  const diagnostics = [...read.diagnostics, ...upgrade.diagnostics];
  const { lockFile: after, incomplete } = await installProviders({
    source: request.source,
    requirements: request.requirements,
    lockFile: before,
    platform: request.platform,
    dataDirectory: request.dataDirectory,
    mode: request.upgrade ? 'upgrade' : 'use-locked',
    enforceSignatures: request.enforceSignatures,
    cache: request.cache,
    unmanaged: request.unmanaged,
    events: options.events,
    files,
    signal: options.signal,
  });
  const providers = after.providers();
  if (sameLocks(before, after)) {
    return { lockFile: 'unchanged', providers, diagnostics };
  }
  if (request.lockFileMode === 'readonly') {
    if (!sameProviders(before, after)) throw new LockFileReadOnlyError();
    return { lockFile: 'not-updated', providers, diagnostics: [...diagnostics, notUpdated] };
  }
  await writeLockFile(request.directory, after, files);
  return {
    lockFile: before.providers().length === 0 ? 'created' : 'changed',
    providers,
    diagnostics: [...diagnostics, ...incompleteWarning(incomplete, request.platform)],
  };
}

const notUpdated: Diagnostic = {
  severity: 'warning',
  summary: 'Provider lock file not updated',
  detail:
    'Changes to the provider selections were detected, but not saved in the .terraform.lock.hcl file. To record these selections, run the same command without the "-lockfile=readonly" flag.',
};

function sameProviders(a: LockFile, b: LockFile): boolean {
  const keys = (lockFile: LockFile): string =>
    lockFile
      .providers()
      .map(({ provider }) => providerKey(provider))
      .sort()
      .join('\n');
  return keys(a) === keys(b);
}

const trustAdvice =
  'For providers of registry.opentofu.org it is enough to set trust_all_hashes = true on an oci_mirror that you trust for them.';

function incompleteWarning(
  incomplete: readonly ProviderAddress[],
  platform: Platform,
): readonly Diagnostic[] {
  if (incomplete.length === 0) return [];
  const names = incomplete.map((provider) => `  - ${displayProvider(provider)}`).join('\n');
  return [
    {
      severity: 'warning',
      summary: 'Incomplete lock file information for providers',
      detail: [
        `The lock file now has checksums of these providers for ${formatPlatform(platform)} only, so it will not work on other platforms:`,
        names,
        '',
        'To record the checksums of another platform, run:',
        '  tofu providers lock -platform=OS_ARCH',
        'It asks the registry that a provider is named after. Where there is none to ask, put the zips of the release into DIR/HOSTNAME/NAMESPACE/TYPE and add -fs-mirror=DIR.',
        ...(incomplete.some(isDefaultHost) ? [trustAdvice] : []),
      ].join('\n'),
    },
  ];
}
