import { type CallOptions, LimitExceededError } from '../base/index.ts';
import { versionOfTag } from '../artifact/index.ts';
import type { TagReader } from '../content/index.ts';
import { compareVersions, type Version } from '../domain/index.ts';

/** A provider with this many versions would be beyond any known one by far (the largest have ~700). */
const maxTags = 100_000;

/**
 * The versions a repository's tags name, ascending; other tags are ignored.
 * @throws RepositoryNotFoundError, LimitExceededError
 */
export async function listVersions(
  repository: TagReader,
  options: CallOptions = {},
): Promise<readonly Version[]> {
  const versions: Version[] = [];
  let count = 0;
  for await (const tag of repository.tags(options)) {
    count += 1;
    if (count > maxTags) throw new LimitExceededError('the list of tags', maxTags, 'tags');
    const version = versionOfTag(tag);
    if (version !== undefined) versions.push(version);
  }
  return versions.sort(compareVersions);
}
