import type { IndexIdentity } from '../../artifact/index.ts';
import type { Verdict } from '../../signatures/index.ts';
import { UnsignedReleaseError } from '../errors.ts';

/** Who vouches for a release. */
export interface MirrorVerdict extends Verdict {
  /** `signed, key ID 0C0AF313E5FD9F80, pinned trust.hcl:12` */
  readonly text: string;
}

const words: Readonly<Record<Verdict['kind'], string>> = {
  signed: 'signed',
  'expired-key': 'signed, expired',
  unsigned: 'unsigned',
  'bad-signature': 'bad signature',
  'unknown-key': 'signed by an unknown key',
  'changed-key': 'signed by another key',
};

/**
 * The verdict of a release that may be mirrored.
 * @throws what the verdict refuses the release with; UnsignedReleaseError where a signature is required and nobody
 *   whose word counts made one
 */
export function acceptedVerdict(
  identity: IndexIdentity,
  verdict: Verdict,
  { requireSigned }: { readonly requireSigned: boolean },
): MirrorVerdict {
  if (verdict.error !== undefined) throw verdict.error;
  const isProven = verdict.isAccepted && verdict.signedBy !== undefined;
  const text = textOf(verdict);
  if (requireSigned && !isProven) throw new UnsignedReleaseError(identity, text);
  return { ...verdict, text };
}

function textOf({ isAccepted, kind, rule, signedBy }: Verdict): string {
  const key = signedBy === undefined ? '' : `, key ID ${signedBy.keyId}`;
  const place = rule === undefined || signedBy === undefined ? '' : `, pinned ${rule.place}`;
  const doubt = signedBy !== undefined && !isAccepted ? ', of which nobody knows whose it is' : '';
  return `${words[kind]}${key}${place}${doubt}`;
}
