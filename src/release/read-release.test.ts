import { describe, expect, it } from 'vitest';
import { makeOriginKey } from '../../test/support/origin-key.ts';
import { handmadeIdentity, makeRelease, pushRelease } from '../../test/support/pushed-release.ts';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { policyFor, signedEvidence } from '../../test/support/signed-evidence.ts';
import type { EvidenceDocuments } from '../artifact/index.ts';
import {
  bytesSource,
  createMemoryRepository,
  type ManifestContent,
  type TargetRepository,
} from '../content/index.ts';
import { formatVersion, parsePlatform } from '../domain/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../spec/index.ts';
import { listRelease } from './listed-release.ts';
import { findOwner } from './owner.ts';
import { readRelease, readReleasePackage } from './read-release.ts';
import { listVersions } from './versions.ts';

const named = { type: 'thing', version: '1.2.3' };

async function tagAs(
  repository: TargetRepository,
  tag: string,
  document: Readonly<Record<string, unknown>>,
): Promise<ManifestContent> {
  await repository.push(bytesSource(emptyBlob(), mediaTypes.empty));
  const bytes = canonicalJson(document);
  const mediaType = String(document['mediaType']);
  const manifest = {
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
  };
  await repository.tag(manifest, tag);
  return manifest;
}

const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: emptyDescriptor,
  layers: [],
};

/** The index of a release without its types, as some copy tools leave it. */
async function dropTypes(repository: TargetRepository, tag: string): Promise<void> {
  const { bytes } = await repository.readManifest(tag);
  const index = JSON.parse(bytes.toString()) as {
    artifactType?: string;
    manifests: { artifactType?: string }[];
  };
  delete index.artifactType;
  for (const entry of index.manifests) delete entry.artifactType;
  await tagAs(repository, tag, index);
}

describe('readRelease', () => {
  it('resolves once, and finds the package of a platform by its manifest', async () => {
    const repository = createMemoryRepository('r');
    const { index, records } = await makeRelease(repository);
    const release = await readRelease(repository, handmadeIdentity);
    expect(release).toMatchObject({ tag: '1.2.3', descriptor: { digest: index.digest } });
    const platform = parsePlatform('linux_amd64');
    const found = await readReleasePackage(repository, release, platform);
    expect(found).toMatchObject({ zh: records[0]?.zh, layer: { size: records[0]?.size } });
  });

  it('reads an index that lost its types only for who wants to repair it', async () => {
    const repository = createMemoryRepository('r');
    await makeRelease(repository);
    await dropTypes(repository, '1.2.3');
    await expect(readRelease(repository, handmadeIdentity)).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_TYPE_MISSING',
      message: expect.stringContaining('lost when the artifact was copied') as unknown,
    });
    const options = { recoverTypes: true };
    const release = await readRelease(repository, handmadeIdentity, options);
    expect(release.index.targets.length).toBe(2);
  });

  it('refuses what is no release', async () => {
    const repository = createMemoryRepository('r');
    await tagAs(repository, '1.2.3', image);
    await expect(readRelease(repository, handmadeIdentity)).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_INVALID',
    });
  });
});

describe('listVersions', () => {
  it('gives the versions among the tags, ascending', async () => {
    const repository = createMemoryRepository('r');
    for (const tag of ['1.10.0', 'latest', '1.9.0', '1.2', 'v1.0.0', '1.9.0-beta1', '1.0.0_x']) {
      await tagAs(repository, tag, image);
    }
    const versions = await listVersions(repository);
    expect(versions.map(formatVersion)).toEqual([
      '1.0.0+x',
      '1.2.0',
      '1.9.0-beta1',
      '1.9.0',
      '1.10.0',
    ]);
  });
});

describe('listRelease', () => {
  it('tells packages from the index, by platform', async () => {
    const repository = createMemoryRepository('r');
    const { records } = await makeRelease(repository);
    const reads: string[] = [];
    const watched = {
      ...repository,
      name: 'r',
      referrers: (subject: Descriptor) => repository.referrers(subject),
      readManifest: (reference: string) => {
        reads.push(reference);
        return repository.readManifest(reference);
      },
    };
    const listed = await listRelease(watched, handmadeIdentity);
    const [linux, darwin] = records;
    expect(listed.packages).toEqual([
      { platform: 'darwin_arm64', size: darwin?.size, zh: darwin?.zh },
      { platform: 'linux_amd64', size: linux?.size, zh: linux?.zh },
    ]);
    expect(reads).toEqual(['1.2.3']);
  });

  it('reads the manifests where there is a rule: nobody signs what an index says of itself', async () => {
    const key = await makeOriginKey();
    const signed: EvidenceDocuments[] = [];
    const repository = createMemoryRepository('r');
    const { records } = await makeRelease(repository);
    signed.push(await signedEvidence(records, key));
    const forged = createMemoryRepository('r');
    await makeRelease(forged, {
      zips: { linux_amd64: await makeProviderZip({ ...named, salt: 'evil' }, 'linux_amd64') },
      entries: (entries) =>
        entries.map((entry) => ({
          ...entry,
          annotations: { ...entry.annotations, 'dev.tofu-oci.package.zh': records[0]!.zh.slice(3) },
        })),
      evidence: () => signed,
    });
    const listed = await listRelease(forged, handmadeIdentity);
    expect(listed.verdict).toMatchObject({ kind: 'signed', rule: undefined, signed: [] });
    const trust = { policy: policyFor(key), now: new Date() };
    await expect(listRelease(forged, handmadeIdentity, { trust })).rejects.toThrow(
      'the index announces',
    );
  });

  it('reads the manifests where the index does not tell', async () => {
    const repository = createMemoryRepository('r');
    const { records } = await makeRelease(repository, {
      entries: (entries) => entries.map((entry) => ({ ...entry, annotations: {} })),
    });
    const { packages } = await listRelease(repository, handmadeIdentity);
    expect(packages.map(({ zh }) => zh)).toEqual([records[1]?.zh, records[0]?.zh]);
  });
});

describe('findOwner', () => {
  it('is the provider that the newest version names', async () => {
    const repository = createMemoryRepository('r');
    await pushRelease(repository, { version: '1.0.0' });
    expect(await findOwner(repository)).toEqual({ provider: 'example.com/acme/thing' });
  });

  it('is unknown where releases do not say', async () => {
    const repository = createMemoryRepository('r');
    await makeRelease(repository, { annotations: {} });
    expect(await findOwner(repository)).toEqual({ provider: undefined });
  });

  it('is found behind newer versions that are spoilt, or lost their types', async () => {
    const repository = createMemoryRepository('r');
    await makeRelease(repository);
    await tagAs(repository, '1.2.4', image);
    expect(await findOwner(repository)).toEqual({ provider: 'example.com/acme/thing' });
    await dropTypes(repository, '1.2.3');
    expect(await findOwner(repository)).toEqual({ provider: 'example.com/acme/thing' });
  });

  it.each([
    ['container images', ['1.2.3', '1.2.4']],
    ['no versions', ['latest']],
  ])('is nobody where there are %s', async (_, tags) => {
    const repository = createMemoryRepository('r');
    for (const tag of tags) await tagAs(repository, tag, image);
    expect(await findOwner(repository)).toBeUndefined();
  });
});
