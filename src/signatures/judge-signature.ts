import { isTofuOciError, type TofuOciError } from '../base/index.ts';
import { UnknownIssuerError, type UntrustedReason, UntrustedReleaseError } from './errors.ts';
import {
  checkOriginSignature,
  expiryText,
  isExpired,
  type SignatureRules,
  type SignedSums,
} from './origin-signature.ts';
import type { TrustPolicy, TrustRule } from './trust-policy.ts';
import { type SignedBy, verifyDetached } from './verify-detached.ts';

/**
 * - `signed`, `expired-key`: verified, and by a key that is pinned where there are pins
 * - `unsigned`: there is no signature, or there are no keys at all, and nobody can tell
 * - `bad-signature`: forged, by a revoked, weak or grafted key, in text mode, or not readable
 * - `unknown-key`: none of the keys at hand verifies it
 * - `changed-key`: verified, but the rule's pins do not name the key
 */
export type VerdictKind =
  'signed' | 'expired-key' | 'unsigned' | 'bad-signature' | 'unknown-key' | 'changed-key';

export interface Verdict {
  readonly kind: VerdictKind;
  /** Whoever made the signature that verified, accepted or not. */
  readonly signedBy: SignedBy | undefined;
  /** The rule that decided. */
  readonly rule: TrustRule | undefined;
  readonly isAccepted: boolean;
  /** Something to tell that is no error. */
  readonly warning: string | undefined;
  /** Why not, when it is not accepted; nothing is an error where nobody asked for proof (`mirror`). */
  readonly error: TofuOciError | undefined;
}

/** A release's sums with its signature and the keys at hand, of the origin or of the evidence. */
export type JudgedRelease = SignedSums;

export interface JudgeOptions extends SignatureRules {
  readonly policy: TrustPolicy;
  /**
   * What decides where the policy has no rule: `origin`, OpenTofu's own rule, for what the provider's registry
   * says; `mirror`, nothing: the signature is reported, and neither proof nor error, because keys that a mirror
   * brings along are worth what the mirror is.
   */
  readonly fallback: 'origin' | 'mirror';
}

/**
 * Judges the signature over a release's sums. A pin is a fingerprint and holds no key: keys come from the
 * registry or the evidence, whoever wrote them, and the pin of the primary key decides. It says nothing about
 * which packages the sums are of: that is the caller's to check.
 *
 * The settings of the environment only make a rule stricter: with `enforceSignatures` nothing unsigned, and with
 * `enforceExpiration` nothing expired is accepted, whatever the rule says.
 */
export async function judgeSignature(
  release: JudgedRelease,
  options: JudgeOptions,
): Promise<Verdict> {
  const rule = options.policy.ruleFor(release.provider);
  if (rule !== undefined) return await judgeByRule(release, rule, options);
  return options.fallback === 'origin'
    ? await judgeByOrigin(release, options)
    : await report(release, options);
}

async function judgeByRule(
  release: JudgedRelease,
  rule: TrustRule,
  options: JudgeOptions,
): Promise<Verdict> {
  const { enforceExpiration, enforceSignatures } = options;
  const found = await verify(release, { ...options, pins: rule.keys });
  const verdictOf = verdicts(release, rule);
  switch (found.kind) {
    case 'unsigned':
      return rule.unsigned === 'accept' && !enforceSignatures
        ? verdictOf.accepted('unsigned', { warning: `${found.text}; ${rule.place} accepts that` })
        : verdictOf.refused('unsigned', {
            text: `${found.text}, and ${
              rule.unsigned === 'accept'
                ? 'OPENTOFU_ENFORCE_GPG_VALIDATION is set'
                : `${rule.place} wants a signature by ${keysText(rule)}`
            }`,
            hint: 'Ask the author to sign the release; where the evidence is missing, mirror it again from its origin.',
          });
    case 'bad-signature':
    case 'unknown-key':
      return verdictOf.refused(found.kind, {
        text: `${found.cause.message} (${rule.place})`,
        hint: found.cause.hint,
        cause: found.cause,
      });
    case 'verified':
      break;
  }
  const { signedBy } = found;
  if (!rule.keys.includes(signedBy.fingerprint)) {
    return verdictOf.refused('changed-key', {
      signedBy,
      text: `it is signed by ${signerText(signedBy)}, and ${rule.place} allows ${keysText(rule)}`,
      hint: `Find out from the author, by another way than this one, whether the key is theirs; then add it to the keys at ${rule.place}.`,
    });
  }
  if (!isExpired(signedBy)) return verdictOf.accepted('signed', { signedBy });
  const text = expiryText(signedBy);
  if (enforceExpiration || rule.expiredKeys === 'reject') {
    const who =
      rule.expiredKeys === 'reject'
        ? `${rule.place} rejects expired keys`
        : 'OPENTOFU_ENFORCE_GPG_EXPIRATION is set';
    const hint = 'Ask the author to renew the key and sign again.';
    return verdictOf.refused('expired-key', { signedBy, text: `${text}, and ${who}`, hint });
  }
  const warning = rule.expiredKeys === 'warn' ? text : undefined;
  return verdictOf.accepted('expired-key', { signedBy, warning });
}

