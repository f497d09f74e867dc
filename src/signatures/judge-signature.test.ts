import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseProviderAddress } from '../domain/index.ts';
import {
  judgeSignature,
  type JudgeOptions,
  noTrustPolicy,
  readTrustPolicy,
  type TrustPolicy,
} from './index.ts';

const sums = Buffer.from(`${'cd'.repeat(32)}  terraform-provider-null_1.0.0_linux_arm64.zip\n`);
const made = new Date('2024-05-01T12:00:00Z');
const now = new Date('2024-06-01T12:00:00Z');

type PrivateKey = openpgp.PrivateKey;

async function makeKey(name: string, more: Partial<openpgp.KeyOptions> = {}): Promise<PrivateKey> {
  const options = { type: 'ecc', curve: 'ed25519Legacy', date: made, ...more } as const;
  const userIDs = [{ name, email: 'author@example.org' }];
  return (await openpgp.generateKey({ userIDs, ...options, format: 'object' })).privateKey;
}

type Message = ReturnType<typeof openpgp.createMessage>;
const binary = (bytes: Buffer): Message => openpgp.createMessage({ binary: bytes });

async function sign(keys: readonly PrivateKey[], message = binary(sums)): Promise<Buffer> {
  const signature: unknown = await openpgp.sign({
    message: await message,
    signingKeys: [...keys],
    detached: true,
    format: 'binary',
    date: new Date(+made + 1000),
  });
  return Buffer.from(signature as Uint8Array);
}

const armorOf = (key: PrivateKey): string => key.toPublic().armor();
const fingerprintOf = (key: PrivateKey): string => key.getFingerprint().toUpperCase();

function policyOf(key: PrivateKey | string, more = '', pattern = 'hashicorp/null'): TrustPolicy {
  const fingerprint = typeof key === 'string' ? key : fingerprintOf(key);
  const text = `trust {\n  provider "${pattern}" {\n    keys = ["${fingerprint}"]\n${more}\n}\n}`;
  return readTrustPolicy(text, 'trust.hcl');
}

