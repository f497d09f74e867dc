import { compareBytes } from '../base/index.ts';
import { InvalidHostnameError, InvalidProviderAddressError } from './errors.ts';
import { displayHost, lookupLabel, parseHostname } from './hostname.ts';
import { shown } from './shown.ts';

/** Which provider, as in `registry.opentofu.org/hashicorp/aws`. All parts are normalised. */
export interface ProviderAddress {
  /** Comparison form: lower-case ASCII (punycode), with `:PORT` unless it is 443. */
  readonly hostname: string;
  /** Unicode; `-` marks an address from before namespaces existed. */
  readonly namespace: string;
  /** Unicode. */
  readonly type: string;
}

/** Equal for equal addresses: `HOST/NAMESPACE/TYPE` with the host in comparison form. For maps. */
export type ProviderKey = string & { readonly providerKey: unique symbol };

/** The host of an address that names none. */
export const defaultHost = 'registry.opentofu.org';

const defaultNamespace = 'hashicorp';
const legacyNamespace = '-';
const builtInNamespace = 'builtin';
const builtInHosts: readonly string[] = ['terraform.io', 'opentofu.org'];

export interface ParseProviderOptions {
  /** Comparison form; `registry.opentofu.org` unless given. */
  readonly defaultHost?: string | undefined;
}

/**
 * Parses `[HOST/][NAMESPACE/]TYPE` as OpenTofu 1.12 does (registry-address v2).
 * @throws InvalidProviderAddressError with OpenTofu's summary and detail
 */
export function parseProviderAddress(
  text: string,
  options: ParseProviderOptions = {},
): ProviderAddress {
  const parts = text.split('/');
  if (parts.length > 3 || parts.includes('')) {
    throw new InvalidProviderAddressError(text, {
      summary: 'Invalid provider source string',
      detail: 'The "source" attribute must be in the format "[hostname/][namespace/]name"',
    });
  }
  const [typeText = '', namespaceText = defaultNamespace, hostText] = parts.toReversed();
  const type = readPart(text, typeText, 'type');
  const namespace =
    namespaceText === legacyNamespace
      ? legacyNamespace
      : readPart(text, namespaceText, 'namespace');
  const hostname =
    hostText === undefined ? (options.defaultHost ?? defaultHost) : readHost(text, hostText);
  if (namespace === legacyNamespace && hostname !== defaultHost) {
    throw new InvalidProviderAddressError(text, {
      summary: 'Invalid provider namespace',
      detail: `The legacy provider namespace "-" can be used only with hostname ${defaultHost}.`,
    });
  }
  const address = { hostname, namespace, type };
  checkPrefix(text, address);
  return address;
}

/**
 * Normalises one namespace or type.
 * @returns the normalised part, or why it is none
 */
export function parseProviderPart(
  text: string,
): { readonly part: string } | { readonly why: string } {
  if (text === '') return { why: 'must have at least one character' };
  if (text.includes('.')) return { why: 'dots are not allowed' };
  if (text.includes('--')) return { why: 'cannot use multiple consecutive dashes' };
  const part = lookupLabel(text);
  if (part !== undefined) return { part };
  return {
    why: 'must contain only letters, digits, and dashes, and may not use leading or trailing dashes',
  };
}

/** In full, with the host as people read it: for lock files, folders and messages that must be exact. */
export function formatProviderAddress(provider: ProviderAddress): string {
  return `${displayHost(provider.hostname)}/${provider.namespace}/${provider.type}`;
}

/** Short, for people: the default host is left out, the namespace never is. */
export function displayProvider(provider: ProviderAddress): string {
  return isDefaultHost(provider)
    ? `${provider.namespace}/${provider.type}`
    : formatProviderAddress(provider);
}

export function providerKey(provider: ProviderAddress): ProviderKey {
  return `${provider.hostname}/${provider.namespace}/${provider.type}` as ProviderKey;
}

