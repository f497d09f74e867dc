export type { CallOptions } from './call-options.ts';
export { type Clock, systemClock } from './clock.ts';
export { type Diagnostic, hasErrors, type SourcePos, type SourceRange } from './diagnostics.ts';
export {
  categoryOf,
  causesOf,
  errnoOf,
  type ErrorCategory,
  type ErrorOptions,
  FileAccessError,
  findInCauses,
  InternalError,
  InterruptedError,
  isNotFound,
  isTofuOciError,
  LimitExceededError,
  TofuOciError,
} from './errors.ts';
export { exitCodeOf, gravestExitCode } from './exit-codes.ts';
export { type Files, nodeFiles, syncFolder } from './files.ts';
export { makeFolders, type MakeFoldersOptions } from './make-folders.ts';
export { mapBounded } from './map-bounded.ts';
export { readBounded, type ReadBoundedOptions } from './read-bounded.ts';
export { readFileBounded, type ReadFileOptions } from './read-file.ts';
export { readRegularFile } from './read-regular-file.ts';
export { redactUrl } from './redact.ts';
export { replaceFile } from './replace-file.ts';
export { SingleFlight } from './single-flight.ts';
export { compareBytes, jsonLine, printable, quoted, terminalText } from './text.ts';
export { TextPlaces } from './text-places.ts';
