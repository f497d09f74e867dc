import { InvalidLocationError } from './errors.ts';
import {
  parsePathTemplate,
  parseRepositoryTemplate,
  type PathTemplate,
  type RepositoryTemplate,
} from './repository-template.ts';

/** What `--to` and `--from` name: many repositories at once, or another place where providers are. */
export type Location =
  | { readonly kind: 'registry'; readonly template: RepositoryTemplate }
  /** One image layout per repository, below the directory. */
  | { readonly kind: 'oci-layout'; readonly directory: string; readonly template: PathTemplate }
  /** One image layout in a tar. */
  | { readonly kind: 'oci-archive'; readonly file: string }
  /** The registries that the addresses themselves name. */
  | { readonly kind: 'direct' }
  /** A network mirror. */
  | { readonly kind: 'network'; readonly url: string }
  /** A filesystem mirror. */
  | { readonly kind: 'fs'; readonly directory: string };

const defaultPath = '{hostname}/{namespace}/{type}';

type Kind = Location['kind'];

/** How each kind is written, in the order in which a hint offers them. */
const forms: Readonly<Record<Kind, string>> = {
  registry: `REGISTRY/path/${defaultPath}`,
  'oci-layout': `oci-layout:DIR/${defaultPath}, ./DIR`,
  'oci-archive': 'oci-archive:FILE.tar',
  direct: 'direct',
  network: 'network:URL',
  fs: 'fs:DIR',
};
const allKinds: readonly Kind[] = [
  'registry',
  'oci-layout',
  'oci-archive',
  'direct',
  'network',
  'fs',
];

/** Where releases are kept as OCI repositories. */
export const repositoryKinds: readonly Kind[] = ['registry', 'oci-layout', 'oci-archive'];

function formsOf(kinds: readonly Kind[]): string {
  return `A location is one of: ${kinds.map((kind) => forms[kind]).join(', ')}.`;
}

export interface LocationOptions {
  /** What will do; every kind without it. */
  readonly kinds?: readonly Kind[] | undefined;
}

/**
 * Parses a location as the command line takes it. A folder (`./DIR`, `../DIR`, `/DIR`) is short for
 * `oci-layout:DIR`, and without variables its layouts are at `{hostname}/{namespace}/{type}`.
 * @throws InvalidLocationError, also for a kind that will not do; InvalidTemplateError
 */
export function parseLocation(text: string, { kinds = allKinds }: LocationOptions = {}): Location {
  const location = locationOf(text, kinds);
  if (kinds.includes(location.kind)) return location;
  throw new InvalidLocationError(text, `"${location.kind}" is no place for this command`, {
    hint: formsOf(kinds),
  });
}

function locationOf(text: string, kinds: readonly Kind[]): Location {
  const hint = formsOf(kinds);
  if (text === 'direct') return { kind: 'direct' };
  if (isFolder(text)) return layoutLocation(text, text, hint);
  const { scheme, rest } = splitScheme(text);
  switch (scheme) {
    case undefined:
      return registryLocation(text, rest, hint);
    case 'oci-layout':
      return layoutLocation(text, rest, hint);
    case 'oci-archive':
      return { kind: 'oci-archive', file: needed(text, rest, 'the name of a file', hint) };
    case 'network':
      return { kind: 'network', url: mirrorUrl(text, rest) };
    case 'fs':
      return { kind: 'fs', directory: needed(text, rest, 'a folder', hint) };
    default:
      throw new InvalidLocationError(text, `there is no form "${scheme}:"`, {
        hint: rest.startsWith('//') ? `${insteadOf(scheme, kinds)} ${hint}` : hint,
      });
  }
}

/** What to write where a URL was given. */
function insteadOf(scheme: string, kinds: readonly Kind[]): string {
  const mayBeMirror = scheme === 'https' && kinds.includes('network');
  const mirror = mayBeMirror ? ' If it is a network mirror, put "network:" before it.' : '';
  return `Leave out "${scheme}://".${mirror}`;
}

/** Folders begin with a dot or a slash, or on Windows with a drive. */
function isFolder(text: string): boolean {
  return /^(?:\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\])/u.test(text);
}

/** A colon belongs to a scheme unless a port follows it. A leading `oci://` says nothing new. */
function splitScheme(text: string): { readonly scheme: string | undefined; readonly rest: string } {
  const plain = text.startsWith('oci://') ? text.slice('oci://'.length) : text;
  const colon = /^[A-Za-z][A-Za-z0-9+.-]*:(?![0-9]+(?:\/|$))/u.exec(plain)?.[0];
  if (colon === undefined) return { scheme: undefined, rest: plain };
  return { scheme: colon.slice(0, -1), rest: plain.slice(colon.length) };
}

function registryLocation(text: string, address: string, hint: string): Location {
  if (!address.includes('/')) {
    throw new InvalidLocationError(text, 'it has no path after the registry', {
      hint: `${hint} A folder begins with "." or "/".`,
    });
  }
  return { kind: 'registry', template: parseRepositoryTemplate(address) };
}

function layoutLocation(text: string, path: string, hint: string): Location {
  needed(text, path, 'a folder', hint);
  if (/.[/\\]{2}/u.test(path)) {
    throw new InvalidLocationError(text, 'the path has an empty segment', {
      hint: `Did your shell expand it? Write oci-layout:DIR/${defaultPath}.`,
    });
  }
  // The template begins with the first segment that has a variable.
  const opening = path.search(/[$%]?\{/u);
  if (opening < 0) {
    return { kind: 'oci-layout', directory: path, template: parsePathTemplate(defaultPath) };
  }
  const start = Math.max(path.lastIndexOf('/', opening), path.lastIndexOf('\\', opening)) + 1;
  if (start === 0) {
    throw new InvalidLocationError(text, 'it names no folder before the template', {
      hint: `Write oci-layout:DIR/${defaultPath}.`,
    });
  }
  const directory = path.slice(0, start);
  return {
    kind: 'oci-layout',
    // The root keeps its slash.
    directory: directory.length > 1 ? directory.replace(/(?<![/\\:])[/\\]$/u, '') : directory,
    template: parsePathTemplate(path.slice(start)),
  };
}

function mirrorUrl(text: string, address: string): string {
  const invalid = (why: string) =>
    new InvalidLocationError(text, why, {
      hint: 'Write network:https://mirror.example.com/providers/.',
    });
  let url;
  try {
    url = new URL(address);
  } catch {
    throw invalid('what follows "network:" is no URL');
  }
  if (url.protocol !== 'https:') throw invalid('a network mirror needs an https URL');
  if (url.username !== '' || url.password !== '') {
    throw invalid('credentials do not belong in the URL');
  }
  return url.href;
}

function needed(text: string, rest: string, what: string, hint: string): string {
  if (rest !== '') return rest;
  throw new InvalidLocationError(text, `${what} must follow the colon`, { hint });
}
