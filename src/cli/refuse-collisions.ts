import { checkOneToOne, type Location, type ProviderAddress } from '../domain/index.ts';
import { UsageError } from './usage-error.ts';

/**
 * Publishing needs a repository of its own for every provider. A template that names no host belongs to
 * the one host that is published.
 * @throws UsageError with a pair of addresses that would meet, and a template that keeps them apart
 */
export function refuseCollisions(location: Location, provider: ProviderAddress): void {
  if (location.kind !== 'registry' && location.kind !== 'oci-layout') return;
  const { template } = location;
  const scope = template.variables.has('hostname') ? {} : { host: provider.hostname };
  const doubt = checkOneToOne(template, scope);
  if (doubt === undefined) return;
  // A shell that knows no variable `namespace` leaves nothing of it.
  const isBare = template.variables.size === 0;
  const asked = isBare ? 'Did your shell expand it? Put it into single quotes. ' : '';
  throw new UsageError(doubt.message, {
    hint:
      doubt.corrected === undefined ? undefined : `${asked}Use for example '${doubt.corrected}'.`,
  });
}

/**
 * A template without a host belongs to one.
 * @param place where the location is written
 * @throws UsageError
 */
export function refuseSecondHost(
  location: Location,
  providers: readonly ProviderAddress[],
  place = '--to',
): void {
  if (location.kind !== 'registry' && location.kind !== 'oci-layout') return;
  if (location.template.variables.has('hostname')) return;
  const hosts = [...new Set(providers.map(({ hostname }) => hostname))];
  if (hosts.length < 2) return;
  throw new UsageError(
    `${place}: ${location.template.text} names no host, and providers of ${hosts.slice(0, 5).join(', ')} would meet in it`,
    { hint: 'Put {hostname} into it, or bring each host to a place of its own.' },
  );
}
