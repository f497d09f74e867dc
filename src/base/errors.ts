/**
 * What kind of failure an error is. The category, and nothing else, decides the exit code, whether a
 * request may be tried again, and whether the next provider source may be asked.
 */
export type ErrorCategory =
  | 'usage'
  | 'not-found'
  | 'auth'
  | 'integrity'
  | 'trust'
  | 'remote'
  | 'unsupported'
  | 'conflict'
  | 'interrupted'
  | 'bug';

export interface ErrorOptions {
  readonly cause?: unknown;
  /** One sentence the user can act on: a command, a setting, a file to look at. */
  readonly hint?: string | undefined;
}

/** The bundle and the library can live in one process; a symbol in the global registry joins them. */
const brand = Symbol.for('dev.tofu-oci.error');

/**
 * Root of every error tofu-oci throws on purpose. A subclass stands for a situation that a catcher
 * treats differently, has a literal code `ERR_<ROOM>_<WHAT>` (listed in docs/errors.md), and keeps
 * its details as typed readonly fields; nobody parses messages.
 */
export abstract class TofuOciError extends Error {
  abstract readonly code: `ERR_${string}`;
  abstract readonly category: ErrorCategory;
  readonly hint: string | undefined;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for an error of ours, also when another copy of the library made it. */
export function isTofuOciError(error: unknown): error is TofuOciError {
  return error instanceof Error && Object.hasOwn(error, brand);
}

/** Walks the cause chain, so that wrapping an error never changes what it is. Bounded against cycles. */
export function* causesOf(error: unknown): Generator {
  let current = error;
  for (let depth = 0; depth < 32 && current !== undefined && current !== null; depth++) {
    yield current;
    current = current instanceof Error ? current.cause : undefined;
  }
}

/** The first error of class `type` in the cause chain of `error`, itself included. */
export function findInCauses<T extends TofuOciError>(
  error: unknown,
  type: abstract new (...args: never[]) => T,
): T | undefined {
  for (const cause of causesOf(error)) {
    if (cause instanceof type) return cause;
  }
  return undefined;
}

/** The category of the outermost error of ours in the chain; an abort counts as interrupted. */
export function categoryOf(error: unknown): ErrorCategory {
  for (const cause of causesOf(error)) {
    if (isTofuOciError(cause)) return cause.category;
    if (cause instanceof Error && cause.name === 'AbortError') return 'interrupted';
  }
  return 'bug';
}

/** True when the thing asked for is known not to be there, as opposed to any other failure. */
export function isNotFound(error: unknown): boolean {
  return categoryOf(error) === 'not-found';
}

/** Something that "can not happen": a broken promise inside tofu-oci itself. */
export class InternalError extends TofuOciError {
  readonly code = 'ERR_BASE_INTERNAL';
  readonly category = 'bug';
}

/** The caller aborted (Ctrl-C, or a signal given to the library). */
export class InterruptedError extends TofuOciError {
  readonly code = 'ERR_BASE_INTERRUPTED';
  readonly category = 'interrupted';
  constructor(what: string, options: ErrorOptions = {}) {
    super(`${what} was interrupted`, options);
  }
}

/** A remote party or a file offered more than the bound we read under. */
export class LimitExceededError extends TofuOciError {
  readonly code = 'ERR_BASE_LIMIT_EXCEEDED';
  readonly category = 'integrity';
  readonly limit: number;
  constructor(what: string, limit: number, unit = 'bytes', options: ErrorOptions = {}) {
    super(`${what} is larger than the limit of ${limit} ${unit}`, options);
    this.limit = limit;
  }
}

/** A local file could not be read or written: missing, no permission, no space. */
export class FileAccessError extends TofuOciError {
  readonly code = 'ERR_BASE_FILE_ACCESS';
  readonly category: ErrorCategory;
  readonly path: string;
  readonly errno: string | undefined;
  constructor(action: string, path: string, cause: unknown, options: ErrorOptions = {}) {
    const errno = errnoOf(cause);
    super(`cannot ${action} ${path}: ${describeErrno(errno, cause)}`, {
      cause,
      hint: options.hint ?? hintForErrno(errno),
    });
    this.path = path;
    this.errno = errno;
    this.category = errno === 'ENOENT' ? 'usage' : 'bug';
  }
}

/** The errno name (`ENOENT`, `ENOSPC`, ...) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function describeErrno(errno: string | undefined, cause: unknown): string {
  switch (errno) {
    case 'ENOENT':
      return 'no such file or directory';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOSPC':
      return 'no space left on device';
    case 'EROFS':
      return 'read-only file system';
    case 'EISDIR':
      return 'it is a directory';
    case 'ENOTDIR':
      return 'a part of the path is not a directory';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many open files';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function hintForErrno(errno: string | undefined): string | undefined {
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Free some space and run the same command again; what is complete is kept.';
    case 'EMFILE':
      return 'Raise the limit of open files (ulimit -n) and run the same command again.';
    default:
      return undefined;
  }
}
