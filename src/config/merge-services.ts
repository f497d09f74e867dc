import type { Diagnostic } from '../base/index.ts';
import { InvalidHostnameError, parseHostname } from '../domain/index.ts';
import type { CliConfig } from './cli-config.ts';
import { type ConfigPlaces, lastPlace, placeKey } from './config-places.ts';
import { invalidHost, type ServiceBlocks } from './service-blocks.ts';

/**
 * Joins what the files say about services, in their order: a later block replaces an earlier one with the same
 * label. Labels that are no hosts are reported and left out.
 */
export function mergeServices(
  parts: readonly (ServiceBlocks & { readonly places: ConfigPlaces })[],
  diagnostics: Diagnostic[],
): Pick<CliConfig, 'hosts' | 'serviceTokens' | 'credentialsHelper'> {
  const report = (summary: string, place: string): void =>
    void diagnostics.push({
      severity: 'error',
      summary,
      detail: '',
      range: lastPlace(parts, place),
    });
  const byHost = <T>(
    kind: 'host' | 'credentials',
    blocks: readonly ReadonlyMap<string, T>[],
  ): ReadonlyMap<string, T> => {
    const result = new Map<string, T>();
    for (const [label, value] of new Map(blocks.flatMap((each) => [...each]))) {
      try {
        result.set(parseHostname(label), value);
      } catch (error) {
        if (!(error instanceof InvalidHostnameError)) throw error;
        report(invalidHost(kind, label, error.why), placeKey(kind, label));
      }
    }
    return result;
  };
  const hosts = byHost(
    'host',
    parts.map((part) => part.hosts),
  );
  const serviceTokens = byHost(
    'credentials',
    parts.map((part) => part.credentials),
  );
  const helpers = new Map(parts.flatMap((part) => [...part.helpers]));
  if (helpers.size > 1) {
    report('No more than one credentials_helper block may be specified', 'credentials_helper');
  }
  return { hosts, serviceTokens, credentialsHelper: [...helpers.values()][0] };
}
