import type { IncomingMessage } from 'node:http';
import type { PackageHash, ProviderAddress, Version } from '../../domain/index.ts';
import { displayProvider, formatVersion } from '../../domain/index.ts';
import type { Answer, ServingBuffers } from '../answers/index.ts';
import { gatewayError } from './answers.ts';
import { isOffered, type ReleaseCatalog } from './catalog.ts';
import type { UrlFor } from './documents.ts';
import type { GatewayCaller, GatewayOptions } from './gateway.ts';
import type { OfferedPackage, OfferedRelease } from './offered-release.ts';
import { releasePath } from './paths.ts';
import type { SharedDownloads } from './shared-downloads.ts';
import type { ShelvedRepository } from './shelf.ts';

/** What all endpoints of one gateway have. */
export interface GatewayParts {
  readonly options: GatewayOptions;
  readonly catalog: ReleaseCatalog;
  readonly buffers: ServingBuffers;
  readonly downloads: SharedDownloads;
}

/** One request. */
export interface GatewayExchange {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface CallerExchange extends GatewayExchange {
  readonly caller: GatewayCaller;
}

/** The repository of a provider, where the caller may read it; else what to answer. */
export async function findReadable(
  { options: { shelf } }: GatewayParts,
  provider: ProviderAddress,
  { caller, signal }: Pick<CallerExchange, 'caller' | 'signal'>,
): Promise<ShelvedRepository | Answer> {
  const path = shelf.pathFor(provider);
  if (path !== undefined && !caller.mayRead(path)) {
    return caller.unreadable ?? gatewayError(403, `you may not read ${displayProvider(provider)}`);
  }
  return (await shelf.find(provider, { signal })) ?? providerUnknown(provider);
}

export function isAnswer(value: object): value is Answer {
  return 'status' in value;
}

export function providerUnknown(provider: ProviderAddress): Answer {
  return gatewayError(404, `there is no provider ${displayProvider(provider)} here`);
}

/** The release when it is offered, else what to answer. */
export async function findOffered(
  { catalog }: GatewayParts,
  { provider, version }: { readonly provider: ProviderAddress; readonly version: Version },
  { signal }: Pick<GatewayExchange, 'signal'>,
): Promise<OfferedRelease | Answer> {
  const release = await catalog.release(provider, version, { signal });
  const name = `${displayProvider(provider)} ${formatVersion(version)}`;
  if (release === undefined) return gatewayError(404, `there is no ${name} here`);
  if (isOffered(release)) return release;
  // No "not found": clients would ask their next source, and what is wrong has to be heard.
  const why = release.error instanceof Error ? release.error.message : 'it can not be read';
  return gatewayError(422, `${name} is not offered: ${why}`);
}

/** What the gateway says of a package: its `zh:`, and its `h1:` where the operator vouches for the hints. */
export function hashesOf(
  { options: { trustAllHashes = false } }: GatewayParts,
  { hintedH1, zh }: OfferedPackage,
): readonly PackageHash[] {
  return trustAllHashes && hintedH1 !== undefined ? [hintedH1, zh] : [zh];
}

/**
 * References from a document to files, relative to it.
 * @param steps folders between the document and `/v1/`
 */
export function urlsFrom(
  steps: number,
  release: OfferedRelease,
  grant: ((sha256: string) => string) | undefined,
): UrlFor {
  const base = '../'.repeat(steps);
  const path = releasePath(release.provider, release.version);
  return ({ kind, name, sha256 }) => {
    const query = grant === undefined ? '' : `?${grant(sha256)}`;
    return `${base}${kind}/${path}/${sha256}/${name.replaceAll('+', '%2B')}${query}`;
  };
}

/** How the caller's URLs are signed; undefined where everybody may fetch the files. */
export function granter(
  { options: { packageUrls } }: GatewayParts,
  { path }: ShelvedRepository,
  { caller }: Pick<CallerExchange, 'caller'>,
): ((sha256: string) => string) | undefined {
  const { principal } = caller;
  if (packageUrls === undefined || principal === undefined) return undefined;
  return (sha256) => packageUrls.sign({ path, sha256, principal });
}
