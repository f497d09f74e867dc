import { posix } from 'node:path';
import { quoted } from '../base/index.ts';
import { displayHost, InvalidHostnameError, parseHostname } from '../domain/index.ts';
import { normalizePackage, splitSubfolder } from './package-source.ts';

/** Where a module comes from, in the spelling that modules.json has. */
export interface ModuleSource {
  /** `local`: a path below or beside the folder of the calling module, always with `./` or `../`. */
  readonly kind: 'local' | 'registry' | 'remote';
  readonly text: string;
}

export interface WrongSource {
  readonly summary: string;
  readonly detail: string;
}

/** What servers take for an address. Paths are put together piece by piece, in steps of the whole. */
const maxLength = 8192;

/**
 * Reads the `source` of a module call as OpenTofu does: a local path, an address in a module registry, or
 * whatever else, which then is something to fetch. With a `version` beside it only a registry will do.
 */
export function parseModuleSource(
  text: string,
  options: { readonly hasVersion: boolean },
): ModuleSource | WrongSource {
  if (text.length > maxLength) {
    const detail = `Failed to parse module source address: it is longer than ${maxLength} characters.`;
    return { summary: 'Invalid module source address', detail };
  }
  if (options.hasVersion) {
    const address = isLocal(text)
      ? { why: `can't use local directory ${quoted(text)} as a module registry address` }
      : parseRegistryAddress(text);
    if ('text' in address) return { kind: 'registry', text: address.text };
    return {
      summary: 'Invalid registry module source address',
      detail: `Failed to parse module registry address: ${address.why}.\n\nOpenTofu assumed that you intended a module registry source address because you also set the argument "version", which applies only to registry modules.`,
    };
  }
  if (isLocal(text)) return { kind: 'local', text: cleanLocal(text) };
  const address = parseRegistryAddress(text);
  if ('text' in address) return { kind: 'registry', text: address.text };
  const remote = normalizePackage(text);
  if ('text' in remote) return { kind: 'remote', text: remote.text };
  const summary = 'Invalid module source address';
  if (!remote.maybeLocal) {
    return { summary, detail: `Failed to parse module source address: ${remote.why}.` };
  }
  return {
    summary,
    detail: `OpenTofu failed to determine your intended installation method for remote module package ${quoted(text)}.\n\nIf you intended this as a path relative to the current module, use "./${text}" instead. The "./" prefix indicates that the address is a relative filesystem path.`,
  };
}

/** A source as modules.json has it; older releases wrote what the configuration had. */
export function normalizeModuleSource(text: string): string {
  const source = parseModuleSource(text, { hasVersion: false });
  return 'text' in source ? source.text : text;
}

function isLocal(text: string): boolean {
  return ['./', '../', '.\\', '..\\'].some((prefix) => text.startsWith(prefix));
}

/** Backslashes count as slashes everywhere: it is a path inside of a package, not of this system. */
function cleanLocal(text: string): string {
  const path = posix.normalize(text.replaceAll('\\', '/'));
  const clean = path.length > 1 ? path.replace(/\/$/u, '') : path;
  return clean.startsWith('../') ? clean : `./${clean}`;
}

const namePattern = /^[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z])?$/u;
const systemPattern = /^[0-9a-z]{1,64}$/u;
const nameRule =
  'must be between one and 64 characters, including ASCII letters, digits, dashes, and underscores, where dashes and underscores may not be the prefix or suffix';

/** Hosts of version control, whose addresses look the same and are no registry's. */
const reservedHosts: readonly string[] = ['github.com', 'bitbucket.org'];

/** `[HOST/]NAMESPACE/NAME/SYSTEM[//SUBFOLDER]` */
function parseRegistryAddress(given: string): { readonly text: string } | { readonly why: string } {
  const { address, subfolder } = splitSubfolder(given);
  if (subfolder.startsWith('../')) {
    return { why: `subdirectory path ${quoted(subfolder)} leads outside of the module package` };
  }
  const parts = address.split('/');
  if (parts.length !== 3 && parts.length !== 4) {
    return {
      why: 'a module registry source address must have either three or four slash-separated components',
    };
  }
  const [system = '', name = '', namespace = '', hostText] = parts.toReversed();
  const host = readHost(hostText ?? 'registry.opentofu.org');
  if ('why' in host) return host;
  if (reservedHosts.includes(host.name)) {
    return {
      why: `can't use ${quoted(host.name)} as a module registry host, because it's reserved for installing directly from version control repositories`,
    };
  }
  if (!namePattern.test(namespace)) {
    return {
      why: namespace.includes('.')
        ? 'source address must have three more components after the hostname: the namespace, the name, and the target system'
        : `invalid namespace ${quoted(namespace)}: ${nameRule}`,
    };
  }
  if (!namePattern.test(name)) {
    return { why: `invalid module name ${quoted(name)}: ${nameRule}` };
  }
  if (!systemPattern.test(system)) {
    return {
      why: system.includes('?')
        ? 'module registry addresses may not include a query string portion'
        : `invalid target system ${quoted(system)}: must be between one and 64 ASCII letters or digits`,
    };
  }
  const text = `${displayHost(host.name)}/${namespace}/${name}/${system}`;
  return { text: subfolder === '' ? text : `${text}//${subfolder}` };
}

function readHost(text: string): { readonly name: string } | { readonly why: string } {
  try {
    const name = parseHostname(text);
    if (name.includes('.')) return { name };
    return { why: 'invalid module registry hostname: must contain at least one dot' };
  } catch (error) {
    if (!(error instanceof InvalidHostnameError)) throw error;
    const more = text.includes('--')
      ? '; internationalized domain names must be given as direct unicode characters, not in punycode'
      : '';
    return { why: `invalid module registry hostname ${quoted(text)}${more}` };
  }
}
