import type { ReleaseVerdict } from '../../release/index.ts';
import { describeError } from './errors.ts';
import { codeOf } from './failures.ts';

/** Who signed a release, and what the trust rules say of it, in a line. */
export function verdictLine(verdict: ReleaseVerdict): string {
  const { refusal, rule } = verdict;
  if (refusal !== undefined) {
    const why = describeError(refusal).replaceAll(/\n\s*/gu, '; ');
    return `${signerOf(verdict)}, REFUSED by ${rule?.place ?? 'a rule'}: ${why}`;
  }
  if (rule === undefined) return `${signerOf(verdict)}${unpinned(verdict)}`;
  const pinned = verdict.signedBy === undefined ? 'accepted by' : 'pinned';
  return `${signerOf(verdict)}, ${pinned} ${rule.place}`;
}

/** The same, in the few words that fit into a table. */
export function verdictWord({ isAccepted, kind, rule, signedBy }: ReleaseVerdict): string {
  if (!isAccepted) return 'REFUSED';
  const expired = kind === 'expired-key' ? ', expired' : '';
  if (signedBy !== undefined) {
    const pinned = rule === undefined ? 'not pinned' : 'pinned';
    return `signed by ${signedBy.keyId}, ${pinned}${expired}`;
  }
  if (kind === 'none' || kind === 'unsigned') return 'unsigned';
  return 'signature does not verify';
}

/** As `--json` has it. */
export function verdictObject(verdict: ReleaseVerdict): Readonly<Record<string, unknown>> {
  const { isAccepted, kind, refusal, rule, signedBy } = verdict;
  return {
    kind,
    accepted: isAccepted,
    pinned: isAccepted && rule !== undefined && signedBy !== undefined,
    ...(rule === undefined ? {} : { rule: rule.place }),
    ...(signedBy === undefined
      ? {}
      : {
          keyId: signedBy.keyId,
          fingerprint: signedBy.fingerprint,
          ...(signedBy.userId === undefined ? {} : { userId: signedBy.userId }),
          keyExpired: signedBy.keyExpired,
        }),
    ...(refusal === undefined ? {} : { code: codeOf(refusal), message: describeError(refusal) }),
  };
}

function signerOf({ kind, signedBy }: ReleaseVerdict): string {
  if (signedBy !== undefined) {
    const { fingerprint, signatureExpired, userId } = signedBy;
    const name = userId === undefined ? '' : ` "${userId}"`;
    const what = signatureExpired ? 'signature expired' : 'key expired';
    return `${fingerprint}${name}${kind === 'expired-key' ? `, ${what}` : ''}`;
  }
  switch (kind) {
    case 'bad-signature':
      return 'a signature that does not verify';
    case 'unknown-key':
      return 'a signature by a key that is not kept';
    default:
      return 'no signature is kept';
  }
}

/** Where no rule is: OpenTofu would not look at any of it, either. */
function unpinned({ kind, signedBy }: ReleaseVerdict): string {
  if (signedBy !== undefined) return ', not pinned: no trust rule is for this provider';
  return kind === 'none' || kind === 'unsigned' ? '' : ', and no trust rule is for this provider';
}
