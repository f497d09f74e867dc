import {
  type CallOptions,
  type Clock,
  printable,
  SingleFlight,
  type TofuOciError,
} from '../base/index.ts';
import { discard, type HttpClient, type HttpRequest, type HttpResponse } from '../http/index.ts';
import { formatRepositoryName, type RepositoryName } from '../spec/index.ts';
import { abortable } from './abortable.ts';
import { type Authorization, Authorizer, type Want } from './authorizer.ts';
import { loginRefused } from './credential-errors.ts';
import { type CredentialSource, loginHint } from './credentials.ts';
import { credentialName, findOrigin } from './endpoint.ts';
import { responseError } from './response-error.ts';
import type { Access } from './scopes.ts';

/** A request to one repository. */
export interface RegistryRequest extends Pick<
  HttpRequest,
  'method' | 'headers' | 'body' | 'replayable' | 'redirects' | 'longBody'
> {
  /** What follows `/v2/NAME/`, query included; or a whole URL, which must be of the registry's origin. */
  readonly target: string | URL;
  readonly access: Access;
  /** Another repository of the registry that must be read for it: the source of a mount. */
  readonly alsoPull?: string | undefined;
}

/** The conversation with one repository: addresses, authentication, errors. */
export interface RepositorySession {
  readonly name: RepositoryName;
  /** For messages: `registry.example.com/acme/null`. */
  readonly display: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** What was learnt in this conversation, so that it need not be asked again. */
  readonly learnt: {
    hasNoReferrersApi: boolean;
    /** The repository is there, or the registry does not tell when it is not. */
    isThere: boolean;
  };
  /** The registry's scheme, host and port. */
  origin(options: CallOptions): Promise<URL>;
  /**
   * Sends a request, with what is needed to be let in; a 401 is answered once.
   * @returns an answer of any status but 401.
   * @throws AuthenticationError, RealmRefusedError, and what HttpClient.send throws.
   */
  send(request: RegistryRequest, options: CallOptions): Promise<HttpResponse>;
  /** The error that an unwelcome answer means. Reads its body. */
  failure(request: RegistryRequest, response: HttpResponse): Promise<TofuOciError>;
}

export interface RegistryOptions {
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly plainHttpHosts: readonly string[];
  readonly trustedRealms: readonly string[];
  readonly onWarning: ((registry: string, text: string) => void) | undefined;
}

/** What all repositories of one registry share. */
export class Registry {
  readonly #name: string;
  readonly #options: RegistryOptions;
  readonly #authorizer: Authorizer;
  readonly #probe = new SingleFlight<URL>();
  readonly #warnings = new Set<string>();
  #origin: URL | undefined;

  constructor(name: string, options: RegistryOptions) {
    this.#name = name;
    this.#options = options;
    this.#authorizer = new Authorizer(options);
  }

  session(name: RepositoryName): RepositorySession {
    return {
      name,
      display: formatRepositoryName(name),
      http: this.#options.http,
      clock: this.#options.clock,
      learnt: { hasNoReferrersApi: false, isThere: false },
      origin: (options) => this.#findOrigin(options),
      send: (request, options) => this.#send(name, request, options),
      failure: async (request, response) => {
        const want = { repository: credentialName(name), access: request.access };
        const kind = this.#authorizer.kindInUse(want) ?? 'anonymous';
        const hint = loginHint(kind, want.repository.registry);
        return responseError(want.repository.registry, request.method, response, hint);
      },
    };
  }

  async #findOrigin({ signal }: CallOptions): Promise<URL> {
    if (this.#origin !== undefined) return this.#origin;
    const { http, plainHttpHosts } = this.#options;
    const probe = this.#probe.run('', () => findOrigin(http, this.#name, plainHttpHosts, {}));
    this.#origin = await abortable(probe, signal);
    return this.#origin;
  }

  async #send(
    name: RepositoryName,
    request: RegistryRequest,
    options: CallOptions,
  ): Promise<HttpResponse> {
    const origin = await this.#findOrigin(options);
    const url =
      typeof request.target === 'string'
        ? new URL(`/v2/${name.path}/${request.target}`, origin)
        : request.target;
    const { access, alsoPull } = request;
    const want: Want = { repository: credentialName(name), access, alsoPull };
    const attempt = async (authorization: Authorization | undefined): Promise<HttpResponse> => {
      const { body, headers, longBody, method, redirects, replayable } = request;
      const credentials = authorization?.header;
      const response = await this.#options.http.send(
        { method, url, headers, credentials, body, redirects, replayable, longBody },
        options,
      );
      this.#warn(response);
      return response;
    };

    const refused = async (response: HttpResponse, used: Authorization | undefined) => {
      const { registry } = want.repository;
      return await loginRefused({ registry, origin, method: request.method, response, used });
    };

    const sent = await this.#authorizer.current(want, options);
    const first = await attempt(sent);
    if (first.status !== 401) return first;
    const fields = first.headers.all('www-authenticate');
    // A host that we were redirected to gets nothing, whatever it asks for.
    const isElsewhere = first.url.origin !== url.origin;
    if (isElsewhere || fields.length === 0) throw await refused(first, sent);
    discard(first.body);
    const answer = await this.#authorizer.answer(origin, fields, want, sent, options);
    const second = await attempt(answer);
    if (second.status !== 401) return second;
    this.#authorizer.forget(want);
    throw await refused(second, answer);
  }

  /** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings */
  #warn({ headers }: HttpResponse): void {
    // The spec allows 4096 bytes in all; more different ones than 100 help nobody.
    for (const field of headers.all('warning')) {
      const text = /^299 - "((?:[^"\\]|\\.){1,4096})"\s*$/u.exec(field)?.[1];
      if (text === undefined || this.#warnings.has(text) || this.#warnings.size >= 100) continue;
      this.#warnings.add(text);
      this.#options.onWarning?.(this.#name, printable(text.replaceAll(/\\(.)/gu, '$1'), 4096));
    }
  }
}
