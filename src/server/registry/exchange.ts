import type { IncomingMessage } from 'node:http';
import type { RegistryStorage } from '../../content/index.ts';
import type { Answer, ServingBuffers } from '../answers/index.ts';
import type { AccessRequest } from './access.ts';
import type { BlobPlaces } from './blob-places.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { InTurn } from './large-manifests.ts';
import type { RegistryLimits } from './limits.ts';
import type { UploadLedger } from './upload-ledger.ts';

/** One request, and what its endpoint may use to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly storage: RegistryStorage;
  readonly limits: RegistryLimits;
  readonly uploads: UploadLedger;
  readonly places: BlobPlaces;
  /** For the bodies of manifests. */
  readonly memory: ByteBudget;
  readonly largeReads: InTurn;
  readonly largeWrites: InTurn;
  /** For blobs on their way out. */
  readonly buffers: ServingBuffers;
  readonly missingContent: 'refuse' | 'accept' | undefined;
  /** Whom uploads are counted for. */
  readonly caller: string | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Whether the caller may do this; the endpoint's own repository has been asked about already. */
  mayAccess(access: AccessRequest): boolean;
  /** What to answer when it may not. */
  denied(access: AccessRequest): Answer;
}

/** Node's types allow lists for any header; for the ones we read, the first is meant. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The declared length of the body; `undefined` when it is sent in chunks. */
export function declaredLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}
