import { resolve } from 'node:path';
import { type CallOptions, categoryOf, isTofuOciError, mapBounded } from '../base/index.ts';
import type { SourceRepository } from '../content/index.ts';
import {
  compareProviders,
  formatProviderAddress,
  isNameOf,
  likelyTemplate,
  type Location,
  type NamedProvider,
  parseProviderAddress,
  type PathTemplate,
  type ProviderAddress,
  providerKey,
  providerNamed,
  registryOf,
  type RepositoryTemplate,
} from '../domain/index.ts';
import type { SourcePart } from './copy-places.ts';
import { NothingHeldError } from './errors.ts';
import { UsageError } from './usage-error.ts';
import type { Wiring } from './wire.ts';

/** Repositories that are none of the providers'. */
export interface LeftOut {
  /** Their names are not of the template's form, or it can not be told whose they are. */
  readonly unmatched: number;
  /** They hold no provider releases. */
  readonly empty: number;
  /** They may not be read. */
  readonly refused: number;
}

/** What is at a place. */
export interface Holdings {
  /** By host, namespace and type. */
  readonly providers: readonly ProviderAddress[];
  readonly leftOut: LeftOut;
}

/** Repositories that are looked into at the same time. */
const concurrency = 8;
/** Names of others in a message that nothing was found. */
const maxNamed = 3;

/**
 * Finds out which providers a place holds: from the names in an archive, the folders of layouts, or a
 * registry's own list, back through the template. Each repository is looked into, since in a registry
 * that others use, too, a name tells little.
 * @throws UsageError, CatalogUnavailableError when nothing tells; NothingHeldError when there are none
 */
export async function findHeldProviders(
  wiring: Wiring,
  parts: readonly SourcePart[],
  options: CallOptions,
): Promise<Holdings> {
  const found = new Map<string, ProviderAddress>();
  const count = { unmatched: 0, empty: 0, refused: 0 };
  const others: string[] = [];
  let meant: string | undefined;
  for (const part of parts) {
    for (const holding of await holdingsOf(wiring, part.location, options)) {
      const { held, name } = holding;
      if (typeof held === 'string') {
        count[held] += 1;
        if (others.length < maxNamed) others.push(name);
        meant ??=
          holding.meant === undefined ? undefined : locationAt(part.location, holding.meant);
      } else if (part.serves(held)) {
        found.set(providerKey(held), held);
      }
    }
  }
  if (found.size === 0) {
    const names = parts.map(({ name }) => name);
    throw new NothingHeldError(names, { others, meant, refused: count.refused });
  }
  return { providers: [...found.values()].sort(compareProviders), leftOut: count };
}

interface Holding {
  readonly name: string;
  readonly held: ProviderAddress | keyof LeftOut;
  /** The template that gives this repository to the provider that is in it. */
  readonly meant?: string | undefined;
}

/** The same place with another template. */
function locationAt(location: Location, template: string): string | undefined {
  switch (location.kind) {
    case 'oci-layout':
      return `${location.directory}/${template}`;
    case 'registry':
      return `${registryOf(location.template) ?? ''}/${template}`;
    default:
      return undefined;
  }
}

async function holdingsOf(
  wiring: Wiring,
  location: Location,
  options: CallOptions,
): Promise<readonly Holding[]> {
  switch (location.kind) {
    case 'oci-archive': {
      const archive = await (await wiring.repositories()).archive(location.file);
      return archive.repositories().map((name) => ({ name, held: providerCalled(name) }));
    }
    case 'oci-layout': {
      const { openLayoutRoot } = await import('../content/index.ts');
      const folder = resolve(wiring.directory, location.directory);
      const root = await openLayoutRoot(folder, { mode: 'read' });
      try {
        const open = async (path: string): Promise<SourceRepository | undefined> =>
          await root.findRepository(path, options);
        return await lookInto(wiring, root.repositories(options), { ...location, open }, options);
      } finally {
        await root.close();
      }
    }
    case 'registry':
      return await inRegistry(wiring, location.template, options);
    default:
      throw new UsageError('no provider is named', {
        hint: 'Name the providers, as in hashicorp/aws.',
      });
  }
}

/** Any address will do: the template was tried with this one. */
const anyProvider = 'example.com/example-namespace/example-type';

