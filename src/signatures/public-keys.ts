import { groupCopies, isExpired, type KeyCopies, parsePublicKeys, userIdOf } from './key-ring.ts';
import { weaknessOf } from './key-strength.ts';
import { keyIdText, loadOpenPgp, type OpenPgpLibrary } from './openpgp-library.ts';

export interface PublicKeyInfo {
  /** Of the primary key: 16 upper-case hex digits. */
  readonly keyId: string;
  /** Of the primary key: 40 upper-case hex digits (64 for version 6 keys). */
  readonly fingerprint: string;
  /** The certified user ID, printable; none if there is none or the key is too weak to tell. */
  readonly userId: string | undefined;
  /** When it ends; `undefined` for never. */
  readonly expiresAt: Date | undefined;
  readonly expired: boolean;
  readonly revoked: boolean;
  /** Why no signature by it will ever be accepted: "is too weak: ...". Revocation is told apart. */
  readonly weakness: string | undefined;
}

/**
 * What an armored block of public keys holds, for showing it and for pinning fingerprints. It vouches
 * for nothing.
 * @throws MalformedOpenPgpError, LimitExceededError (256 KiB, 32 keys, 256 self-signatures a key)
 */
export async function readPublicKeys(
  armor: string,
  options: { readonly now?: Date } = {},
): Promise<readonly PublicKeyInfo[]> {
  const library = await loadOpenPgp();
  const context = { ...library, now: options.now ?? new Date() };
  const infos: PublicKeyInfo[] = [];
  for (const copies of groupCopies(await parsePublicKeys(armor, library))) {
    const [key] = copies;
    const keyId = keyIdText(key.getKeyID());
    const fingerprint = key.getFingerprint().toUpperCase();
    const weakness = weaknessOf(key.keyPacket, library);
    if (weakness !== undefined) {
      const unknown = { userId: undefined, expiresAt: undefined, expired: false, revoked: false };
      infos.push({ keyId, fingerprint, ...unknown, weakness });
      continue;
    }
    const end = await key.getExpirationTime(undefined, library.config);
    infos.push({
      keyId,
      fingerprint,
      userId: await userIdOf(key, context),
      expiresAt: end instanceof Date ? end : undefined,
      expired: await isExpired({ key, part: key }, context),
      revoked: await isAnyRevoked(copies, library),
      weakness,
    });
  }
  return infos;
}

/**
 * The one key with this fingerprint, armored by itself: whoever hands on a block of keys vouches for all of them.
 * Undefined when no block has it.
 * @param fingerprint of the primary key, upper case
 * @throws LimitExceededError, MalformedOpenPgpError
 */
export async function publicArmorOf(
  armoredKeys: readonly string[],
  fingerprint: string,
): Promise<string | undefined> {
  const library = await loadOpenPgp();
  for (const armor of armoredKeys) {
    const copies = (await parsePublicKeys(armor, library)).filter(
      (key) => key.getFingerprint().toUpperCase() === fingerprint,
    );
    if (copies.length === 0) continue;
    const { armor: encode, config: defaults, enums } = library.openpgp;
    const packets = Buffer.concat(copies.map((key) => key.toPacketList().write()));
    return encode(enums.armor.publicKey, packets, undefined, undefined, undefined, undefined, {
      ...defaults,
      ...library.config,
    });
  }
  return undefined;
}

async function isAnyRevoked(copies: KeyCopies, { config }: OpenPgpLibrary): Promise<boolean> {
  for (const key of copies) {
    if (await key.isRevoked(undefined, undefined, undefined, config)) return true;
  }
  return false;
}
