import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeOriginKey, type OriginKey } from '../../test/support/origin-key.ts';
import { evidenceOf, handmadeIdentity, makeRelease } from '../../test/support/pushed-release.ts';
import { policyFor, signedEvidence } from '../../test/support/signed-evidence.ts';
import { type EvidenceDocuments, evidenceLimits } from '../artifact/index.ts';
import { createMemoryRepository } from '../content/index.ts';
import { type Descriptor, digestOf } from '../spec/index.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { judgeRelease } from './judge-release.ts';

let key: OriginKey;

beforeAll(async () => {
  key = await makeOriginKey();
});

async function held(documents: readonly EvidenceDocuments[] | undefined) {
  const draft = await makeRelease(createMemoryRepository('draft'));
  const signed = [await signedEvidence(draft.records, key)];
  const repository = createMemoryRepository('r');
  const made = await makeRelease(repository, { evidence: () => documents ?? signed });
  return { repository, ...made };
}

/** Also a registry that answers with what nobody asked for. */
async function referrersOf(
  repository: ReturnType<typeof createMemoryRepository>,
  subject: Descriptor,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const one of repository.referrers(subject)) found.push(one);
  return found;
}

function listing(descriptors: readonly Descriptor[]) {
  return async function* list(): AsyncGenerator<Descriptor> {
    for (const one of descriptors) yield await Promise.resolve(one);
  };
}

describe('gatherEvidence', () => {
  it('reads all that is attached to an index', async () => {
    const { index, repository } = await held(undefined);
    const { errors, evidence } = await gatherEvidence(repository, index, {});
    expect(errors).toEqual([]);
    expect(evidence).toMatchObject([{ statement: { isSigned: true, keyIds: [key.keyId] } }]);
  });

  it('does not take the evidence of another index for its own, whoever lists it', async () => {
    const { index, records, repository } = await held(undefined);
    const attached = await referrersOf(repository, index);
    const other = await makeRelease(repository, {
      annotations: { note: 'other' },
      tag: '1.2.4',
    });
    vi.spyOn(repository, 'referrers').mockImplementation(listing(attached));
    const gathered = await gatherEvidence(repository, other.index, {});
    expect(gathered.evidence).toEqual([]);
    expect(gathered.errors.map(({ message }) => message)).toEqual([
      `the evidence is about ${index.digest}, not about ${other.index.digest}`,
    ]);
    const verdict = await judgeRelease(
      { ...handmadeIdentity, packages: records, gathered },
      { policy: policyFor(key), now: new Date() },
    );
    expect(verdict).toMatchObject({ kind: 'invalid', isAccepted: false });
    expect(verdict.refusal?.message).toContain('not about');
  });

  it.each<readonly [string, string, (good: EvidenceDocuments) => EvidenceDocuments]>([
    [
      'a SHA256SUMS with a name twice',
      'a second time',
      (good) => ({ ...good, sums: Buffer.concat([good.sums!, good.sums!]) }),
    ],
    [
      'a SHA256SUMS that can be read in two ways',
      'is not "<64 lower-case hex>',
      (good) => ({ ...good, sums: Buffer.from(good.sums!.toString().toUpperCase()) }),
    ],
    [
      'keys that are no keys',
      'signing-keys.json of the evidence',
      (good) => ({ ...good, keys: Buffer.from('[]') }),
    ],
    [
      'a signature above the limit',
      'more than the limit of',
      (good) => ({ ...good, signature: Buffer.alloc(evidenceLimits.signature + 1) }),
    ],
    [
      'an origin.json that is none',
      'origin.json',
      (good) => ({ ...good, origin: Buffer.from('') }),
    ],
  ])('keeps as an error: %s', async (_, text, spoil) => {
    const { records } = await makeRelease(createMemoryRepository('draft'));
    const { index, repository } = await held([
      evidenceOf(records),
      spoil(await signedEvidence(records, key)),
    ]);
    const { errors, evidence } = await gatherEvidence(repository, index, {});
    expect(evidence).toHaveLength(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(text);
  });

  it('stops where there is more than anybody needs, and says so', async () => {
    const { records } = await makeRelease(createMemoryRepository('draft'));
    const large = Array.from({ length: 20 }, (_, index) => ({
      ...evidenceOf(records),
      sums: Buffer.alloc(evidenceLimits.sums, '\n'),
      origin: Buffer.concat([evidenceOf(records).origin, Buffer.from(' '.repeat(index))]),
    }));
    const { index, repository } = await held(large);
    const { errors, evidence } = await gatherEvidence(repository, index, {});
    expect(evidence.length).toBeLessThan(20);
    expect(errors.map(({ message }) => message)).toEqual([
      'the evidence has more than 16 MiB in all',
    ]);
  });

  it('keeps as an error what is listed, and is not there', async () => {
    const { index, repository } = await held(undefined);
    const [attached] = await referrersOf(repository, index);
    const digest = digestOf(Buffer.from('nothing'));
    vi.spyOn(repository, 'referrers').mockImplementation(listing([{ ...attached!, digest }]));
    const { errors } = await gatherEvidence(repository, index, {});
    expect(errors).toHaveLength(1);
  });

  it('fails when it can not look, which says nothing about the release', async () => {
    const { index, repository } = await held(undefined);
    vi.spyOn(repository, 'readManifest').mockRejectedValue(new Error('no network'));
    await expect(gatherEvidence(repository, index, {})).rejects.toThrow('no network');
  });
});
