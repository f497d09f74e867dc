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
import type { Answer } from './answer.ts';
import type { V2Route } from './v2-path.ts';
import { refuse } from './refusal.ts';

/** What went wrong below, in the words of the wire; `undefined` for what nobody expected. */
export function answerForError(error: unknown, route: V2Route): Answer | undefined {
  for (const cause of causesOf(error)) {
    const answer = isTofuOciError(cause) ? answerFor(cause, route) : answerForSystem(cause);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function answerFor(error: TofuOciError, route: V2Route): Answer | undefined {
  const say = (status: number, code: WireErrorCode, detail?: unknown) =>
    refuse(status, { code, message: error.message, detail });
  if (error instanceof ContentNotFoundError) return say(404, unknownCode(route));
  if (error instanceof UploadNotFoundError) return say(404, 'BLOB_UPLOAD_UNKNOWN');
  if (error instanceof RepositoryNotFoundError) return say(404, 'NAME_UNKNOWN');
  if (error instanceof RepositoryNameError) return say(400, 'NAME_INVALID');
  if (error instanceof DigestMismatchError) return say(400, 'DIGEST_INVALID');
  if (error instanceof SizeMismatchError) return say(400, 'SIZE_INVALID');
  if (error instanceof InvalidManifestError) return say(400, 'MANIFEST_INVALID');
  if (error instanceof ChildMissingError) {
    return say(404, 'MANIFEST_BLOB_UNKNOWN', { digest: error.child.digest });
  }
  if (error instanceof TagConflictError) return say(412, 'DENIED');
  if (error instanceof UploadBusyError) return say(409, 'BLOB_UPLOAD_INVALID');
  if (error instanceof LimitExceededError) return say(413, tooLargeCode(route));
  if (error instanceof StoreReadOnlyError) return say(405, 'UNSUPPORTED');
  if (error instanceof StoreLockedError) {
    // The message names a folder and a process of this machine; neither is the client's business.
    return refuse(503, { code: 'UNKNOWN', message: 'the repository is in use by another program' });
  }
  return undefined;
}

function answerForSystem(error: unknown): Answer | undefined {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return refuse(408, { code: 'UNKNOWN', message: 'the body did not arrive in time' });
  }
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return refuse(507, { code: 'UNKNOWN', message: 'no space left on the server' });
    default:
      return undefined;
  }
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

function tooLargeCode(route: V2Route): WireErrorCode {
  return route.kind === 'manifest' ? 'MANIFEST_INVALID' : 'BLOB_UPLOAD_INVALID';
}
