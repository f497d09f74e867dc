import { type CallOptions, type Clock, systemClock } from '../base/index.ts';
import type { Remover, TargetRepository } from '../content/index.ts';
import type { HttpClient } from '../http/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import { listRepositories } from './catalog.ts';
import type { CredentialSource } from './credentials.ts';
import { hostOf } from './endpoint.ts';
import { createRemoteRepository } from './remote-repository.ts';
import { Registry, type RepositorySession } from './session.ts';

export interface RegistryClientOptions {
  /** Stays the caller's: closing it ends everything of this client. */
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly clock?: Clock | undefined;
  /** The same list that `http` was made with: these registries are spoken to without TLS. */
  readonly plainHttpHosts?: readonly string[] | undefined;
  /** Host names of token servers that may get credentials although they are not of the registry's domain. */
  readonly trustedRealms?: readonly string[] | undefined;
  /** A registry has something to tell its users; each text comes once, printable. */
  readonly onWarning?: ((registry: string, text: string) => void) | undefined;
}

export interface RegistryClient {
  /** Does not touch the network. */
  repository(name: RepositoryName): TargetRepository & Remover;
  /**
   * The paths of all repositories of a registry.
   * @param near a repository of it: its name decides which credentials are used
   * @throws CatalogUnavailableError when the registry does not tell
   */
  repositoriesOf(near: RepositoryName, options?: CallOptions): AsyncIterable<string>;
}

/**
 * A client for OCI registries. Registries keep apart what they learn: addresses, challenges, tokens; the
 * repositories of one registry share it. There is no ping: some registries refuse it to those who may
 * read everything.
 */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const registries = new Map<string, Registry>();
  const sessionOf = (name: RepositoryName): RepositorySession => {
    const host = hostOf(name.registry);
    let registry = registries.get(host);
    if (registry === undefined) {
      registry = new Registry(name.registry, {
        http: options.http,
        credentials: options.credentials,
        clock: options.clock ?? systemClock,
        plainHttpHosts: options.plainHttpHosts ?? [],
        trustedRealms: options.trustedRealms ?? [],
        onWarning: options.onWarning,
      });
      registries.set(host, registry);
    }
    return registry.session(name);
  };
  return {
    repository: (name) => createRemoteRepository(sessionOf(name)),
    repositoriesOf: (near, call = {}) => listRepositories(sessionOf(near), call),
  };
}
