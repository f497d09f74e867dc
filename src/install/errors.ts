import {
  categoryOf,
  type Diagnostic,
  type ErrorCategory,
  exitCodeOf,
  gravestExitCode,
  isTofuOciError,
  TofuOciError,
} from '../base/index.ts';
import {
  compareProviders,
  displayProvider,
  formatConstraints,
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  type PackageHash,
  type Platform,
  type ProviderAddress,
  type Version,
  type VersionConstraints,
} from '../domain/index.ts';

const lockDocs = 'https://opentofu.org/docs/language/files/dependency-lock/#checksum-verification';

/** The package does not have any of the hashes that its source announced. */
export class PackageHashMismatchError extends TofuOciError {
  readonly code = 'ERR_INSTALL_PACKAGE_MISMATCH';
  readonly category = 'integrity';
  readonly expected: readonly PackageHash[];
  readonly actual: readonly PackageHash[];
  constructor(expected: readonly PackageHash[], actual: readonly PackageHash[]) {
    super(
      expected.length === 1
        ? `provider package doesn't match the expected checksum "${expected.join()}"`
        : "provider package doesn't match the any of the expected checksums",
    );
    this.expected = expected;
    this.actual = actual;
  }
}

/** The source offers bytes that share no hash with what the lock file recorded for this version. */
export class LockedHashMismatchError extends TofuOciError {
  readonly code = 'ERR_INSTALL_LOCK_MISMATCH';
  readonly category = 'integrity';
  readonly offered: readonly PackageHash[];
  readonly locked: readonly PackageHash[];
  constructor(
    provider: ProviderAddress,
    version: Version,
    hashes: {
      readonly offered: readonly PackageHash[];
      readonly locked: readonly PackageHash[];
      /** An unpacked package: what it has is a hash of the folder, never of a zip. */
      readonly isFolder?: boolean | undefined;
    },
  ) {
    const release = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
    const recorded = 'any of the checksums previously recorded in the dependency lock file';
    const isFolder = hashes.isFolder === true;
    super(
      isFolder
        ? `the local package for ${release} doesn't match ${recorded} (this might be because the available checksums are for packages targeting different platforms); for more information: ${lockDocs}`
        : `the current package for ${release} doesn't match ${recorded}; for more information: ${lockDocs}`,
      {
        hint:
          isFolder && !hashes.locked.some((hash) => hash.startsWith('h1:'))
            ? `The folder has ${hashes.offered.join(', ')}, and the lock file has checksums of zips only, which a folder can not be compared with. Run "tofu providers lock" for this platform with the package that you trust.`
            : `The source offers ${hashes.offered.join(', ')}. If the lock file was made on another platform, run "tofu providers lock" for this one; if not, find out who changed the package before you trust it.`,
      },
    );
    this.offered = hashes.offered;
    this.locked = hashes.locked;
  }
}

/** What is installed already differs from what was downloaded: it is not overwritten. */
export class ModifiedPackageError extends TofuOciError {
  readonly code = 'ERR_INSTALL_MODIFIED_PACKAGE';
  readonly category = 'integrity';
  readonly directory: string;
  constructor(directory: string) {
    super(
      `existing cached package at ${directory} does not match the content of the downloaded package; does it contain local modifications?`,
      { hint: `Remove ${directory} and run the same command again.` },
    );
    this.directory = directory;
  }
}

/** The configuration asks for something that the lock file's selection does not satisfy. */
export class LockedVersionConflictError extends TofuOciError {
  readonly code = 'ERR_INSTALL_LOCKED_VERSION';
  readonly category = 'usage';
  constructor(provider: ProviderAddress, version: Version, constraints: VersionConstraints) {
    super(
      `locked provider ${formatProviderAddress(provider)} ${formatVersion(version)} does not match configured version constraint ${formatConstraints(constraints)}; must use tofu init -upgrade to allow selection of new versions`,
    );
  }
}

/** The sources know the provider and have no version that may be selected. */
export class NoMatchingVersionError extends TofuOciError {
  readonly code = 'ERR_INSTALL_NO_MATCHING_VERSION';
  readonly category = 'not-found';
}

export function lockedVersionGone(version: Version, cause: unknown): NoMatchingVersionError {
  return new NoMatchingVersionError(
    `the previously-selected version ${formatVersion(version)} is no longer available`,
    { cause, hint: '"tofu-oci init --upgrade" selects one that is on offer.' },
  );
}

/** Version 0.0.0 stands for a provider that is not published. */
export class UnpublishedVersionError extends TofuOciError {
  readonly code = 'ERR_INSTALL_UNPUBLISHED_VERSION';
  readonly category = 'usage';
  constructor() {
    super(
      '0.0.0 is not a valid provider version. \nIf the version 0.0.0 is intended to represent a non-published provider, consider using dev_overrides - https://opentofu.org/docs/cli/config/config-file/#development-overrides-for-provider-developers',
    );
  }
}

/** A requirement of a built-in provider that can not be met. */
export class BuiltInProviderError extends TofuOciError {
  readonly code = 'ERR_INSTALL_BUILT_IN';
  readonly category = 'usage';
}

