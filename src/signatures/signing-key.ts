import type { PrivateKey } from 'openpgp';
import { InternalError, LimitExceededError } from '../base/index.ts';
import { reasonOf, SigningKeyError, UnusableKeyError } from './errors.ts';
import { isExpired, signingPartOf } from './key-ring.ts';
import { keyIdText, loadOpenPgp, type OpenPgpLibrary, signatureLimits } from './openpgp-library.ts';
import { verifyDetached } from './verify-detached.ts';

/** A key that signs. The secret is held in a closure: it is not printed, copied or serialised by accident. */
export interface SigningKeyPair {
  /** Of the primary key: 16 upper-case hex digits. */
  readonly keyId: string;
  /** Of the primary key: 40 upper-case hex digits (64 for version 6 keys). */
  readonly fingerprint: string;
  /** The public part, without version or comment lines: the same key gives the same text. */
  readonly publicArmor: string;
  /** What `signDetached` calls. */
  sign(data: Uint8Array, now: Date): Promise<Buffer>;
}

/**
 * Reads an armored private key: one key, valid now, able to sign. The primary key's secret may be absent
 * (an offline key) when a signing subkey's is there.
 * @param passphrase for a protected key; ignored for one that is not
 * @throws SigningKeyError when it is no private key, or the passphrase is missing or wrong
 * @throws UnusableKeyError when it is weak, revoked, expired or not for signing
 * @throws LimitExceededError above 256 KiB
 */
export async function readSigningKey(
  armor: string,
  passphrase?: string,
  options: { readonly now?: Date } = {},
): Promise<SigningKeyPair> {
  const library = await loadOpenPgp();
  const { config } = library;
  const context = { ...library, now: options.now ?? new Date() };
  const stored = await parsePrivateKey(armor, library);
  const keyId = keyIdText(stored.getKeyID());
  const part = await signingPartOf(stored, undefined, library);
  if (await isExpired({ key: stored, part }, context)) {
    const hint = 'Extend it (gpg --quick-set-expire FINGERPRINT 1y) and export it again.';
    throw new UnusableKeyError('expired', { keyId, text: 'is expired' }, { hint });
  }
  if (
    'isMissingSecretKeyMaterial' in part.keyPacket &&
    part.keyPacket.isMissingSecretKeyMaterial()
  ) {
    throw new SigningKeyError(
      'no-secret',
      `the secret of the signing key ${keyIdText(part.getKeyID())} is not in the file, or protected in an unknown way`,
      { hint: 'Export it where it is kept: gpg --armor --export-secret-keys KEYID' },
    );
  }
  const key = part.keyPacket.isDecrypted() ? stored : await unlock(stored, passphrase, library);
  const publicArmor = stored.toPublic().armor(config);
  return {
    keyId,
    fingerprint: stored.getFingerprint().toUpperCase(),
    publicArmor,
    sign: (data, now) => signWith(key, data, { ...library, now, publicArmor, keyId }),
  };
}

/**
 * A binary detached signature (type 0x00) over `data`, with SHA-512 or SHA-256, as the key prefers. It is
 * verified with the public part before it is returned.
 * @throws SigningKeyError when the private key does not belong to its public part
 */
export async function signDetached(
  data: Uint8Array,
  key: SigningKeyPair,
  options: { readonly now?: Date } = {},
): Promise<Buffer> {
  return key.sign(data, options.now ?? new Date());
}

async function parsePrivateKey(
  armor: string,
  { config, openpgp }: OpenPgpLibrary,
): Promise<PrivateKey> {
  if (armor.length > signatureLimits.armorBytes) {
    throw new LimitExceededError('the private key', signatureLimits.armorBytes);
  }
  const hint = 'Expected is what `gpg --armor --export-secret-keys KEYID` prints.';
  const keys = await openpgp
    .readPrivateKeys({ armoredKeys: armor, config })
    .catch((cause: unknown) => {
      const text = `the signing key can not be read: ${reasonOf(cause)}`;
      throw new SigningKeyError('not-a-private-key', text, { cause, hint });
    });
  const [key] = keys;
  if (key === undefined || keys.length > 1) {
    const text = `the signing key file holds ${keys.length} keys, expected one`;
    throw new SigningKeyError('not-a-private-key', text, { hint });
  }
  return key;
}

async function unlock(
  privateKey: PrivateKey,
  passphrase: string | undefined,
  { config, openpgp }: OpenPgpLibrary,
): Promise<PrivateKey> {
  const keyId = keyIdText(privateKey.getKeyID());
  if (passphrase === undefined || passphrase === '') {
    const text = `the signing key ${keyId} is protected by a passphrase, and none was given`;
    throw new SigningKeyError('passphrase-missing', text, {
      hint: 'Put the passphrase into the environment variable TOFU_OCI_SIGN_PASSPHRASE.',
    });
  }
  return openpgp.decryptKey({ privateKey, passphrase, config }).catch((cause: unknown) => {
    const text = `the signing key ${keyId} can not be unlocked: ${reasonOf(cause)}`;
    throw new SigningKeyError('passphrase-wrong', text, {
      cause,
      hint: 'Check the passphrase in TOFU_OCI_SIGN_PASSPHRASE.',
    });
  });
}

async function signWith(
  key: PrivateKey,
  data: Uint8Array,
  context: OpenPgpLibrary & {
    readonly now: Date;
    readonly publicArmor: string;
    readonly keyId: string;
  },
): Promise<Buffer> {
  const { config, now, openpgp, publicArmor } = context;
  try {
    const signature: unknown = await openpgp.sign({
      message: await openpgp.createMessage({ binary: data }),
      signingKeys: key,
      detached: true,
      format: 'binary',
      date: now,
      config,
    });
    if (!(signature instanceof Uint8Array)) throw new InternalError('a signature is not bytes');
    await verifyDetached(data, signature, [publicArmor], { now });
    return Buffer.from(signature);
  } catch (cause) {
    const text = `the signing key ${context.keyId} made no valid signature: ${reasonOf(cause)}`;
    throw new SigningKeyError('inconsistent', text, {
      cause,
      hint: 'The private key does not belong to its public part; export it again.',
    });
  }
}
