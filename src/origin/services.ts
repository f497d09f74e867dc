import { reasonOf } from './json-document.ts';

/** What a host says it offers. */
export interface HostServices {
  /** Values as they came: only the one that is asked for is judged. */
  readonly services: ReadonlyMap<string, unknown>;
  /** What relative addresses are relative to: where the document came from, after redirects. */
  readonly base: URL;
  /** The user wrote it, and no host said it. */
  readonly isForced: boolean;
}

/** Where a service is, and by whose word. */
export interface ServiceAddress {
  readonly url: URL;
  /** The document that named it; undefined when the user did. */
  readonly referredBy: URL | undefined;
}

export type FoundService =
  | { readonly kind: 'found'; readonly address: ServiceAddress }
  /** The host offers the service in other versions. */
  | { readonly kind: 'other-version' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly why: string };

/** The address of one service in one version: absolute or relative, http or https, without user information. */
export function findService(host: HostServices, name: string, version: string): FoundService {
  const value = host.services.get(`${name}.${version}`);
  if (typeof value !== 'string') {
    const names = [...host.services.keys()].filter((key) => key !== `${name}.${version}`);
    return { kind: names.some((key) => key.startsWith(`${name}.`)) ? 'other-version' : 'absent' };
  }
  let url: URL;
  try {
    url = new URL(value, host.base);
  } catch (error) {
    return { kind: 'unusable', why: `Failed to parse service URL: ${reasonOf(error)}` };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return {
      kind: 'unusable',
      why: `Failed to parse service URL: unsupported scheme ${reasonOf(url.protocol.slice(0, -1))}`,
    };
  }
  if (url.username !== '' || url.password !== '') {
    const why =
      'Failed to parse service URL: embedded username/password information is not permitted';
    return { kind: 'unusable', why };
  }
  url.hash = '';
  return { kind: 'found', address: { url, referredBy: host.isForced ? undefined : host.base } };
}
