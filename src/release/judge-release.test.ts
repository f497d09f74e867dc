import { beforeAll, describe, expect, it } from 'vitest';
import { makeOriginKey, type OriginKey } from '../../test/support/origin-key.ts';
import { evidenceOf, handmadeIdentity } from '../../test/support/pushed-release.ts';
import { policyFor, signedEvidence } from '../../test/support/signed-evidence.ts';
import {
  type EvidenceDocuments,
  InvalidEvidenceError,
  type PackageRecord,
} from '../artifact/index.ts';
import {
  packageFilename,
  parsePackageHash,
  parsePlatform,
  parseVersion,
  zhFromHex,
} from '../domain/index.ts';
import { UntrustedReleaseError } from '../signatures/index.ts';
import { digestOf } from '../spec/index.ts';
import { EvidenceMismatchError, UntrustedEvidenceError } from './errors.ts';
import { readStatement } from './evidence-statement.ts';
import type { GatheredEvidence } from './gather-evidence.ts';
import { judgeRelease, type ReleaseVerdict, requireAccepted } from './judge-release.ts';

const { provider, version } = handmadeIdentity;
const now = new Date('2026-06-01T00:00:00Z');

function recordOf(name: string, digit: string): PackageRecord {
  const platform = parsePlatform(name);
  return {
    platform,
    filename: packageFilename(provider.type, version, platform),
    size: 10,
    zh: zhFromHex(digit.repeat(64)),
    h1: parsePackageHash(`h1:${'A'.repeat(42)}${digit.toUpperCase()}=`),
  };
}

const linux = recordOf('linux_amd64', 'a');
const darwin = recordOf('darwin_arm64', 'b');
const both = [linux, darwin];

function gather(documents: readonly EvidenceDocuments[]): GatheredEvidence {
  return {
    errors: [],
    evidence: documents.map((each) => {
      const digest = digestOf(Buffer.concat([each.sums ?? Buffer.alloc(0), each.origin]));
      const descriptor = { mediaType: 'application/json', digest, size: 1 };
      return { documents: each, statement: readStatement({ descriptor, documents: each }) };
    }),
  };
}

interface Case {
  readonly held?: readonly PackageRecord[];
  readonly documents: readonly EvidenceDocuments[];
  readonly more?: string;
}

let key: OriginKey;
let stranger: OriginKey;
let old: OriginKey;

beforeAll(async () => {
  [key, stranger, old] = await Promise.all([
    makeOriginKey(),
    makeOriginKey(),
    makeOriginKey({ expired: true }),
  ]);
});

async function judge(
  { documents, held = both, more = '' }: Case,
  by = key,
): Promise<ReleaseVerdict> {
  return await judgeRelease(
    { provider, version, packages: held, gathered: gather(documents) },
    { policy: policyFor(by, { more }), now },
  );
}

