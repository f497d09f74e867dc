import {
  causesOf,
  errnoOf,
  isTofuOciError,
  LimitExceededError,
  type TofuOciError,
} from '../../base/index.ts';
import {
  ChildMissingError,
  ContentNotFoundError,
  DigestMismatchError,
  RepositoryNameError,
  RepositoryNotFoundError,
  SizeMismatchError,
  StoreLockedError,
  StoreReadOnlyError,
  TagConflictError,
  UploadBusyError,
  UploadNotFoundError,
} from '../../content/index.ts';
import { InvalidManifestError, type WireErrorCode } from '../../spec/index.ts';
import type { Answer } from '../answers/index.ts';
import type { AccessRequest } from './access.ts';
import type { V2Route } from './v2-path.ts';
import { refuse } from './refusal.ts';

const noSpace: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

export interface FailedRequest {
  readonly route: V2Route;
  readonly action: AccessRequest['action'];
}

/** What went wrong below, in the words of the wire; `undefined` for what nobody expected. */
export function answerForError(error: unknown, request: FailedRequest): Answer | undefined {
  for (const cause of causesOf(error)) {
    const answer = isTofuOciError(cause)
      ? answerFor(cause, request)
      : answerForSystem(cause, request);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Whether it was the disk that had no room, which passes without the client doing anything. */
export function isDiskFull(error: unknown): boolean {
  return [...causesOf(error)].some((cause) => noSpace.has(errnoOf(cause) ?? ''));
}

function answerFor(error: TofuOciError, { route, action }: FailedRequest): Answer | undefined {
  const say = (status: number, code: WireErrorCode, detail?: unknown) =>
    refuse(status, { code, message: error.message, detail });
  if (error instanceof ContentNotFoundError) return say(404, unknownCode(route));
  if (error instanceof UploadNotFoundError) return say(404, 'BLOB_UPLOAD_UNKNOWN');
  if (error instanceof RepositoryNotFoundError) return say(404, 'NAME_UNKNOWN');
  if (error instanceof RepositoryNameError) return say(400, 'NAME_INVALID');
  // The rest is about what the client sent. A client that reads sent nothing: what it asks for is damaged
  // here, and where is nothing to tell it.
  if (action === 'pull') return lockedAnswer(error);
  if (error instanceof DigestMismatchError) return say(400, 'DIGEST_INVALID');
  if (error instanceof SizeMismatchError) return say(400, 'SIZE_INVALID');
  if (error instanceof InvalidManifestError) return say(400, 'MANIFEST_INVALID');
  if (error instanceof ChildMissingError) {
    return say(404, 'MANIFEST_BLOB_UNKNOWN', { digest: error.child.digest });
  }
  if (error instanceof TagConflictError) return say(412, 'DENIED');
  if (error instanceof UploadBusyError) return say(409, 'BLOB_UPLOAD_INVALID');
  if (error instanceof LimitExceededError) return say(413, invalidCode(route));
  if (error instanceof StoreReadOnlyError) {
    const refusal = { code: 'UNSUPPORTED', message: error.message } as const;
    return refuse(405, refusal, { Allow: 'GET, HEAD' });
  }
  return lockedAnswer(error);
}

function lockedAnswer(error: TofuOciError): Answer | undefined {
  if (!(error instanceof StoreLockedError)) return undefined;
  // The message names a folder and a process of this machine; neither is the client's business.
  return refuse(503, { code: 'UNKNOWN', message: 'the repository is in use by another program' });
}

function answerForSystem(error: unknown, { route }: FailedRequest): Answer | undefined {
  if (error instanceof Error && error.name === 'TimeoutError') {
    const message = 'the body did not arrive in time';
    return refuse(408, { code: invalidCode(route), message });
  }
  if (!isDiskFull(error)) return undefined;
  return refuse(507, { code: 'UNKNOWN', message: 'no space left on the server' });
}

function unknownCode(route: V2Route): WireErrorCode {
  switch (route.kind) {
    case 'manifest':
      return 'MANIFEST_UNKNOWN';
    case 'upload':
      return 'BLOB_UPLOAD_UNKNOWN';
    default:
      return 'BLOB_UNKNOWN';
  }
}

/** What is wrong with content that is too large, or does not come. */
function invalidCode(route: V2Route): WireErrorCode {
  return route.kind === 'manifest' ? 'MANIFEST_INVALID' : 'BLOB_UPLOAD_INVALID';
}
