import { afterEach } from 'vitest';
import type { Clock } from '../../src/base/index.ts';
import type { Remover, TargetRepository } from '../../src/content/index.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/index.ts';
import {
  anonymousCredentials,
  createRegistryClient,
  type Credentials,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/oci/index.ts';
import type { ScriptedPeer } from './scripted-peer.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Every pause that was asked for; none of them takes time. */
  readonly slept: readonly number[];
}

export function makeManualClock(start = Date.parse('2026-11-20T10:00:00Z')): ManualClock {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    advance: (ms) => (now += ms),
    sleep: (ms, signal) => {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

export interface RemoteOptions extends Partial<Omit<RegistryClientOptions, 'credentials'>> {
  readonly credentials?: Credentials | RegistryClientOptions['credentials'];
  readonly httpOptions?: HttpClientOptions;
  readonly path?: string;
}

/**
 * Repositories on scripted peers, spoken to over plain HTTP without probing for TLS, with three attempts
 * and no real pauses.
 */
export function useRemotes(): {
  repository(peer: ScriptedPeer, options?: RemoteOptions): TargetRepository & Remover;
  /** Those of one client, by their paths. */
  repositories(
    peer: ScriptedPeer,
    options?: Omit<RemoteOptions, 'path'>,
  ): (path: string) => TargetRepository & Remover;
} {
  let clients: HttpClient[] = [];
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });
  const clientOf = (
    peer: ScriptedPeer,
    { credentials, httpOptions, ...options }: Omit<RemoteOptions, 'path'>,
  ): RegistryClient => {
    const clock = options.clock ?? makeManualClock();
    const http =
      options.http ??
      createHttpClient({
        clock,
        retry: { maxAttempts: 3, baseDelayMs: 1 },
        limits: { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 },
        ...httpOptions,
      });
    clients.push(http);
    const source =
      credentials === undefined
        ? anonymousCredentials
        : 'kind' in credentials
          ? { credentialsFor: () => Promise.resolve(credentials) }
          : credentials;
    return createRegistryClient({
      plainHttpHosts: [peer.host],
      ...options,
      http,
      clock,
      credentials: source,
    });
  };
  return {
    repository: (peer, { path = 'acme/null', ...options } = {}) =>
      clientOf(peer, options).repository({ registry: peer.host, path }),
    repositories: (peer, options = {}) => {
      const client = clientOf(peer, options);
      return (path) => client.repository({ registry: peer.host, path });
    },
  };
}
