import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../base/index.ts';
import type { RegistryStorage } from '../../content/index.ts';
import { isRepositoryPath } from '../../spec/index.ts';
import { type Answer, jsonAnswer, sendAnswer, ServingBuffers } from '../answers/index.ts';
import { type AccessRequest, actionOf } from './access.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import { BlobPlaces } from './blob-places.ts';
import { ByteBudget } from './byte-budget.ts';
import { answerForError } from './error-answer.ts';
import type { Exchange } from './exchange.ts';
import { defaultLimits, type RegistryLimits } from './limits.ts';
import { largeManifestTurns } from './large-manifests.ts';
import { listRepositories, listTags } from './lists.ts';
import { deleteManifest, getManifest } from './manifests.ts';
import { putManifest } from './put-manifest.ts';
import { listReferrers } from './referrers.ts';
import { UploadLedger } from './upload-ledger.ts';
import { deleteUpload, getUpload, patchUpload, putUpload, startUpload } from './uploads.ts';
import { parseV2Path, type V2Route } from './v2-path.ts';
import { refuse } from './refusal.ts';

export interface RegistryOptions {
  /** Answer every write with 405. */
  readonly readOnly?: boolean | undefined;
  /**
   * What becomes of a manifest that points at content which is not here: `refuse` (default) answers
   * MANIFEST_BLOB_UNKNOWN, so that nothing can be pulled by halves; `accept` stores it.
   */
  readonly missingContent?: 'refuse' | 'accept' | undefined;
  readonly limits?: Partial<RegistryLimits> | undefined;
  /** Who may do what; without it everybody everything. Also asked about the source of a mount. */
  readonly authorize?: ((request: IncomingMessage, access: AccessRequest) => boolean) | undefined;
  /** Tells callers apart, so that one can not have all uploads; without it they are all the same. */
  readonly callerOf?: ((request: IncomingMessage) => string) | undefined;
  /** What to answer to those who may not; default 403. */
  readonly denied?: ((request: IncomingMessage, access: AccessRequest) => Answer) | undefined;
  /** Hears of failures that the client is told nothing about but "500". */
  readonly onError?: ((error: unknown, request: IncomingMessage) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface RegistryHandler {
  /** Answers one request below `/v2/`; resolves when the answer is out, and never rejects. */
  (request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Uploads that were begun and neither closed nor given up. */
  openUploads(): number;
}

/** As much as the network takes at once: a client that reads slowly keeps no more of it than of any answer. */
const smallListBytes = 64 * 1024;

type Endpoint = (exchange: Exchange) => Promise<Answer> | Answer;

/**
 * An OCI registry over `storage`: the endpoints of distribution-spec 1.1 for `node:http`. Who the
 * caller is, TLS, and the Host header are the business of the server around it.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export function createRegistry(
  storage: RegistryStorage,
  options: RegistryOptions = {},
): RegistryHandler {
  const limits = { ...defaultLimits, ...options.limits };
  const uploads = new UploadLedger(options.clock ?? systemClock);
  const memory = new ByteBudget(limits.maxManifestBytesAtOnce);
  const lists = new ByteBudget(limits.maxListBytesAtOnce);
  const { missingContent } = options;
  const places = new BlobPlaces();
  const buffers = new ServingBuffers();
  const shared = {
    storage,
    limits,
    uploads,
    places,
    memory,
    largeReads: largeManifestTurns(),
    largeWrites: largeManifestTurns(),
    buffers,
    missingContent,
  };

  const answer = async (request: IncomingMessage, signal: AbortSignal): Promise<Answer> => {
    const [path = '', search = ''] = splitTarget(request.url ?? '');
    const route = parseV2Path(path);
    if (route === undefined) {
      return refuse(404, { code: 'UNSUPPORTED', message: `${path} is no endpoint of a registry` });
    }
    if ('repository' in route && !isRepositoryPath(route.repository)) {
      const message = `"${route.repository}" is not the name of a repository`;
      return refuse(400, { code: 'NAME_INVALID', message });
    }
    const endpoints = endpointsOf(route);
    const method = request.method ?? '';
    const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method] : undefined;
    if (endpoint === undefined) return methodNotAllowed(method, Object.keys(endpoints));
    const action = actionOf(route, method);
    if (options.readOnly === true && action !== 'pull') {
      const reads = Object.keys(endpoints).filter((each) => actionOf(route, each) === 'pull');
      const error = { code: 'UNSUPPORTED', message: 'this registry is read-only' } as const;
      return refuse(405, error, { Allow: reads.join(', ') });
    }
    const mayAccess = (access: AccessRequest) => options.authorize?.(request, access) ?? true;
    const denied = (access: AccessRequest) =>
      options.denied?.(request, access) ?? deniedAnswer(access);
    if ('repository' in route) {
      const access = { repository: route.repository, action };
      if (!mayAccess(access)) return denied(access);
    }
    const query = new URLSearchParams(search);
    const caller = options.callerOf?.(request);
    const exchange = { ...shared, request, query, signal, caller, mayAccess, denied };
    try {
      return await endpoint(exchange);
    } catch (error) {
      const known = answerForError(error, { route, action });
      if (known !== undefined) return known;
      throw error;
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const leaving = new AbortController();
    const over = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) leaving.abort(new Error('the client went away'));
        resolve();
      });
    });
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    let said: Answer;
    try {
      said = await answer(request, leaving.signal);
    } catch (error) {
      // Nobody listens any more, so there is no failure of ours to report.
      if (leaving.signal.aborted || request.errored !== null) {
        response.destroy();
        return;
      }
      options.onError?.(error, request);
      said = refuse(500, { code: 'UNKNOWN', message: 'the server failed; its log says why' });
    }
    const length = Buffer.isBuffer(said.body) ? said.body.length : 0;
    if (length <= smallListBytes) {
      await sendAnswer(request, response, said);
      return;
    }
    const sent = await lists.hold(length, async () => {
      await sendAnswer(request, response, said);
      await over;
      return true;
    });
    if (sent === undefined) await sendAnswer(request, response, tooManyLists());
  };
  return Object.assign(handle, { openUploads: () => uploads.open() });
}

function tooManyLists(): Answer {
  const message = 'too many long lists are being read at once; try again';
  return refuse(429, { code: 'TOOMANYREQUESTS', message }, { 'Retry-After': '1' });
}

/** A refusal for somebody who is known, and may not. */
export function deniedAnswer({ repository, action }: AccessRequest): Answer {
  const message =
    action === 'replace'
      ? `${repository} has published provider versions, and you may only add packages to them: changing one takes the right "replace"`
      : `you may not ${action} ${repository}`;
  return refuse(403, { code: 'DENIED', message });
}

/** The methods of an endpoint; HEAD is a GET whose body is not sent. */
function endpointsOf(route: V2Route): Readonly<Record<string, Endpoint>> {
  switch (route.kind) {
    case 'ping':
      return both(() => jsonAnswer(200, {}));
    case 'catalog':
      return both(listRepositories);
    case 'tags':
      return both((exchange) => listTags(exchange, route.repository));
    case 'referrers':
      return both((exchange) => listReferrers(exchange, route.repository, route.digest));
    case 'blob':
      return {
        ...both((exchange) => getBlob(exchange, route.repository, route.digest)),
        DELETE: (exchange) => deleteBlob(exchange, route.repository, route.digest),
      };
    case 'manifest':
      return {
        ...both((exchange) => getManifest(exchange, route.repository, route.reference)),
        PUT: (exchange) => putManifest(exchange, route.repository, route.reference),
        DELETE: (exchange) => deleteManifest(exchange, route.repository, route.reference),
      };
    case 'upload-start':
      return { POST: (exchange) => startUpload(exchange, route.repository) };
    case 'upload':
      return {
        GET: (exchange) => getUpload(exchange, route.repository, route.id),
        PATCH: (exchange) => patchUpload(exchange, route.repository, route.id),
        PUT: (exchange) => putUpload(exchange, route.repository, route.id),
        DELETE: (exchange) => deleteUpload(exchange, route.repository, route.id),
      };
  }
}

function both(endpoint: Endpoint): Record<string, Endpoint> {
  return { GET: endpoint, HEAD: endpoint };
}

function methodNotAllowed(method: string, allowed: readonly string[]): Answer {
  const error = { code: 'UNSUPPORTED', message: `${method} is not possible here` } as const;
  return refuse(405, error, { Allow: allowed.join(', ') });
}

/** The raw path, never normalised: `..` is a wrong name here, not a way up. */
function splitTarget(target: string): readonly string[] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}
