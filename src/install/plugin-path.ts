import { join } from 'node:path';
import { FileAccessError, type Files, makeFolders, nodeFiles, replaceFile } from '../base/index.ts';

/**
 * Records the folders of `-plugin-dir` in the data folder as OpenTofu does (`plugin_path`); none remove the
 * record.
 * @throws FileAccessError
 */
export async function recordPluginDirs(
  dataDirectory: string,
  folders: readonly string[],
  files: Files = nodeFiles,
): Promise<void> {
  const path = join(dataDirectory, 'plugin_path');
  try {
    if (folders.length === 0) await files.rm(path, { force: true });
    else await makeFolders(files, dataDirectory);
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
  if (folders.length > 0) await replaceFile(path, JSON.stringify(folders, undefined, 2), files);
}
