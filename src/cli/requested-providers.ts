import type { CallOptions } from '../base/index.ts';
import type { ProviderAddress, VersionConstraints } from '../domain/index.ts';
import type { CopySourcePlace } from './copy-places.ts';
import { findHeldProviders, type LeftOut } from './held-providers.ts';
import type { Wiring } from './wire.ts';

export interface RequestedProviders {
  /** Each provider once; no constraints: all versions. */
  readonly providers: readonly {
    readonly provider: ProviderAddress;
    readonly constraints: readonly VersionConstraints[];
  }[];
  /** Undefined when the providers were named. */
  readonly leftOut: LeftOut | undefined;
}

/**
 * The providers that were named, else all that the place holds.
 * @throws what `findHeldProviders` throws; UsageError for what is no address
 */
export async function requestedProviders(
  wiring: Wiring,
  addresses: readonly string[],
  from: CopySourcePlace,
  options: CallOptions,
): Promise<RequestedProviders> {
  if (addresses.length === 0) {
    const { leftOut, providers } = await findHeldProviders(wiring, from.parts, options);
    return { providers: providers.map((provider) => ({ provider, constraints: [] })), leftOut };
  }
  const requested = new Map<string, { provider: ProviderAddress; wanted: VersionConstraints[] }>();
  for (const address of addresses) {
    const { provider, constraints } = wiring.providerRequest(address);
    const key = JSON.stringify(provider);
    const entry = requested.get(key) ?? { provider, wanted: [] };
    entry.wanted.push(constraints);
    requested.set(key, entry);
  }
  const providers = [...requested.values()].map(({ provider, wanted }) => {
    const isForAll = wanted.some(({ terms }) => terms.length === 0);
    return { provider, constraints: isForAll ? [] : wanted };
  });
  return { providers, leftOut: undefined };
}

/** What was left out, for people; undefined when nothing was. */
export function tellLeftOut(leftOut: LeftOut | undefined): string | undefined {
  const { empty = 0, refused = 0, unmatched = 0 } = leftOut ?? {};
  const parts = [
    ...(unmatched > 0 ? [`${unmatched} of another name`] : []),
    ...(empty > 0 ? [`${empty} without provider releases`] : []),
    ...(refused > 0 ? [`${refused} that may not be read`] : []),
  ];
  if (parts.length === 0) return undefined;
  const total = unmatched + empty + refused;
  return `${total} ${total === 1 ? 'repository is' : 'repositories are'} left out: ${parts.join(', ')}.`;
}
