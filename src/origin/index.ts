export type { CredentialsFor } from './credentials.ts';
export {
  createDownload,
  type Download,
  type DownloadRequest,
  type PackageAddress,
} from './download.ts';
export {
  DiscoveryError,
  HostUnreachableError,
  InvalidDocumentError,
  NoPackageError,
  NoProviderServiceError,
  OriginQueryError,
  OriginUnauthorizedError,
  UnknownProviderError,
  UnsuccessfulStatusError,
  UnsupportedProtocolError,
  type WantedPackage,
} from './errors.ts';
export { documentLimits } from './json-document.ts';
export { createMeasureDownload, type MeasureDownload } from './measure.ts';
export {
  createNetworkMirror,
  type MirrorArchive,
  type MirrorArchives,
  type NetworkMirror,
  type NetworkMirrorOptions,
} from './network-mirror.ts';
export {
  createProviderRegistry,
  type ProviderRegistry,
  type ProviderRegistryOptions,
  type RegistryDocument,
  type RegistryPackage,
} from './provider-registry.ts';
export type { PackageDocument, ReportedPackage } from './registry-package.ts';
export type { OfferedVersion, OfferedVersions } from './registry-versions.ts';
export {
  createServiceDiscovery,
  type DiscoveryOptions,
  type ServiceDiscovery,
} from './service-discovery.ts';
export type { ServiceAddress } from './services.ts';
export { readSums, type SumsDocument } from './sums-document.ts';
