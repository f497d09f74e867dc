import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { isTofuOciError } from '../base/index.ts';
import { readSigningKey, signDetached, signatureLimits, verifyDetached } from './index.ts';

const data = Buffer.from(`${'cd'.repeat(32)}  terraform-provider-demo_1.0.0_linux_arm64.zip\n`);
const made = new Date('2024-05-01T12:00:00Z');
const later = new Date('2024-05-02T12:00:00Z');

type PrivateKey = openpgp.PrivateKey;
type Packets = openpgp.PacketList<openpgp.AnyPacket>;

async function makeKey(name: string, subkeys: openpgp.SubkeyOptions[] = []): Promise<PrivateKey> {
  const userIDs = [{ name, email: 'author@example.org' }];
  const options = { userIDs, type: 'ecc', curve: 'ed25519Legacy', date: made, subkeys } as const;
  return (await openpgp.generateKey({ ...options, format: 'object' })).privateKey;
}

async function sign(key: PrivateKey, now = later): Promise<Buffer> {
  return signDetached(data, await readSigningKey(key.armor(), undefined, { now }), { now });
}

/** Signs with exactly this key packet, whether it is allowed to or not. */
async function signAnyway(key: openpgp.Key | openpgp.Subkey, date = later): Promise<Uint8Array> {
  const packet = new openpgp.SignaturePacket();
  packet.signatureType = openpgp.enums.signature.binary;
  const [literal] = (await openpgp.createMessage({ binary: data })).packets;
  return signPacket(packet, key, { content: literal, date, detached: true });
}

interface ToSign {
  readonly content: unknown;
  readonly date?: Date;
  readonly detached?: boolean;
}

/** What the library's own types leave out: that packets and keys can be signed, and the settings. */
interface Signer {
  sign(...args: readonly unknown[]): Promise<void>;
}

async function signPacket(
  packet: openpgp.SignaturePacket,
  key: openpgp.Key | openpgp.Subkey,
  { content, date = later, detached = false }: ToSign,
): Promise<Uint8Array> {
  packet.publicKeyAlgorithm = key.keyPacket.algorithm;
  packet.hashAlgorithm = openpgp.enums.hash.sha512;
  const signer = packet as unknown as Signer;
  await signer.sign(key.keyPacket, content, date, detached, openpgp.config);
  const list = new openpgp.PacketList<openpgp.SignaturePacket>();
  list.push(packet);
  return list.write();
}

function armorOf(packets: readonly openpgp.AnyPacket[]): string {
  const list: Packets = new openpgp.PacketList();
  list.push(...packets);
  return openpgp.armor(openpgp.enums.armor.publicKey, list.write());
}

const publicArmor = (key: PrivateKey): string => key.toPublic().armor();

