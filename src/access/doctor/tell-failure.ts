import { categoryOf } from '../../base/index.ts';
import type { RepositoryName } from '../../spec/index.ts';
import type { SeenExchange } from '../registry-power.ts';
import { type Check, failedCheck, type Topic } from './check.ts';
import { explainRefusal, type KnownRefusal } from './known-refusals.ts';
import type { ProductId } from './products.ts';

/** What is known of a failure. */
export interface Failure {
  readonly topic: Topic;
  /** What was tried: `the tags of …`. */
  readonly what: string;
  readonly error: unknown;
  /** What was exchanged meanwhile. */
  readonly seen: readonly SeenExchange[];
  readonly product: ProductId | undefined;
  readonly repository: RepositoryName;
}

/** The check that failed: in plain words where the refusal is known, else in those of the error. */
export function explainFailure(failure: Failure): Check {
  const { error, product, repository, seen, topic, what } = failure;
  const known = seen
    .filter(({ failure: none, status = 0 }) => none !== undefined || status >= 400)
    .map((exchange) => explainRefusal(exchange, product))
    .findLast((each) => each?.weight === 'problem');
  const plain = failedCheck(topic, what, error);
  if (known === undefined) return plain;
  return {
    ...plain,
    text: `${plain.text}. That means: ${known.means}`,
    advice: adviceOf(known, repository),
    category: known.category ?? categoryOf(error),
    refusal: known.id,
  };
}

/** The advice with the names in it. */
export function adviceOf({ advice }: KnownRefusal, repository: RepositoryName): string | undefined {
  return advice
    ?.replaceAll('{registry}', repository.registry)
    .replaceAll('{repository}', repository.path);
}