/** The set of locked providers must change and `-lockfile=readonly` forbids it. */
export class LockFileReadOnlyError extends TofuOciError {
  readonly code = 'ERR_INSTALL_LOCK_READONLY';
  readonly category = 'conflict';
  readonly diagnostics: readonly Diagnostic[];
  constructor() {
    const summary = 'Provider dependency changes detected';
    const detail =
      'Changes to the required provider dependencies were detected, but the lock file is read-only. To use and record these requirements, run "tofu init" without the "-lockfile=readonly" flag.';
    super(`${summary}: ${detail}`);
    this.diagnostics = [{ severity: 'error', summary, detail }];
  }
}

/** The lock file can not be read as one; the diagnostics say where. */
export class InvalidLockFileError extends TofuOciError {
  readonly code = 'ERR_INSTALL_INVALID_LOCK_FILE';
  readonly category = 'usage';
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super('the dependency lock file has errors');
    this.diagnostics = diagnostics;
  }
}

/** What went wrong for one provider, under the title that OpenTofu gives the situation. */
export interface ProviderFailure {
  readonly provider: ProviderAddress;
  readonly summary: string;
  readonly detail: string;
  readonly error: unknown;
}

/** One or more providers could not be installed; nothing was recorded in the lock file. */
export class InstallError extends TofuOciError {
  readonly code = 'ERR_INSTALL_FAILED';
  readonly category: ErrorCategory;
  /** Sorted by provider. */
  readonly failures: readonly ProviderFailure[];
  constructor(failures: readonly ProviderFailure[]) {
    super(
      `some providers could not be installed:\n${failures
        .map(({ provider, error }) => `- ${displayProvider(provider)}: ${messageOf(error)}`)
        .join('\n')}`,
    );
    this.failures = failures;
    this.category = gravestCategory(failures);
  }
}

/** What went wrong for one provider while it was locked. */
export interface LockFailure {
  readonly provider: ProviderAddress;
  /** Undefined when no platform came into it: there is no version to lock. */
  readonly platform: Platform | undefined;
  readonly error: unknown;
}

/** Some packages could not be looked at; the lock file is as it was. */
export class LockError extends TofuOciError {
  readonly code = 'ERR_INSTALL_LOCK_FAILED';
  readonly category: ErrorCategory;
  /** Sorted by platform, in the order in which they were asked for, then by provider. */
  readonly failures: readonly LockFailure[];
  readonly diagnostics: readonly Diagnostic[];
  constructor(failures: readonly LockFailure[], platforms: readonly Platform[]) {
    const groups = [undefined, ...platforms].map((platform) =>
      failures
        .filter((failure) => failure.platform === platform)
        .sort((a, b) => compareProviders(a.provider, b.provider)),
    );
    super('the providers could not be retrieved for locking');
    this.failures = groups.flat();
    this.category = gravestCategory(failures);
    this.diagnostics = groups.flatMap((group) =>
      group.length === 0 ? [] : [lockDiagnostic(group, group[0]?.platform)],
    );
  }
}

function lockDiagnostic(
  failures: readonly LockFailure[],
  platform: Platform | undefined,
): Diagnostic {
  const place = platform === undefined ? '' : ` for ${formatPlatform(platform)}`;
  const lines = failures.map(
    ({ error, provider }) => `- ${formatProviderAddress(provider)}: ${messageOf(error)}`,
  );
  const hints = new Set(
    failures.map(({ error }) => (isTofuOciError(error) ? error.hint : undefined)),
  );
  const advice = [...hints].filter((hint) => hint !== undefined).map((hint) => `\n\n${hint}`);
  return {
    severity: 'error',
    summary: 'Could not retrieve providers for locking',
    detail: `OpenTofu failed to fetch the requested providers${place} in order to calculate their checksums: some providers could not be installed:\n${lines.join('\n')}.${advice.join('')}`,
  };
}

/** `lock` was asked for a provider that the configuration does not require. */
export class UnrequiredProviderError extends TofuOciError {
  readonly code = 'ERR_INSTALL_NOT_REQUIRED';
  readonly category = 'usage';
  readonly diagnostics: readonly Diagnostic[];
  constructor(providers: readonly ProviderAddress[]) {
    super('a provider is not required by the configuration');
    this.diagnostics = providers.map((provider) => ({
      severity: 'error',
      summary: 'Invalid provider argument',
      detail: `The provider ${formatProviderAddress(provider)} is not required by the current configuration.`,
    }));
  }
}

/** `lock --check` found something to record. */
export class LockFileOutdatedError extends TofuOciError {
  readonly code = 'ERR_INSTALL_LOCK_OUTDATED';
  readonly category = 'conflict';
  constructor() {
    super('the dependency lock file lacks checksums of the requested platforms', {
      hint: 'Run the same command without --check and commit the lock file.',
    });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The category whose exit code is the gravest among the failures. */
function gravestCategory(failures: readonly { readonly error: unknown }[]): ErrorCategory {
  const gravest = gravestExitCode(failures.map(({ error }) => exitCodeOf(error)));
  const decisive = failures.find(({ error }) => exitCodeOf(error) === gravest);
  return decisive === undefined ? 'bug' : categoryOf(decisive.error);
}
