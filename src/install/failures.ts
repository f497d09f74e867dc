import { findInCauses, isNotFound } from '../base/index.ts';
import {
  displayProvider,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';
import {
  PlatformNotSupportedError,
  ProviderNotFoundError,
  VersionNotFoundError,
} from '../sources/index.ts';
import { messageOf, NoMatchingVersionError, type ProviderFailure } from './errors.ts';

interface Subject {
  readonly provider: ProviderAddress;
  readonly version?: Version | undefined;
}

/** Puts a failure under the title that OpenTofu gives its kind. */
export function describeFailure(
  phase: 'built-in' | 'query' | 'install',
  subject: Subject,
  error: unknown,
): ProviderFailure {
  const { provider } = subject;
  const name = displayProvider(provider);
  const about = (summary: string, detail: string): ProviderFailure => ({
    provider,
    summary,
    detail,
    error,
  });
  if (phase === 'built-in') {
    return about(
      'Invalid dependency on built-in provider',
      `Cannot use ${name}: ${messageOf(error)}.`,
    );
  }
  if (phase === 'query') {
    return findInCauses(error, ProviderNotFoundError) !== undefined
      ? about(
          'Failed to query available provider packages',
          `Could not retrieve the list of available versions for provider ${name}: ${messageOf(error)}`,
        )
      : about(
          'Failed to resolve provider packages',
          `Could not resolve provider ${name}: ${messageOf(error)}`,
        );
  }
  const version = subject.version === undefined ? '' : formatVersion(subject.version);
  if (findInCauses(error, PlatformNotSupportedError) !== undefined) {
    return about('Incompatible provider version', messageOf(error));
  }
  if (
    isNotFound(error) &&
    (findInCauses(error, VersionNotFoundError) ?? findInCauses(error, ProviderNotFoundError)) !==
      undefined
  ) {
    const gone = new NoMatchingVersionError(
      `the previously-selected version ${version} is no longer available`,
      { cause: error },
    );
    return {
      ...about(
        'Failed to resolve provider packages',
        `Could not resolve provider ${name}: ${gone.message}: ${messageOf(error)}`,
      ),
      error: gone,
    };
  }
  return about(
    'Failed to install provider',
    `Error while installing ${name} v${version}: ${messageOf(error)}`,
  );
}
