import { HostRequiredError, InvalidProviderAddressError, InvalidVersionError } from './errors.ts';
import {
  formatProviderAddress,
  parseProviderAddress,
  type ParseProviderOptions,
  type ProviderAddress,
} from './provider-address.ts';
import { parseVersion, type Version } from './version.ts';
import { noConstraints, parseConstraints, type VersionConstraints } from './version-constraints.ts';

/** `ADDRESS[@CONSTRAINT]` on a command line. */
export interface ProviderRequest {
  readonly provider: ProviderAddress;
  readonly constraints: VersionConstraints;
}

/** `HOST/NAMESPACE/TYPE[@VERSION]` on a command line. */
export interface ExactRequest {
  readonly provider: ProviderAddress;
  readonly version: Version | undefined;
}

/**
 * Parses `[HOST/][NAMESPACE/]TYPE[@CONSTRAINT]`, as in `hashicorp/aws@~> 5.0`.
 * @throws InvalidProviderAddressError, InvalidConstraintsError
 */
export function parseProviderRequest(
  text: string,
  options: ParseProviderOptions = {},
): ProviderRequest {
  const { address, suffix } = split(text);
  return {
    provider: parseAddress(address, options),
    constraints: suffix === undefined ? noConstraints : parseConstraints(suffix),
  };
}

/**
 * Parses `HOST/NAMESPACE/TYPE[@VERSION]`. The host must be written out unless the caller was told a default
 * explicitly: a private provider must not end up under the public registry's name by accident. A leading
 * `v` of the version is dropped, as it stands in most tags.
 * @throws HostRequiredError, InvalidProviderAddressError, InvalidVersionError
 */
export function parseExactRequest(text: string, options: ParseProviderOptions = {}): ExactRequest {
  const { address, suffix } = split(text);
  const provider = parseAddress(address, options);
  if (address.split('/').length < 3 && options.defaultHost === undefined) {
    const example = { ...provider, hostname: 'registry.example.com' };
    throw new HostRequiredError(address, formatProviderAddress(example));
  }
  return { provider, version: suffix === undefined ? undefined : parseExact(suffix) };
}

/** Says to those who write versions as container tools do, or as words of their own, how they are written here. */
function parseAddress(text: string, options: ParseProviderOptions): ProviderAddress {
  try {
    return parseProviderAddress(text, options);
  } catch (error) {
    if (!(error instanceof InvalidProviderAddressError)) throw error;
    const { detail, summary } = error;
    const [, address, version = text] = /^([^:]+(?::\d+\/[^:]+)?):([^/]+)$/u.exec(text) ?? [];
    const isVersion = /^v?\d+(?:\.\d+)*(?:-[\w.-]+)?$/u.test(version);
    const hint = isVersion
      ? `A version stands behind the address and an "@", as in ${address ?? 'hashicorp/aws'}@${version}.`
      : undefined;
    throw new InvalidProviderAddressError(text, { summary, detail }, { cause: error, hint });
  }
}

function split(text: string): { readonly address: string; readonly suffix: string | undefined } {
  const at = text.indexOf('@');
  if (at < 0) return { address: text, suffix: undefined };
  return { address: text.slice(0, at), suffix: text.slice(at + 1) };
}

function parseExact(text: string): Version {
  try {
    return parseVersion(text.replace(/^v(?=[0-9])/u, ''));
  } catch (error) {
    if (error instanceof InvalidVersionError) throw new InvalidVersionError(text, error.why);
    throw error;
  }
}
