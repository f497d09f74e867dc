import type { OriginSettings } from './open-origins.ts';
import type { Wiring } from './wire.ts';

/** What the CLI configuration and the environment say about registries, for a command. */
export async function originSettings(wiring: Wiring): Promise<OriginSettings> {
  const { config } = await wiring.repositories();
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  return {
    ...config.registryProtocols,
    hosts: config.hosts,
    downloadRetries: config.downloadRetries,
    credentialsFor: await wiring.serviceTokens(),
    enforceExpiration,
    enforceSignatures,
  };
}
