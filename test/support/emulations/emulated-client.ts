import { afterEach } from 'vitest';
import type { Remover, TargetRepository } from '../../../src/content/index.ts';
import { createHttpClient, type HttpClient } from '../../../src/http/index.ts';
import { createRegistryClient, type Credentials } from '../../../src/oci/index.ts';
import type { RepositoryName } from '../../../src/spec/index.ts';
import { everyHostIs } from '../named-registries.ts';
import { answerOf } from '../published-registry.ts';
import { makeManualClock } from '../remote-repository.ts';
import { type RunningRegistry, startRegistry } from '../running-registry.ts';
import { type ScriptedPeer, type SeenRequest, usePeers } from '../scripted-peer.ts';
import { temporaryStorage } from '../temporary-storage.ts';
import type { Emulation, Handler } from './emulation.ts';

export interface Emulated extends Pick<Emulation, 'repository' | 'login'> {
  /** By its path, with the emulation's login unless told otherwise. */
  open(path: string, login?: Credentials): TargetRepository & Remover;
  /** Requests to one host, or to all. */
  requests(host?: string): readonly SeenRequest[];
  /** Hosts that were asked, in the order of the first request to each. */
  hosts(): readonly string[];
}

/** Emulated registries by their own names, and clients that take them for real. */
export function useEmulations(): {
  start(make: (backing: Handler) => Emulation): Promise<Emulated>;
} {
  const peers = usePeers();
  const backings: RunningRegistry[] = [];
  const clients: HttpClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const backing of backings.splice(0)) await backing.close();
  });
  return {
    start: async (make) => {
      const backing = await startRegistry(await temporaryStorage());
      backings.push(backing);
      const answer = answerOf(backing);
      const emulation = make(answer);
      const peer: ScriptedPeer = await peers.start();
      peer.always(
        () => true,
        async (request) => {
          for (const handler of emulation.handlers) {
            const reply = await handler(request);
            if (reply !== undefined) return reply;
          }
          return { status: 599 };
        },
      );
      const askedFor = ({ headers }: SeenRequest): string => String(headers['x-asked-for']);
      const { login, repository } = emulation;
      return {
        login,
        repository,
        requests: (host) =>
          peer.requests.filter((request) => host === undefined || askedFor(request) === host),
        hosts: () => [...new Set(peer.requests.map(askedFor))],
        open: (path, own = login) => {
          const http = clientOf(peer);
          clients.push(http);
          return createRegistryClient({
            http,
            clock: makeManualClock(),
            credentials: { credentialsFor: () => Promise.resolve(own) },
          }).repository({ registry: repository.registry, path } satisfies RepositoryName);
        },
      };
    },
  };
}

function clientOf(peer: ScriptedPeer): HttpClient {
  return createHttpClient({
    clock: makeManualClock(),
    dispatcher: everyHostIs(peer),
    retry: { maxAttempts: 2, baseDelayMs: 1 },
    limits: { connectMs: 2000, firstByteMs: 5000, idleMs: 5000 },
  });
}
