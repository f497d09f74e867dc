import type { Key, KeyID, SignaturePacket } from 'openpgp';
import { LimitExceededError, TofuOciError } from '../base/index.ts';
import {
  BadSignatureError,
  MalformedOpenPgpError,
  reasonOf,
  UnknownIssuerError,
  UnusableKeyError,
} from './errors.ts';
import {
  groupCopies,
  isExpired,
  type KeyCopies,
  parsePublicKeys,
  type SigningPart,
  signingPartsOf,
  userIdOf,
} from './key-ring.ts';
import { keyIdText, loadOpenPgp, type OpenPgpLibrary, signatureLimits } from './openpgp-library.ts';
import { parseSignature } from './read-signature.ts';

/** Who vouches for the data, and what a policy needs to know to believe it. */
export interface SignedBy {
  /** Of the primary key: 16 upper-case hex digits, as OpenTofu shows it. */
  readonly keyId: string;
  /** Of the primary key: 40 upper-case hex digits (64 for version 6 keys). Pins compare this. */
  readonly fingerprint: string;
  /** The user ID that the key certified, printable. It proves nothing by itself. */
  readonly userId: string | undefined;
  /** The key, or the subkey that signed, is past its end now. */
  readonly keyExpired: boolean;
  /** The signature was made for a limited time, which is over. */
  readonly signatureExpired: boolean;
  /** When it was made, by the signer's own statement. */
  readonly createdAt: Date;
}

export interface VerifyOptions {
  readonly now?: Date;
  /** Fingerprints of primary keys, upper case: of the keys given, these alone count. */
  readonly only?: readonly string[] | undefined;
}

/** A day of wrong clocks between the signer's machine and ours. */
const clockToleranceMs = 24 * 60 * 60 * 1000;

/**
 * Verifies a detached OpenPGP signature (RFC 9580 §5.2) over exactly these bytes with any of the keys.
 *
 * 1. Only signatures over binary data (type 0x00) with a digest of the SHA-2 or SHA-3 family count.
 * 2. The key that the signature names is looked up among all keys and subkeys; a revocation in any
 *    copy of a key counts.
 * 3. That key has to be strong, unrevoked, meant for signing, and, if it is a subkey, confirmed by the
 *    primary key and confirming it. Signatures that a key makes on itself may use SHA-1, as OpenTofu
 *    and gpg have it: old keys carry them, and forging one takes more than a collision.
 * 4. The signature is verified. Of several, one that verifies suffices.
 *
 * Expiry is reported and not judged: OpenTofu accepts expired keys, and a policy may not.
 * @param signature at most 64 KiB, binary or ASCII-armored
 * @param armoredKeys public key blocks of at most 256 KiB each; at most 32 keys in all
 * @throws BadSignatureError, UnusableKeyError, MalformedOpenPgpError, UnknownIssuerError: the gravest,
 *   in this order, of what was found; LimitExceededError
 */
export async function verifyDetached(
  data: Uint8Array,
  signature: Uint8Array,
  armoredKeys: readonly string[],
  options: VerifyOptions = {},
): Promise<SignedBy> {
  const { only } = options;
  const library = await loadOpenPgp();
  const context = { ...library, now: options.now ?? new Date() };
  const packets = await parseSignature(signature, library);
  const failures: TofuOciError[] = [];
  const all = await readRing(armoredKeys, { ...context, failures });
  const ring = only === undefined ? all : all.filter(([key]) => only.includes(fingerprintOf(key)));

  const unknown: string[] = [];
  for (const packet of packets) {
    const issued = ring.filter((copies) => hasKey(copies, packet.issuerKeyID));
    if (issued.length === 0) unknown.push(issuerOf(packet));
    // The form is judged without a key too: a text-mode signature is wrong, whoever made it. Two keys
    // can share a key ID; only the one that made the signature verifies it.
    for (const copies of issued.length === 0 ? [undefined] : issued) {
      try {
        const createdAt = checkForm(packet, context);
        if (copies === undefined) continue;
        return await verifyWith(copies, packet, { ...context, data, createdAt });
      } catch (error) {
        if (!(error instanceof TofuOciError)) throw error;
        failures.push(error);
      }
    }
  }
  const given = ring.map(([key]) => keyIdText(key.getKeyID()));
  throw gravest(failures) ?? new UnknownIssuerError([...new Set(unknown)], given);
}

function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}

function hasKey(copies: KeyCopies, keyId: KeyID): boolean {
  return copies.some((key) => key.getKeys(keyId).length > 0);
}

