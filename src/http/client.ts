import {
  type CallOptions,
  type Clock,
  isTofuOciError,
  redactUrl,
  systemClock,
} from '../base/index.ts';
import { isLoopbackHost, isPrivateAddress, isPrivateHost } from './addresses.ts';
import {
  type Connector,
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  PrivateLookupError,
} from './dispatcher.ts';
import { PlainHttpRefusedError, RedirectRefusedError, UrlRefusedError } from './errors.ts';
import { type Answer, exchange } from './exchange.ts';
import type { HttpClient, HttpRequest, HttpResponse, HttpTraceEvent } from './interfaces.ts';
import { discard } from './response-body.ts';
import {
  checkReferral,
  headersForHop,
  type Hop,
  isRedirect,
  nextHop,
  type ReferralRules,
} from './redirects.ts';
import { createRetryPolicy, type RetryOptions } from './retry.ts';
import { defaultTimeLimits, type TimeLimits } from './time-limits.ts';

export interface HttpClientOptions extends DispatcherOptions {
  readonly userAgent?: string | undefined;
  /** Hosts (`registry.lan` for every port, or `registry.lan:5000`) that plain HTTP may be used to. */
  readonly plainHttpHosts?: readonly string[] | undefined;
  /** Redirects in one chain. Default 5: a registry needs one, a registry behind a login proxy three. */
  readonly maxRedirects?: number | undefined;
  readonly limits?: Partial<TimeLimits> | undefined;
  readonly retry?: Omit<RetryOptions, 'clock'> | undefined;
  readonly clock?: Clock | undefined;
  /** Replaces connections; `ca`, `tlsFor`, `proxies`, `lookup` and `isPrivate` are then its business. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly onExchange?: ((event: HttpTraceEvent) => void) | undefined;
}

/** Hosts whose kind of address is remembered; a command talks to a handful. */
const maxRememberedHosts = 1000;

export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const clock = options.clock ?? systemClock;
  const dispatcher =
    options.dispatcher ?? createDispatcher({ ...options, connectMs: options.limits?.connectMs });
  const isPrivate = options.isPrivate ?? isPrivateAddress;
  const limits: TimeLimits = { ...defaultTimeLimits, ...options.limits };
  const maxRedirects = options.maxRedirects ?? 5;
  const retry = createRetryPolicy({ ...options.retry, clock });
  /** Whether a host turned out to be at a private address. */
  const privateHosts = new Map<string, boolean>();

  /** A connection showed it: what this host names must be public too, whatever its name resolves to. */
  function isKnownPublic(url: URL): boolean {
    return !isPrivateHost(url, isPrivate) && privateHosts.get(url.host) === false;
  }

  /** Nothing shows the opposite: it may not name a private address outright. */
  function mayBePublic(url: URL): boolean {
    return !isPrivateHost(url, isPrivate) && privateHosts.get(url.host) !== true;
  }

  function remember(url: URL, address: string | undefined, { proxy }: Connector): void {
    if (address === undefined && proxy === undefined) return;
    if (privateHosts.size >= maxRememberedHosts) privateHosts.clear();
    // What is asked through a proxy is outside, as far as we can know, and has no business naming what is
    // not: hosts of one's own network are exempt from the proxy.
    privateHosts.set(url.host, address !== undefined && isPrivate(address));
  }

  function rulesFor(from: URL): ReferralRules {
    const mayBePlain = (url: URL): boolean => isPlainHttpAllowed(url, options.plainHttpHosts ?? []);
    return { fromPublic: mayBePublic(from), isPrivate, mayBePlain };
  }

