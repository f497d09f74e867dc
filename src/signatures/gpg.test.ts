import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gpg, whyNoGpg } from '../../test/support/gpg.ts';
import { readPublicKeys, readSigningKey, signDetached, verifyDetached } from './index.ts';

const missing = whyNoGpg();
const data = Buffer.from(`${'ab'.repeat(32)}  terraform-provider-demo_1.0.0_linux_amd64.zip\n`);

describe.skipIf(missing !== undefined)(`signatures by gpg${missing ? ` (${missing})` : ''}`, () => {
  let gpg: Gpg;
  let rsa: string;
  let ed: string;
  const sign = (signer: string, ...options: string[]): Promise<Buffer> =>
    gpg.sign(signer, data, ...options);

  beforeAll(async () => {
    gpg = await Gpg.start();
    rsa = await gpg.makeKey('rsa', ['rsa3072']);
    ed = await gpg.makeKey('ed', ['ed25519']);
  });

  afterAll(async () => {
    await gpg.stop();
  });

  describe('accepts', () => {
    it.each([
      ['RSA, binary', 'rsa', []],
      ['RSA, armored', 'rsa', ['--armor']],
      ['RSA with SHA-256', 'rsa', ['--digest-algo', 'SHA256']],
      ['Ed25519, binary', 'ed', []],
      ['Ed25519, armored with a comment', 'ed', ['--armor', '--comment', 'made by hand']],
    ] as const)('a signature: %s', async (_, name, options) => {
      const fingerprint = name === 'rsa' ? rsa : ed;
      const signature = await sign(fingerprint, ...options);
      const keys = [await gpg.export(rsa), await gpg.export(ed)];
      expect(await verifyDetached(data, signature, keys)).toMatchObject({
        fingerprint,
        keyId: fingerprint.slice(-16),
        userId: `${name} <${name}@example.org>`,
        keyExpired: false,
        signatureExpired: false,
      });
    });

    it('an elliptic curve key of NIST', async () => {
      const key = await gpg.makeKey('nist', ['nistp256']);
      const signed = await verifyDetached(data, await sign(key), [await gpg.export(key)]);
      expect(signed.fingerprint).toBe(key);
    });

    it('a file with two signatures, of which one signer is known', async () => {
      const signature = await sign(rsa, '-u', ed);
      expect((await verifyDetached(data, signature, [await gpg.export(rsa)])).fingerprint).toBe(
        rsa,
      );
      expect((await verifyDetached(data, signature, [await gpg.export(ed)])).fingerprint).toBe(ed);
    });

    it('a signing subkey, reported as its primary key', async () => {
      const primary = await gpg.makeKey('withsub', ['ed25519', 'cert']);
      await gpg.run('--passphrase', '', '--quick-add-key', primary, 'ed25519', 'sign', 'never');
      const signed = await verifyDetached(data, await sign(primary), [await gpg.export(primary)]);
      expect(signed).toMatchObject({ fingerprint: primary, keyId: primary.slice(-16) });
    });

    it('an expired key, and says so', async () => {
      const then = '20200101T000000!';
      const key = await gpg.makeKey('old', ['ed25519', 'sign', '30d', '--faked-system-time', then]);
      const signature = await sign(key, '--faked-system-time', then);
      const armor = await gpg.export(key);
      const [info] = await readPublicKeys(armor);
      expect(info).toMatchObject({
        expired: true,
        revoked: false,
        expiresAt: new Date('2020-01-31'),
      });
      const signed = await verifyDetached(data, signature, [armor]);
      expect(signed).toMatchObject({ keyExpired: true, createdAt: new Date('2020-01-01') });
      const soon = { now: new Date('2020-01-02') };
      expect((await verifyDetached(data, signature, [armor], soon)).keyExpired).toBe(false);

      // The owner prolongs the key and signs on; who has only the old copy sees a late signature.
      await gpg.run('--quick-set-expire', key, 'never');
      const late = await sign(key);
      expect((await verifyDetached(data, late, [armor])).keyExpired).toBe(true);
      expect((await verifyDetached(data, late, [armor, await gpg.export(key)])).keyExpired).toBe(
        false,
      );
    });

    it('a signature that has expired, and says so', async () => {
      const options = ['--faked-system-time', '20200101T000000!'];
      const key = await gpg.makeKey('limited', ['ed25519', 'sign', 'never', ...options]);
      const signature = await sign(key, ...options, '--default-sig-expire', '1d');
      const signed = await verifyDetached(data, signature, [await gpg.export(key)]);
      expect(signed).toMatchObject({ keyExpired: false, signatureExpired: true });
    });
  });

  describe('rejects', () => {
    it('another text', async () => {
      const signature = await sign(rsa);
      const other = Buffer.concat([data, Buffer.from('\n')]);
      await expect(verifyDetached(other, signature, [await gpg.export(rsa)])).rejects.toMatchObject(
        {
          code: 'ERR_SIGNATURES_BAD_SIGNATURE',
          category: 'trust',
          reason: 'mismatch',
        },
      );
    });

    it('another key', async () => {
      const signature = await sign(rsa);
      await expect(verifyDetached(data, signature, [await gpg.export(ed)])).rejects.toMatchObject({
        code: 'ERR_SIGNATURES_UNKNOWN_ISSUER',
        issuers: [rsa.slice(-16)],
      });
    });

    it('every truncation', async () => {
      const signature = await sign(ed);
      const armor = await gpg.export(ed);
      for (let length = 0; length < signature.length; length++) {
        const cut = verifyDetached(data, signature.subarray(0, length), [armor]);
        await expect(cut, `${length} bytes`).rejects.toMatchObject({ category: 'trust' });
      }
    });

    it.each([
      ['text mode', ['--textmode'], 'wrong-type'],
      ['SHA-1', ['--digest-algo', 'SHA1'], 'weak-digest'],
      ['RIPEMD-160', ['--digest-algo', 'RIPEMD160'], 'weak-digest'],
    ] as const)('a signature with %s', async (_, options, reason) => {
      const signature = await sign(rsa, ...options);
      await expect(verifyDetached(data, signature, [await gpg.export(rsa)])).rejects.toMatchObject({
        code: 'ERR_SIGNATURES_BAD_SIGNATURE',
        reason,
      });
    });

    it('a signature that contains its own text', async () => {
      const input = await gpg.file('data', data);
      const armor = await gpg.export(rsa);
      for (const kind of ['--sign', '--clear-sign']) {
        const message = await gpg.run('-u', rsa, '--output', '-', kind, input);
        await expect(verifyDetached(data, message, [armor]), kind).rejects.toMatchObject({
          code: 'ERR_SIGNATURES_MALFORMED',
        });
      }
    });

    it('a revoked key, also beside an older copy of it', async () => {
      const key = await gpg.makeKey('revoked', ['ed25519']);
      const signature = await sign(key);
      const before = await gpg.export(key);
      expect((await verifyDetached(data, signature, [before])).fingerprint).toBe(key);
      await gpg.revoke(key);
      const after = await gpg.export(key);
      expect(await readPublicKeys(after)).toMatchObject([{ revoked: true }]);
      for (const keys of [[after], [before, after], [after, before]]) {
        await expect(verifyDetached(data, signature, keys)).rejects.toMatchObject({
          code: 'ERR_SIGNATURES_UNUSABLE_KEY',
          reason: 'revoked',
          keyId: key.slice(-16),
        });
      }
    });

    it.each([
      ['RSA with 1024 bits', 'rsa1024'],
      ['DSA', 'dsa2048'],
      ['the curve secp256k1', 'secp256k1'],
    ])('a key that is too weak: %s', async (_, algorithm) => {
      const key = await gpg.makeKey(algorithm, [algorithm]);
      const signature = await sign(key, '--digest-algo', 'SHA256');
      const armor = await gpg.export(key);
      expect((await readPublicKeys(armor))[0]?.weakness).toMatch(/^is /u);
      await expect(verifyDetached(data, signature, [armor])).rejects.toMatchObject({
        code: 'ERR_SIGNATURES_UNUSABLE_KEY',
        reason: 'weak',
      });
    });
  });

  describe('signs so that gpg agrees', () => {
    async function goodAccordingToGpg(signature: Uint8Array): Promise<string> {
      const [sig, input] = [await gpg.file('sums.sig', signature), await gpg.file('sums', data)];
      return (await gpg.run('--status-fd', '1', '--verify', sig, input)).toString();
    }

    it.each([
      ['RSA', ['rsa2048'], ''],
      ['Ed25519', ['ed25519'], ''],
      ['Ed25519 with a passphrase', ['ed25519'], 'correct horse'],
    ] as const)('with a private key that gpg made: %s', async (name, kind, passphrase) => {
      const key = await gpg.makeKey(name.replaceAll(' ', ''), kind, passphrase);
      const exporting = ['--passphrase', passphrase, '--armor', '--export-secret-keys', key];
      const armor = (await gpg.run(...exporting)).toString();
      const pair = await readSigningKey(armor, passphrase);
      expect(pair).toMatchObject({ fingerprint: key, keyId: key.slice(-16) });
      const status = await goodAccordingToGpg(await signDetached(data, pair));
      expect(status).toMatch(new RegExp(`VALIDSIG ${key} .* 00 ${key}`, 'u'));
    });

    it('with a signing subkey whose primary key is kept elsewhere', async () => {
      const primary = await gpg.makeKey('offline', ['ed25519', 'cert']);
      await gpg.run('--passphrase', '', '--quick-add-key', primary, 'ed25519', 'sign', 'never');
      const armor = (await gpg.run('--armor', '--export-secret-subkeys', primary)).toString();
      const pair = await readSigningKey(armor);
      const status = await goodAccordingToGpg(await signDetached(data, pair));
      expect(status).toMatch(new RegExp(`VALIDSIG .* ${primary}$`, 'mu'));
    });

    it('with a public part that gpg imports', async () => {
      const armor = (await gpg.run('--armor', '--export-secret-keys', ed)).toString();
      const { publicArmor } = await readSigningKey(armor);
      const shown = await gpg.run(
        '--with-colons',
        '--show-keys',
        await gpg.file('pub', publicArmor),
      );
      expect(shown.toString()).toContain(ed);
    });
  });
});