/** A block that can not be read is remembered: another one may hold the key that signed. */
async function readRing(
  armoredKeys: readonly string[],
  context: OpenPgpLibrary & { readonly failures: TofuOciError[] },
): Promise<KeyCopies[]> {
  const keys: Key[] = [];
  const checkCount = (count: number): void => {
    if (count <= signatureLimits.keys) return;
    throw new LimitExceededError('the set of keys', signatureLimits.keys, 'keys');
  };
  checkCount(armoredKeys.length);
  for (const armor of armoredKeys) {
    try {
      keys.push(...(await parsePublicKeys(armor, context)));
    } catch (error) {
      if (!(error instanceof MalformedOpenPgpError)) throw error;
      context.failures.push(error);
    }
    checkCount(keys.length);
  }
  return groupCopies(keys);
}

/** What can be said of a signature without its key; returns the time it states. */
function checkForm(
  packet: SignaturePacket,
  { now, openpgp }: OpenPgpLibrary & { readonly now: Date },
): Date {
  const issuer = issuerOf(packet);
  const { hash, signature } = openpgp.enums;
  if (packet.signatureType !== signature.binary) {
    const text =
      packet.signatureType === signature.text
        ? 'was made in text mode, where line ends do not count; a binary one is needed'
        : `is of type ${packet.signatureType ?? 'none'}; only signatures over binary data count`;
    throw new BadSignatureError('wrong-type', { issuer, text });
  }
  switch (packet.hashAlgorithm) {
    case hash.sha224:
    case hash.sha256:
    case hash.sha384:
    case hash.sha512:
    case hash.sha3_256:
    case hash.sha3_512:
      break;
    default: {
      const known = Object.entries(hash).find(([, value]) => value === packet.hashAlgorithm);
      const name = known?.[0].toUpperCase() ?? `number ${packet.hashAlgorithm ?? 0}`;
      const text = `uses the digest ${name}, which does not protect against forgery`;
      throw new BadSignatureError('weak-digest', { issuer, text });
    }
  }
  if (packet.created === null || +packet.created > +now + clockToleranceMs) {
    const time = packet.created?.toISOString() ?? 'no time';
    throw new BadSignatureError(
      'impossible-time',
      { issuer, text: `says that it was made at ${time}, which is in the future` },
      { hint: 'Check the clock of this machine.' },
    );
  }
  return packet.created;
}

function issuerOf(packet: SignaturePacket): string {
  const keyId = keyIdText(packet.issuerKeyID);
  return keyId === '' ? 'unnamed' : keyId;
}

async function verifyWith(
  copies: KeyCopies,
  packet: SignaturePacket,
  context: OpenPgpLibrary & {
    readonly now: Date;
    readonly data: Uint8Array;
    readonly createdAt: Date;
  },
): Promise<SignedBy> {
  const { config, createdAt, data, now, openpgp } = context;
  const issuer = issuerOf(packet);
  const parts = await signingPartsOf(copies, packet.issuerKeyID, context);
  const current = await findCurrent(parts, context);
  const { key, part } = current ?? parts[0];
  const literal = (await openpgp.createMessage({ binary: data })).packets[0];
  try {
    // Judged at its own time, so that the library leaves expiry to us.
    await packet.verify(
      part.keyPacket,
      openpgp.enums.signature.binary,
      literal ?? {},
      createdAt,
      true,
      config,
    );
  } catch (cause) {
    const text = `does not fit the data: ${reasonOf(cause)}`;
    throw new BadSignatureError('mismatch', { issuer, text }, { cause });
  }
  if (!(part.getCreationTime() <= createdAt)) {
    const text = `says that it was made at ${createdAt.toISOString()}, before its key was`;
    throw new BadSignatureError('impossible-time', { issuer, text });
  }
  return {
    keyId: keyIdText(key.getKeyID()),
    fingerprint: fingerprintOf(key),
    userId: await userIdOf(key, context),
    keyExpired: current === undefined,
    signatureExpired: +packet.getExpirationTime() <= +now,
    createdAt,
  };
}

async function findCurrent(
  parts: readonly SigningPart[],
  context: OpenPgpLibrary & { readonly now: Date },
): Promise<SigningPart | undefined> {
  for (const part of parts) {
    if (!(await isExpired(part, context))) return part;
  }
  return undefined;
}

/** A forged signature tells more than a key that is missing. */
function gravest(failures: readonly TofuOciError[]): TofuOciError | undefined {
  for (const type of [BadSignatureError, UnusableKeyError, MalformedOpenPgpError]) {
    const found = failures.find((failure) => failure instanceof type);
    if (found !== undefined) return found;
  }
  return undefined;
}
