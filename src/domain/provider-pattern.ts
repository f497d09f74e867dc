import { InvalidHostnameError, InvalidPatternError } from './errors.ts';
import { displayHost, parseHostname } from './hostname.ts';
import { defaultHost, parseProviderPart, type ProviderAddress } from './provider-address.ts';
import { shown } from './shown.ts';

/** An entry of `include` or `exclude`: like an address, but each part may be `*`. */
export interface ProviderPattern {
  /** Comparison form, or `*`. */
  readonly hostname: string;
  readonly namespace: string;
  readonly type: string;
}

const wildcard = '*';

/**
 * Parses `[HOST/]NAMESPACE/TYPE`, where parts from the left may be `*` only if all to the right of them are.
 * @throws InvalidPatternError in OpenTofu's words
 */
export function parseProviderPattern(text: string): ProviderPattern {
  const invalid = `invalid provider matching pattern ${shown(text)}`;
  const parts = text.split('/');
  if (parts.length < 2 || parts.length > 3) {
    throw new InvalidPatternError(
      `${invalid}: must have either two or three slash-separated segments`,
      text,
    );
  }
  const [typeText = '', namespaceText = '', hostText] = parts.toReversed();
  const hostname = hostText === undefined ? defaultHost : readHost(text, hostText);
  const type = partOrWildcard(typeText);
  if (type === undefined) {
    throw new InvalidPatternError(
      `invalid provider type ${shown(typeText)} in provider matching pattern ${shown(text)}: must either be the wildcard * or a provider type name`,
      text,
    );
  }
  const namespace = partOrWildcard(namespaceText);
  if (namespace === undefined) {
    throw new InvalidPatternError(
      `invalid registry namespace ${shown(namespaceText)} in provider matching pattern ${shown(text)}: must either be the wildcard * or a literal namespace`,
      text,
    );
  }
  if (hostname === wildcard && (namespace !== wildcard || type !== wildcard)) {
    throw new InvalidPatternError(
      `${invalid}: hostname can be a wildcard only if both namespace and provider type are also wildcards`,
      text,
    );
  }
  if (namespace === wildcard && type !== wildcard) {
    throw new InvalidPatternError(
      `${invalid}: namespace can be a wildcard only if the provider type is also a wildcard`,
      text,
    );
  }
  return { hostname, namespace, type };
}

export function matchesPattern(pattern: ProviderPattern, provider: ProviderAddress): boolean {
  return (
    (pattern.hostname === wildcard || pattern.hostname === provider.hostname) &&
    (pattern.namespace === wildcard || pattern.namespace === provider.namespace) &&
    (pattern.type === wildcard || pattern.type === provider.type)
  );
}

/** In full: `registry.opentofu.org/hashicorp/*`. */
export function formatProviderPattern(pattern: ProviderPattern): string {
  return `${displayHost(pattern.hostname)}/${pattern.namespace}/${pattern.type}`;
}

function partOrWildcard(text: string): string | undefined {
  if (text === wildcard) return wildcard;
  const result = parseProviderPart(text);
  return 'part' in result ? result.part : undefined;
}

function readHost(text: string, given: string): string {
  if (given === wildcard) return wildcard;
  try {
    return parseHostname(given);
  } catch (error) {
    if (!(error instanceof InvalidHostnameError)) throw error;
    throw new InvalidPatternError(
      `invalid hostname in provider matching pattern ${shown(text)}: ${error.why}`,
      text,
    );
  }
}
