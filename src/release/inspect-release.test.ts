import { describe, expect, it } from 'vitest';
import {
  evidenceOf,
  type HandmadeOptions,
  handmadeIdentity,
  makeRelease,
  pushRelease,
} from '../../test/support/pushed-release.ts';
import type { PackageRecord } from '../artifact/index.ts';
import {
  createMemoryRepository,
  manifestSource,
  type SourceRepository,
  type TargetRepository,
} from '../content/index.ts';
import { computeH1, zhFromHex } from '../domain/index.ts';
import { AccessDeniedError } from '../oci/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  digestParts,
  emptyDescriptor,
  mediaTypes,
} from '../spec/index.ts';
import { IncompleteReleaseError } from './errors.ts';
import type { Finding } from './findings.ts';
import { type InspectedRelease, inspectRelease } from './inspect-release.ts';

const wrongZh = zhFromHex('ab'.repeat(32));
const wrongH1 = computeH1([]);

async function inspect(
  repository: SourceRepository,
  { lookForPackages = true }: { lookForPackages?: boolean } = {},
): Promise<InspectedRelease> {
  const tags = new Set<string>();
  for await (const tag of repository.tags()) tags.add(tag);
  return await inspectRelease({ ...handmadeIdentity, repository, tags, lookForPackages });
}

/** A line for each finding, without digests. */
function linesOf(findings: readonly Finding[]): string[] {
  return findings.map((finding) => {
    const what = finding.severity === 'problem' ? finding.error.code : 'warning';
    return `${finding.platform ?? 'all'} ${what}`;
  });
}

async function findingsOf(options: HandmadeOptions): Promise<readonly Finding[]> {
  const repository = createMemoryRepository('r');
  await makeRelease(repository, options);
  return (await inspect(repository)).findings;
}

function altered(
  records: readonly PackageRecord[],
  change: Partial<PackageRecord>,
): readonly PackageRecord[] {
  return records.map((record, index) => (index === 0 ? { ...record, ...change } : record));
}

const firstAnnotated =
  (annotations: Readonly<Record<string, string>>) =>
  (entries: readonly Descriptor[]): readonly Descriptor[] =>
    entries.map((entry, index) =>
      index === 0 ? { ...entry, annotations: { ...entry.annotations, ...annotations } } : entry,
    );

