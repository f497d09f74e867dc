import { resolve } from 'node:path';
import {
  defaultHost,
  type Location,
  type ProviderAddress,
  providerKey,
  UnmappableProviderError,
} from '../domain/index.ts';
import { createFolderShelf } from '../server/index.ts';
import type { ProviderShelf } from '../server/gateway/index.ts';
import type { CopySourcePlace } from './copy-places.ts';
import { findHeldProviders } from './held-providers.ts';
import { UsageError } from './usage-error.ts';
import type { Wiring } from './wire.ts';

/** A shelf, and what was opened for it. */
export interface OpenShelf {
  readonly shelf: ProviderShelf;
  close(): Promise<void>;
}

/** Registries are asked over the network, and nobody else's installation waits for what was just pushed. */
const freshMs = 30_000;
/** Each repository is looked into: some requests for each provider that there is. */
const listedForMs = 5 * 60_000;

/** The releases at a location, or in the mirrors of the CLI configuration, for a gateway. */
export async function openLocationShelf(
  wiring: Wiring,
  place: CopySourcePlace,
): Promise<OpenShelf> {
  const { location } = place;
  if (location?.kind === 'oci-layout') return await openLayouts(wiring, location);
  const host = wiring.defaultHost ?? defaultHost;
  const listed = remembered(
    listedForMs,
    async () => (await findHeldProviders(wiring, place.parts, {})).providers,
  );
  const shelf: ProviderShelf = {
    name: place.parts.map(({ name }) => name).join(', '),
    freshMs,
    pathFor: (provider) => pathOf(place, provider, host),
    async find(provider) {
      const path = pathOf(place, provider, host);
      if (path === undefined) return undefined;
      return { path, repository: await place.repository(provider) };
    },
    providers: listed,
  };
  return { shelf, close: () => Promise.resolve() };
}

/** The same outcome for everybody who asks within so many milliseconds; a failure is forgotten at once. */
function remembered<T>(ms: number, find: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly found: Promise<T> } | undefined;
  return async () => {
    const at = Date.now();
    if (last !== undefined && at - last.at < ms) return await last.found;
    const begun = { at, found: find() };
    last = begun;
    try {
      return await begun.found;
    } catch (error) {
      if (last === begun) last = undefined;
      throw error;
    }
  };
}

async function openLayouts(
  wiring: Wiring,
  { directory, template }: Extract<Location, { kind: 'oci-layout' }>,
): Promise<OpenShelf> {
  const { openLayoutRoot } = await import('../content/index.ts');
  const storage = await openLayoutRoot(resolve(wiring.directory, directory), { mode: 'read' });
  const name = `${directory}/${template.text}`;
  const host = wiring.defaultHost;
  return {
    shelf: createFolderShelf(storage, { template, name, host }),
    close: () => storage.close(),
  };
}

/** The path of the provider's repository; undefined where the place has none for it. */
function pathOf(
  { parts }: CopySourcePlace,
  provider: ProviderAddress,
  host: string,
): string | undefined {
  const part = parts.find((one) => one.serves(provider));
  switch (part?.location.kind) {
    case undefined:
      return undefined;
    case 'oci-archive':
      return providerKey(provider);
    case 'registry': {
      const { template } = part.location;
      if (!template.variables.has('hostname') && provider.hostname !== host) return undefined;
      try {
        return template.repositoryFor(provider).path;
      } catch (error) {
        if (error instanceof UnmappableProviderError) return undefined;
        throw error;
      }
    }
    default:
      throw new UsageError(`a gateway reads from registries, folders and archives`);
  }
}
