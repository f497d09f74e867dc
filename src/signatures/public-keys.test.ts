import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { isTofuOciError } from '../base/index.ts';
import { readPublicKeys } from './index.ts';

const date = new Date('2024-05-01T12:00:00Z');

async function makeKey(options: Partial<openpgp.KeyOptions> = {}): Promise<openpgp.PrivateKey> {
  const userIDs = [{ name: 'Author', email: 'author@example.org' }];
  const common = { userIDs, type: 'ecc', curve: 'ed25519Legacy', date, format: 'object' } as const;
  return (await openpgp.generateKey({ ...common, ...options, format: 'object' })).privateKey;
}

/** A multiprecision integer (RFC 9580 §3.2) of exactly `bits` bits. */
function integer(bits: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes.writeUInt8(0xff >> (bytes.length * 8 - bits), 0);
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), bytes]);
}

/** A bare public key packet of version 4 (RFC 9580 §5.5.2.2). */
function bareKey(algorithm: number, ...bits: readonly number[]): string {
  const body = Buffer.concat([
    Buffer.from([4, 0x66, 0, 0, 0, algorithm]),
    ...bits.map((count) => integer(count)),
  ]);
  const header = Buffer.from([0xc6, 0xff, 0, 0, 0, 0]);
  header.writeUInt32BE(body.length, 2);
  const packet = new Uint8Array(Buffer.concat([header, body]));
  return openpgp.armor(openpgp.enums.armor.publicKey, packet);
}

describe('readPublicKeys', () => {
  it('tells whose keys a block holds, in its order', async () => {
    const [one, two] = [await makeKey(), await makeKey({ keyExpirationTime: 3600 })];
    const both = Buffer.concat([one.toPublic().write(), two.toPublic().write()]);
    const armor = openpgp.armor(openpgp.enums.armor.publicKey, new Uint8Array(both));
    const common = { userId: 'Author <author@example.org>', revoked: false, weakness: undefined };
    const id = (key: openpgp.Key): object => ({
      keyId: key.getKeyID().toHex().toUpperCase(),
      fingerprint: key.getFingerprint().toUpperCase(),
    });
    const expiresAt = new Date(+date + 3600 * 1000);
    expect(await readPublicKeys(armor)).toEqual([
      { ...common, ...id(one), expiresAt: undefined, expired: false },
      { ...common, ...id(two), expiresAt, expired: true },
    ]);
    const [, early] = await readPublicKeys(armor, { now: new Date(+date + 1000) });
    expect(early).toMatchObject({ expired: false, expiresAt });
  });

  it('tells that a key is revoked when one of its copies says so', async () => {
    const key = await makeKey();
    const revoked = await key.revoke({}, date);
    const copies = Buffer.concat([key.toPublic().write(), revoked.toPublic().write()]);
    const armor = openpgp.armor(openpgp.enums.armor.publicKey, new Uint8Array(copies));
    expect(await readPublicKeys(armor)).toMatchObject([{ revoked: true }]);
  });

  it.each([
    ['RSA with 2047 bits', bareKey(1, 2047, 17), /^is too weak: RSA with 2047 bits/u],
    ['RSA with 16392 bits', bareKey(1, 16_392, 17), /^is too large: RSA with 16392 bits/u],
    ['RSA with a long exponent', bareKey(1, 2048, 65), /^has an RSA exponent above 64 bits/u],
    ['RSA for encryption only', bareKey(2, 2048, 17), /^is of a kind that does not sign/u],
    ['DSA', bareKey(17, 2048, 256, 2048, 2048), /^is too weak: DSA is not accepted/u],
    ['ElGamal', bareKey(16, 2048, 8, 2048), /^is of a kind that does not sign/u],
  ])('tells that a key is not fit, without computing with it: %s', async (_, armor, weakness) => {
    expect(await readPublicKeys(armor)).toMatchObject([
      { weakness: expect.stringMatching(weakness) as unknown, userId: undefined },
    ]);
  });

  it.each([2048, 4096, 16_384])('takes RSA with %i bits', async (bits) => {
    expect(await readPublicKeys(bareKey(1, bits, 17))).toMatchObject([{ weakness: undefined }]);
  });

  it.each([
    ['nothing', ''],
    ['text', 'ssh-ed25519 AAAA author'],
    [
      'an armor without packets',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n\n-----END PGP PUBLIC KEY BLOCK-----\n',
    ],
    ['a key of version 3', bareKey(1, 2048, 17).replace('xv8AAAENBG', 'xv8AAAENA2')],
  ])('rejects %s', async (_, armor) => {
    await expect(readPublicKeys(armor)).rejects.toMatchObject({
      code: 'ERR_SIGNATURES_MALFORMED',
      category: 'trust',
    });
  });

  it('rejects a private key, because what is read as public gets published', async () => {
    await expect(readPublicKeys((await makeKey()).armor())).rejects.toThrow('it is a private key');
  });

  it('throws nothing but errors of ours, whatever the packets hold', async () => {
    const bytes = Buffer.from((await makeKey({ subkeys: [{ sign: true }] })).toPublic().write());
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(bytes.length), async (changes, length) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) changed[at] = value;
        const armor = openpgp.armor(openpgp.enums.armor.publicKey, changed.subarray(0, length));
        try {
          await readPublicKeys(armor);
        } catch (error) {
          expect(isTofuOciError(error)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
