import {
  compareProviders,
  formatConstraints,
  formatProviderAddress,
  type ProviderAddress,
  providerKey,
  sameVersion,
  type Version,
} from '../../domain/index.ts';
import type { MirroredProvider, WantedVersions } from '../../publish/index.ts';
import type { Shard } from './selection.ts';

interface Entry {
  readonly provider: ProviderAddress;
  readonly versions: Version[];
  readonly wanted: Map<string, WantedVersions>;
}

/** What is to be mirrored, collected from all places that say so: each provider once. */
export class Wants {
  readonly #entries = new Map<string, Entry>();
  readonly #hosts: readonly string[];

  /** @param hosts a provider of one of these is wanted of all of them */
  constructor(hosts: readonly string[]) {
    this.#hosts = hosts;
  }

  addVersion(provider: ProviderAddress, version: Version): void {
    for (const { versions } of this.#entriesOf(provider)) {
      if (!versions.some((each) => sameVersion(each, version))) versions.push(version);
    }
  }

  addWanted(provider: ProviderAddress, one: WantedVersions): void {
    const key = `${one.newest} ${formatConstraints(one.constraints)}`;
    for (const { wanted } of this.#entriesOf(provider)) wanted.set(key, one);
  }

  /** By host, namespace and type. */
  providers(): readonly MirroredProvider[] {
    return [...this.#entries.values()]
      .map((entry) => ({ ...entry, wanted: [...entry.wanted.values()] }))
      .sort((a, b) => compareProviders(a.provider, b.provider));
  }

  #entriesOf(provider: ProviderAddress): readonly Entry[] {
    const hosts = this.#hosts.includes(provider.hostname) ? this.#hosts : [provider.hostname];
    return hosts.map((hostname) => {
      const one = { ...provider, hostname };
      const entry = this.#entries.get(providerKey(one)) ?? {
        provider: one,
        versions: [],
        wanted: new Map<string, WantedVersions>(),
      };
      this.#entries.set(providerKey(one), entry);
      return entry;
    });
  }
}

/**
 * The providers of one part: always the same ones, whatever else is in the job, so that no two parts write into one
 * repository.
 */
export function inShard<T extends { readonly provider: ProviderAddress }>(
  all: readonly T[],
  { of, part }: Shard,
): readonly T[] {
  return all.filter(({ provider }) => fnv1a(formatProviderAddress(provider)) % of === part - 1);
}

/** FNV-1a with 32 bits: the same on every machine, and even enough. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
