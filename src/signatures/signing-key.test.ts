import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPublicKeys, readSigningKey, signDetached, verifyDetached } from './index.ts';

const data = Buffer.from('0123456789abcdef  terraform-provider-demo_1.0.0_linux_amd64.zip\n');
const date = new Date('2024-05-01T12:00:00Z');
const now = new Date('2024-06-01T12:00:00Z');

async function makeKey(options: Partial<openpgp.KeyOptions> = {}): Promise<openpgp.PrivateKey> {
  const userIDs = [{ name: 'Author', email: 'author@example.org' }];
  const common = { userIDs, type: 'ecc', curve: 'ed25519Legacy', date, format: 'object' } as const;
  return (await openpgp.generateKey({ ...common, ...options, format: 'object' })).privateKey;
}

describe('readSigningKey and signDetached', () => {
  let key: openpgp.PrivateKey;

  beforeAll(async () => {
    key = await makeKey();
  });

  describe('accepts', () => {
    it.each<[string, Partial<openpgp.KeyOptions>]>([
      ['Ed25519', {}],
      ['Ed25519 of RFC 9580', { type: 'curve25519' }],
      ['RSA', { type: 'rsa', rsaBits: 2048 }],
      ['NIST P-256', { curve: 'nistP256' }],
      ['a signing subkey', { subkeys: [{ sign: true }] }],
    ])('a key and signs in binary with a strong digest: %s', async (_, options) => {
      const made = await makeKey(options);
      const pair = await readSigningKey(made.armor(), undefined, { now });
      const signature = await signDetached(data, pair, { now });
      const { packets } = await openpgp.readSignature({ binarySignature: signature });
      expect(packets).toHaveLength(1);
      expect(packets[0]).toMatchObject({ signatureType: 0, created: now });
      expect(['sha256', 'sha512']).toContain(
        Object.entries(openpgp.enums.hash).find(([, n]) => n === packets[0]!.hashAlgorithm)?.[0],
      );
      const signed = await verifyDetached(data, signature, [pair.publicArmor], { now });
      expect(signed).toMatchObject({ keyId: pair.keyId, fingerprint: pair.fingerprint });
      expect(signed.fingerprint).toBe(made.getFingerprint().toUpperCase());
    });

    it('a key with its passphrase, and one without that needs none', async () => {
      const locked = await openpgp.encryptKey({ privateKey: key, passphrase: 'correct horse' });
      for (const stored of [locked, key]) {
        const pair = await readSigningKey(stored.armor(), 'correct horse', { now });
        const signature = await signDetached(data, pair, { now });
        expect((await verifyDetached(data, signature, [pair.publicArmor])).createdAt).toEqual(now);
      }
    });
  });

  it('gives the public part as the same plain armor every time', async () => {
    const first = await readSigningKey(key.armor(), undefined, { now });
    const locked = await openpgp.encryptKey({ privateKey: key, passphrase: 'correct horse' });
    const second = await readSigningKey(locked.armor(), 'correct horse', { now });
    expect(second.publicArmor).toBe(first.publicArmor);
    expect(first.publicArmor).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n\r?\n/u);
    expect(first.publicArmor).not.toMatch(/^(?:Version|Comment):/mu);
    expect(await readPublicKeys(first.publicArmor)).toMatchObject([
      { keyId: first.keyId, fingerprint: first.fingerprint },
    ]);
  });

  it('shows no secret when it is printed', async () => {
    const pair = await readSigningKey(key.armor(), undefined, { now });
    expect(Object.keys(JSON.parse(JSON.stringify(pair)) as object)).toEqual([
      'keyId',
      'fingerprint',
      'publicArmor',
    ]);
  });

  describe('rejects', () => {
    const signingKey = (reason: string): object => ({
      code: 'ERR_SIGNATURES_SIGNING_KEY',
      category: 'usage',
      reason,
    });
    const unusable = (reason: string): object => ({ code: 'ERR_SIGNATURES_UNUSABLE_KEY', reason });

    it.each(['', 'no key', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n'])(
      'what is no key: %j',
      async (armor) => {
        await expect(readSigningKey(armor)).rejects.toMatchObject(signingKey('not-a-private-key'));
      },
    );

    it('a public key', async () => {
      await expect(readSigningKey(key.toPublic().armor())).rejects.toMatchObject(
        signingKey('not-a-private-key'),
      );
    });

    it('two keys in one file', async () => {
      const both = Buffer.concat([key.write(), (await makeKey()).write()]);
      const armor = openpgp.armor(openpgp.enums.armor.privateKey, new Uint8Array(both));
      await expect(readSigningKey(armor)).rejects.toThrow('holds 2 keys, expected one');
    });

    it('a file of more than 256 KiB', async () => {
      await expect(readSigningKey(' '.repeat(256 * 1024 + 1))).rejects.toMatchObject({
        code: 'ERR_BASE_LIMIT_EXCEEDED',
      });
    });

    it('a protected key without its passphrase, and names the variable', async () => {
      const armor = (await openpgp.encryptKey({ privateKey: key, passphrase: 'secret' })).armor();
      for (const passphrase of [undefined, '']) {
        const read = readSigningKey(armor, passphrase, { now });
        await expect(read).rejects.toMatchObject(signingKey('passphrase-missing'));
        await expect(read).rejects.toMatchObject({
          hint: expect.stringContaining('TOFU_OCI_SIGN_PASSPHRASE') as unknown,
        });
      }
    });

    it('a wrong passphrase, without repeating it', async () => {
      const armor = (await openpgp.encryptKey({ privateKey: key, passphrase: 'secret' })).armor();
      const read = readSigningKey(armor, 'hunter2', { now });
      await expect(read).rejects.toMatchObject(signingKey('passphrase-wrong'));
      await expect(read).rejects.toThrow(/^(?!.*hunter2)/u);
    });

    it('a key whose secret is kept elsewhere', async () => {
      const stub = await openpgp.readPrivateKey({ armoredKey: key.armor() });
      (stub.keyPacket as openpgp.SecretKeyPacket).makeDummy();
      await expect(readSigningKey(stub.armor(), 'any', { now })).rejects.toMatchObject(
        signingKey('no-secret'),
      );
    });

    it('an expired key, which it takes as long as it is valid', async () => {
      const short = await makeKey({ keyExpirationTime: 24 * 3600 });
      const armor = short.armor();
      const early = new Date('2024-05-02T11:00:00Z');
      expect((await readSigningKey(armor, undefined, { now: early })).keyId).toHaveLength(16);
      await expect(readSigningKey(armor, undefined, { now })).rejects.toMatchObject(
        unusable('expired'),
      );
    });

    it('a revoked key', async () => {
      const revoked = await key.revoke({}, date);
      await expect(readSigningKey(revoked.armor())).rejects.toMatchObject(unusable('revoked'));
    });

    it('a key that is too weak', async () => {
      const weak = await makeKey({ type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } });
      await expect(readSigningKey(weak.armor())).rejects.toMatchObject(unusable('weak'));
    });

    it.each<[string, Partial<openpgp.KeyOptions>]>([
      ['Ed25519', {}],
      ['RSA', { type: 'rsa', rsaBits: 2048 }],
    ])(
      'a secret that belongs to another key, before anything is signed: %s',
      async (_, options) => {
        const [one, two] = [await makeKey(options), await makeKey(options)];
        const mixed = one.keyPacket as openpgp.SecretKeyPacket;
        mixed.privateParams = (two.keyPacket as openpgp.SecretKeyPacket).privateParams;
        const pair = await readSigningKey(one.armor(), undefined, { now });
        await expect(signDetached(data, pair, { now })).rejects.toMatchObject(
          signingKey('inconsistent'),
        );
      },
    );
  });
});