describe('judgeRelease, by a rule', () => {
  it('accepts what a pinned key signed, and tells the hashes of all platforms and who signed them', async () => {
    const verdict = await judge({ held: [linux], documents: [await signedEvidence(both, key)] });
    expect(verdict).toMatchObject({
      kind: 'signed',
      isAccepted: true,
      signedBy: { fingerprint: key.fingerprint, userId: 'Author <author@example.org>' },
      rule: { place: 'trust.hcl:2' },
      problems: [],
    });
    expect(verdict.signed).toEqual([
      { platform: 'darwin_arm64', zh: darwin.zh, keyIds: [key.keyId] },
      { platform: 'linux_amd64', zh: linux.zh, keyIds: [key.keyId] },
    ]);
    expect(() => requireAccepted(verdict)).not.toThrow();
  });

  it('takes of a signed document only lines for this type and version', async () => {
    const signed = await signedEvidence(both, key);
    const text = `${signed.sums?.toString('utf8') ?? ''}${'c'.repeat(64)}  terraform-provider-other_1.2.3_linux_arm.zip\n${'d'.repeat(64)}  terraform-provider-thing_1.2.4_linux_arm.zip\n${'e'.repeat(64)}  terraform-provider-thing_1.2.3_manifest.json\n`;
    const sums = Buffer.from(text);
    const documents = [{ ...signed, sums, signature: await key.sign(sums) }];
    const { signed: found } = await judge({ documents });
    expect(found.map(({ platform }) => platform).sort()).toEqual(['darwin_arm64', 'linux_amd64']);
  });

  it('accepts platforms that were signed one after the other', async () => {
    const documents = [await signedEvidence([linux], key), await signedEvidence([darwin], key)];
    expect(await judge({ documents })).toMatchObject({ kind: 'signed', isAccepted: true });
  });

  it('accepts evidence without a signature beside that with one', async () => {
    const documents = [evidenceOf([linux]), await signedEvidence(both, key)];
    expect(await judge({ documents })).toMatchObject({ kind: 'signed', isAccepted: true });
  });

  it('accepts an expired key with a warning, and refuses it where the rule or the user does', async () => {
    const documents = [await signedEvidence(both, old)];
    const warned = await judge({ documents }, old);
    expect(warned).toMatchObject({ kind: 'expired-key', isAccepted: true });
    expect(warned.warnings).toHaveLength(1);
    expect(warned.signed).toHaveLength(2);
    expect(await judge({ documents, more: 'expired_keys = "reject"' }, old)).toMatchObject({
      kind: 'expired-key',
      isAccepted: false,
    });
    const gathered = gather(documents);
    const enforced = await judgeRelease(
      { provider, version, packages: both, gathered },
      { policy: policyFor(old), now, enforceExpiration: true },
    );
    expect(enforced).toMatchObject({ kind: 'expired-key', isAccepted: false });
  });

  const accept = 'unsigned = "accept"';

  it.each([
    ['no evidence', 'none', []],
    ['evidence without a signature', 'unsigned', [evidenceOf(both)]],
  ] as const)(
    'accepts %s where the rule does, and proves nothing by it',
    async (_, kind, documents) => {
      expect(await judge({ documents, more: accept })).toMatchObject({
        kind,
        isAccepted: true,
        signed: [],
      });
      const gathered = gather(documents);
      const enforced = await judgeRelease(
        { provider, version, packages: both, gathered },
        { policy: policyFor(key, { more: accept }), now, enforceSignatures: true },
      );
      expect(enforced).toMatchObject({ kind, isAccepted: false });
    },
  );

  it('does not take what cannot be checked for signed, where the rule accepts that', async () => {
    const documents = [await signedEvidence(both, stranger, { armors: [] })];
    expect(await judge({ documents, more: accept })).toMatchObject({
      kind: 'unsigned',
      isAccepted: true,
      signed: [],
    });
  });

  const rejected: readonly (readonly [
    string,
    ReleaseVerdict['kind'],
    new (...args: never[]) => Error,
    () => Promise<Case> | Case,
  ])[] = [
    ['evidence stripped', 'none', UntrustedEvidenceError, () => ({ documents: [] })],
    [
      'a signature stripped',
      'unsigned',
      UntrustedEvidenceError,
      () => ({ documents: [evidenceOf(both)] }),
    ],
    [
      'the keys stripped',
      'unsigned',
      UntrustedReleaseError,
      async () => ({ documents: [await signedEvidence(both, key, { armors: [] })] }),
    ],
    [
      'the sums stripped from the signature',
      'invalid',
      UntrustedEvidenceError,
      async () => ({
        documents: [{ ...(await signedEvidence(both, key)), sums: undefined }],
      }),
    ],
    [
      'a changed SHA256SUMS',
      'bad-signature',
      UntrustedReleaseError,
      async () => ({
        documents: [
          await signedEvidence(both, key, {
            sums: (text) => text.replace('linux_amd64', 'linux_arm64'),
          }),
        ],
      }),
    ],
    [
      'a changed key',
      'changed-key',
      UntrustedReleaseError,
      async () => ({ documents: [await signedEvidence(both, stranger)] }),
    ],
    [
      'a key that is only in the mirror, under the ID of the pinned one',
      'changed-key',
      UntrustedReleaseError,
      async () => {
        const documents = await signedEvidence(both, stranger, {
          armors: [key.armor, stranger.armor],
        });
        return { documents: [documents] };
      },
    ],
    [
      'a signature by a key that is not there',
      'unknown-key',
      UntrustedReleaseError,
      async () => ({ documents: [await signedEvidence(both, stranger, { armors: [key.armor] })] }),
    ],
    [
      'a revoked key',
      'bad-signature',
      UntrustedReleaseError,
      async () => ({
        documents: [await signedEvidence(both, key, { armors: [await key.revoked()] })],
      }),
    ],
    [
      'a revoked key beside its copy from before',
      'bad-signature',
      UntrustedReleaseError,
      async () => ({
        documents: [await signedEvidence(both, key, { armors: [key.armor, await key.revoked()] })],
      }),
    ],
    [
      'a second signature that nobody may make, beside the right one',
      'changed-key',
      UntrustedReleaseError,
      async () => ({
        documents: [await signedEvidence(both, key), await signedEvidence(both, stranger)],
      }),
    ],
    [
      'another package than the one that was signed',
      'invalid',
      UntrustedEvidenceError,
      async () => ({
        held: [linux, { ...darwin, zh: zhFromHex('f'.repeat(64)) }],
        documents: [await signedEvidence(both, key)],
      }),
    ],
    [
      'a platform that nobody signed',
      'invalid',
      UntrustedEvidenceError,
      async () => ({
        held: [...both, recordOf('plan9_amd64', 'c')],
        documents: [await signedEvidence(both, key)],
      }),
    ],
    [
      'a platform that nobody signed, though something unsigned speaks of it',
      'invalid',
      UntrustedEvidenceError,
      async () => ({
        held: [...both, recordOf('plan9_amd64', 'c')],
        documents: [await signedEvidence(both, key), evidenceOf([recordOf('plan9_amd64', 'c')])],
      }),
    ],
    [
      'evidence that contradicts what is signed',
      'invalid',
      UntrustedEvidenceError,
      async () => ({
        documents: [
          await signedEvidence(both, key),
          evidenceOf([linux, { ...darwin, zh: zhFromHex('f'.repeat(64)) }]),
        ],
      }),
    ],
  ];

  it.each(rejected)('rejects %s', async (_, kind, type, make) => {
    const verdict = await judge(await make());
    expect(verdict).toMatchObject({ kind, isAccepted: false, signed: [] });
    expect(verdict.refusal).toBeInstanceOf(type);
    expect(verdict.refusal?.category).toBe('trust');
    expect(verdict.refusal?.message).toContain('trust.hcl:2');
    expect(() => requireAccepted(verdict)).toThrow(verdict.refusal?.message);
  });

  it.each(rejected.slice(3))(
    'rejects, where nothing has to be signed, too, %s',
    async (...[, , , make]) => {
      const verdict = await judge({ ...(await make()), more: accept });
      expect(verdict.isAccepted).toBe(false);
    },
  );

  it('rejects what can not be read, and names the reason', async () => {
    const errors = [new InvalidEvidenceError('the index has more than 100 evidence manifests')];
    const gathered = { ...gather([await signedEvidence(both, key)]), errors };
    const verdict = await judgeRelease(
      { provider, version, packages: both, gathered },
      { policy: policyFor(key), now },
    );
    expect(verdict).toMatchObject({ kind: 'invalid', isAccepted: false });
    expect(verdict.refusal?.message).toContain('more than 100 evidence manifests');
  });

  it.each([
    ['another version', { version: parseVersion('1.2.4') }],
    ['another type', { provider: { ...provider, type: 'other' } }],
  ])('rejects the evidence of %s', async (_, changed) => {
    const identity = { provider, version, ...changed };
    const gathered = gather([await signedEvidence(both, key)]);
    const policy = policyFor(key, { pattern: 'example.com/acme/*' });
    const verdict = await judgeRelease({ ...identity, packages: both, gathered }, { policy, now });
    expect(verdict).toMatchObject({ kind: 'invalid', isAccepted: false });
    expect(verdict.problems.some(({ error }) => error instanceof EvidenceMismatchError)).toBe(true);
  });

  it('rejects the evidence of another namespace by what it says of itself', async () => {
    const gathered = gather([await signedEvidence(both, key)]);
    const other = { ...provider, namespace: 'evil' };
    const policy = policyFor(key, { pattern: 'example.com/*/*' });
    const verdict = await judgeRelease(
      { provider: other, version, packages: both, gathered },
      { policy, now },
    );
    expect(verdict.refusal?.message).toContain('is about example.com/acme/thing 1.2.3');
  });
});

describe('judgeRelease, without a rule', () => {
  const elsewhere = () => policyFor(key, { pattern: 'example.com/other/thing' });

  it.each([
    ['none', () => []],
    ['unsigned', () => [evidenceOf(both)]],
    ['signed', async () => [await signedEvidence(both, key)]],
    ['expired-key', async () => [await signedEvidence(both, old)]],
    ['unknown-key', async () => [await signedEvidence(both, stranger, { armors: [key.armor] })]],
    [
      'bad-signature',
      async () => [await signedEvidence(both, key, { sums: (text) => `${text}\n` })],
    ],
  ] as const)('tells %s, forbids nothing and proves nothing', async (kind, make) => {
    const gathered = gather(await make());
    const verdict = await judgeRelease(
      { provider, version, packages: [...both, recordOf('plan9_amd64', 'c')], gathered },
      { policy: elsewhere(), now },
    );
    expect(verdict).toMatchObject({
      kind,
      rule: undefined,
      isAccepted: true,
      signed: [],
      problems: [],
    });
    const isVerified = kind === 'signed' || kind === 'expired-key';
    expect(verdict.signedBy !== undefined).toBe(isVerified);
  });
});
