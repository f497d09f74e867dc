import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type GatewayCaller, createGateway } from '../../src/server/gateway/index.ts';
import type { ProviderShelf, GatewayOptions } from '../../src/server/gateway/index.ts';
import { createPages, type PagesOptions } from '../../src/server/web/index.ts';
import { noTrustPolicy, type TrustPolicy } from '../../src/signatures/index.ts';
import { send, type TestAnswer, type TestRequest } from './http-request.ts';

export interface PagesPlace {
  readonly url: string;
  readonly get: (path: string, request?: TestRequest) => Promise<TestAnswer & { text: string }>;
}

export interface PagesPlaceOptions extends Partial<PagesOptions> {
  readonly policy?: TrustPolicy;
  readonly signer?: GatewayOptions['signer'];
  readonly caller?: GatewayCaller;
}

/** The pages over a shelf, on loopback, with the packages that they link to. */
export async function startPages(
  shelf: ProviderShelf,
  { caller, policy = noTrustPolicy, signer, ...options }: PagesPlaceOptions = {},
): Promise<PagesPlace> {
  const gateway = createGateway({ shelf, signer, trust: () => ({ policy, now: new Date() }) });
  const everybody = { principal: undefined, mayRead: () => true };
  const pages = createPages({
    catalog: gateway.catalog,
    shelf,
    hasLogin: false,
    admit: () => Promise.resolve({ kind: 'caller', caller: caller ?? everybody }),
    ...options,
  });
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    void (gateway.serves(path) ? gateway : pages).handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    get: async (path, request) => {
      const answer = await send('GET', url, path, request);
      return Object.assign(answer, { text: answer.body.toString() });
    },
  };
}
