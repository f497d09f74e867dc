import type { CallOptions } from '../base/index.ts';
import type { HostServices } from '../config/index.ts';
import { HostServicesError } from './errors.ts';

/** A host whose providers are to come from the gateway. */
export interface LaunchHost {
  /** Comparison form. */
  readonly host: string;
  /** The configuration calls modules of its registry. */
  readonly hasModules: boolean;
}

export interface ServicesOptions extends CallOptions {
  /** The user's `host` blocks. */
  readonly configured: ReadonlyMap<string, HostServices>;
  /** Asks the host itself; absolute URLs. Rejects when it can not be asked. */
  readonly discover: (host: string, options: CallOptions) => Promise<HostServices>;
  readonly onWarning: (text: string) => void;
}

/**
 * What the two public registries say of themselves, so that they need not be asked: behind an air gap nobody could.
 * @see https://registry.opentofu.org/.well-known/terraform.json
 */
const known: ReadonlyMap<string, HostServices> = new Map(
  ['registry.opentofu.org', 'registry.terraform.io'].map((host) => [
    host,
    { 'modules.v1': `https://${host}/v1/modules/` },
  ]),
);

/**
 * All services of a host but its providers: as a `host` block replaces discovery, what is not in it is gone. They
 * come from the user's own `host` block, else from what is known, else from the host. A host that can not be asked
 * and whose modules nobody needs has none then, with a warning: so an air gap works.
 * @throws HostServicesError when modules of such a host are needed
 */
export async function otherServices(
  { hasModules, host }: LaunchHost,
  { configured, discover, onWarning, signal }: ServicesOptions,
): Promise<HostServices> {
  const stated = configured.get(host) ?? known.get(host);
  if (stated !== undefined) return withoutProviders(stated);
  try {
    return withoutProviders(await discover(host, { signal }));
  } catch (error) {
    signal?.throwIfAborted();
    if (hasModules) throw new HostServicesError(host, error);
    const why = error instanceof Error ? error.message : String(error);
    onWarning(`${host} is a registry of providers only in this run: ${why}`);
    return {};
  }
}

function withoutProviders(services: HostServices): HostServices {
  return Object.fromEntries(
    Object.entries(services).filter(([name]) => !name.startsWith('providers.')),
  );
}
