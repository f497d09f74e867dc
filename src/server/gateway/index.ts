export { type CatalogedProvider, isOffered, type ReleaseCatalog } from './catalog.ts';
export type { Gateway, GatewayAdmission, GatewayCaller, GatewayOptions } from './gateway.ts';
export { createGateway } from './create-gateway.ts';
export { createHmacUrls, type HmacUrlOptions } from './hmac-urls.ts';
export type {
  OfferedPackage,
  OfferedRelease,
  SignedSums,
  WithheldRelease,
} from './offered-release.ts';
export type { PackageUrls, UrlGrant } from './package-urls.ts';
export { type GatewayRoute, parseGatewayPath } from './paths.ts';
export type { ProviderShelf, ShelvedRepository } from './shelf.ts';
