import writeFileAtomic from 'write-file-atomic';
import {
  type CallOptions,
  errnoOf,
  FileAccessError,
  type Files,
  LimitExceededError,
  readFileBounded,
  makeFolders,
} from '../base/index.ts';
import { type DockerConfig, DockerConfigProblem, parseDockerConfig } from './docker-config.ts';
import { CredentialStoreError } from './errors.ts';
import { pathsOf, type Surroundings } from './surroundings.ts';

/** A file with a thousand registries has a tenth of this. */
const maxFileBytes = 1024 * 1024;

/** As many as Linux follows. */
const maxLinks = 40;

export interface DockerFileOptions extends CallOptions {
  readonly files: Files;
}

export type ReadDockerFile =
  | { readonly config: DockerConfig }
  /** Why it can not be used; `absent` when there simply is none. */
  | { readonly why: string; readonly absent: boolean };

/** Reads one Docker-style file; never throws but for an abort. */
export async function readDockerFile(
  path: string,
  options: DockerFileOptions,
): Promise<ReadDockerFile> {
  try {
    return { config: parseDockerConfig(await readText(path, options)) };
  } catch (error) {
    if (isAboutTheFile(error)) return { why: error.message, absent: isAbsent(error) };
    throw error;
  }
}

export interface DockerFileChange extends DockerFileOptions {
  readonly surroundings: Surroundings;
}

/**
 * Replaces a Docker-style file by what `change` makes of it; a reader, and a crash, sees the old text or the new
 * one. It is readable by its user alone afterwards, whoever could read it before; a symbolic link stays one.
 * Folders on the way are made. Nothing is written when the text does not change.
 * @param change is given undefined when there is no file; and gives undefined when none shall be
 * @throws CredentialStoreError when what stands there can not be understood; FileAccessError
 */
export async function changeDockerFile(
  path: string,
  change: (text: string | undefined) => string | undefined,
  options: DockerFileChange,
): Promise<void> {
  try {
    const before = await readIfThere(path, options);
    const after = change(before);
    if (after === undefined || after === before) return;
    const target = await followLinks(path, options);
    await makeFolder(pathsOf(options.surroundings).dirname(target), options);
    await write(target, after);
  } catch (error) {
    if (error instanceof FileAccessError || !isAboutTheFile(error)) throw error;
    throw new CredentialStoreError(path, error.message, { cause: error });
  }
}

type FileProblem = FileAccessError | LimitExceededError | DockerConfigProblem;

function isAboutTheFile(error: unknown): error is FileProblem {
  return (
    error instanceof FileAccessError ||
    error instanceof LimitExceededError ||
    error instanceof DockerConfigProblem
  );
}

async function readText(path: string, { files, signal }: DockerFileOptions): Promise<string> {
  const bytes = await readFileBounded(path, { files, maxBytes: maxFileBytes, signal });
  return bytes.toString('utf8');
}

async function readIfThere(path: string, options: DockerFileOptions): Promise<string | undefined> {
  try {
    return await readText(path, options);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof FileAccessError && (error.errno === 'ENOENT' || error.errno === 'ENOTDIR')
  );
}

/** Where a write has to go so that links stay; the last one may lead to a file that is not there yet. */
async function followLinks(
  path: string,
  { files, surroundings }: DockerFileChange,
): Promise<string> {
  const rules = pathsOf(surroundings);
  let target = path;
  for (let links = 0; links < maxLinks; links++) {
    try {
      if (!(await files.lstat(target)).isSymbolicLink()) return target;
      target = rules.resolve(rules.dirname(target), await files.readlink(target));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return target;
      throw new FileAccessError('write', path, error);
    }
  }
  throw new FileAccessError('write', path, new Error('too many symbolic links'));
}

async function makeFolder(folder: string, { files }: DockerFileOptions): Promise<void> {
  try {
    await makeFolders(files, folder, { mode: 0o700 });
  } catch (error) {
    throw new FileAccessError('make', folder, error);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path, text, { mode: 0o600 });
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
}