  async function exchangeHop(
    request: HttpRequest,
    hop: Hop & { readonly from: URL | undefined },
    attempt: number,
    call: CallOptions,
  ): Promise<Answer> {
    checkUrl(hop.url, options.plainHttpHosts ?? []);
    const startedAt = clock.now();
    const trace = (outcome: number | string): void =>
      options.onExchange?.({
        method: request.method,
        url: redactUrl(hop.url),
        attempt,
        outcome,
        ms: clock.now() - startedAt,
      });
    try {
      const isElsewhere = hop.from !== undefined && hop.from.hostname !== hop.url.hostname;
      const connector = await dispatcher.connect(hop.url, {
        reach: isElsewhere && isKnownPublic(hop.from) ? 'public-only' : 'anywhere',
        mayIdentify: isOwnBusiness(request, hop),
      });
      const answer = await exchange(
        {
          method: request.method,
          url: hop.url,
          headers: {
            'accept-encoding': 'identity',
            'user-agent': options.userAgent ?? 'tofu-oci',
            ...headersForHop(request, hop),
          },
          body: request.body,
          connector,
          limits,
          longBody: request.longBody ?? false,
        },
        call,
      );
      remember(hop.url, answer.remoteAddress, connector);
      trace(answer.status);
      return answer;
    } catch (error) {
      const refined = refine(error, hop);
      trace(isTofuOciError(refined) ? refined.code : 'ERR_ABORTED');
      throw refined;
    }
  }

  async function sendOnce(
    request: HttpRequest,
    attempt: number,
    call: CallOptions,
  ): Promise<HttpResponse> {
    let hop: Hop & { readonly from: URL | undefined } = {
      url: request.url,
      atHome: true,
      from: request.referredBy,
    };
    if (request.referredBy !== undefined) {
      checkReferral(request.referredBy, request.url, rulesFor(request.referredBy));
    }
    for (let redirects = 0; ; redirects++) {
      const { status, headers, body } = await exchangeHop(request, hop, attempt, call);
      const location = headers.get('location');
      if (!isRedirect(status) || location === undefined) {
        return { status, url: hop.url, headers, attempt, body };
      }
      discard(body);
      if (redirects >= maxRedirects) {
        throw new RedirectRefusedError(hop.url, undefined, 'too-many');
      }
      const next = nextHop(request, hop, { status, location }, rulesFor(hop.url));
      hop = { ...next, from: hop.url };
    }
  }

  async function send(request: HttpRequest, call: CallOptions = {}): Promise<HttpResponse> {
    const attempts = isReplayable(request) ? retry.maxAttempts : 1;
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await sendOnce(request, attempt, call);
        if (attempt >= attempts || !retry.isRetryableStatus(response.status)) return response;
        discard(response.body);
        const retryAfter = response.headers.get('retry-after');
        await retry.pause({ attempt, url: request.url, status: response.status, retryAfter }, call);
      } catch (error) {
        if (attempt >= attempts || !retry.isRetryableError(error)) throw error;
        await retry.pause({ attempt, url: request.url }, call);
      }
    }
  }

  return { send, retry, close: () => dispatcher.close() };
}

/** Whether we came to this host by ourselves, or were sent there by itself: only then does it learn who we are. */
function isOwnBusiness({ referredBy, url }: HttpRequest, { atHome }: Hop): boolean {
  return atHome && (referredBy === undefined || referredBy.origin === url.origin);
}

function isReplayable(request: HttpRequest): boolean {
  if (request.replayable !== undefined) return request.replayable;
  return request.method !== 'POST' && request.method !== 'PATCH';
}

/** @throws UrlRefusedError, PlainHttpRefusedError */
function checkUrl(url: URL, plainHttpHosts: readonly string[]): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new UrlRefusedError(url, 'only http and https addresses can be asked');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UrlRefusedError(url, 'credentials do not belong into an address');
  }
  if (url.protocol === 'http:' && !isPlainHttpAllowed(url, plainHttpHosts)) {
    throw new PlainHttpRefusedError(url);
  }
}

/** Whether plain HTTP may be used: to exactly this machine, or to a host the user named. */
export function isPlainHttpAllowed(url: URL, plainHttpHosts: readonly string[]): boolean {
  return (
    isLoopbackHost(url) ||
    plainHttpHosts.includes(url.host) ||
    plainHttpHosts.includes(url.hostname)
  );
}

function refine(error: unknown, hop: Hop & { readonly from: URL | undefined }): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof PrivateLookupError
    ? new RedirectRefusedError(hop.from ?? hop.url, hop.url, 'private-address')
    : error;
}