/** By host in comparison form, then namespace, then type; bytewise, as OpenTofu sorts. */
export function compareProviders(a: ProviderAddress, b: ProviderAddress): number {
  return (
    compareBytes(a.hostname, b.hostname) ||
    compareBytes(a.namespace, b.namespace) ||
    compareBytes(a.type, b.type)
  );
}

export function sameProvider(a: ProviderAddress, b: ProviderAddress): boolean {
  return providerKey(a) === providerKey(b);
}

/** Part of OpenTofu itself: never installed, never locked. */
export function isBuiltIn(provider: ProviderAddress): boolean {
  return provider.namespace === builtInNamespace && builtInHosts.includes(provider.hostname);
}

/** From before namespaces existed: OpenTofu reads such addresses and installs none. */
export function isLegacy(provider: ProviderAddress): boolean {
  return provider.namespace === legacyNamespace && provider.hostname === defaultHost;
}

export function isDefaultHost(provider: ProviderAddress): boolean {
  return provider.hostname === defaultHost;
}

/** Whether the lock file may name it. */
export function isLockable(provider: ProviderAddress): boolean {
  return !isBuiltIn(provider) && !isLegacy(provider);
}

/**
 * What a bare local name means where no `source` says otherwise.
 * @throws InvalidProviderAddressError
 */
export function impliedProviderAddress(localName: string): ProviderAddress {
  const type = readPart(localName, localName, 'type');
  return type === 'terraform'
    ? { hostname: 'terraform.io', namespace: builtInNamespace, type }
    : { hostname: defaultHost, namespace: defaultNamespace, type };
}

function readPart(text: string, given: string, what: 'type' | 'namespace'): string {
  const result = parseProviderPart(given);
  if ('part' in result) return result.part;
  throw new InvalidProviderAddressError(text, {
    summary: `Invalid provider ${what}`,
    detail: `Invalid provider ${what} ${shown(given)} in source ${shown(text)}: ${result.why}`,
  });
}

function readHost(text: string, given: string): string {
  try {
    return parseHostname(given);
  } catch (cause) {
    if (!(cause instanceof InvalidHostnameError)) throw cause;
    const detail = `Invalid provider source hostname ${shown(given)} in source ${shown(text)}: ${cause.why}`;
    throw new InvalidProviderAddressError(
      text,
      { summary: 'Invalid provider source hostname', detail },
      { cause, hint: cause.hint },
    );
  }
}

const projects = [
  { name: 'Terraform', article: 'a', often: 'often', prefix: 'terraform-' },
  { name: 'OpenTofu', article: 'an', often: 'sometimes', prefix: 'opentofu-' },
] as const;

/** The name of a repository or of an executable is often taken for the type. */
function checkPrefix(text: string, address: ProviderAddress): void {
  for (const { name, article, often, prefix } of projects) {
    if (!address.type.startsWith(prefix)) continue;
    const summary = 'Invalid provider type';
    const long = `${prefix}provider-`;
    const type = address.type.slice(long.length);
    if (address.type.startsWith(long) && 'part' in parseProviderPart(type)) {
      const suggestion = displayProvider({ ...address, type });
      throw new InvalidProviderAddressError(
        text,
        {
          summary,
          detail: `Provider source ${shown(displayProvider(address))} has a type with the prefix ${shown(long)}, which isn't valid. Although that prefix is ${often} used in the names of version control repositories for ${name} providers, provider source strings should not include it.\n\nDid you mean ${shown(suggestion)}?`,
        },
        { hint: `Write ${suggestion}.` },
      );
    }
    throw new InvalidProviderAddressError(text, {
      summary,
      detail: `Provider source ${shown(formatProviderAddress(address))} has a type with the prefix ${shown(prefix)}, which isn't allowed because it would be redundant to name ${article} ${name} provider with that prefix. If you are the author of this provider, rename it to not include the prefix.`,
    });
  }
}
