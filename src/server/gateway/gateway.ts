import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../base/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import type { SigningKeyPair } from '../../signatures/index.ts';
import type { Answer } from '../answers/index.ts';
import type { ReleaseCatalog } from './catalog.ts';
import type { PackageUrls } from './package-urls.ts';
import type { ProviderShelf } from './shelf.ts';

/** Who asks, as far as the gateway cares. */
export interface GatewayCaller {
  /** The same text for the same caller; undefined for nobody in particular. Goes into signed URLs. */
  readonly principal: string | undefined;
  /** Whether the caller may read a repository, by its path. */
  mayRead(path: string): boolean;
  /** What to answer when the caller may not: a request for a login. Default 403. */
  readonly unreadable?: Answer | undefined;
}

export type GatewayAdmission =
  | { readonly kind: 'caller'; readonly caller: GatewayCaller }
  | { readonly kind: 'refused'; readonly answer: Answer };

export interface GatewayOptions {
  readonly shelf: ProviderShelf;
  /** Asked again for each release that is read: rules may change while the gateway runs. */
  readonly trust: () => ReleaseTrust;
  /** Signs what no developer's accepted signature covers; without it such releases are a network mirror only. */
  readonly signer?: (() => Promise<SigningKeyPair>) | undefined;
  /**
   * The hints in the indexes are believed: what is in the repositories is our own work (`--trust-all-hashes`).
   */
  readonly trustAllHashes?: boolean | undefined;
  /** Host name of this gateway in provider addresses; default what the request calls it. */
  readonly ownHost?: string | undefined;
  /** Below which all paths are, without a slash at its end; default none. */
  readonly prefix?: string | undefined;
  /** Who is it; default everybody may read everything. */
  readonly admit?: ((request: IncomingMessage) => Promise<GatewayAdmission>) | undefined;
  /** Whether someone who was given the URL of a request may still read a repository; default yes. */
  readonly mayStillRead?:
    ((principal: string, path: string, request: IncomingMessage) => boolean) | undefined;
  /** Makes and checks URLs for who fetches without credentials; without it URLs are plain. */
  readonly packageUrls?: PackageUrls | undefined;
  readonly clock?: Clock | undefined;
  /** Hears of failures that the client is told little about. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface Gateway {
  /** Whether a path is the gateway's: discovery, `/v1/…`. */
  serves(path: string): boolean;
  /** Answers one request; resolves when the answer is out, never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  readonly catalog: ReleaseCatalog;
  /** Whether the shelf can be asked now; for `/readyz`. */
  check(): Promise<void>;
}
