import { type CallOptions, isNotFound, LimitExceededError } from '../../base/index.ts';
import { tagOfVersion, versionOfTag } from '../../artifact/index.ts';
import type { TagReader } from '../../content/index.ts';
import {
  compareVersions,
  formatConstraints,
  formatVersion,
  satisfies,
  type Version,
  type VersionConstraints,
} from '../../domain/index.ts';
import type { Digest } from '../../spec/index.ts';
import { NoVersionsError } from '../errors.ts';

/** Every version with its signatures, for each of the platforms; see also `listVersions`. */
const maxTags = 100_000;

/** All tags of a repository, as they are now. @throws RepositoryNotFoundError, LimitExceededError */
export async function readTags(
  from: TagReader,
  options: CallOptions,
): Promise<ReadonlySet<string>> {
  const tags = new Set<string>();
  for await (const tag of from.tags(options)) {
    tags.add(tag);
    if (tags.size > maxTags) throw new LimitExceededError('the list of tags', maxTags, 'tags');
  }
  return tags;
}

/** Where a tag is; undefined when there is none, or no repository. */
export async function digestOfTag(
  repository: TagReader,
  tag: string,
  options: CallOptions,
): Promise<Digest | undefined> {
  try {
    return (await repository.resolve(tag, options)).digest;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Names that are told in a message; the newest say most. */
const maxNamed = 5;

/**
 * The versions among the tags that one of the constraints wants, ascending. No constraints at all want
 * every version, prereleases too: what is copied is a repository then, not a choice from it.
 * @throws NoVersionsError
 */
export function selectVersions(
  tags: ReadonlySet<string>,
  constraints: readonly VersionConstraints[],
  repository: string,
): readonly Version[] {
  const all: Version[] = [];
  for (const tag of tags) {
    const version = versionOfTag(tag);
    // A tag in another spelling can not be installed from; it is another tag's version twice.
    if (version !== undefined && tagOfVersion(version) === tag) all.push(version);
  }
  all.sort(compareVersions);
  const wanted =
    constraints.length === 0
      ? all
      : all.filter((version) => constraints.some((one) => satisfies(one, version)));
  if (wanted.length > 0) return wanted;
  const newest = all.slice(-maxNamed).reverse().map(formatVersion).join(', ');
  throw new NoVersionsError(
    all.length === 0
      ? `${repository} has no versions`
      : `${repository} has no version ${constraints.map((one) => formatConstraints(one)).join(', ')}`,
    { hint: all.length === 0 ? undefined : `It has ${all.length}, the newest: ${newest}.` },
  );
}
