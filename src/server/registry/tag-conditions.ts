import { ContentNotFoundError, type HostedRepository } from '../../content/index.ts';
import type { Digest } from '../../spec/index.ts';
import { type Answer, namesDigest } from '../answers/index.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { refuse } from './refusal.ts';

export function isConditional({ request }: Exchange): boolean {
  return (
    headerOf(request, 'if-match') !== undefined || headerOf(request, 'if-none-match') !== undefined
  );
}

/**
 * `If-Match` and `If-None-Match`, as the conditions under which the storage moves or removes each of the
 * tags; the storage checks again in the same step that writes.
 * @param always the tags may not move in between, also when the request has no conditions
 */
export async function conditionsOf(
  exchange: Exchange,
  repository: HostedRepository,
  tags: readonly string[],
  { always }: { readonly always: boolean },
): Promise<ReadonlyMap<string, Digest | 'nothing'> | 'failed'> {
  const { request, signal } = exchange;
  const match = headerOf(request, 'if-match');
  const noneMatch = headerOf(request, 'if-none-match');
  const conditions = new Map<string, Digest | 'nothing'>();
  if (!always && !isConditional(exchange)) return conditions;
  for (const tag of tags) {
    const current = await currentDigest(repository, tag, signal);
    conditions.set(tag, current ?? 'nothing');
    const isMatch = current !== undefined && namesDigest(match, current, 'strong');
    if (match !== undefined && !isMatch) return 'failed';
    if (current !== undefined && namesDigest(noneMatch, current, 'weak')) return 'failed';
  }
  return conditions;
}

async function currentDigest(repository: HostedRepository, tag: string, signal: AbortSignal) {
  try {
    return (await repository.resolve(tag, { signal })).digest;
  } catch (error) {
    if (error instanceof ContentNotFoundError) return undefined;
    throw error;
  }
}

export function preconditionFailed(name: string, tags: readonly string[]): Answer {
  const message = `tag ${tags.join(', ')} of ${name} is not what the request expects`;
  return refuse(412, { code: 'DENIED', message });
}
