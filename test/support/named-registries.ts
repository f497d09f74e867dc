import * as http from 'node:http';
import type { RegistryPower, SeenExchange } from '../../src/access/index.ts';
import type { CredentialsPolicy } from '../../src/config/index.ts';
import { createHttpClient, type Dispatcher } from '../../src/http/index.ts';
import { checkLogin, createRegistryClient, knock, observeHttp } from '../../src/oci/index.ts';
import { makeManualClock } from './remote-repository.ts';
import type { ScriptedPeer } from './scripted-peer.ts';

/** Every host, of whatever name and scheme, is this peer, which finds the one that was meant in `x-asked-for`. */
export function everyHostIs(peer: ScriptedPeer): Dispatcher {
  const agent = new http.Agent();
  return {
    connect: () =>
      Promise.resolve({
        agent,
        request: (url: URL, options: http.RequestOptions) =>
          http.request(new URL(`${url.pathname}${url.search}`, peer.origin), {
            ...options,
            headers: Object.assign({}, options.headers, { 'x-asked-for': url.host }),
          }),
      }),
    close: () => agent.destroy(),
  };
}

/**
 * The client of registries, in a world in which one peer stands for all of them: `ghcr.io` and its token server
 * are the same scripted peer, which finds the host that was meant in `x-asked-for`. Nothing is tried twice.
 */
export function namedRegistries(peer: ScriptedPeer, policy: CredentialsPolicy): RegistryPower {
  const clock = makeManualClock();
  let seen: SeenExchange[] = [];
  const client = createHttpClient({
    clock,
    dispatcher: everyHostIs(peer),
    retry: { maxAttempts: 1 },
    limits: { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 },
  });
  const watched = observeHttp(client, (exchange) => seen.push(exchange));
  const credentials = {
    credentialsFor: async (...asked: Parameters<CredentialsPolicy['credentialsFor']>) =>
      (await policy.credentialsFor(...asked)).login,
  };
  const registries = createRegistryClient({ http: watched, clock, credentials });
  return {
    knock: (registry, options) => knock({ registry }, { http: watched, ...options }),
    checkLogin: (name, login, options) =>
      checkLogin(name, { kind: 'basic', ...login }, { http: watched, clock, ...options }),
    repository: (name) => registries.repository(name),
    takeSeen: () => {
      const taken = seen;
      seen = [];
      return taken;
    },
    close: () => watched.close(),
  };
}
