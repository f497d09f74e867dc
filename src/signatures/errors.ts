import {
  type Diagnostic,
  type ErrorOptions,
  printable,
  type SourceRange,
  TofuOciError,
} from '../base/index.ts';
import { formatProviderAddress, type ProviderAddress } from '../domain/index.ts';

/** Why a signature that can be read counts for nothing. */
export type BadSignatureReason =
  /** It was not made over these bytes by that key. */
  | 'mismatch'
  /** It is not a signature over binary data (type 0x00): text mode, certification, ... */
  | 'wrong-type'
  /** Its digest can be forged: MD5, SHA-1, RIPEMD-160. */
  | 'weak-digest'
  /** It states a time before its key was made, or one that has not come yet. */
  | 'impossible-time';

/** A signature is there, and it does not vouch for the data. Never try the next source after this. */
export class BadSignatureError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_BAD_SIGNATURE';
  readonly category = 'trust';
  readonly reason: BadSignatureReason;
  /** The key that the signature names, 16 upper-case hex digits; it may be a subkey. */
  readonly issuer: string;
  constructor(
    reason: BadSignatureReason,
    details: { readonly issuer: string; readonly text: string },
    options: ErrorOptions = {},
  ) {
    super(`error checking signature: the signature by key ${details.issuer} ${details.text}`, {
      hint: 'Do not use these files. Fetch them again from the author; if that does not help, tell the author.',
      ...options,
    });
    this.reason = reason;
    this.issuer = details.issuer;
  }
}

/** None of the given keys made the signature. */
export class UnknownIssuerError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_UNKNOWN_ISSUER';
  readonly category = 'trust';
  /** The keys that the signatures name, 16 upper-case hex digits each; they may be subkeys. */
  readonly issuers: readonly string[];
  constructor(issuers: readonly string[], keyIds: readonly string[]) {
    const given =
      keyIds.length === 0 ? 'no key was given' : `the keys given are ${keyIds.join(', ')}`;
    super(
      `authentication signature from unknown issuer: it was made by key ${issuers.join(', ')}, ${given}`,
      { hint: "Give the signer's public key; ask the author which key signs the releases." },
    );
    this.issuers = issuers;
  }
}

/** Why a key must not be used, whatever it signed. */
export type UnusableKeyReason =
  | 'revoked'
  /** Its algorithm or size is too weak, or too large to compute with. */
  | 'weak'
  /** It is not meant for signing, or the primary key never confirmed it (a grafted subkey). */
  | 'not-for-signing'
  /** Only for signing; signatures by expired keys are reported, not refused. */
  | 'expired';

/** A key that exists and must not be relied on. */
export class UnusableKeyError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_UNUSABLE_KEY';
  readonly category = 'trust';
  readonly reason: UnusableKeyReason;
  /** Of the primary key, 16 upper-case hex digits. */
  readonly keyId: string;
  constructor(
    reason: UnusableKeyReason,
    details: { readonly keyId: string; readonly text: string },
    options: ErrorOptions = {},
  ) {
    super(`key ${details.keyId} ${details.text}`, {
      hint: 'The author has to sign with another key, or to publish this one anew (gpg --armor --export).',
      ...options,
    });
    this.reason = reason;
    this.keyId = details.keyId;
  }
}

/** The bytes are not what they should be: no OpenPGP signature, no public key. */
export class MalformedOpenPgpError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_MALFORMED';
  readonly category = 'trust';
  constructor(what: string, cause: unknown, options: ErrorOptions = {}) {
    super(`${what} can not be read: ${reasonOf(cause)}`, { cause, ...options });
  }
}

/** Why a private key file can not be put to use. */
export type SigningKeyReason =
  'not-a-private-key' | 'passphrase-missing' | 'passphrase-wrong' | 'no-secret' | 'inconsistent';

/** The private key that the user gave can not sign. */
export class SigningKeyError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_SIGNING_KEY';
  readonly category = 'usage';
  readonly reason: SigningKeyReason;
  constructor(reason: SigningKeyReason, text: string, options: ErrorOptions = {}) {
    super(text, options);
    this.reason = reason;
  }
}

/** One line about what the OpenPGP library threw; its texts can quote the input. */
export function reasonOf(cause: unknown): string {
  return printable(cause instanceof Error ? cause.message : String(cause), 300);
}

/** A file with a `trust` block that can not be followed; nothing of it is. */
export class TrustPolicyError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_TRUST_POLICY';
  readonly category = 'usage';
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  constructor(filename: string, diagnostics: readonly Diagnostic[]) {
    super(
      diagnostics
        .slice(0, maxToldProblems)
        .map(({ detail, range, summary }) =>
          printable(
            `${range === undefined ? filename : placeOf(range, filename)}: ${summary}: ${detail}`,
          ),
        )
        .join('\n'),
      { hint: 'Correct the file; as long as it has an error no rule of it is followed.' },
    );
    this.diagnostics = diagnostics;
  }
}

/** As many as fit a screen. */
const maxToldProblems = 10;

/** `FILE:LINE` */
export function placeOf({ start }: SourceRange, filename: string): string {
  return `${filename}:${start.line}`;
}

/** Why the trust policy, or OpenTofu's rule where it says nothing, does not accept a release. */
export type UntrustedReason =
  'expired-key' | 'unsigned' | 'bad-signature' | 'unknown-key' | 'changed-key';

/** A release that nobody vouches for who may. Never try the next source after this. */
export class UntrustedReleaseError extends TofuOciError {
  readonly code = 'ERR_SIGNATURES_UNTRUSTED';
  readonly category = 'trust';
  readonly reason: UntrustedReason;
  readonly provider: ProviderAddress;
  constructor(
    reason: UntrustedReason,
    details: { readonly provider: ProviderAddress; readonly text: string },
    options: ErrorOptions = {},
  ) {
    super(`${formatProviderAddress(details.provider)} is not trusted: ${details.text}`, options);
    this.reason = reason;
    this.provider = details.provider;
  }
}
