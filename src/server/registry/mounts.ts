import { isTofuOciError } from '../../base/index.ts';
import type { HostedRepository } from '../../content/index.ts';
import { type Digest, isRepositoryPath } from '../../spec/index.ts';
import type { Exchange } from './exchange.ts';

/**
 * Repositories looked into for a mount that names no source; each costs a look at the disk, and not
 * finding the blob costs the client one upload.
 */
const maxMountSources = 100;

/**
 * end-11: takes the blob over from a repository that the caller may read: the one named, else the first
 * of some that has it. False means: send it.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
 */
export async function mountBlob(
  exchange: Exchange,
  name: string,
  digest: Digest,
): Promise<boolean> {
  const { query, storage, places, signal } = exchange;
  const from = query.get('from');
  const source =
    from === null
      ? await findSource(exchange, name, digest)
      : await readableSource(exchange, from, digest);
  if (source === undefined) return false;
  if (source.name === name) return true;
  const target = await storage.createRepository(name, { signal });
  const mounted = await target.linkBlobFrom(source, digest, { signal });
  if (mounted) places.note(digest, name);
  return mounted;
}

async function findSource(exchange: Exchange, name: string, digest: Digest) {
  for (const likely of [name, exchange.places.find(digest)]) {
    if (likely === undefined) continue;
    const source = await readableSource(exchange, likely, digest);
    if (source !== undefined) return source;
  }
  let looked = 0;
  for await (const other of exchange.storage.repositories({ signal: exchange.signal })) {
    if (!mayRead(exchange, other)) continue;
    if (looked++ >= maxMountSources) return undefined;
    const source = await readableSource(exchange, other, digest);
    if (source !== undefined) return source;
  }
  return undefined;
}

async function readableSource(
  exchange: Exchange,
  name: string,
  digest: Digest,
): Promise<HostedRepository | undefined> {
  const { storage, signal } = exchange;
  // A wrong name can not be mounted from, which is no reason to refuse the upload.
  if (!isRepositoryPath(name) || !mayRead(exchange, name)) return undefined;
  try {
    const repository = await storage.findRepository(name, { signal });
    const size = await repository?.statBlob(digest, { signal });
    return size === undefined ? undefined : repository;
  } catch (error) {
    // One that is damaged, or locked by another program, is no reason to refuse the upload either.
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}

function mayRead(exchange: Exchange, repository: string): boolean {
  return exchange.mayAccess({ repository, action: 'pull' });
}
