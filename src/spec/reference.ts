import { printable } from '../base/index.ts';
import { type Digest, isDigest } from './digest.ts';
import { InvalidReferenceError, InvalidTagError } from './errors.ts';

/** A repository as a client names it: which registry, and which path in it. */
export interface RepositoryName {
  /** `registry.example.com`, `localhost:5000` or `[::1]:5000`: exactly what stands in a URL. */
  readonly registry: string;
  /** `acme/terraform-providers/null` */
  readonly path: string;
}

/** A repository and, where the text named one, a manifest in it: a tag or a digest, never both. */
export interface Reference {
  readonly repository: RepositoryName;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/** Many registries and clients cap `HOST/PATH` here; longer names work in some places only. */
const maxNameLength = 255;

// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`, 'u');
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/u;
const registryPattern =
  /^(?<host>[\p{L}\p{M}\p{N}._-]+|\[[0-9A-Fa-f:.]+\])(?::(?<port>[1-9][0-9]{0,4}))?$/u;

/** Whether `text` can be the path of a repository. Anything else may never become a path or a URL. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= maxNameLength && pathPattern.test(text);
}

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** @throws InvalidTagError */
export function parseTag(text: string): string {
  if (!isTag(text)) throw new InvalidTagError(text);
  return text;
}

/**
 * Parses `REGISTRY[:PORT]/PATH`. There is no default registry: what stands before the first slash is
 * the registry. It comes out as a URL parser writes it (lower case, punycode), so that no two texts mean
 * one host; an odd spelling of an IP address is refused.
 * @throws InvalidReferenceError
 */
export function parseRepositoryName(text: string): RepositoryName {
  const slash = text.indexOf('/');
  if (slash <= 0) {
    throw new InvalidReferenceError(text, 'it needs a registry and a path, REGISTRY/PATH');
  }
  const registry = normalRegistry(text.slice(0, slash));
  const path = text.slice(slash + 1);
  if (registry === undefined) {
    throw new InvalidReferenceError(
      text,
      `"${printable(text.slice(0, slash), 100)}" is not the host of a registry (no scheme, optional :PORT)`,
    );
  }
  if (!pathPattern.test(path)) {
    throw new InvalidReferenceError(
      text,
      'the path after the host must be lower-case letters and digits, separated by "/", ".", "_", "__" or "-"',
    );
  }
  if (text.length > maxNameLength) {
    throw new InvalidReferenceError(
      text,
      `host and path together have ${text.length} characters; registries take at most ${maxNameLength}`,
    );
  }
  return { registry, path };
}

export function formatRepositoryName(name: RepositoryName): string {
  return `${name.registry}/${name.path}`;
}

/**
 * Parses `REGISTRY[:PORT]/PATH[:TAG|@DIGEST]`.
 * @throws InvalidReferenceError
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@');
  if (at >= 0) {
    const digest = text.slice(at + 1);
    if (!isDigest(digest)) {
      throw new InvalidReferenceError(
        text,
        'what follows "@" must be a digest, sha256: and 64 lower-case hex digits',
      );
    }
    const name = text.slice(0, at);
    if (tagColon(name) >= 0) {
      throw new InvalidReferenceError(text, 'it names a tag and a digest; name one of them');
    }
    return { repository: parseRepositoryName(name), tag: undefined, digest };
  }
  const colon = tagColon(text);
  if (colon < 0) {
    return { repository: parseRepositoryName(text), tag: undefined, digest: undefined };
  }
  const tag = text.slice(colon + 1);
  if (!isTag(tag)) {
    throw new InvalidReferenceError(
      text,
      `"${printable(tag, 150)}" is not a tag (letters, digits, "_", "." and "-", at most 128 characters)`,
    );
  }
  return { repository: parseRepositoryName(text.slice(0, colon)), tag, digest: undefined };
}

/** Where the colon before a tag stands; the colon of a port comes before a slash. */
function tagColon(text: string): number {
  const slash = text.indexOf('/');
  return slash < 0 ? -1 : text.indexOf(':', slash);
}

/** As it stands in a URL; undefined for what is no host. */
function normalRegistry(text: string): string | undefined {
  const match = registryPattern.exec(text);
  if (match === null) return undefined;
  const { host = '', port } = match.groups ?? {};
  if (port !== undefined && Number(port) > 65535) return undefined;
  let normal;
  try {
    normal = new URL(`https://${host}/`).host;
  } catch {
    return undefined;
  }
  const isAscii = /^[\u0000-\u007f]*$/u.test(host);
  // Numbers in other scripts become an address, which is no name that anybody registered.
  if (isAscii ? normal !== host.toLowerCase() : /^[0-9.]+$/u.test(normal)) return undefined;
  return port === undefined ? normal : `${normal}:${port}`;
}
