import type { TofuOciError } from '../base/index.ts';
import { readSigningKeys, type IndexIdentity } from '../artifact/index.ts';
import type { PackageHash, Platform } from '../domain/index.ts';
import {
  judgeSignature,
  noTrustPolicy,
  type SignedBy,
  type TrustPolicy,
  type TrustRule,
  UntrustedReleaseError,
  type VerdictKind,
} from '../signatures/index.ts';
import { UntrustedEvidenceError } from './errors.ts';
import type { Problem } from './findings.ts';
import type { GatheredEvidence } from './gather-evidence.ts';
import {
  aimlessSignatures,
  contradictions,
  type JudgedSignature,
  provenSums,
  type ProvenSums,
  type SignedPackage,
  signedPackages,
  unsignedPackages,
} from './judge-packages.ts';

/** By what releases are judged. */
export interface ReleaseTrust {
  readonly policy: TrustPolicy;
  readonly now: Date;
  /** `OPENTOFU_ENFORCE_GPG_VALIDATION`: where there is a rule, nothing unsigned is good enough for it. */
  readonly enforceSignatures?: boolean | undefined;
  /** `OPENTOFU_ENFORCE_GPG_EXPIRATION`: where there is a rule, nothing expired is good enough for it. */
  readonly enforceExpiration?: boolean | undefined;
}

/** What is judged: what an index holds, and what is said about it. */
export interface ReleaseToJudge extends IndexIdentity {
  readonly packages: readonly {
    readonly platform: Platform;
    /** Of the layer; undefined where nobody looked at it: then its name alone is judged. */
    readonly zh: PackageHash | undefined;
  }[];
  readonly gathered: GatheredEvidence;
}

export interface ReleaseVerdict {
  /**
   * `'none'`: nothing is attached. `'invalid'`: what is attached can not be read, contradicts itself, or does not
   * speak of what the index holds. Else what the signatures come to, the gravest of several.
   */
  readonly kind: VerdictKind | 'none' | 'invalid';
  /** Who made the signature that decided the kind, where it verified. */
  readonly signedBy: SignedBy | undefined;
  /** The rule that decided; where there is none, nothing is forbidden and nothing proven. */
  readonly rule: TrustRule | undefined;
  /** Nothing forbids to use it; only `signed` proves something. */
  readonly isAccepted: boolean;
  /** Why it is not accepted, in one error. */
  readonly refusal: TofuOciError | undefined;
  /** All that the refusal is for; empty when nobody signed, and that is all. */
  readonly problems: readonly Problem[];
  /**
   * All packages that the documents which count speak of, also of platforms that the index has not. Empty without a
   * rule: a key that a mirror brings along proves nothing.
   */
  readonly signed: readonly SignedPackage[];
  /** The documents that those stand in. */
  readonly proofs: readonly ProvenSums[];
  /** What is to be told although nothing is forbidden. */
  readonly warnings: readonly string[];
}

/** From what says most for a release to what says least. */
const gravity: readonly VerdictKind[] = [
  'signed',
  'expired-key',
  'unsigned',
  'unknown-key',
  'changed-key',
  'bad-signature',
];

/**
 * Judges a release by what is attached to it, without asking anybody (docs/trust.md).
 *
 * With a rule for its address all evidence must be readable and of one mind, each signature must be by a key that
 * the rule names, and each platform of the index must stand in a signed SHA256SUMS under exactly the name of its
 * package, with the hash of the package that is there. Anything else is a problem.
 *
 * Without one nothing is, as for OpenTofu, which looks at no evidence; what the signatures say is told.
 */
export async function judgeRelease(
  release: ReleaseToJudge,
  trust: ReleaseTrust = { now: new Date(), policy: noTrustPolicy },
): Promise<ReleaseVerdict> {
  const rule = trust.policy.ruleFor(release.provider);
  const judged = await judgeSignatures(release, trust);
  const gravest = judged
    .map(({ verdict }) => verdict)
    .sort((a, b) => gravity.indexOf(b.kind) - gravity.indexOf(a.kind))[0];
  const { errors, evidence } = release.gathered;
  const kind: ReleaseVerdict['kind'] =
    gravest?.kind ?? (evidence.length + errors.length === 0 ? 'none' : 'unsigned');
  const told = {
    kind,
    rule,
    signedBy: gravest?.signedBy,
    warnings: judged.flatMap(({ verdict: { warning } }) =>
      warning === undefined ? [] : [warning],
    ),
  };
  if (rule === undefined) {
    return { ...told, isAccepted: true, refusal: undefined, problems: [], signed: [], proofs: [] };
  }
  const refused = judged.flatMap(({ verdict: { error } }) => asProblems(error));
  const unfit = [
    ...errors.flatMap(asProblems),
    ...contradictions(release),
    ...aimlessSignatures(release),
    ...unsignedPackages(release, judged),
  ];
  const problems = [...refused, ...unfit];
  const acceptsUnsigned = rule.unsigned === 'accept' && trust.enforceSignatures !== true;
  const isMet =
    judged.length === 0 ? acceptsUnsigned : judged.every(({ verdict }) => verdict.isAccepted);
  if (isMet && problems.length === 0) {
    const signed = signedPackages(release, judged);
    const proofs = provenSums(judged);
    return { ...told, isAccepted: true, refusal: undefined, problems, signed, proofs };
  }
  return {
    ...told,
    kind: unfit.length > 0 && refused.length === 0 ? 'invalid' : kind,
    isAccepted: false,
    refusal: refusalOf(release, rule, { kind, cause: problems[0]?.error }),
    problems,
    signed: [],
    proofs: [],
  };
}

/** @throws the refusal: UntrustedReleaseError, UntrustedEvidenceError */
export function requireAccepted({ refusal }: ReleaseVerdict): void {
  if (refusal !== undefined) throw refusal;
}

async function judgeSignatures(
  { gathered, provider }: ReleaseToJudge,
  { enforceExpiration = false, enforceSignatures = false, now, policy }: ReleaseTrust,
): Promise<readonly JudgedSignature[]> {
  const judged: JudgedSignature[] = [];
  for (const { documents, statement } of gathered.evidence) {
    const { keys, signature, sums } = documents;
    if (signature === undefined || sums === undefined) continue;
    const signingKeys =
      keys === undefined ? [] : readSigningKeys(keys).map(({ asciiArmor }) => asciiArmor);
    const verdict = await judgeSignature(
      { provider, sums, signature, signingKeys },
      { policy, now, fallback: 'mirror', enforceSignatures, enforceExpiration },
    );
    judged.push({ documents: { sums, signature }, signingKeys, statement, verdict });
  }
  return judged;
}

function asProblems(error: TofuOciError | undefined): readonly Problem[] {
  return error === undefined ? [] : [{ severity: 'problem', error }];
}

function refusalOf(
  { provider, version }: IndexIdentity,
  { place }: TrustRule,
  found: { readonly kind: ReleaseVerdict['kind']; readonly cause: TofuOciError | undefined },
): TofuOciError {
  const { cause, kind } = found;
  if (cause instanceof UntrustedReleaseError) return cause;
  const missing = kind === 'none' ? 'no evidence' : 'no signature';
  const why = cause?.message ?? `${missing} is attached to its index, so nobody vouches for it`;
  return new UntrustedEvidenceError({ provider, version, place }, why, cause);
}
