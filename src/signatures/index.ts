export {
  BadSignatureError,
  type BadSignatureReason,
  MalformedOpenPgpError,
  SigningKeyError,
  type SigningKeyReason,
  UnknownIssuerError,
  UnusableKeyError,
  type UnusableKeyReason,
} from './errors.ts';
export { signatureLimits } from './openpgp-library.ts';
export { type PublicKeyInfo, readPublicKeys } from './public-keys.ts';
export { readSigningKey, signDetached, type SigningKeyPair } from './signing-key.ts';
export { type SignedBy, verifyDetached } from './verify-detached.ts';
