import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseHostname } from '../../domain/index.ts';
import { isTofuOciError, systemClock } from '../../base/index.ts';
import { type Answer, jsonAnswer, sendAnswer, ServingBuffers } from '../answers/index.ts';
import { documentAnswer, gatewayError, renderDocument } from './answers.ts';
import { createCatalog } from './create-catalog.ts';
import { answerForFailure } from './failures.ts';
import type { Gateway, GatewayAdmission, GatewayCaller, GatewayOptions } from './gateway.ts';
import { createMirrorEndpoints } from './mirror-endpoints.ts';
import { createFileEndpoints } from './file-endpoints.ts';
import { type GatewayRoute, parseGatewayPath } from './paths.ts';
import { createRegistryEndpoints } from './registry-endpoints.ts';
import type { GatewayExchange } from './exchange.ts';
import { SharedDownloads } from './shared-downloads.ts';

const everybody: GatewayAdmission = {
  kind: 'caller',
  caller: { principal: undefined, mayRead: () => true },
};

/**
 * The provider registry protocol and the network mirror protocol over the releases of a shelf.
 *
 * Documents are small and made once for each state of a repository; packages are streamed. Every URL in a document is
 * relative, so it does not matter by which name, and through which proxy, the gateway is reached.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { clock = systemClock, onError, prefix = '', shelf } = options;
  const { signer, trust } = options;
  const catalog = createCatalog(shelf, { trust, signer, clock, onError });
  const downloads = new SharedDownloads();
  const parts = { options, catalog, buffers: new ServingBuffers(), downloads };
  const endpoints = {
    ...createRegistryEndpoints(parts),
    ...createMirrorEndpoints(parts),
    ...createFileEndpoints(parts),
  };
  const admit = async (request: IncomingMessage): Promise<GatewayAdmission> =>
    (await options.admit?.(request)) ?? everybody;

  const answerRoute = async (
    route: GatewayRoute,
    exchange: Omit<GatewayExchange, 'caller'>,
  ): Promise<Answer> => {
    switch (route.kind) {
      case 'discovery':
        return discovery(exchange.request, options);
      case 'packages':
      case 'sums':
        return await endpoints[route.kind](route, { ...exchange, admit });
      default: {
        const admission = await admit(exchange.request);
        if (admission.kind === 'refused') return admission.answer;
        return await withCaller(route, { ...exchange, caller: admission.caller });
      }
    }
  };
  const withCaller = async (
    route: Exclude<GatewayRoute, { kind: 'discovery' | 'packages' | 'sums' }>,
    exchange: GatewayExchange & { readonly caller: GatewayCaller },
  ): Promise<Answer> => {
    switch (route.kind) {
      case 'versions':
        return await endpoints.versions(route, exchange);
      case 'download':
        return await endpoints.download(route, exchange);
      case 'mirror-index':
        return await endpoints.mirrorIndex(route, exchange);
      case 'mirror-version':
        return await endpoints.mirrorVersion(route, exchange);
    }
  };

  const answer = async (request: IncomingMessage, signal: AbortSignal): Promise<Answer> => {
    const { method, url = '' } = request;
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const route = path.startsWith(prefix) ? parseGatewayPath(path.slice(prefix.length)) : undefined;
    if (route === undefined) return gatewayError(404, 'there is nothing here');
    if (method !== 'GET' && method !== 'HEAD') {
      return gatewayError(405, `${method ?? ''} is not possible here`, { Allow: 'GET, HEAD' });
    }
    const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
    return await answerRoute(route, { request, query, signal });
  };

  return {
    catalog,
    serves: (path) =>
      path === `${prefix}/.well-known/terraform.json` || path.startsWith(`${prefix}/v1/`),
    check: async () => await shelf.ping?.(),
    async handle(request, response) {
      const signal = whileOpen(response);
      let said: Answer;
      try {
        said = await answer(request, signal);
      } catch (error) {
        if (signal.aborted) {
          response.destroy();
          return;
        }
        onError?.(error);
        said = answerForFailure(error);
      }
      await sendAnswer(request, response, said);
    },
  };
}

/** Aborted when the client goes away before its answer is out. */
function whileOpen(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort(new Error('the client went away'));
  });
  return leaving.signal;
}

/** @see https://opentofu.org/docs/internals/remote-service-discovery/ */
function discovery(request: IncomingMessage, { ownHost, prefix = '' }: GatewayOptions): Answer {
  const host = ownHost ?? requestedHost(request);
  if (host === undefined) return gatewayError(404, 'the request names no host');
  const services = { 'providers.v1': `${prefix}/v1/providers/${host}/` };
  return ownHost === undefined
    ? jsonAnswer(200, services, { 'Cache-Control': 'no-store', Vary: 'Host' })
    : documentAnswer(request, renderDocument(services));
}

function requestedHost({ headers }: IncomingMessage): string | undefined {
  try {
    return parseHostname(headers.host ?? '');
  } catch (error) {
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}
