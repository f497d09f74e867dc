import type { Location } from '../../domain/index.ts';
import type { MirrorOrigin } from '../../publish/index.ts';
import { openOriginClients } from '../open-origins.ts';
import { UsageError } from '../usage-error.ts';
import type { Wiring } from '../wire.ts';

/** Where releases come from: `--from`, without it the registries that the addresses name. */
export async function openMirrorOrigin(
  wiring: Wiring,
  from: Location | undefined,
): Promise<MirrorOrigin> {
  const repositories = await wiring.repositories();
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  const { config } = repositories;
  if (from !== undefined && from.kind !== 'direct') {
    throw new UsageError('--from: releases come from the registries of their addresses', {
      hint: 'Leave --from out, or use "tofu-oci copy" for releases that are in a registry, layout or archive.',
    });
  }
  const { createRegistryOrigin } = await import('../../publish/index.ts');
  const { download, registry } = await openOriginClients(repositories.http, {
    ...config.registryProtocols,
    hosts: config.hosts,
    downloadRetries: config.downloadRetries,
    credentialsFor: await wiring.serviceTokens(),
    enforceExpiration,
    enforceSignatures,
  });
  return createRegistryOrigin({
    registry,
    download: download(),
    rules: { enforceExpiration, enforceSignatures },
  });
}
