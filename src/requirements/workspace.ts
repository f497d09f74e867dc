import { join } from 'node:path';
import { type CallOptions, errnoOf, type Files, readRegularFile } from '../base/index.ts';

/** A name, and nothing else. */
const maxBytes = 4096;

/**
 * The workspace that was selected in a data folder; `default` where none was.
 * @throws FileAccessError, LimitExceededError, or the signal's reason
 */
export async function readWorkspace(
  dataDirectory: string,
  options: CallOptions & { readonly files: Files },
): Promise<string> {
  try {
    const path = join(dataDirectory, 'environment');
    const name = (await readRegularFile(path, { ...options, maxBytes })).toString('utf8').trim();
    return name === '' ? 'default' : name;
  } catch (error) {
    if (isMissing(error)) return 'default';
    throw error;
  }
}

/** Neither is there a file where its folder is a file. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const errno = errnoOf(error.cause);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}
