import type { CallOptions } from '../base/index.ts';
import {
  defaultHost,
  formatPlatform,
  formatVersion,
  parseProviderAddress,
  type ProviderAddress,
  InvalidProviderAddressError,
  type Version,
} from '../domain/index.ts';
import { discard, type HttpClient, type HttpResponse } from '../http/index.ts';
import { authorizationFor, type CredentialsFor } from './credentials.ts';
import {
  NoPackageError,
  UnknownProviderError,
  UnsupportedProtocolError,
  type WantedPackage,
} from './errors.ts';
import { exchangeWhole } from './exchange.ts';
import { documentLimits, readDocument } from './json-document.ts';
import { fetchProof, fetchSignature, fetchSums } from './proof-files.ts';
import { asQuery, refusal } from './query-failures.ts';
import { legacyAnswer, packageAnswer, versionsAnswer } from './registry-answers.ts';
import {
  type PackageDocument,
  readPackageDocument,
  readProtocols,
  speaksSupportedProtocol,
} from './registry-package.ts';
import { type OfferedVersions, readVersions } from './registry-versions.ts';
import { defaultRequestTimeoutMs, type ServiceDiscovery } from './service-discovery.ts';
import type { ServiceAddress } from './services.ts';

export interface ProviderRegistryOptions {
  readonly http: HttpClient;
  readonly discovery: Pick<ServiceDiscovery, 'providers'>;
  readonly credentialsFor?: CredentialsFor | undefined;
  /** TF_REGISTRY_DISCOVERY_RETRY: tries after the first, for each document. Default 1. */
  readonly retries?: number | undefined;
  /** TF_REGISTRY_CLIENT_TIMEOUT, for one try of one document. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** What `X-Terraform-Version` says. Default 1.12.0, whose rules these are. */
  readonly tofuVersion?: string | undefined;
}

/** What a registry states of one package. Nothing is verified yet. */
export interface RegistryDocument extends PackageDocument {
  /** Where the document came from, after redirects; the addresses in it were learnt from there. */
  readonly documentUrl: URL;
}

/** All that a registry states of one package, with the proof it gives. */
export interface RegistryPackage extends RegistryDocument {
  /** The bytes of SHA256SUMS. */
  readonly sums: Buffer;
  /** The bytes of its detached signature. */
  readonly signature: Buffer;
}

/**
 * The provider registry protocol, client side: `providers.v1`.
 * @see https://opentofu.org/docs/internals/provider-registry-protocol/
 */
export interface ProviderRegistry {
  /**
   * The versions that the provider's own registry offers. One that can not be parsed fails all.
   * @throws HostUnreachableError, NoProviderServiceError, UnknownProviderError, OriginUnauthorizedError,
   *   OriginQueryError
   */
  versions(provider: ProviderAddress, options?: CallOptions): Promise<OfferedVersions>;
  /**
   * The download document of one package, with sums and signature, which are asked for without credentials.
   * @throws as `versions`, and NoPackageError, UnsupportedProtocolError, InvalidDocumentError
   */
  package(wanted: WantedPackage, options?: CallOptions): Promise<RegistryPackage>;
  /** The download document alone. @throws as `package` */
  document(wanted: WantedPackage, options?: CallOptions): Promise<RegistryDocument>;
  /** The bytes of the SHA256SUMS that a download document names. @throws OriginQueryError */
  sums(document: RegistryDocument, options?: CallOptions): Promise<Buffer>;
  /** The bytes of the detached signature of it. @throws OriginQueryError */
  signature(document: RegistryDocument, options?: CallOptions): Promise<Buffer>;
  /**
   * Where a provider that was named by its type alone is now, as the default registry remembers it; undefined
   * when it does not. For advice: failures count as not knowing.
   */
  successorOf(type: string, options?: CallOptions): Promise<ProviderAddress | undefined>;
}

const defaultTofuVersion = '1.12.0';

