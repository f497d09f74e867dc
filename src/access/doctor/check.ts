import {
  categoryOf,
  causesOf,
  type ErrorCategory,
  FileAccessError,
  isTofuOciError,
} from '../../base/index.ts';

/** What a check is about. */
export type Topic =
  | 'configuration'
  | 'environment'
  | 'location'
  | 'credentials'
  | 'connection'
  | 'authentication'
  | 'reading'
  | 'writing';

/** `skipped`: it was not possible, or not allowed, to find out. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'skipped';

/** What one check found. */
export interface Check {
  readonly topic: Topic;
  readonly status: CheckStatus;
  /** One sentence. Never with a secret in it. */
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
  /** Of a problem: what kind of failure it leads to. */
  readonly category?: ErrorCategory | undefined;
  /** Which of the refusals that are known of registries it is. */
  readonly refusal?: string | undefined;
}

/** Takes each check as soon as it is done. */
export type Tell = (check: Check) => void;

/** The check that failed with an error. */
export function failedCheck(topic: Topic, what: string, error: unknown): Check {
  const said: string[] = [];
  for (const cause of causesOf(error)) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // A cause that the message repeats says nothing new.
    if (!said.some((earlier) => earlier.includes(message))) said.push(message);
    // This one has put into words what the system said.
    if (cause instanceof FileAccessError) break;
  }
  const advice = [...causesOf(error)].find(
    (each) => isTofuOciError(each) && each.hint !== undefined,
  );
  return {
    topic,
    status: 'problem',
    text: `${what}: ${said.join('; because: ')}`,
    advice: isTofuOciError(advice) ? advice.hint : undefined,
    category: categoryOf(error),
  };
}
