import { createHash } from 'node:crypto';
import { type CallOptions, FileAccessError, type Files } from '../../base/index.ts';
import { type PackageHash, zhFromHex } from '../../domain/index.ts';

/** Larger chunks gain nothing. */
const chunkBytes = 1024 * 1024;

/**
 * The `zh:` of a zip in a file, without looking into it. A pipe or a device, which may have no end, is refused.
 * @throws FileAccessError
 */
export async function hashFile(
  path: string,
  { files, signal }: CallOptions & { readonly files: Files },
): Promise<PackageHash> {
  signal?.throwIfAborted();
  const hash = createHash('sha256');
  try {
    if (!(await files.stat(path)).isFile()) throw new Error('it is no regular file');
    const handle = await files.open(path, 'r');
    for await (const chunk of handle.createReadStream({ highWaterMark: chunkBytes })) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new FileAccessError('read', path, error);
  }
  return zhFromHex(hash.digest('hex'));
}
