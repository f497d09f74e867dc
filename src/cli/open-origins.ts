import type {
  CredentialsFor,
  Download,
  ProviderRegistry,
  ServiceDiscovery,
} from '../origin/index.ts';
import type { HttpClient } from '../http/index.ts';
import type { TrustPolicy } from '../signatures/index.ts';
import type { ProviderSource } from '../sources/index.ts';

/** What the CLI configuration and the environment say about registries and network mirrors. */
export interface OriginSettings {
  readonly credentialsFor?: CredentialsFor | undefined;
  /** The `host` blocks, by host in comparison form. */
  readonly hosts?: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined;
  /** Tries after the first, for each document of a registry. */
  readonly retries?: number | undefined;
  /** Tries after the first to find out about a host; none by itself. */
  readonly discoveryRetries?: number | undefined;
  readonly requestTimeoutMs?: number | undefined;
  /** Tries after the first, for each package. */
  readonly downloadRetries?: number | undefined;
  readonly enforceSignatures: boolean;
  readonly enforceExpiration: boolean;
  /** What the user says about who may sign. */
  readonly policy?: TrustPolicy | undefined;
}

/** Sources that are asked over HTTP and are no OCI registries. */
export interface Origins {
  /** The registries that the addresses of providers name. */
  direct(options?: { readonly downloadRetries?: number | undefined }): ProviderSource;
  networkMirror(options: {
    /** https, or loopback. */
    readonly url: URL;
    readonly downloadRetries?: number | undefined;
    readonly trustAllHashes?: boolean | undefined;
  }): ProviderSource;
}

/** What speaks to registries, for whoever asks them more than a source does. */
export interface OriginClients {
  readonly discovery: ServiceDiscovery;
  readonly registry: ProviderRegistry;
  /** @param retries of the method in use; those of the settings without it */
  readonly download: (retries?: number) => Download;
}

export async function openOriginClients(
  http: HttpClient,
  settings: OriginSettings,
): Promise<OriginClients> {
  const { createDownload, createProviderRegistry, createServiceDiscovery } =
    await import('../origin/index.ts');
  const { credentialsFor, hosts, requestTimeoutMs, retries } = settings;
  const discovery = createServiceDiscovery({
    http,
    credentialsFor,
    hosts,
    requestTimeoutMs,
    retries: settings.discoveryRetries,
  });
  const asked = { http, discovery, credentialsFor, retries, requestTimeoutMs };
  return {
    discovery,
    registry: createProviderRegistry(asked),
    download: (downloadRetries = settings.downloadRetries) =>
      createDownload(http, { retries: downloadRetries }),
  };
}

/** Each answer of a registry or mirror is asked for once, as OpenTofu has it for registries. */
export async function openOrigins(http: HttpClient, settings: OriginSettings): Promise<Origins> {
  const [
    { createNetworkMirror },
    { createDirectSource, createNetworkMirrorSource, memoizeSource },
    clients,
  ] = await Promise.all([
    import('../origin/index.ts'),
    import('../sources/index.ts'),
    openOriginClients(http, settings),
  ]);
  const { credentialsFor, requestTimeoutMs } = settings;
  const { enforceExpiration, enforceSignatures, policy } = settings;
  return {
    direct({ downloadRetries } = {}) {
      const { registry } = clients;
      const download = clients.download(downloadRetries);
      return memoizeSource(
        createDirectSource({ registry, download, enforceSignatures, enforceExpiration, policy }),
      );
    },
    networkMirror({ downloadRetries, trustAllHashes, url }) {
      const mirror = createNetworkMirror({ http, url, credentialsFor, requestTimeoutMs });
      const download = clients.download(downloadRetries);
      return memoizeSource(createNetworkMirrorSource({ mirror, download, trustAllHashes }));
    },
  };
}
