import type { Key, KeyID, Subkey } from 'openpgp';
import { InternalError, LimitExceededError, printable } from '../base/index.ts';
import { MalformedOpenPgpError, UnusableKeyError } from './errors.ts';
import { weaknessOf } from './key-strength.ts';
import { keyIdText, type OpenPgpLibrary, signatureLimits } from './openpgp-library.ts';

/**
 * The public keys in one armored block, not judged yet.
 * @throws MalformedOpenPgpError when it is no public key block; a private key is refused, because what
 *   is read as public gets published.
 * @throws LimitExceededError above `signatureLimits`.
 */
export async function parsePublicKeys(
  armor: string,
  { config, openpgp }: OpenPgpLibrary,
): Promise<Key[]> {
  if (armor.length > signatureLimits.armorBytes) {
    throw new LimitExceededError('the public key block', signatureLimits.armorBytes);
  }
  const keys = await openpgp.readKeys({ armoredKeys: armor, config }).catch((cause: unknown) => {
    throw new MalformedOpenPgpError('the public key', cause, {
      hint: 'Expected is what `gpg --armor --export KEYID` prints.',
    });
  });
  if (keys.some((key) => key.isPrivate())) {
    throw new MalformedOpenPgpError('the public key', new Error('it is a private key'), {
      hint: 'Never give a private key away. Export the public one: gpg --armor --export KEYID',
    });
  }
  if (keys.length > signatureLimits.keys) {
    throw new LimitExceededError('the public key block', signatureLimits.keys, 'keys');
  }
  for (const key of keys) {
    if (countSelfSignatures(key, openpgp) > signatureLimits.selfSignatures) {
      const what = `the public key ${keyIdText(key.getKeyID())}`;
      throw new LimitExceededError(what, signatureLimits.selfSignatures, 'signatures on itself');
    }
  }
  return keys;
}

/** All but the certifications by others, which are never verified. */
function countSelfSignatures(key: Key, openpgp: OpenPgpLibrary['openpgp']): number {
  const all = key.toPacketList().filterByTag(openpgp.enums.packet.signature).length;
  return key.users.reduce((count, user) => count - user.otherCertifications.length, all);
}

/** One key, in every copy of it that was given; the copies can differ in what is certified and revoked. */
export type KeyCopies = readonly [Key, ...Key[]];

/** Keeps the order of first appearance. */
export function groupCopies(keys: readonly Key[]): KeyCopies[] {
  const groups = new Map<string, [Key, ...Key[]]>();
  for (const key of keys) {
    const fingerprint = key.getFingerprint();
    const group = groups.get(fingerprint);
    if (group === undefined) groups.set(fingerprint, [key]);
    else group.push(key);
  }
  return [...groups.values()];
}

/** A copy of a key with the part of it (itself or a subkey) that signs. */
export interface SigningPart {
  readonly key: Key;
  readonly part: Key | Subkey;
}

/**
 * The copies that can vouch for a signature by `issuer`. One that shows a revocation rules out the
 * others: whoever offers an old copy beside the current one gains nothing. (The library can join copies,
 * but loses a revocation where the other copy holds a forged one.)
 * @throws UnusableKeyError when none can
 */
export async function signingPartsOf(
  copies: KeyCopies,
  issuer: KeyID,
  library: OpenPgpLibrary,
): Promise<readonly [SigningPart, ...SigningPart[]]> {
  const usable: SigningPart[] = [];
  let failure: UnusableKeyError | undefined;
  for (const key of copies) {
    try {
      usable.push({ key, part: await signingPartOf(key, issuer, library) });
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      if (error.reason === 'revoked') throw error;
      // A copy from before the subkey was made says nothing about it.
      if (failure === undefined || key.getKeys(issuer).length > 0) failure = error;
    }
  }
  const [first, ...others] = usable;
  if (first !== undefined) return [first, ...others];
  throw failure ?? new InternalError('a key without copies');
}

/**
 * The part of `key` that signs as `issuer`, or its preferred one. Bindings, the subkey's own
 * confirmation, flags, strength and revocations are checked; expiry is not.
 * @throws UnusableKeyError
 */
export async function signingPartOf(
  key: Key,
  issuer: KeyID | undefined,
  library: OpenPgpLibrary,
): Promise<Key | Subkey> {
  const keyId = keyIdText(key.getKeyID());
  for (const part of issuer === undefined ? [key] : [key, ...key.getSubkeys(issuer)]) {
    const weakness = weaknessOf(part.keyPacket, library);
    if (weakness === undefined) continue;
    throw new UnusableKeyError('weak', { keyId, text: `${subkeyText(part, key)}${weakness}` });
  }
  try {
    return await key.getSigningKey(issuer, null, undefined, library.config);
  } catch (cause) {
    if (await isRevoked(key, issuer, library)) {
      const text = 'is revoked: its owner declared it void';
      throw new UnusableKeyError('revoked', { keyId, text }, { cause });
    }
    const text =
      issuer === undefined || key.getKeyID().equals(issuer)
        ? 'is not a key that its owner made for signing'
        : `did not confirm its subkey ${keyIdText(issuer)} as its own for signing`;
    throw new UnusableKeyError('not-for-signing', { keyId, text }, { cause });
  }
}

function subkeyText(part: Key | Subkey, key: Key): string {
  return part === key ? '' : `(its subkey ${keyIdText(part.getKeyID())}) `;
}

/**
 * Of the whole key, of all its names, or of the subkey in question. Asked after the library refused: it
 * marks the signatures that it found revoked.
 */
async function isRevoked(
  key: Key,
  issuer: KeyID | undefined,
  { config }: OpenPgpLibrary,
): Promise<boolean> {
  if (await key.isRevoked(undefined, undefined, undefined, config)) return true;
  const named = key.users.filter(({ selfCertifications }) => selfCertifications.length > 0);
  const allNames = named.every((user) => user.selfCertifications.some(({ revoked }) => revoked));
  if (named.length > 0 && allNames) return true;
  return key
    .getSubkeys(issuer)
    .some(({ bindingSignatures }) => bindingSignatures.some(({ revoked }) => revoked));
}

/** True when the key, or the subkey that signs, is past its end at `now`. */
export async function isExpired(
  { key, part }: SigningPart,
  { config, now }: OpenPgpLibrary & { readonly now: Date },
): Promise<boolean> {
  const end = await key.getExpirationTime(undefined, config);
  if (end === null || +end <= +now) return true;
  if (!('bindingSignatures' in part)) return false;
  return part.verify(now, config).then(
    () => false,
    () => true,
  );
}

/**
 * The user ID that the owner put first, fit for printing. Only one that the key itself certified:
 * anybody can add a name to a public key.
 */
export async function userIdOf(
  key: Key,
  { config, now }: OpenPgpLibrary & { readonly now: Date },
): Promise<string | undefined> {
  try {
    const { user } = await key.getPrimaryUser(now, undefined, config);
    return user.userID === null ? undefined : printable(user.userID.userID, 200);
  } catch {
    return undefined;
  }
}
