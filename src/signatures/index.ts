export { addTrustRules, type ProposedRule } from './add-trust-rules.ts';
export {
  BadSignatureError,
  type BadSignatureReason,
  MalformedOpenPgpError,
  SigningKeyError,
  type SigningKeyReason,
  TrustPolicyError,
  UnknownIssuerError,
  UntrustedReleaseError,
  type UntrustedReason,
  UnusableKeyError,
  type UnusableKeyReason,
} from './errors.ts';
export { generateSigningKey } from './generate-signing-key.ts';
export {
  type JudgedRelease,
  judgeSignature,
  type JudgeOptions,
  type Verdict,
  type VerdictKind,
} from './judge-signature.ts';
export { signatureLimits } from './openpgp-library.ts';
export {
  checkOriginSignature,
  type OriginSignature,
  type SignatureRules,
  type SignedSums,
} from './origin-signature.ts';
export { type PublicKeyInfo, publicArmorOf, readPublicKeys } from './public-keys.ts';
export { readSigningKey, signDetached, type SigningKeyPair } from './signing-key.ts';
export {
  combineTrustPolicies,
  noTrustPolicy,
  readTrustPolicy,
  trustLimits,
  type TrustPolicy,
  type TrustRule,
} from './trust-policy.ts';
export { type SignedBy, verifyDetached } from './verify-detached.ts';
