import { resolve } from 'node:path';
import type { Location } from '../../domain/index.ts';
import type { MirrorOrigin } from '../../publish/index.ts';
import type { TrustPolicy } from '../../signatures/index.ts';
import { openOriginClients } from '../open-origins.ts';
import { originSettings } from '../origin-settings.ts';
import type { Wiring } from '../wire.ts';

/**
 * Tries after the first for each document, as many as for OCI registries. OpenTofu's one is right for a person who
 * waits, and too few for a job of hours which would lose a release to a burst of 503.
 */
const documentRetries = 4;

/**
 * Where releases come from: the registries that the addresses name, a network or filesystem mirror, or repositories.
 * @param policy who may sign what
 */
export async function openMirrorOrigin(
  wiring: Wiring,
  from: Location,
  policy: TrustPolicy,
): Promise<MirrorOrigin> {
  const [{ http }, settings, publish, { createMeasureDownload, createNetworkMirror }] =
    await Promise.all([
      wiring.repositories(),
      originSettings(wiring),
      import('../../publish/index.ts'),
      import('../../origin/index.ts'),
    ]);
  const { credentialsFor, enforceExpiration, enforceSignatures, requestTimeoutMs } = settings;
  const trust = { rules: { enforceExpiration, enforceSignatures }, trust: policy };
  const { download, registry } = await openOriginClients(http, {
    ...settings,
    retries: settings.retries ?? documentRetries,
    discoveryRetries: settings.retries ?? documentRetries,
  });
  const fetching = { download: download(), measure: createMeasureDownload(http), ...trust };
  switch (from.kind) {
    case 'direct':
      return publish.createRegistryOrigin({ registry, ...fetching });
    case 'network': {
      const url = new URL(from.url);
      const mirror = createNetworkMirror({ http, url, credentialsFor, requestTimeoutMs });
      return publish.createNetworkMirrorOrigin({ mirror, ...fetching });
    }
    case 'fs':
      return publish.createFilesystemOrigin({
        directory: resolve(wiring.directory, from.directory),
        ...trust,
      });
    default:
      return publish.createRepositoryOrigin({
        repositoryFor: (provider) => wiring.repository(from, provider, 'read'),
        ...trust,
      });
  }
}
