import { type CallOptions, LimitExceededError, readBounded, SingleFlight } from '../base/index.ts';
import { discard, type HttpClient, type HttpResponse } from '../http/index.ts';
import { bearer, type CredentialsFor } from './credentials.ts';
import { DiscoveryError, HostUnreachableError, NoProviderServiceError } from './errors.ts';
import { exchangeWhole, isTimeout, statusText } from './exchange.ts';
import { documentLimits, mediaTypeOf, reasonOf, shown } from './json-document.ts';
import { findService, type HostServices, type ServiceAddress } from './services.ts';

export interface DiscoveryOptions {
  readonly http: HttpClient;
  /** A failure of it is no failure of discovery: the document is public nearly everywhere. */
  readonly credentialsFor?: CredentialsFor | undefined;
  /**
   * Services that need no discovery, by host in comparison form: the `host` blocks of the CLI configuration.
   * A host that stands here is never asked, and offers nothing else.
   */
  readonly hosts?: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined;
  /** TF_REGISTRY_CLIENT_TIMEOUT, for one request. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Tries after the first. Default 0, as OpenTofu has it. */
  readonly retries?: number | undefined;
}

/** Which services a host offers, and where. */
export interface ServiceDiscovery {
  /**
   * Where the host's provider registry is. Each host is asked once, by however many callers.
   * @param host in comparison form, with its port unless that is 443
   * @throws HostUnreachableError, NoProviderServiceError
   */
  providers(host: string, options?: CallOptions): Promise<ServiceAddress>;
  /**
   * All that the host says it offers, by service, with absolute addresses: what a `host` block for it would say.
   * @throws HostUnreachableError
   */
  services(host: string, options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
}

export const defaultRequestTimeoutMs = 10_000;

/**
 * Service discovery: `GET https://HOST/.well-known/terraform.json`. What failed is not remembered.
 * @see https://opentofu.org/docs/internals/remote-service-discovery/
 */
export function createServiceDiscovery(options: DiscoveryOptions): ServiceDiscovery {
  const known = new Map<string, HostServices>();
  const asking = new SingleFlight<HostServices>();
  for (const [host, services] of options.hosts ?? []) {
    known.set(host, {
      services: new Map(Object.entries(services)),
      base: documentOf(host),
      isForced: true,
    });
  }

  async function servicesOf(host: string, call: CallOptions): Promise<HostServices> {
    const remembered = known.get(host);
    if (remembered !== undefined) return remembered;
    const services = await asking.run(host, () => discover(host, options, call));
    known.set(host, services);
    return services;
  }

  return {
    async services(host, call = {}) {
      const { base, services } = await servicesOf(host, call);
      return Object.fromEntries(
        [...services].map(([name, value]) => [name, withAbsoluteAddresses(value, base)]),
      );
    },
    async providers(host, call = {}) {
      const found = findService(await servicesOf(host, call), 'providers', 'v1');
      switch (found.kind) {
        case 'found':
          return found.address;
        case 'unusable':
          throw new HostUnreachableError(host, new DiscoveryError(found.why));
        case 'other-version':
        case 'absent':
          throw new NoProviderServiceError(host, found.kind === 'other-version');
      }
    },
  };
}

/** Addresses are the values themselves, and two of the settings of `login.v1`. */
function withAbsoluteAddresses(value: unknown, base: URL): unknown {
  if (typeof value === 'string')
    return URL.canParse(value, base.href) ? new URL(value, base).href : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [
      name,
      name === 'authz' || name === 'token' ? withAbsoluteAddresses(each, base) : each,
    ]),
  );
}

function documentOf(host: string): URL {
  return new URL(`https://${host}/.well-known/terraform.json`);
}

async function discover(
  host: string,
  options: DiscoveryOptions,
  call: CallOptions,
): Promise<HostServices> {
  try {
    return await exchangeWhole(
      options.http,
      {
        url: documentOf(host),
        headers: { accept: 'application/json' },
        credentials: await authorizationFor(host, options.credentialsFor),
        rules: {
          retries: options.retries ?? 0,
          timeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
        },
      },
      (response) => readServices(response, call),
      call,
    );
  } catch (error) {
    if (call.signal?.aborted === true && !isTimeout(error)) throw error;
    const cause =
      error instanceof DiscoveryError
        ? error
        : new DiscoveryError(`failed to request discovery document: ${reasonOf(error)}`, {
            cause: error,
          });
    throw new HostUnreachableError(host, cause);
  }
}

async function authorizationFor(
  host: string,
  credentialsFor: CredentialsFor | undefined,
): Promise<string | undefined> {
  try {
    const token = await credentialsFor?.(host);
    return token === undefined ? undefined : bearer(token);
  } catch {
    return undefined;
  }
}

async function readServices(response: HttpResponse, call: CallOptions): Promise<HostServices> {
  const { body, headers, status, url } = response;
  if (status !== 200) {
    discard(body);
    if (status === 404) return { services: new Map(), base: url, isForced: false };
    throw new DiscoveryError(`failed to request discovery document: ${statusText(status)}`);
  }
  const type = mediaTypeOf(response);
  if (type !== 'application/json') {
    discard(body);
    const what = type === undefined ? 'has a malformed' : 'returned an unsupported';
    const shownType = shown(type ?? headers.get('content-type') ?? '');
    throw new DiscoveryError(`discovery URL ${what} Content-Type ${shownType}`);
  }
  const maxBytes = documentLimits.discoveryBytes;
  const declared = Number(headers.get('content-length') ?? 0);
  if (declared > maxBytes) {
    body.destroy();
    throw new DiscoveryError(
      `discovery doc response is too large (got ${declared} bytes; limit ${maxBytes})`,
    );
  }
  return { services: await readObject(response, maxBytes, call), base: url, isForced: false };
}

async function readObject(
  { body }: HttpResponse,
  maxBytes: number,
  call: CallOptions,
): Promise<ReadonlyMap<string, unknown>> {
  const what = 'failed to decode discovery document as a JSON object';
  try {
    const bytes = await readBounded(body, { maxBytes, what: 'the document', signal: call.signal });
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new Map(Object.entries(value));
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof LimitExceededError)) throw cause;
    throw new DiscoveryError(`${what}: ${reasonOf(cause)}`);
  }
  throw new DiscoveryError(`${what}: it is another kind of value`);
}