async function inRegistry(
  wiring: Wiring,
  template: RepositoryTemplate,
  options: CallOptions,
): Promise<readonly Holding[]> {
  if (registryOf(template) === undefined) {
    throw new UsageError(`which registry ${template.text} leads to depends on the provider`, {
      hint: 'Name the providers, as in hashicorp/aws.',
    });
  }
  const repositories = await wiring.repositories();
  const near = template.repositoryFor(parseProviderAddress(anyProvider));
  const { registry } = near;
  const paths = repositories.repositoriesOf(near, options);
  const open = (path: string): Promise<SourceRepository> =>
    Promise.resolve(repositories.remote({ registry, path }));
  return await lookInto(wiring, paths, { template, open }, options);
}

interface Place {
  readonly template: RepositoryTemplate | PathTemplate;
  readonly open: (path: string) => Promise<SourceRepository | undefined>;
}

async function lookInto(
  wiring: Wiring,
  paths: AsyncIterable<string>,
  { open, template }: Place,
  options: CallOptions,
): Promise<readonly Holding[]> {
  const unmatched: Holding[] = [];
  const matched: { readonly path: string; readonly named: NamedProvider }[] = [];
  for await (const path of paths) {
    const named = providerNamed(template, path, wiring.defaultHost);
    if (named.kind === 'none') unmatched.push({ name: path, held: 'unmatched' });
    else matched.push({ path, named });
  }
  const looked = await mapBounded(matched, concurrency, async ({ named, path }) => {
    const isOurs = (provider: ProviderAddress): boolean => isNameOf(template, provider, path);
    const held = await whoseIs(() => open(path), named, { isOurs, ...options });
    return { name: path, held };
  });
  if (looked.some(({ held }) => typeof held !== 'string')) return [...unmatched, ...looked];
  // Nothing is where the template says: those who wrote another one are told which.
  const first = await mapBounded(unmatched.slice(0, maxNamed), concurrency, async (holding) => {
    const owner = await ownerOf(() => open(holding.name), options);
    return {
      ...holding,
      meant: owner === undefined ? undefined : likelyTemplate(holding.name, owner),
    };
  });
  return [...first, ...unmatched.slice(maxNamed), ...looked];
}

/** Who is named in the first release of a repository, if it can be read. */
async function ownerOf(
  open: () => Promise<SourceRepository | undefined>,
  { signal }: CallOptions,
): Promise<ProviderAddress | undefined> {
  try {
    const { findOwner } = await import('../release/index.ts');
    const repository = await open();
    const owner = repository === undefined ? undefined : await findOwner(repository, { signal });
    const called = owner?.provider === undefined ? undefined : providerCalled(owner.provider);
    return typeof called === 'string' ? undefined : called;
  } catch (error) {
    signal?.throwIfAborted();
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}

interface LookOptions extends CallOptions {
  /** Whether the template gives a provider this repository. */
  readonly isOurs: (provider: ProviderAddress) => boolean;
}

async function whoseIs(
  open: () => Promise<SourceRepository | undefined>,
  named: NamedProvider,
  { isOurs, signal }: LookOptions,
): Promise<Holding['held']> {
  const known = named.kind === 'known' ? named.provider : undefined;
  try {
    const { findOwner } = await import('../release/index.ts');
    const repository = await open();
    const owner = repository === undefined ? undefined : await findOwner(repository, { signal });
    if (owner === undefined) return 'empty';
    if (known !== undefined) return known;
    if (owner.provider === undefined) {
      return (named.kind === 'open' ? named.guess : undefined) ?? 'unmatched';
    }
    const called = providerCalled(owner.provider);
    return typeof called !== 'string' && isOurs(called) ? called : 'unmatched';
  } catch (error) {
    switch (categoryOf(error)) {
      case 'auth':
        return 'refused';
      case 'not-found':
        return 'empty';
      case 'integrity':
        // Whoever reads it will say what is wrong.
        return known ?? 'unmatched';
      default:
        throw error;
    }
  }
}

/** The provider with exactly this full address. */
function providerCalled(name: string): ProviderAddress | 'unmatched' {
  try {
    const provider = parseProviderAddress(name);
    const isSame = providerKey(provider) === name || formatProviderAddress(provider) === name;
    return isSame ? provider : 'unmatched';
  } catch {
    return 'unmatched';
  }
}
