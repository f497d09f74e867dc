import { Readable } from 'node:stream';
import {
  isTofuOciError,
  LimitExceededError,
  printable,
  readBounded,
  redactUrl,
  type TofuOciError,
} from '../base/index.ts';
import type { HttpClient, HttpHeaders, HttpRequest, HttpResponse } from '../http/index.ts';
import { parseWireErrors, type WireError } from '../spec/index.ts';
import { parseChallenges } from './challenge.ts';
import { grantedScopes } from './token-scopes.ts';

/** How a registry asked for authentication. */
export interface SeenChallenge {
  /** Lower case, in the order offered. */
  readonly schemes: readonly string[];
  /** Redacted. */
  readonly realm: string | undefined;
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/** What was asked of a token server, and what it gave; never the token. */
export interface SeenToken {
  readonly by: 'anonymous' | 'basic' | 'refresh-token';
  readonly asked: readonly string[];
  /** Undefined when the token does not say, as those that are no JWT. */
  readonly granted: readonly string[] | undefined;
}

/** One request of the client and what came of it, as far as it may be told: no header but these, no secret. */
export interface SeenExchange {
  readonly method: string;
  /** Redacted; as it was asked for, before redirects. */
  readonly url: string;
  /** Redacted; where the answer came from. */
  readonly answeredBy: string | undefined;
  readonly status: number | undefined;
  /** Why there was no answer. */
  readonly failure: TofuOciError | undefined;
  /** Bytes of the answer's header; undefined when nobody counted. */
  readonly headerBytes: number | undefined;
  /** By lower-case name: some that tell of the protocol or the product. */
  readonly headers: ReadonlyMap<string, string>;
  readonly challenge: SeenChallenge | undefined;
  readonly token: SeenToken | undefined;
  /** What an answer of 400 and more says in the registry's language. */
  readonly errors: readonly WireError[];
  /** The start of an answer of 400 and more that is something else, printable. */
  readonly text: string;
}

const toldHeaders = [
  'content-type',
  'docker-content-digest',
  'docker-distribution-api-version',
  'oci-filters-applied',
  'oci-subject',
  'server',
  'x-artifactory-id',
  'x-jfrog-version',
];

/** Enough for any error a registry has to tell, and for any token. */
const maxReadBytes = 128 * 1024;

/**
 * The same client, telling of every exchange. It reads the answers of token servers and those of 400 and more to
 * their end, and hands them on as they were.
 */
export function observeHttp(http: HttpClient, onSeen: (seen: SeenExchange) => void): HttpClient {
  const realms = new Set<string>();
  return {
    retry: http.retry,
    close: () => http.close(),
    async send(request, options = {}) {
      const asked = { method: request.method, url: redactUrl(request.url) };
      let response: HttpResponse;
      try {
        response = await http.send(request, options);
      } catch (error) {
        if (isTofuOciError(error)) onSeen({ ...nothing, ...asked, failure: error });
        throw error;
      }
      const isToken = realms.has(placeOf(request.url));
      const challenge = challengeOf(response);
      if (challenge?.realm !== undefined) realms.add(placeOf(new URL(challenge.realm)));
      const seen = { ...nothing, ...asked, ...headOf(response), challenge };
      if (response.status < 400 && !isToken) {
        onSeen(seen);
        return response;
      }
      const { body, bytes } = await copyBody(response.body, options);
      const errors = response.status < 400 ? [] : parseWireErrors(bytes);
      const isTold = response.status >= 400 && errors.length === 0;
      onSeen({
        ...seen,
        errors,
        text: isTold ? printable(bytes.toString().trim(), 500) : '',
        token: isToken ? tokenOf(request, bytes) : undefined,
      });
      return { ...response, body };
    },
  };
}

const nothing = {
  answeredBy: undefined,
  status: undefined,
  failure: undefined,
  headerBytes: undefined,
  headers: new Map<string, string>(),
  challenge: undefined,
  token: undefined,
  errors: [],
  text: '',
} as const;

function headOf({ headers, status, url }: HttpResponse): Partial<SeenExchange> {
  return {
    status,
    answeredBy: redactUrl(url),
    headerBytes: headers.bytes,
    headers: tellable(headers, url),
  };
}

function tellable(headers: HttpHeaders, url: URL): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const name of toldHeaders) {
    const value = headers.get(name);
    if (value !== undefined) told.set(name, printable(value, 200));
  }
  const location = headers.get('location');
  if (location !== undefined && URL.canParse(location, url.href)) {
    told.set('location', redactUrl(new URL(location, url)));
  }
  if (headers.get('link') !== undefined) told.set('link', 'yes');
  return told;
}

function challengeOf({ headers, status }: HttpResponse): SeenChallenge | undefined {
  if (status !== 401) return undefined;
  const challenges = parseChallenges(headers.all('www-authenticate'));
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
  const realm = bearer?.get('realm');
  return {
    schemes: challenges.map(({ scheme }) => printable(scheme, 40)),
    realm: realm !== undefined && URL.canParse(realm) ? redactUrl(realm) : undefined,
    service: shown(bearer?.get('service')),
    scope: shown(bearer?.get('scope')),
  };
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text, 200);
}

const placeOf = (url: URL): string => `${url.origin}${url.pathname}`;

interface CopiedBody {
  readonly body: Readable;
  readonly bytes: Buffer;
}

async function copyBody(
  body: Readable,
  options: { signal?: AbortSignal | undefined },
): Promise<CopiedBody> {
  try {
    const what = 'the answer';
    const bytes = await readBounded(body, { maxBytes: maxReadBytes, what, ...options });
    return { body: Readable.from([bytes]), bytes };
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = error instanceof Error ? error : new Error(String(error));
    const broken = new Readable({ read: () => broken.destroy(failure) });
    // What is too large for us is too large for everyone who reads such answers.
    if (failure instanceof LimitExceededError) body.destroy();
    return { body: broken, bytes: Buffer.alloc(0) };
  }
}

function tokenOf({ body, credentials, url }: HttpRequest, answer: Buffer): SeenToken {
  const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : '');
  const asked = [...url.searchParams.getAll('scope'), ...form.getAll('scope')]
    .flatMap((scope) => scope.split(' '))
    .filter((scope) => scope !== '');
  const by = form.has('refresh_token')
    ? 'refresh-token'
    : credentials === undefined && !form.has('password')
      ? 'anonymous'
      : 'basic';
  return { by, asked, granted: grantedScopes(answer) };
}
