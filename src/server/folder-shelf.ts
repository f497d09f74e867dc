import { type CallOptions, type Clock, mapBounded, systemClock } from '../base/index.ts';
import type { HostedRepository, RegistryStorage } from '../content/index.ts';
import {
  compareProviders,
  defaultHost,
  formatProviderAddress,
  isNameOf,
  parseProviderAddress,
  type PathTemplate,
  type ProviderAddress,
  providerNamed,
  UnmappableProviderError,
} from '../domain/index.ts';
import { findOwner } from '../release/index.ts';
import type { ProviderShelf, ShelvedRepository } from './gateway/index.ts';

export interface FolderShelfOptions {
  /** Which repository belongs to which provider. */
  readonly template: PathTemplate;
  /** Of all providers, where the template has none; default registry.opentofu.org. */
  readonly host?: string | undefined;
  /** For people. */
  readonly name: string;
  readonly clock?: Clock | undefined;
}

interface Listed {
  readonly at: number;
  readonly providers: Promise<readonly ProviderAddress[]>;
}

/** Nobody waits longer than this for what was just pushed; asking more often costs more than it is worth. */
const freshMs = 1000;
/** Looking into every repository of a large registry takes a second or two. */
const listedForMs = 30_000;
/** Repositories that are looked into at the same time. */
const concurrency = 8;

/** The repositories of a registry that is our own. */
export function createFolderShelf(
  storage: RegistryStorage,
  { clock = systemClock, host = defaultHost, name, template }: FolderShelfOptions,
): ProviderShelf {
  const hasHost = template.variables.has('hostname');
  let listed: Listed | undefined;
  const shelves = new WeakMap<HostedRepository, ShelvedRepository>();
  const shelved = (path: string, repository: HostedRepository): ShelvedRepository => {
    const known = shelves.get(repository) ?? {
      path,
      repository,
      openBlob: (digest, call) => repository.openBlob(digest, call),
    };
    shelves.set(repository, known);
    return known;
  };

  const held = async (path: string): Promise<readonly ProviderAddress[]> => {
    const named = providerNamed(template, path, host);
    if (named.kind === 'none') return [];
    const repository = await storage.findRepository(path);
    const owner = repository === undefined ? undefined : await findOwner(repository);
    if (owner === undefined) return [];
    if (named.kind === 'known') return [named.provider];
    const called = owner.provider === undefined ? named.guess : addressOf(owner.provider);
    return called !== undefined && isNameOf(template, called, path) ? [called] : [];
  };
  const list = async (): Promise<readonly ProviderAddress[]> => {
    const paths: string[] = [];
    for await (const path of storage.repositories()) paths.push(path);
    const found = await mapBounded(paths, concurrency, held);
    return found.flat().sort(compareProviders);
  };

  const pathFor = (provider: ProviderAddress): string | undefined =>
    hasHost || provider.hostname === host ? pathIn(template, provider) : undefined;

  return {
    name,
    freshMs,
    pathFor,
    async find(provider, options: CallOptions = {}) {
      const path = pathFor(provider);
      if (path === undefined) return undefined;
      const repository = await storage.findRepository(path, options);
      return repository === undefined ? undefined : shelved(path, repository);
    },
    async providers() {
      const at = clock.now();
      if (listed !== undefined && at - listed.at < listedForMs) return await listed.providers;
      const begun = { at, providers: list() };
      listed = begun;
      try {
        return await begun.providers;
      } catch (error) {
        if (listed === begun) listed = undefined;
        throw error;
      }
    },
  };
}

function pathIn(template: PathTemplate, provider: ProviderAddress): string | undefined {
  try {
    return template.pathFor(provider);
  } catch (error) {
    if (error instanceof UnmappableProviderError) return undefined;
    throw error;
  }
}

/** The provider with exactly this full address. */
function addressOf(text: string): ProviderAddress | undefined {
  try {
    const provider = parseProviderAddress(text);
    return formatProviderAddress(provider) === text ? provider : undefined;
  } catch {
    return undefined;
  }
}
