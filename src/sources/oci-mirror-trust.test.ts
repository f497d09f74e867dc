import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeOriginKey, type OriginKey } from '../../test/support/origin-key.ts';
import { handmadeIdentity, makeRelease } from '../../test/support/pushed-release.ts';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { policyFor, signedEvidence } from '../../test/support/signed-evidence.ts';
import { annotationKeys, type EvidenceDocuments, type PackageRecord } from '../artifact/index.ts';
import { createMemoryRepository, type TargetRepository } from '../content/index.ts';
import { parsePlatform } from '../domain/index.ts';
import type { TrustPolicy } from '../signatures/index.ts';
import type { ProviderSource } from './interfaces.ts';
import { createOciMirrorSource } from './oci-mirror-source.ts';

const linux = parsePlatform('linux_amd64');
const darwin = parsePlatform('darwin_arm64');

let key: OriginKey;
let stranger: OriginKey;

beforeAll(async () => {
  [key, stranger] = await Promise.all([makeOriginKey(), makeOriginKey()]);
});

function mirror(
  repository: TargetRepository,
  policy: TrustPolicy = policyFor(key),
  trustAllHashes = false,
): ProviderSource {
  return createOciMirrorSource({
    repositoryFor: () => Promise.resolve(repository),
    trustAllHashes,
    trust: { policy, now: new Date() },
  });
}

/** A release with evidence that `key` signed, unless it is to be something else. */
async function published(
  evidence: (records: readonly PackageRecord[]) => Promise<readonly EvidenceDocuments[]> = async (
    records,
  ) => [await signedEvidence(records, key)],
  changes: Omit<Parameters<typeof makeRelease>[1] & object, 'evidence'> = {},
): Promise<{ repository: TargetRepository; records: readonly PackageRecord[] }> {
  const { records } = await makeRelease(createMemoryRepository('draft'));
  const repository = createMemoryRepository('r');
  const documents = await evidence(records);
  const made = await makeRelease(repository, { ...changes, evidence: () => documents });
  return { repository, records: made.records };
}

const ask = { ...handmadeIdentity, platform: linux };

describe('an OCI mirror, where a trust rule is for the provider', () => {
  it('claims the hashes of all platforms that a pinned key signed', async () => {
    const { records, repository } = await published();
    const { claims } = await mirror(repository).packageMeta(ask);
    const [first, second] = records.map(({ zh }) => zh);
    expect(claims.expected).toEqual([first]);
    expect(claims.trustedMirror).toEqual([]);
    expect(claims.signedBy?.fingerprint).toBe(key.fingerprint);
    expect(claims.signed?.map(({ hash }) => hash).sort()).toEqual([first, second].sort());
    expect(new Set(claims.signed?.flatMap(({ keyIds }) => keyIds))).toEqual(new Set([key.keyId]));
  });

  it('reads the evidence once for all platforms', async () => {
    const { repository } = await published();
    const referrers = vi.spyOn(repository, 'referrers');
    const source = mirror(repository);
    await source.releaseHashes?.(handmadeIdentity);
    await source.packageMeta(ask);
    await source.packageMeta({ ...ask, platform: darwin });
    expect(referrers).toHaveBeenCalledTimes(1);
  });

  it('claims nothing of what is unsigned, where the rule accepts that', async () => {
    const { records, repository } = await published(() => Promise.resolve([]));
    const policy = policyFor(key, { more: 'unsigned = "accept"' });
    const { claims } = await mirror(repository, policy).packageMeta(ask);
    expect(claims).toEqual({
      expected: [records[0]?.zh],
      trustedMirror: [],
      signed: [],
      signedBy: undefined,
    });
  });

  it.each([
    ['another provider', () => policyFor(key, { pattern: 'example.com/acme/other' })],
    ['nobody', () => policyFor(key, { pattern: 'registry.opentofu.org/*/*' })],
  ])('asks nobody for evidence where the rule is for %s', async (_, policy) => {
    const { repository } = await published(() => Promise.resolve([]));
    const referrers = vi.spyOn(repository, 'referrers');
    const { claims } = await mirror(repository, policy()).packageMeta(ask);
    expect(claims.signed).toBeUndefined();
    expect(referrers).not.toHaveBeenCalled();
  });

  const evil = { type: 'thing', version: '1.2.3', salt: 'evil' };

  it.each<readonly [string, string, () => ReturnType<typeof published>]>([
    ['stripped', 'no evidence is attached', () => published(() => Promise.resolve([]))],
    [
      'by a key that only the mirror has',
      'is signed by',
      () => published(async (records) => [await signedEvidence(records, stranger)]),
    ],
    [
      'of other packages than those that are there',
      'SHA256SUMS of sha256:',
      async () =>
        published(undefined, {
          zips: { linux_amd64: await makeProviderZip(evil, 'linux_amd64') },
        }),
    ],
    [
      'of other packages, where the index says of itself that they are the signed ones',
      'the index announces',
      async () => {
        const { records } = await makeRelease(createMemoryRepository('draft'));
        return published(undefined, {
          zips: { linux_amd64: await makeProviderZip(evil, 'linux_amd64') },
          entries: (entries) =>
            entries.map((entry) => ({
              ...entry,
              annotations: { ...entry.annotations, [annotationKeys.zh]: records[0]!.zh.slice(3) },
            })),
        });
      },
    ],
    [
      'of other packages, where the index says nothing of itself',
      'SHA256SUMS of sha256:',
      async () =>
        published(undefined, {
          zips: { linux_amd64: await makeProviderZip(evil, 'linux_amd64') },
          entries: (entries) => entries.map((entry) => ({ ...entry, annotations: {} })),
        }),
    ],
    [
      'silent about a platform that somebody added',
      'a package for plan9_amd64, and no signed SHA256SUMS names',
      async () => {
        const named = { type: 'thing', version: '1.2.3' };
        return published(undefined, {
          zips: {
            linux_amd64: await makeProviderZip(named, 'linux_amd64'),
            plan9_amd64: await makeProviderZip(evil, 'plan9_amd64'),
          },
        });
      },
    ],
  ])('refuses a release whose evidence is %s', async (_, text, make) => {
    const { repository } = await make();
    await expect(mirror(repository).packageMeta(ask)).rejects.toThrow(text);
  });

  it('refuses it also to tell hashes, although it is trusted for all of them', async () => {
    const { repository } = await published(async (records) => [
      await signedEvidence(records, stranger),
    ]);
    const source = mirror(repository, policyFor(key), true);
    await expect(source.releaseHashes?.(handmadeIdentity)).rejects.toThrow('is signed by');
    await expect(source.packageMeta(ask)).rejects.toThrow('is signed by');
  });
});
