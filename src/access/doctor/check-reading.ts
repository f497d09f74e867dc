import { isNotFound, isTofuOciError } from '../../base/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import {
  type Descriptor,
  formatRepositoryName,
  mediaTypes,
  type RepositoryName,
} from '../../spec/index.ts';
import type { SeenExchange } from '../registry-power.ts';
import type { Check, Tell } from './check.ts';
import type { ProviderRepository } from './check-location.ts';
import { type MetRegistry, type RegistryCheck, tellHeaders, tellTokens } from './check-registry.ts';
import { explainRefusal } from './known-refusals.ts';
import { stepOf } from './steps.ts';
import { explainFailure } from './tell-failure.ts';

export interface ReadingCheck extends RegistryCheck, MetRegistry {
  readonly repositories: readonly ProviderRepository[];
  /** The artifactType of a provider's index. */
  readonly providerType: string;
}

/** Enough to know how it goes; a mirror of everything has more. */
const maxTags = 100_000;

/**
 * Reads what is there, as an installation does: tags, an index, its referrers. The first of the repositories that
 * has tags is taken.
 */
export async function checkReading(check: ReadingCheck, tell: Tell): Promise<void> {
  const { power, product, repositories, signal } = check;
  const refusals: Check[] = [];
  const absent: RepositoryName[] = [];
  power.takeSeen();
  for (const { repository } of repositories) {
    const what = `the tags of ${formatRepositoryName(repository)}`;
    try {
      const remote = power.repository(repository);
      const tags = await listSome(remote, check);
      const seen = power.takeSeen();
      tellTokens(seen, tell);
      tellTags(repository, tags, seen, tell);
      await readOne(remote, { ...check, repository, tags, seen }, tell);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isTofuOciError(error)) throw error;
      const seen = power.takeSeen();
      tellTokens(seen, tell);
      if (isNotFound(error)) absent.push(repository);
      else
        refusals.push(explainFailure({ topic: 'reading', what, error, seen, product, repository }));
      // Some registries say "denied" of what is not there, so the next may still be readable.
      if (!isNotFound(error) && error.category !== 'auth') break;
    }
  }
  tellNothingRead(absent, refusals, tell);
}

function tellNothingRead(
  absent: readonly RepositoryName[],
  [refusal]: readonly Check[],
  tell: Tell,
): void {
  if (refusal !== undefined) {
    tell(refusal);
    return;
  }
  if (absent.length === 0) return;
  tell({
    topic: 'reading',
    status: 'skipped',
    text: `nothing to read: there is no repository ${absent.map((name) => name.path).join(', ')}`,
    advice:
      'Name a provider that is there with --provider, or publish one; --write tries with content of its own.',
  });
}

async function listSome(
  repository: SourceRepository,
  { signal }: ReadingCheck,
): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags({ signal })) {
    tags.push(tag);
    if (tags.length >= maxTags) break;
  }
  return tags;
}

function tellTags(
  repository: RepositoryName,
  tags: readonly string[],
  seen: readonly SeenExchange[],
  tell: Tell,
): void {
  const pages = seen.filter((each) => stepOf(each) === 'tags' && each.status === 200);
  const how = pages.length > 1 ? `, in ${pages.length} pages` : '';
  const count = tags.length === 1 ? 'one tag' : `${tags.length} tags`;
  tell({
    topic: 'reading',
    status: 'ok',
    text: `${formatRepositoryName(repository)} has ${count}${how}`,
  });
}

interface OneReading extends ReadingCheck {
  readonly repository: RepositoryName;
  readonly tags: readonly string[];
  readonly seen: readonly SeenExchange[];
}

async function readOne(remote: SourceRepository, check: OneReading, tell: Tell): Promise<void> {
  const { power, product, providerType, repository, signal, tags } = check;
  const name = formatRepositoryName(repository);
  // What a version may look like; other tags hold signatures and lists of referrers.
  const tag = tags.findLast((each) => /^\d+\.\d+\.\d+/u.test(each)) ?? tags.at(-1);
  if (tag === undefined) return;
  try {
    const { descriptor } = await remote.readManifest(tag, { signal });
    tellIndex(`${name}:${tag}`, descriptor, providerType, tell);
    await checkReferrers(remote, descriptor, { power, product, repository, signal }, tell);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isTofuOciError(error)) throw error;
    const what = `the index ${name}:${tag}`;
    const seen = power.takeSeen();
    tell(explainFailure({ topic: 'reading', what, error, seen, product, repository }));
  }
  tellHeaders([...check.seen, ...power.takeSeen()], tell);
}

function tellIndex(
  name: string,
  { artifactType, mediaType }: Descriptor,
  providerType: string,
  tell: Tell,
): void {
  if (mediaType === mediaTypes.index && artifactType === providerType) {
    tell({ topic: 'reading', status: 'ok', text: `${name} is the index of a provider` });
    return;
  }
  const isIndex = mediaType === mediaTypes.index;
  const shown = isIndex ? `an index of the type ${artifactType ?? 'none'}` : mediaType;
  tell({
    topic: 'reading',
    status: 'warning',
    text: `${name} is no provider that OpenTofu would take, but ${shown}`,
    advice: isIndex
      ? 'If a copy tool dropped its artifactType, "tofu-oci push --adopt" puts it right.'
      : 'Is it the repository of something else? Check the location.',
  });
}

type ReferrersCheck = Pick<OneReading, 'power' | 'product' | 'repository' | 'signal'>;

/** Lists the referrers of a manifest, and says by which way. */
export async function checkReferrers(
  remote: SourceRepository,
  subject: Descriptor,
  { power, product, signal }: ReferrersCheck,
  tell: Tell,
): Promise<void> {
  const before = power.takeSeen();
  let count = 0;
  for await (const referrer of remote.referrers(subject, { signal })) {
    if (referrer.digest !== '') count++;
  }
  const seen = power.takeSeen();
  tellHeaders([...before, ...seen], tell);
  const asked = seen.find((each) => stepOf(each) === 'referrers');
  const known = asked === undefined ? undefined : explainRefusal(asked, product);
  const many = count === 1 ? 'one referrer' : `${count} referrers`;
  const hasApi = asked?.status === 200 && known === undefined;
  tell({
    topic: 'reading',
    status: 'ok',
    text: hasApi
      ? `the referrers API is there; the index has ${many}`
      : `${known?.means ?? 'there is no referrers API; the fallback tag is used instead'}; the index has ${many}`,
    refusal: known?.id,
  });
}
