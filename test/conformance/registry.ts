import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  type Digest,
  type DigestAlgorithm,
  digestOf,
  isDigest,
  mediaTypes,
} from '../../src/spec/index.ts';
import { send, type TestAnswer, type TestRequest } from '../support/http-request.ts';
import { checkAnswer, type Said } from './answer-rules.ts';

/** A request, and the repositories besides its own that it has to be allowed to read. */
export interface Ask extends TestRequest {
  readonly reads?: readonly string[];
}

/** How requests get their credentials. */
export interface Login {
  /** The value of the Authorization header for a request to this path. */
  authorization(path: string, reads: readonly string[]): Promise<string>;
}

export interface RegistryPlace {
  readonly url: string;
  /** PEM of the authority behind its certificate. */
  readonly ca?: string;
  readonly login?: Login;
}

export type Body = string | Buffer;

/**
 * A registry under test, spoken to in raw requests: nothing between the test and the wire repairs,
 * normalises or follows anything. Every answer has to keep the rules of `answer-rules.ts` as well.
 */
export interface Registry extends RegistryPlace {
  send(method: string, path: string, request?: Ask): Promise<TestAnswer>;
  /** The same without credentials. */
  sendAnonymously(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  /** A repository name that nobody else uses; nothing is made. */
  newName(): string;
  pushBlob(name: string, bytes: Body, algorithm?: DigestAlgorithm): Promise<Digest>;
  /** Pushes under the digest, or under the tag given. */
  pushManifest(name: string, manifest: Pushable, tag?: string): Promise<TestAnswer>;
  /** Path and query of an upload session just begun. */
  startUpload(name: string, query?: string): Promise<string>;
  close(): void;
}

/** A manifest with what its push needs. */
export interface Pushable {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** @param check what every answer has to pass; ours by default. */
export function openRegistry(
  place: RegistryPlace,
  prefix: string,
  check: (said: Said) => void = checkAnswer,
): Registry {
  const { url, ca, login } = place;
  const agent: Agent = url.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true })
    : new HttpAgent({ keepAlive: true });
  let names = 0;

  const sendAnonymously: Registry['sendAnonymously'] = async (method, path, request = {}) => {
    const secure = ca === undefined ? {} : { ca };
    const answer = await send(method, url, path, { ...secure, agent, ...request });
    check({ method, path, answer });
    return answer;
  };

  const sendIt: Registry['send'] = async (method, path, { reads = [], ...request } = {}) => {
    if (login === undefined) return sendAnonymously(method, path, request);
    const headers = { Authorization: await login.authorization(path, reads), ...request.headers };
    return sendAnonymously(method, path, { ...request, headers });
  };

  const registry: Registry = {
    ...place,
    send: sendIt,
    sendAnonymously,
    newName: () => `${prefix}/r${String(names++)}`,
    pushBlob: async (name, content, algorithm = 'sha256') => {
      const body = Buffer.from(content);
      const digest = digestOf(body, algorithm);
      const path = `/v2/${name}/blobs/uploads/?digest=${digest}`;
      const headers = { 'Content-Type': 'application/octet-stream' };
      expectStatus(201, await sendIt('POST', path, { headers, body }), `POST ${path}`);
      return digest;
    },
    pushManifest: async (name, { bytes, mediaType, digest }, tag) => {
      const path = `/v2/${name}/manifests/${tag ?? digest}`;
      const headers = { 'Content-Type': mediaType };
      const answer = await sendIt('PUT', path, { headers, body: bytes });
      expectStatus(201, answer, `PUT ${path}`);
      return answer;
    },
    startUpload: async (name, query = '') => {
      const path = `/v2/${name}/blobs/uploads/${query}`;
      const answer = await sendIt('POST', path, { headers: { 'Content-Length': '0' } });
      expectStatus(202, answer, `POST ${path}`);
      return locationOf(registry, answer);
    },
    close: () => agent.destroy(),
  };
  return registry;
}

/** Path and query of the Location header, which may be absolute but must be on this registry. */
export function locationOf({ url }: RegistryPlace, { headers }: TestAnswer): string {
  const { location } = headers;
  if (location === undefined) throw new Error('the answer has no Location');
  const resolved = new URL(location, url);
  if (resolved.origin !== new URL(url).origin) throw new Error(`${location} is somewhere else`);
  return resolved.pathname + resolved.search;
}

/** An upload location with one more query parameter, as clients have to add it. */
export function withQuery(location: string, name: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${name}=${value}`;
}

/** The pieces of an answer that most cases are about. */
export function digestHeader({ headers }: TestAnswer): Digest | undefined {
  const value = headers['docker-content-digest'];
  return typeof value === 'string' && isDigest(value) ? value : undefined;
}

export function manifestOf(
  document: Readonly<Record<string, unknown>>,
  algorithm?: DigestAlgorithm,
): Pushable {
  const bytes = Buffer.from(JSON.stringify(document));
  const { mediaType = mediaTypes.manifest } = document;
  return { bytes, mediaType: String(mediaType), digest: digestOf(bytes, algorithm) };
}

function expectStatus(wanted: number, { status, body }: TestAnswer, what: string): void {
  if (status === wanted) return;
  throw new Error(`${what} was answered with ${String(status)}: ${body.toString().slice(0, 500)}`);
}