describe('verifyDetached', () => {
  let key: PrivateKey;
  let other: PrivateKey;
  let signature: Buffer;

  beforeAll(async () => {
    key = await makeKey('Author');
    other = await makeKey('Other', [{ sign: true }]);
    signature = await sign(key);
  });

  describe('accepts', () => {
    it('the signature of a key among others, and tells whose it is', async () => {
      const keys = [publicArmor(other), publicArmor(key)];
      const fingerprint = key.getFingerprint().toUpperCase();
      expect(await verifyDetached(data, signature, keys, { now: later })).toEqual({
        keyId: fingerprint.slice(-16),
        fingerprint,
        userId: 'Author <author@example.org>',
        keyExpired: false,
        signatureExpired: false,
        createdAt: later,
      });
    });

    it('a version 6 key, whose fingerprint has 64 digits and begins with the key ID', async () => {
      const { privateKey } = await openpgp.generateKey({
        userIDs: [{ name: 'Six' }],
        type: 'curve25519',
        date: made,
        format: 'object',
        config: { v6Keys: true },
      });
      const signed = await verifyDetached(data, await sign(privateKey), [publicArmor(privateKey)]);
      expect(signed.fingerprint).toMatch(/^[0-9A-F]{64}$/u);
      expect(signed.keyId).toBe(signed.fingerprint.slice(0, 16));
    });

    it('a signing subkey, reported as its primary key', async () => {
      const signed = await verifyDetached(data, await sign(other), [publicArmor(other)]);
      const { issuerKeyID } = (await openpgp.readSignature({ binarySignature: await sign(other) }))
        .packets[0]!;
      expect(signed.fingerprint).toBe(other.getFingerprint().toUpperCase());
      expect(issuerKeyID.toHex()).not.toBe(signed.keyId.toLowerCase());
    });

    it('one good signature among bad ones', async () => {
      const [bad, foreign] = [Buffer.from(signature), await sign(other)];
      bad.writeUInt8(bad.readUInt8(bad.length - 1) ^ 1, bad.length - 1);
      const file = Buffer.concat([foreign, bad, signature]);
      expect((await verifyDetached(data, file, [publicArmor(key)])).createdAt).toEqual(later);
    });

    it('a good key beside one that can not be read', async () => {
      const signed = await verifyDetached(data, signature, ['no key', publicArmor(key)]);
      expect(signed.createdAt).toEqual(later);
    });

    it('a clock that is some hours behind', async () => {
      const now = new Date(+later - 6 * 3600 * 1000);
      expect(
        (await verifyDetached(data, signature, [publicArmor(key)], { now })).createdAt,
      ).toEqual(later);
    });
  });

  it('does not report a name that somebody else added to the key', async () => {
    const [primary, ...rest] = key.toPublic().toPacketList();
    const name = openpgp.UserIDPacket.fromObject({ name: 'Famous Company' });
    const armor = armorOf([primary!, name, ...rest]);
    const signed = await verifyDetached(data, signature, [armor]);
    expect(signed.userId).toBe('Author <author@example.org>');
  });

  it('makes names printable', async () => {
    const strange = await makeKey('\u001b[2JAuthor\u202e');
    const { userId } = await verifyDetached(data, await sign(strange), [publicArmor(strange)]);
    expect(userId).toBe('\ufffd[2JAuthor\ufffd <author@example.org>');
  });

  describe('rejects with ERR_SIGNATURES_BAD_SIGNATURE', () => {
    it.each([
      [1, 'MD5'],
      [2, 'SHA1'],
      [3, 'RIPEMD'],
      [99, 'number 99'],
    ])('the digest %i', async (hash, name) => {
      const weak = Buffer.from(signature);
      expect(weak.readUInt8(5)).toBe(openpgp.enums.hash.sha512);
      weak.writeUInt8(hash, 5);
      const verified = verifyDetached(data, weak, [publicArmor(key)]);
      await expect(verified).rejects.toThrow(`uses the digest ${name},`);
      await expect(verified).rejects.toMatchObject({ reason: 'weak-digest' });
    });

    it.each([0x01, 0x02, 0x10, 0x13, 0x18, 0x20, 0x40])('the type %i', async (type) => {
      const retyped = Buffer.from(signature);
      expect(retyped.readUInt8(3)).toBe(0);
      retyped.writeUInt8(type, 3);
      for (const keys of [[publicArmor(key)], []]) {
        await expect(verifyDetached(data, retyped, keys)).rejects.toMatchObject({
          code: 'ERR_SIGNATURES_BAD_SIGNATURE',
          category: 'trust',
          reason: 'wrong-type',
        });
      }
    });

    it('a true signature in text mode, although the text is the same', async () => {
      const message = await openpgp.createMessage({ text: data.toString() });
      const options = { message, signingKeys: key, detached: true, date: later } as const;
      const text = Buffer.from(await openpgp.sign({ ...options, format: 'armored' }));
      await expect(verifyDetached(data, text, [publicArmor(key)])).rejects.toThrow('text mode');
    });

    it('a time in the future', async () => {
      const now = new Date(+later - 25 * 3600 * 1000);
      await expect(
        verifyDetached(data, signature, [publicArmor(key)], { now }),
      ).rejects.toMatchObject({ reason: 'impossible-time' });
    });

    it('a time before the key was made', async () => {
      const early = await signAnyway(key, new Date('2023-01-01'));
      await expect(verifyDetached(data, early, [publicArmor(key)])).rejects.toMatchObject({
        reason: 'impossible-time',
      });
    });

    it('data in which one bit differs', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(data.length * 8 - 1), async (bit) => {
          const changed = Buffer.from(data);
          changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
          await expect(
            verifyDetached(changed, signature, [publicArmor(key)]),
          ).rejects.toMatchObject({ code: 'ERR_SIGNATURES_BAD_SIGNATURE', reason: 'mismatch' });
        }),
        { numRuns: 40 },
      );
    });
  });

  it('gives the same answer or an error of ours when bytes of the signature are changed', async () => {
    const armor = publicArmor(key);
    const answer = await verifyDetached(data, signature, [armor]);
    const edit = fc.tuple(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        const changed = Buffer.from(signature);
        for (const [at, mask] of edits) changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        try {
          expect(await verifyDetached(data, changed, [armor])).toEqual(answer);
        } catch (error) {
          expect(isTofuOciError(error)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  describe('rejects with ERR_SIGNATURES_UNKNOWN_ISSUER', () => {
    it('a signer whose key was not given', async () => {
      const verified = verifyDetached(data, signature, [publicArmor(other)]);
      await expect(verified).rejects.toThrow(/^authentication signature from unknown issuer: /u);
      await expect(verified).rejects.toMatchObject({
        code: 'ERR_SIGNATURES_UNKNOWN_ISSUER',
        category: 'trust',
        issuers: [key.getKeyID().toHex().toUpperCase()],
      });
    });

    it('no keys at all', async () => {
      await expect(verifyDetached(data, signature, [])).rejects.toThrow('no key was given');
    });
  });

  describe('rejects with ERR_SIGNATURES_UNUSABLE_KEY', () => {
    const unusable = (reason: string): object => ({
      code: 'ERR_SIGNATURES_UNUSABLE_KEY',
      category: 'trust',
      reason,
    });

    it("a subkey of somebody else's that was put below the author's key", async () => {
      const grafted = armorOf([
        ...key.toPublic().toPacketList(),
        ...other
          .toPublic()
          .subkeys.flatMap((subkey) => [subkey.keyPacket, ...subkey.bindingSignatures]),
      ]);
      const attack = await sign(other);
      await expect(verifyDetached(data, attack, [grafted])).rejects.toMatchObject(
        unusable('not-for-signing'),
      );
      // The graft does not spoil what the author signed, nor what the other one did.
      expect((await verifyDetached(data, signature, [grafted])).userId).toMatch(/^Author/u);
      const signed = await verifyDetached(data, attack, [grafted, publicArmor(other)]);
      expect(signed.userId).toMatch(/^Other/u);
    });

    it('a subkey that was adopted: bound by the primary key, not confirmed by itself', async () => {
      const [subkey] = other.subkeys;
      const binding = new openpgp.SignaturePacket();
      binding.signatureType = openpgp.enums.signature.subkeyBinding;
      binding.keyFlags = Uint8Array.of(openpgp.enums.keyFlags.signData);
      await signPacket(binding, key, { content: { key: key.keyPacket, bind: subkey!.keyPacket } });
      const adopted = armorOf([
        ...key.toPublic().toPacketList(),
        other.toPublic().subkeys[0]!.keyPacket,
        binding,
      ]);
      await expect(verifyDetached(data, await sign(other), [adopted])).rejects.toMatchObject(
        unusable('not-for-signing'),
      );
    });

    it('a subkey that is for encryption', async () => {
      const subkeys = [{ type: 'rsa', rsaBits: 2048, sign: false }] as const;
      const mixed = await makeKey('Mixed', [...subkeys]);
      const forged = await signAnyway(mixed.subkeys[0]!);
      await expect(verifyDetached(data, forged, [publicArmor(mixed)])).rejects.toMatchObject(
        unusable('not-for-signing'),
      );
    });

    it('a key without a name that it certified', async () => {
      const [primary] = key.toPublic().toPacketList();
      await expect(verifyDetached(data, signature, [armorOf([primary!])])).rejects.toMatchObject(
        unusable('not-for-signing'),
      );
    });

    it.each(['keyRetired', 'keySuperseded', 'keyCompromised', 'noReason'] as const)(
      'a revoked key, whatever the reason: %s',
      async (reason) => {
        const flag = openpgp.enums.reasonForRevocation[reason];
        const revoked = await key.revoke({ flag }, later);
        for (const keys of [[revoked], [revoked, key], [key, revoked]]) {
          const verified = verifyDetached(data, signature, keys.map(publicArmor));
          await expect(verified).rejects.toMatchObject(unusable('revoked'));
        }
      },
    );

    it('a revoked key, also when a forged revocation stands in front of the true one', async () => {
      const revoked = await key.revoke({}, later);
      const forged = await (await makeKey('Forger')).revoke({}, later);
      const packets = [...key.toPublic().toPacketList()];
      packets.splice(1, 0, ...forged.revocationSignatures);
      const spoiled = armorOf(packets);
      expect((await verifyDetached(data, signature, [spoiled])).userId).toMatch(/^Author/u);
      await expect(
        verifyDetached(data, signature, [spoiled, publicArmor(revoked)]),
      ).rejects.toMatchObject(unusable('revoked'));
    });

    it('a revoked subkey, and only that', async () => {
      const two = await makeKey('Two', [{ sign: true }]);
      const before = publicArmor(two);
      const bySubkey = await sign(two);
      const byPrimary = await signAnyway(two);
      const primary = two.keyPacket as openpgp.SecretKeyPacket;
      two.subkeys = [await two.subkeys[0]!.revoke(primary, {}, later)];
      const after = publicArmor(two);
      for (const keys of [[after], [before, after]]) {
        await expect(verifyDetached(data, bySubkey, keys)).rejects.toMatchObject(
          unusable('revoked'),
        );
        expect((await verifyDetached(data, byPrimary, keys)).userId).toMatch(/^Two/u);
      }
    });

    it('a key whose only name is revoked', async () => {
      const nameless = await makeKey('Nameless');
      const forged = await sign(nameless);
      nameless.users = [
        await nameless.users[0]!.revoke(nameless.keyPacket as openpgp.SecretKeyPacket, {}, later),
      ];
      await expect(verifyDetached(data, forged, [publicArmor(nameless)])).rejects.toMatchObject(
        unusable('revoked'),
      );
    });

    it('a strong key with a weak subkey', async () => {
      const config = { minRSABits: 1024 };
      const subkeys = [{ type: 'rsa', rsaBits: 1024, sign: true, config }] as const;
      const { privateKey } = await openpgp.generateKey({
        userIDs: [{ name: 'Mixed' }],
        type: 'ecc',
        date: made,
        format: 'object',
        subkeys: [...subkeys],
        config,
      });
      const forged = await signAnyway(privateKey.subkeys[0]!);
      const verified = verifyDetached(data, forged, [publicArmor(privateKey)]);
      await expect(verified).rejects.toMatchObject(unusable('weak'));
      await expect(verified).rejects.toThrow(
        /\(its subkey [0-9A-F]{16}\) is too weak: RSA with 1024/u,
      );
    });
  });

  describe('rejects with ERR_SIGNATURES_MALFORMED', () => {
    it.each([
      ['nothing', ''],
      ['text', 'not a signature\n'],
      ['a web page', '<!doctype html><title>Not found</title>'],
      ['a packet of another kind', Buffer.from([0xcb, 0x05, 0x62, 0, 0, 0, 0])],
      ['a signature of version 3', Buffer.from([0xc2, 0x03, 0x03, 0x05, 0x00])],
      ['random bytes with the top bit set', Buffer.from('fff00ba4', 'hex')],
    ])('a signature that is none: %s', async (_, bytes) => {
      await expect(
        verifyDetached(data, Buffer.from(bytes), [publicArmor(key)]),
      ).rejects.toMatchObject({ code: 'ERR_SIGNATURES_MALFORMED', category: 'trust' });
    });

    it('a public key where the signature should be', async () => {
      await expect(
        verifyDetached(data, Buffer.from(publicArmor(key)), [publicArmor(key)]),
      ).rejects.toThrow('not of type signature');
    });

    it('a private key where the public one should be', async () => {
      await expect(verifyDetached(data, signature, [key.armor()])).rejects.toThrow(
        'it is a private key',
      );
    });

    it('a broken key, when no other one verifies', async () => {
      const broken = publicArmor(key).replace(/^x.{20}/mu, 'xsFNBE!!');
      await expect(verifyDetached(data, signature, [broken])).rejects.toMatchObject({
        code: 'ERR_SIGNATURES_MALFORMED',
      });
    });
  });

  describe('rejects above its bounds', () => {
    const tooLarge = { code: 'ERR_BASE_LIMIT_EXCEEDED', category: 'integrity' };

    it('a signature file of more than 64 KiB', async () => {
      const large = Buffer.alloc(signatureLimits.signatureBytes + 1, signature);
      await expect(verifyDetached(data, large, [])).rejects.toMatchObject(tooLarge);
    });

    it('more than 16 signatures, however good', async () => {
      const many = (count: number): Buffer => Buffer.alloc(signature.length * count, signature);
      const armor = publicArmor(key);
      expect((await verifyDetached(data, many(16), [armor])).createdAt).toEqual(later);
      await expect(verifyDetached(data, many(17), [armor])).rejects.toMatchObject(tooLarge);
    });

    it('more than 32 keys, in one block or in many', async () => {
      const binary = Buffer.from(key.toPublic().write());
      const block = (count: number): string =>
        openpgp.armor(
          openpgp.enums.armor.publicKey,
          new Uint8Array(Buffer.alloc(binary.length * count, binary)),
        );
      expect((await verifyDetached(data, signature, [block(32)])).createdAt).toEqual(later);
      const armor = publicArmor(key);
      for (const keys of [[block(33)], [block(32), armor], new Array<string>(33).fill(armor)]) {
        await expect(verifyDetached(data, signature, keys)).rejects.toMatchObject(tooLarge);
      }
    });

    it('a key block of more than 256 KiB', async () => {
      const armor = publicArmor(key) + '\n'.repeat(signatureLimits.armorBytes);
      await expect(verifyDetached(data, signature, [armor])).rejects.toMatchObject(tooLarge);
    });

    it('a key with more than 256 signatures on itself', async () => {
      const [primary, user, certification] = key.toPublic().toPacketList();
      const block = (count: number): string =>
        armorOf([primary!, user!, ...new Array<openpgp.AnyPacket>(count).fill(certification!)]);
      expect((await verifyDetached(data, signature, [block(256)])).createdAt).toEqual(later);
      await expect(verifyDetached(data, signature, [block(257)])).rejects.toMatchObject(tooLarge);
    });
  });
});
