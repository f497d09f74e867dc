import { findInCauses, isNotFound } from '../base/index.ts';
import {
  displayHost,
  displayProvider,
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';
import {
  NoProviderServiceError,
  PlatformNotSupportedError,
  ProviderNotFoundError,
  UnsupportedProtocolError,
  VersionNotFoundError,
} from '../sources/index.ts';
import {
  lockedVersionGone,
  messageOf,
  NoMatchingVersionError,
  type ProviderFailure,
} from './errors.ts';

interface Subject {
  readonly provider: ProviderAddress;
  readonly version?: Version | undefined;
  /** Paragraphs that end the detail. */
  readonly advice?: string | undefined;
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
  const noService = findInCauses(error, NoProviderServiceError);
  if (noService !== undefined) {
    return about('Invalid provider registry host', aboutHost(provider, noService));
  }
  if (phase === 'query') {
    return findInCauses(error, ProviderNotFoundError) !== undefined
      ? about(
          'Failed to query available provider packages',
          `Could not retrieve the list of available versions for provider ${name}: ${messageOf(error)}${subject.advice === undefined ? '' : `\n\n${subject.advice}`}`,
        )
      : about(
          'Failed to resolve provider packages',
          `Could not resolve provider ${name}: ${messageOf(error)}`,
        );
  }
  const lost = goneVersion(error, subject.version);
  if (lost !== undefined) {
    const detail = `Could not resolve provider ${name}: ${lost.text}`;
    return { ...about('Failed to resolve provider packages', detail), error: lost.gone };
  }
  const isIncompatible =
    findInCauses(error, PlatformNotSupportedError) ?? findInCauses(error, UnsupportedProtocolError);
  if (isIncompatible !== undefined) {
    return about('Incompatible provider version', messageOf(error));
  }
  const version = subject.version === undefined ? '' : formatVersion(subject.version);
  return about(
    'Failed to install provider',
    `Error while installing ${name} v${version}: ${messageOf(error)}`,
  );
}

/** That a version of the lock file is not on offer any more, and what the source says to it. */
function goneVersion(
  error: unknown,
  version: Version | undefined,
): { readonly gone: NoMatchingVersionError; readonly text: string } | undefined {
  const known = findInCauses(error, NoMatchingVersionError);
  if (known !== undefined) return { gone: known, text: known.message };
  const missing =
    findInCauses(error, VersionNotFoundError) ?? findInCauses(error, ProviderNotFoundError);
  if (missing === undefined || version === undefined || !isNotFound(error)) return undefined;
  const gone = lockedVersionGone(version, error);
  return { gone, text: `${gone.message}: ${messageOf(error)}` };
}

function aboutHost(
  provider: ProviderAddress,
  { hasOtherVersion, host }: NoProviderServiceError,
): string {
  const address = formatProviderAddress(provider);
  const given = `The host "${displayHost(host)}" given in provider source address "${address}"`;
  if (hasOtherVersion) {
    return `${given} does not offer a OpenTofu provider registry that is compatible with this OpenTofu version, but it may be compatible with a different OpenTofu version.`;
  }
  if (host === 'github.com') {
    return `The given source address "${address}" specifies a GitHub repository rather than a OpenTofu provider. Refer to the documentation of the provider to find the correct source address to use.`;
  }
  return `${given} does not offer a OpenTofu provider registry.`;
}