async function judgeByOrigin(release: JudgedRelease, options: JudgeOptions): Promise<Verdict> {
  const verdictOf = verdicts(release, undefined);
  const checked = await checkOriginSignature(release, options);
  switch (checked.kind) {
    case 'unsigned':
      return verdictOf.accepted('unsigned');
    case 'signed': {
      const { signedBy } = checked;
      return isExpired(signedBy)
        ? verdictOf.accepted('expired-key', { signedBy, warning: expiryText(signedBy) })
        : verdictOf.accepted('signed', { signedBy });
    }
    case 'refused': {
      const { cause, hint, signedBy, why: text } = checked;
      const kind =
        signedBy !== undefined ? 'expired-key' : cause === undefined ? 'unsigned' : kindOf(cause);
      return verdictOf.refused(kind, { signedBy, text, hint, cause });
    }
  }
}

async function report(release: JudgedRelease, options: JudgeOptions): Promise<Verdict> {
  const found = await verify(release, options);
  const base = { rule: undefined, isAccepted: false, error: undefined };
  switch (found.kind) {
    case 'verified': {
      const { signedBy } = found;
      return isExpired(signedBy)
        ? { ...base, kind: 'expired-key', signedBy, warning: expiryText(signedBy) }
        : { ...base, kind: 'signed', signedBy, warning: undefined };
    }
    case 'unsigned':
      return { ...base, kind: 'unsigned', signedBy: undefined, warning: undefined };
    default:
      return { ...base, kind: found.kind, signedBy: undefined, warning: found.cause.message };
  }
}

type Found =
  | { readonly kind: 'verified'; readonly signedBy: SignedBy }
  | { readonly kind: 'unsigned'; readonly text: string }
  | { readonly kind: 'bad-signature' | 'unknown-key'; readonly cause: TofuOciError };

/** Of several signatures that verify, one by a pinned key is the one that counts. */
async function verify(
  { signature, signingKeys, sums }: JudgedRelease,
  { now, pins }: { readonly now: Date; readonly pins?: readonly string[] },
): Promise<Found> {
  if (signature === undefined) return { kind: 'unsigned', text: 'it is not signed' };
  if (signingKeys.length === 0) {
    return { kind: 'unsigned', text: 'there is no public key to check its signature with' };
  }
  const tryWith = async (only: readonly string[] | undefined): Promise<Found> => {
    try {
      const signedBy = await verifyDetached(sums, signature, signingKeys, { now, only });
      return { kind: 'verified', signedBy };
    } catch (cause) {
      if (!isTofuOciError(cause)) throw cause;
      return { kind: kindOf(cause), cause };
    }
  };
  const pinned = pins === undefined ? undefined : await tryWith(pins);
  return pinned?.kind === 'verified' ? pinned : await tryWith(undefined);
}

function kindOf(cause: TofuOciError): 'unknown-key' | 'bad-signature' {
  return cause instanceof UnknownIssuerError ? 'unknown-key' : 'bad-signature';
}

interface Refusal {
  readonly text: string;
  readonly hint: string | undefined;
  readonly signedBy?: SignedBy | undefined;
  readonly cause?: TofuOciError | undefined;
}

/** The two ways to decide, for one release under one rule. */
function verdicts({ provider }: JudgedRelease, rule: TrustRule | undefined) {
  return {
    accepted(
      kind: 'signed' | 'expired-key' | 'unsigned',
      told: { readonly signedBy?: SignedBy; readonly warning?: string | undefined } = {},
    ): Verdict {
      const { signedBy, warning } = told;
      return { kind, signedBy, rule, isAccepted: true, warning, error: undefined };
    },
    refused(kind: UntrustedReason, { cause, hint, signedBy, text }: Refusal): Verdict {
      const error = new UntrustedReleaseError(kind, { provider, text }, { cause, hint });
      return { kind, signedBy, rule, isAccepted: false, warning: undefined, error };
    },
  };
}

function signerText({ fingerprint, userId }: SignedBy): string {
  return userId === undefined ? fingerprint : `${fingerprint} (${userId})`;
}

/** Of many keys the first ones: the place is told with them. */
function keysText({ keys }: TrustRule): string {
  const shown = keys.slice(0, 3).join(', ');
  return keys.length > 3 ? `${shown} and ${keys.length - 3} more` : shown;
}