describe('judgeSignature', () => {
  let author: PrivateKey;
  let other: PrivateKey;
  let short: PrivateKey;
  let revoked: PrivateKey;
  let text: Uint8Array;
  let grafted: string;

  beforeAll(async () => {
    author = await makeKey('Author');
    other = await makeKey('Other', { subkeys: [{ sign: true }] });
    short = await makeKey('Short', { keyExpirationTime: 24 * 3600 });
    revoked = await author.revoke({}, made);
    text = await sign([author], openpgp.createMessage({ text: sums.toString() }));
    const packets: openpgp.PacketList<openpgp.AnyPacket> = new openpgp.PacketList();
    packets.push(...author.toPublic().toPacketList());
    for (const subkey of other.toPublic().subkeys) {
      packets.push(subkey.keyPacket, ...subkey.bindingSignatures);
    }
    grafted = openpgp.armor(openpgp.enums.armor.publicKey, packets.write());
  });

  interface Case {
    readonly signature?: Uint8Array | undefined;
    readonly keys?: readonly string[];
    readonly address?: string;
  }

  const judge = (
    { address = 'hashicorp/null', keys, signature }: Case,
    options: Partial<JudgeOptions> = {},
  ) =>
    judgeSignature(
      { provider: parseProviderAddress(address), sums, signature, signingKeys: keys ?? [] },
      {
        policy: noTrustPolicy,
        now,
        fallback: 'origin',
        enforceSignatures: false,
        enforceExpiration: false,
        ...options,
      },
    );

  const untrusted = (reason: string): object => ({
    code: 'ERR_SIGNATURES_UNTRUSTED',
    category: 'trust',
    reason,
  });

  describe('by a rule', () => {
    it('accepts a release that the pinned key signed, whoever brings the key along', async () => {
      const policy = policyOf(author);
      for (const fallback of ['origin', 'mirror'] as const) {
        const keys = [armorOf(other), armorOf(author)];
        const verdict = await judge(
          { signature: await sign([author]), keys },
          { policy, fallback },
        );
        expect(verdict).toMatchObject({ kind: 'signed', isAccepted: true, warning: undefined });
        expect(verdict.signedBy?.fingerprint).toBe(fingerprintOf(author));
        expect(verdict.rule?.place).toBe('trust.hcl:2');
        expect(verdict.error).toBeUndefined();
      }
    });

    it('accepts a signing subkey by the pin of its primary key, and not by a pin of its own', async () => {
      const release = { signature: await sign([other]), keys: [armorOf(other)] };
      expect(await judge(release, { policy: policyOf(other) })).toMatchObject({ kind: 'signed' });
      const subkey = other.subkeys[0]?.getFingerprint() ?? '';
      const verdict = await judge(release, { policy: policyOf(subkey) });
      expect(verdict).toMatchObject({ kind: 'changed-key', isAccepted: false });
    });

    it('takes of several signatures the one by a pinned key', async () => {
      const keys = [armorOf(other), armorOf(author)];
      for (const signers of [
        [author, other],
        [other, author],
      ]) {
        const verdict = await judge(
          { signature: await sign(signers), keys },
          { policy: policyOf(author) },
        );
        expect(verdict).toMatchObject({ kind: 'signed', isAccepted: true });
      }
    });

    it('rejects another key, and says both', async () => {
      const release = { signature: await sign([other]), keys: [armorOf(author), armorOf(other)] };
      const verdict = await judge(release, { policy: policyOf(author) });
      expect(verdict).toMatchObject({ kind: 'changed-key', isAccepted: false });
      expect(verdict.error).toMatchObject(untrusted('changed-key'));
      expect(verdict.signedBy?.fingerprint).toBe(fingerprintOf(other));
      expect(verdict.error?.message).toBe(
        `registry.opentofu.org/hashicorp/null is not trusted: it is signed by ${fingerprintOf(other)} (Other <author@example.org>), and trust.hcl:2 allows ${fingerprintOf(author)}`,
      );
    });

    it('rejects a signature that none of the keys made', async () => {
      const release = { signature: await sign([other]), keys: [armorOf(author)] };
      const verdict = await judge(release, { policy: policyOf(author) });
      expect(verdict).toMatchObject({ kind: 'unknown-key', isAccepted: false });
      expect(verdict.error).toMatchObject(untrusted('unknown-key'));
      expect(verdict.error?.message).toContain('(trust.hcl:2)');
    });

    it.each<[string, () => Promise<Case> | Case]>([
      ['another text', async () => ({ signature: await sign([author], binary(Buffer.from('x'))) })],
      [
        'a revoked key',
        async () => ({ signature: await sign([author]), keys: [armorOf(revoked)] }),
      ],
      [
        'a revoked key beside an older copy of it',
        async () => ({
          signature: await sign([author]),
          keys: [armorOf(author), armorOf(revoked), armorOf(author)],
        }),
      ],
      ['a grafted subkey', async () => ({ signature: await sign([other]), keys: [grafted] })],
      ['text mode', () => ({ signature: text })],
      ['a file that is no signature', () => ({ signature: Buffer.from('not found') })],
      ['an empty file', () => ({ signature: Buffer.alloc(0) })],
      [
        'a key that can not be read',
        async () => ({ signature: await sign([author]), keys: ['nonsense'] }),
      ],
      [
        'a flood of keys',
        async () => ({
          signature: await sign([author]),
          keys: Array<string>(100).fill(armorOf(author)),
        }),
      ],
    ])('rejects %s as a bad signature', async (_, make) => {
      const release = { keys: [armorOf(author)], ...(await make()) };
      const lenient = policyOf(author, 'unsigned = "accept"\nexpired_keys = "accept"');
      const verdict = await judge(release, { policy: lenient });
      expect(verdict).toMatchObject({ kind: 'bad-signature', isAccepted: false });
      expect(verdict.error).toMatchObject(untrusted('bad-signature'));
      expect(verdict.signedBy).toBeUndefined();
    });

    it("rejects a grafted subkey also where its owner's key lies beside", async () => {
      const release = { signature: await sign([other]), keys: [grafted, armorOf(other)] };
      const verdict = await judge(release, { policy: policyOf(author) });
      expect(verdict).toMatchObject({ kind: 'changed-key', isAccepted: false });
    });

    it.each([
      ['', true, /^key [0-9A-F]{16} is expired$/u],
      ['expired_keys = "warn"', true, /^key [0-9A-F]{16} is expired$/u],
      ['expired_keys = "accept"', true, undefined],
      ['expired_keys = "reject"', false, undefined],
    ])('decides about an expired key: %s', async (more, isAccepted, warning) => {
      const release = { signature: await sign([short]), keys: [armorOf(short)] };
      const verdict = await judge(release, { policy: policyOf(short, more) });
      expect(verdict).toMatchObject({ kind: 'expired-key', isAccepted });
      if (warning === undefined) expect(verdict.warning).toBeUndefined();
      else expect(verdict.warning).toMatch(warning);
      if (!isAccepted) expect(verdict.error).toMatchObject(untrusted('expired-key'));
    });

    it('does not find an expired key good enough where the environment forbids it', async () => {
      const release = { signature: await sign([short]), keys: [armorOf(short)] };
      const policy = policyOf(short, 'expired_keys = "accept"');
      const verdict = await judge(release, { policy, enforceExpiration: true });
      expect(verdict).toMatchObject({ kind: 'expired-key', isAccepted: false });
      expect(verdict.error?.message).toMatch(/OPENTOFU_ENFORCE_GPG_EXPIRATION/u);
    });

    it.each<[string, Case, RegExp]>([
      ['a release without a signature', { keys: ['any'] }, /it is not signed/u],
      ['one without any key', { signature: Buffer.from('x') }, /there is no public key/u],
    ])('decides about %s', async (_, release, expected) => {
      const strict = await judge(release, { policy: policyOf(author) });
      expect(strict).toMatchObject({ kind: 'unsigned', isAccepted: false });
      expect(strict.error).toMatchObject(untrusted('unsigned'));
      expect(strict.error?.message).toMatch(expected);
      const policy = policyOf(author, 'unsigned = "accept"');
      const lenient = await judge(release, { policy });
      expect(lenient).toMatchObject({ kind: 'unsigned', isAccepted: true, error: undefined });
      expect(lenient.warning).toMatch(/; trust\.hcl:2 accepts that$/u);
      const enforced = await judge(release, { policy, enforceSignatures: true });
      expect(enforced).toMatchObject({ kind: 'unsigned', isAccepted: false });
    });
  });

  describe("by OpenTofu's rule, where the policy says nothing", () => {
    const elsewhere = (): TrustPolicy => policyOf(other, '', 'hashicorp/aws');

    it('accepts any key that the registry lists, and tells that it is expired', async () => {
      const good = { signature: await sign([author]), keys: [armorOf(author)] };
      expect(await judge(good, { policy: elsewhere() })).toMatchObject({
        kind: 'signed',
        isAccepted: true,
        rule: undefined,
      });
      const old = { signature: await sign([short]), keys: [armorOf(short)] };
      const verdict = await judge(old);
      expect(verdict).toMatchObject({ kind: 'expired-key', isAccepted: true });
      expect(verdict.warning).toMatch(/is expired$/u);
      const enforced = await judge(old, { enforceExpiration: true });
      expect(enforced).toMatchObject({ kind: 'expired-key', isAccepted: false });
      expect(enforced.error).toMatchObject(untrusted('expired-key'));
    });

    it.each<[string, Case, Partial<JudgeOptions>, boolean]>([
      ['of the default registry', {}, {}, true],
      ['of the default registry, enforced', {}, { enforceSignatures: true }, false],
      ['of another registry', { address: 'example.com/a/null' }, {}, false],
      ['whose registry lists a key', { keys: ['any'] }, {}, false],
    ])('decides about an unsigned release %s', async (_, release, options, isAccepted) => {
      const verdict = await judge(release, options);
      expect(verdict).toMatchObject({ kind: 'unsigned', isAccepted });
      expect(verdict.error === undefined).toBe(isAccepted);
    });

    it('rejects what does not verify', async () => {
      const unknown = await judge({ signature: await sign([other]), keys: [armorOf(author)] });
      expect(unknown).toMatchObject({ kind: 'unknown-key', isAccepted: false });
      const bad = await judge({ signature: text, keys: [armorOf(author)] });
      expect(bad).toMatchObject({ kind: 'bad-signature', isAccepted: false });
      expect(bad.error).toMatchObject(untrusted('bad-signature'));
    });
  });

  describe('of a mirror, where the policy says nothing', () => {
    it.each<[string, () => Promise<Case> | Case]>([
      ['signed', async () => ({ signature: await sign([author]), keys: [armorOf(author)] })],
      ['expired-key', async () => ({ signature: await sign([short]), keys: [armorOf(short)] })],
      ['unsigned', () => ({})],
      ['unknown-key', async () => ({ signature: await sign([other]), keys: [armorOf(author)] })],
      ['bad-signature', () => ({ signature: text, keys: [armorOf(author)] })],
    ])('reports %s, and takes it neither for proof nor for an error', async (kind, make) => {
      const strict = { enforceSignatures: true, enforceExpiration: true };
      const verdict = await judge(await make(), { fallback: 'mirror', ...strict });
      expect(verdict).toMatchObject({ kind, isAccepted: false, error: undefined, rule: undefined });
    });
  });
});
