import { type Clock, systemClock } from '../base/index.ts';
import type { ReleaseTrust } from '../release/index.ts';
import {
  noTrustPolicy,
  readTrustPolicy,
  trustLimits,
  TrustPolicyError,
} from '../signatures/index.ts';
import { openReloadable, type Reloadable, type ReloadEvents } from './reloadable.ts';

/** By what the gateway judges releases. */
export interface TrustSettings extends Pick<
  ReleaseTrust,
  'enforceSignatures' | 'enforceExpiration'
> {
  /** Read again when it changes; without it there are no rules. */
  readonly file?: string | undefined;
  /** For places in messages; default the file. */
  readonly display?: string | undefined;
}

export interface OpenTrust {
  readonly trust: () => ReleaseTrust;
  readonly files: readonly Reloadable<unknown>[];
}

/** @throws TrustPolicyError, FileAccessError, LimitExceededError */
export async function openTrust(
  { display, enforceExpiration, enforceSignatures, file }: TrustSettings,
  {
    clock = systemClock,
    events,
  }: { readonly clock?: Clock | undefined; readonly events: ReloadEvents },
): Promise<OpenTrust> {
  const strict = { enforceExpiration, enforceSignatures };
  const now = (): Date => new Date(clock.now());
  if (file === undefined) {
    return { trust: () => ({ ...strict, policy: noTrustPolicy, now: now() }), files: [] };
  }
  const policy = await openReloadable(async (read) => {
    const name = display ?? file;
    const found = readTrustPolicy(await read(file, trustLimits.fileBytes), name);
    // A file that was emptied would take every rule away without a word.
    if (found.rules.length === 0) {
      throw new TrustPolicyError(name, [
        {
          severity: 'error',
          summary: 'No rule',
          detail: 'It would trust nobody and forbid nothing.',
        },
      ]);
    }
    return found;
  }, events);
  return { trust: () => ({ ...strict, policy: policy.get(), now: now() }), files: [policy] };
}