describe('inspecting a release', () => {
  it('shows platforms by name, hashes that the evidence states, and its documents', async () => {
    const repository = createMemoryRepository('r');
    await pushRelease(repository);
    const inspected = await inspect(repository);
    expect(inspected.findings).toEqual([]);
    expect(inspected.platforms.map(({ name }) => name)).toEqual([
      'darwin_arm64',
      'linux_amd64',
      'windows_amd64',
    ]);
    for (const { package: found } of inspected.platforms) {
      expect(found).toMatchObject({ isThere: true, h1: { statedBy: 'evidence' } });
      expect(found?.zh).toBe(`zh:${digestParts(found!.layer.digest).hex}`);
    }
    expect(inspected.evidence).toMatchObject([
      { documents: ['SHA256SUMS', 'origin.json'], isSigned: false, keyIds: [] },
    ]);
    expect(inspected.evidence[0]?.origin).toMatchObject({ host: 'example.com' });
    expect(inspected.referrers.map(({ descriptor }) => descriptor.digest)).toEqual([
      inspected.evidence[0]?.digest,
    ]);
    expect(inspected.annotations).toMatchObject({ 'dev.tofu-oci.version': '1.2.3' });
  });

  it('takes the h1 of the index where there is no evidence, and says so', async () => {
    const repository = createMemoryRepository('r');
    const { records } = await makeRelease(repository);
    const { evidence, findings, platforms } = await inspect(repository, { lookForPackages: false });
    expect({ evidence, findings }).toEqual({ evidence: [], findings: [] });
    expect(platforms[1]?.package).toMatchObject({
      isThere: undefined,
      h1: { hash: records[0]?.h1, statedBy: 'index' },
    });
  });

  it('finds who else says something: referrers of index and platforms, and tags of cosign', async () => {
    const repository = createMemoryRepository('r');
    const { index } = await makeRelease(repository);
    const target = (await inspect(repository)).platforms[0]!.target;
    const about = await say(repository, target);
    await repository.tag(about, `sha256-${digestParts(index.digest).hex}.sig`);
    const { cosignTags, referrers } = await inspect(repository);
    expect(referrers).toMatchObject([
      { subject: target.digest, platform: 'darwin_arm64', descriptor: about.descriptor },
    ]);
    expect(cosignTags).toEqual([`sha256-${digestParts(index.digest).hex}.sig`]);
  });

  it.each<[string, HandmadeOptions, string[]]>([
    [
      'a hash in the index that is not the one of the package',
      { entries: firstAnnotated({ 'dev.tofu-oci.package.zh': 'ab'.repeat(32) }) },
      ['linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'a size in the index that is not the one of the package',
      { entries: firstAnnotated({ 'dev.tofu-oci.package.size': '7' }) },
      ['linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'an h1 in the index that is not the one of the evidence',
      {
        entries: firstAnnotated({ 'dev.tofu-oci.package.h1': wrongH1.slice(3) }),
        evidence: (records) => [evidenceOf(records)],
      },
      ['linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'a package under another name',
      { entries: firstAnnotated({ 'dev.tofu-oci.package.filename': 'x.zip' }) },
      ['linux_amd64 warning'],
    ],
    [
      'a package that is not the one of the evidence',
      { evidence: (records) => [evidenceOf(altered(records, { zh: wrongZh }))] },
      // Once for SHA256SUMS and once for origin.json.
      ['linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH', 'linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'a SHA256SUMS without a line for the package',
      { evidence: (records) => [evidenceOf(records.slice(1))] },
      ['linux_amd64 warning'],
    ],
    [
      'evidence of which each says something else',
      {
        evidence: (records) => [
          evidenceOf(records),
          evidenceOf(altered(records, { h1: wrongH1 }), { sums: false }),
        ],
      },
      ['linux_amd64 ERR_RELEASE_EVIDENCE_CONFLICT'],
    ],
    [
      'an evidence that contradicts itself',
      {
        evidence: (records) => [
          { ...evidenceOf(altered(records, { zh: wrongZh })), sums: evidenceOf(records).sums },
        ],
      },
      ['linux_amd64 ERR_RELEASE_EVIDENCE_CONFLICT', 'linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'evidence of another version',
      {
        evidence: (records) => [
          {
            origin: Buffer.from(
              evidenceOf(records)
                .origin.toString()
                .replace('"version":"1.2.3"', '"version":"1.2.4"'),
            ),
          },
        ],
      },
      ['all ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'evidence that can not be read',
      { evidence: () => [{ origin: Buffer.from('{') }, { origin: Buffer.from('{}') }] },
      ['all ERR_ARTIFACT_INVALID_EVIDENCE', 'all ERR_ARTIFACT_INVALID_EVIDENCE'],
    ],
    [
      'two packages of one platform',
      {
        entries: ([one, other]) => [one!, { ...other!, platform: one!.platform }],
      },
      ['linux_amd64 ERR_ARTIFACT_INVALID'],
    ],
    [
      'entries that OpenTofu passes over',
      {
        entries: ([one, other]) => [
          { ...one!, artifactType: 'application/vnd.example.thing' },
          other!,
        ],
      },
      ['all warning'],
    ],
  ])('tells of %s', async (_, options, expected) => {
    const lines = linesOf(await findingsOf(options));
    // What the package of one platform under two names means for its own name is told, too.
    expect(lines.filter((line) => expected.includes(line))).toEqual(expected);
    expect(lines.filter((line) => line.includes('ERR') && !expected.includes(line))).toEqual([]);
  });

  it('names packages that are missing', async () => {
    const repository = createMemoryRepository('r');
    const { records } = await makeRelease(repository);
    const without = { ...wrapped(repository), exists: () => Promise.resolve(false) };
    const { findings, platforms } = await inspect(without);
    expect(linesOf(findings)).toEqual([
      'darwin_arm64 ERR_RELEASE_INCOMPLETE',
      'linux_amd64 ERR_RELEASE_INCOMPLETE',
    ]);
    expect(findings[1]).toMatchObject({
      error: { missing: `sha256:${records[0]?.zh.slice(3) ?? ''}` },
    });
    expect(platforms.map(({ package: found }) => found?.isThere)).toEqual([false, false]);
  });

  it('names a manifest that is missing, and goes on', async () => {
    const repository = createMemoryRepository('r');
    await makeRelease(repository);
    const [gone] = (await inspect(repository)).platforms;
    const without: SourceRepository = {
      ...wrapped(repository),
      readManifest: (reference, options) =>
        repository.readManifest(reference === gone!.target.digest ? 'nothing' : reference, options),
    };
    const { findings, platforms } = await inspect(without);
    expect(linesOf(findings)).toEqual(['darwin_arm64 ERR_RELEASE_INCOMPLETE']);
    const [finding] = findings;
    expect(finding?.severity === 'problem' && finding.error).toBeInstanceOf(IncompleteReleaseError);
    expect(finding).toMatchObject({ error: { missing: gone!.target.digest } });
    expect(platforms[0]?.package).toBeUndefined();
    expect(platforms[1]?.package).toBeDefined();
  });

  it('fails when it can not look, which says nothing about the release', async () => {
    const repository = createMemoryRepository('r');
    await makeRelease(repository);
    const answer = { method: 'GET', url: 'x', status: 403, errors: [], text: '' };
    const closed: SourceRepository = {
      ...wrapped(repository),
      exists: () => Promise.reject(new AccessDeniedError('r', answer, {})),
    };
    await expect(inspect(closed)).rejects.toBeInstanceOf(AccessDeniedError);
  });

  it.each([
    [{ provider: 'example.com/acme/other' }, 'ERR_ARTIFACT_FOREIGN'],
    [{ version: '1.2.4' }, 'ERR_ARTIFACT_FOREIGN'],
    [{ tag: '9.9.9' }, 'ERR_CONTENT_NOT_FOUND'],
  ])('refuses a release with %j: %s', async (options, code) => {
    const repository = createMemoryRepository('r');
    await makeRelease(repository, options);
    await expect(inspect(repository)).rejects.toMatchObject({ code });
  });
});

/** A manifest about another. */
async function say(
  to: TargetRepository,
  subject: Descriptor,
): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
  const { digest, mediaType, size } = subject;
  const artifactType = 'application/vnd.example.note';
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: emptyDescriptor,
    layers: [],
    subject: { mediaType, digest, size },
  });
  const manifest = {
    bytes,
    descriptor: {
      mediaType: mediaTypes.manifest,
      digest: digestOf(bytes),
      size: bytes.length,
      artifactType,
    },
  };
  await to.push(manifestSource(manifest));
  return manifest;
}

function wrapped(repository: SourceRepository): SourceRepository {
  return {
    name: repository.name,
    fetch: (...args) => repository.fetch(...args),
    exists: (...args) => repository.exists(...args),
    readManifest: (...args) => repository.readManifest(...args),
    resolve: (...args) => repository.resolve(...args),
    tags: (...args) => repository.tags(...args),
    referrers: (...args) => repository.referrers(...args),
  };
}
