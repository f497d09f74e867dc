import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { TrieRouter } from 'hono/router/trie-router';
import { type Clock, isTofuOciError, systemClock } from '../../base/index.ts';
import {
  parseHostname,
  parseProviderAddress,
  parseVersion,
  type ProviderAddress,
} from '../../domain/index.ts';
import { type Answer, sendAnswer } from '../answers/index.ts';
import type {
  GatewayAdmission,
  GatewayCaller,
  ProviderShelf,
  ReleaseCatalog,
} from '../gateway/index.ts';
import { assetAnswer, pageAnswer } from './answers.ts';
import { problemPage } from './problem-page.ts';
import { listProviders } from './provider-list.ts';
import { providersPage } from './providers-page.ts';
import { refusalPage } from './refusal-page.ts';
import { providerPage } from './provider-page.ts';
import { releasePage } from './release-page.ts';
import type { Place } from './place.ts';
import { createVersionSummaries } from './version-summaries.ts';

export interface PagesOptions {
  readonly catalog: ReleaseCatalog;
  readonly shelf: ProviderShelf;
  /** Who is it. */
  readonly admit: (request: IncomingMessage) => Promise<GatewayAdmission>;
  /** Whether callers can prove who they are. */
  readonly hasLogin: boolean;
  /** What clients call this server, without a slash at its end; default what the request calls it. */
  readonly publicUrl?: string | undefined;
  /** How OpenTofu finds the repositories in this server's registry; undefined where it has none of them. */
  readonly repositoryTemplate?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What people see of the gateway. */
export interface Pages {
  serves(path: string): boolean;
  /** Answers one request, and never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Visit {
  readonly place: Place;
  readonly caller: GatewayCaller;
  readonly query: URLSearchParams;
}

type Params = Readonly<Record<string, string>>;
type Page = (params: Params, visit: Visit) => Promise<Answer>;

/**
 * Pages for people, made on the server: a list of the providers, each with its releases and what goes into a
 * configuration. They need no script, and load nothing from elsewhere.
 */
export function createPages(options: PagesOptions): Pages {
  const { admit, catalog, clock = systemClock, hasLogin, onError, shelf } = options;
  const summarize = createVersionSummaries({ clock, shelf });
  const router = new TrieRouter<Page>();

  router.add('GET', '/', async (_, visit) => {
    const providers = await listProviders({ catalog, shelf }, visit.caller);
    const isHidden = providers?.length === 0 && visit.caller.unreadable !== undefined;
    if (isHidden) return refusalPage(visit.place, visit.caller.unreadable);
    const parts = { all: providers, query: visit.query, summarize };
    return pageAnswer(200, await providersPage(visit.place, parts));
  });
  router.add('GET', '/login', (_, { caller, place }) =>
    Promise.resolve(
      caller.unreadable === undefined
        ? seeOther('/', place)
        : refusalPage(place, caller.unreadable),
    ),
  );
  router.add('GET', '/providers', (_, { place, query }) => {
    const address = (query.get('address') ?? '').trim();
    const provider = addressOf(() => parseProviderAddress(address));
    if (provider === undefined) {
      return Promise.resolve(pageAnswer(404, problemPage(place, 'noAddress')));
    }
    const { hostname, namespace, type } = provider;
    return Promise.resolve(seeOther(`/providers/${hostname}/${namespace}/${type}`, place));
  });
  router.add('GET', '/providers/:host/:namespace/:type', async (params, visit) => {
    const provider = addressOf(() => providerOf(params));
    const refusal = refusalFor(provider, visit);
    if (refusal !== undefined) return refusal;
    const found = provider && (await catalog.provider(provider));
    return found === undefined
      ? pageAnswer(404, problemPage(visit.place, 'noProvider'))
      : pageAnswer(200, providerPage(visit.place, found));
  });
  router.add('GET', '/providers/:host/:namespace/:type/:version', async (params, visit) => {
    const provider = addressOf(() => providerOf(params));
    const version = addressOf(() => parseVersion(params['version'] ?? ''));
    const refusal = refusalFor(provider, visit);
    if (refusal !== undefined) return refusal;
    const found = provider && version && (await catalog.release(provider, version));
    return found === undefined
      ? pageAnswer(404, problemPage(visit.place, 'noRelease'))
      : pageAnswer(200, releasePage(visit.place, found));
  });

  const refusalFor = (
    provider: ProviderAddress | undefined,
    { caller, place }: Visit,
  ): Answer | undefined => {
    const path = provider && shelf.pathFor(provider);
    if (path === undefined || caller.mayRead(path)) return undefined;
    return caller.unreadable === undefined
      ? pageAnswer(403, problemPage(place, 'forbidden'))
      : refusalPage(place, caller.unreadable);
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method, url = '' } = request;
    const [path = '', search = ''] = splitOnce(url, '?');
    const isRead = method === 'GET' || method === 'HEAD';
    const asset = isRead ? assetAnswer(path) : undefined;
    if (asset !== undefined) return asset;
    // The one character that is encoded in what pages link to: versions have it before their build metadata.
    const plain = path.replaceAll(/%2B/giu, '+');
    const [found] = router.match('GET', plain)[0];
    const anonymous = placeOf(request, options, { isLoggedIn: false });
    if (found === undefined || plain.includes('%')) {
      return pageAnswer(404, problemPage(anonymous, 'noPage'));
    }
    if (!isRead) {
      return pageAnswer(405, problemPage(anonymous, 'noMethod'), { Allow: 'GET, HEAD' });
    }
    const admission = await admit(request);
    if (admission.kind === 'refused') return refusalPage(anonymous, admission.answer);
    const { caller } = admission;
    const isLoggedIn = caller.principal !== undefined;
    const [page, params] = found;
    return await page(textsOf(params), {
      caller,
      place: placeOf(request, options, { isLoggedIn }),
      query: new URLSearchParams(search),
    });
  };

  return {
    serves: (path) => /^\/(?:$|(?:providers|assets)(?:\/|$)|login$|favicon\.ico$)/u.test(path),
    async handle(request, response) {
      let said: Answer;
      try {
        said = await answer(request);
      } catch (error) {
        onError?.(error);
        const place = placeOf(request, { ...options, hasLogin }, { isLoggedIn: false });
        said = pageAnswer(502, problemPage(place, 'failed'));
      }
      await sendAnswer(request, response, said);
    },
  };
}

/** What this server is called, as far as that goes into what people copy. */
function placeOf(
  request: IncomingMessage,
  { hasLogin, publicUrl, repositoryTemplate }: PagesOptions,
  { isLoggedIn }: { readonly isLoggedIn: boolean },
): Place {
  const host = addressOf(() => parseHostname(request.headers.host ?? '')) ?? 'localhost';
  const isSecure = 'encrypted' in request.socket && (request.socket as TLSSocket).encrypted;
  const url = publicUrl ?? `${isSecure ? 'https' : 'http'}://${host}`;
  return {
    url,
    host: addressOf(() => parseHostname(new URL(url).host)) ?? host,
    repositoryTemplate,
    login: !hasLogin || isLoggedIn ? 'none' : 'offered',
  };
}

function providerOf({ host = '', namespace = '', type = '' }: Params): ProviderAddress {
  return parseProviderAddress(`${host}/${namespace}/${type}`);
}

/** What somebody typed or followed may be no address at all. */
function addressOf<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}

function seeOther(path: string, { url }: Place): Answer {
  const { pathname } = new URL(path, url);
  return { status: 303, headers: { Location: pathname, 'Cache-Control': 'no-store' } };
}

function textsOf(params: Readonly<Record<string, string | number>>): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, String(value)] as const),
  );
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