export function createProviderRegistry(options: ProviderRegistryOptions): ProviderRegistry {
  const { credentialsFor, discovery, http } = options;
  const rules = {
    retries: options.retries ?? 1,
    timeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
  };
  const headers = {
    accept: 'application/json',
    'x-terraform-version': options.tofuVersion ?? defaultTofuVersion,
  };

  /** Asks below the base of the provider's registry, with the token of its host. */
  async function ask<T>(
    host: string,
    path: string,
    read: (response: HttpResponse, hadCredentials: boolean, service: ServiceAddress) => Promise<T>,
    call: CallOptions,
  ): Promise<T> {
    const service = await discovery.providers(host, call);
    const credentials = await authorizationFor(host, service, credentialsFor);
    const url = new URL(path, service.url);
    return await exchangeWhole(
      http,
      { url, headers, credentials, referredBy: service.referredBy, rules },
      (response) => read(response, credentials !== undefined, service),
      call,
    );
  }

  async function versions(
    provider: ProviderAddress,
    call: CallOptions = {},
  ): Promise<OfferedVersions> {
    const { hostname, namespace, type } = provider;
    return await asQuery(provider, call, async () =>
      ask(
        hostname,
        pathOf(namespace, type, 'versions'),
        async (response, hadCredentials, service) => {
          if (response.status !== 200) {
            discard(response.body);
            if (response.status === 404) throw new UnknownProviderError(provider);
            throw refusal(response.status, { provider, hadCredentials, service });
          }
          const maxBytes = documentLimits.versionsBytes;
          const what = 'the list of versions';
          return readVersions(
            await readDocument(response, versionsAnswer, { ...call, maxBytes, what }),
          );
        },
        call,
      ),
    );
  }

  async function newestSupported(
    provider: ProviderAddress,
    call: CallOptions,
  ): Promise<Version | undefined> {
    const offered = await versions(provider, call);
    return offered.versions
      .toReversed()
      .find((each) => speaksSupportedProtocol(readProtocols(each, { provider }, 'protocol')))
      ?.version;
  }

  async function document(
    wanted: WantedPackage,
    call: CallOptions = {},
  ): Promise<RegistryDocument> {
    const { provider, version } = wanted;
    const { hostname, namespace, type } = provider;
    const { arch, os } = wanted.platform;
    const { answer, from } = await asQuery(provider, call, async () =>
      ask(
        hostname,
        pathOf(namespace, type, formatVersion(version), 'download', os, arch),
        async (response, hadCredentials, service) => {
          if (response.status !== 200) {
            discard(response.body);
            if (response.status === 404) throw new NoPackageError(wanted);
            throw refusal(response.status, { provider, hadCredentials, service });
          }
          const what = `the download document for ${formatPlatform(wanted.platform)}`;
          const maxBytes = documentLimits.packageBytes;
          const read = await readDocument(response, packageAnswer, { ...call, maxBytes, what });
          return { answer: read, from: response.url };
        },
        call,
      ),
    );
    const protocols = readProtocols(answer, wanted);
    if (protocols.length > 0 && !speaksSupportedProtocol(protocols)) {
      throw new UnsupportedProtocolError(provider, version, await newestSupported(provider, call));
    }
    return { ...readPackageDocument(answer, wanted, { from, protocols }), documentUrl: from };
  }

  return {
    versions,
    document,
    sums: async (from, call = {}) => await fetchSums(http, from, rules, call),
    signature: async (from, call = {}) => await fetchSignature(http, from, rules, call),

    async package(wanted, call = {}) {
      const found = await document(wanted, call);
      const { signature, sums } = await fetchProof(http, found, rules, call);
      return { ...found, sums, signature };
    },

    async successorOf(type, call = {}) {
      try {
        return await ask(
          defaultHost,
          pathOf('-', type, 'versions'),
          async (response) => {
            if (response.status !== 200) {
              discard(response.body);
              return undefined;
            }
            const read = { ...call, maxBytes: documentLimits.versionsBytes, what: 'the answer' };
            const { id, moved_to: movedTo } = await readDocument(response, legacyAnswer, read);
            return readSuccessor(movedTo === '' ? id : movedTo, type);
          },
          call,
        );
      } catch (error) {
        call.signal?.throwIfAborted();
        if (error instanceof Error) return undefined;
        throw error;
      }
    },
  };
}

/** Relative, so that a base without a slash at its end loses its last part, as in OpenTofu. */
function pathOf(...parts: readonly string[]): string {
  return parts.map((part) => encodeURIComponent(part).replaceAll('%2B', '+')).join('/');
}

/** `NAMESPACE/TYPE`, which has to be of the type that was asked about. */
function readSuccessor(text: string, type: string): ProviderAddress | undefined {
  try {
    const found = parseProviderAddress(text);
    const isOther = found.type !== type && !text.includes('/');
    return isOther || found.namespace === '-' ? undefined : found;
  } catch (error) {
    if (error instanceof InvalidProviderAddressError) return undefined;
    throw error;
  }
}
