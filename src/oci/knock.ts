import type { CallOptions } from '../base/index.ts';
import { discard } from '../http/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import { findOrigin } from './endpoint.ts';
import type { RegistryClientOptions } from './registry-client.ts';

/**
 * Asks a registry for its base, without credentials. What it answers is nobody's business here: whoever wants to
 * know observes the client.
 * @returns the registry's scheme, host and port.
 * @throws what HttpClient.send throws, when nobody is there or may not be trusted
 */
export async function knock(
  { registry }: Pick<RepositoryName, 'registry'>,
  options: CallOptions & Pick<RegistryClientOptions, 'http' | 'plainHttpHosts'>,
): Promise<URL> {
  const { http, plainHttpHosts = [], signal } = options;
  const origin = await findOrigin(http, registry, plainHttpHosts, { signal });
  const url = new URL('/v2/', origin);
  const response = await http.send({ method: 'GET', url }, { signal });
  discard(response.body);
  return origin;
}
