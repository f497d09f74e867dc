import { join } from 'node:path';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import {
  buildIndex,
  buildTarget,
  identityAnnotations,
  packageLayer,
  type PackageRecord,
} from '../artifact/index.ts';
import { inspectPackage } from '../archive/index.ts';
import {
  bytesSource,
  createMemoryRepository,
  readableOf,
  RepositoryNotFoundError,
  type TargetRepository,
} from '../content/index.ts';
import {
  formatVersion,
  packageFilename,
  parsePlatform,
  parseProviderAddress,
  parseProviderPattern,
  parseVersion,
} from '../domain/index.ts';
import { createMultiSource } from './multi-source.ts';
import { createOciMirrorSource } from './oci-mirror-source.ts';
import type { ProviderSource } from './interfaces.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const linux = parsePlatform('linux_amd64');

async function publish(
  repository: TargetRepository,
  version: string,
  platforms: readonly string[],
): Promise<readonly PackageRecord[]> {
  const records: PackageRecord[] = [];
  await repository.push(bytesSource(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'));
  for (const platform of platforms) {
    const zip = await makeProviderZip({ type: 'thing', version }, platform);
    const summary = await inspectPackage(readableOf(zip));
    const record: PackageRecord = {
      platform: parsePlatform(platform),
      filename: packageFilename('thing', parseVersion(version), parsePlatform(platform)),
      size: summary.size,
      zh: summary.zh,
      h1: summary.h1OfTree,
    };
    await repository.push(bytesSource(zip, packageLayer(record).mediaType));
    const target = buildTarget(record);
    await repository.push(bytesSource(target.bytes, target.descriptor.mediaType));
    records.push(record);
  }
  const index = buildIndex(
    records.map((record) => buildTarget(record).descriptor),
    identityAnnotations({ provider, version: parseVersion(version) }),
  );
  await repository.tag(index, version.replace('+', '_'));
  return records;
}

function mirror(repository: TargetRepository, trustAllHashes = false): ProviderSource {
  return createOciMirrorSource({
    repositoryFor: () => Promise.resolve(repository),
    trustAllHashes,
  });
}

const ask = (version: string, platform = linux): Parameters<ProviderSource['packageMeta']>[0] => ({
  provider,
  version: parseVersion(version),
  platform,
});

describe('an OCI mirror', () => {
  it('lists the versions its tags name, ascending, and ignores other tags', async () => {
    const repository = createMemoryRepository('memory/thing');
    for (const version of ['1.10.0', '1.9.0', '1.9.0+build'])
      await publish(repository, version, ['linux_amd64']);
    const index = await repository.readManifest('1.9.0');
    await repository.tag(index, 'latest');
    const versions = await mirror(repository).availableVersions(provider);
    expect(versions.map(formatVersion)).toEqual(
      expect.arrayContaining(['1.9.0', '1.9.0+build', '1.10.0']),
    );
    expect(formatVersion(versions.at(-1)!)).toBe('1.10.0');
    expect(versions).toHaveLength(3);
  });

  it('stages a package that has the hashes it announced', async () => {
    const repository = createMemoryRepository('memory/thing');
    const [record] = await publish(repository, '1.0.0', ['linux_amd64', 'darwin_arm64']);
    const meta = await mirror(repository).packageMeta(ask('1.0.0'));
    expect(meta.claims).toEqual({ expected: [record?.zh], trustedMirror: [] });
    expect(meta.location.display).toBe(`memory/thing@sha256:${record?.zh.slice(3) ?? ''}`);
    const folder = await tempFolder();
    const staged = await meta.location.stage(folder);
    expect(staged).toMatchObject({ kind: 'extracted', zh: record?.zh, h1OfTree: record?.h1 });
    expect(await readdir(folder)).toContain('terraform-provider-thing_v1.0.0');
    expect(await readFile(join(folder, 'LICENSE'), 'utf8')).toBe('Apache-2.0\n');
  });

  it('reports the hashes of every platform only when it is trusted for them', async () => {
    const repository = createMemoryRepository('memory/thing');
    const records = await publish(repository, '1.0.0', ['linux_amd64', 'darwin_arm64']);
    const meta = await mirror(repository, true).packageMeta(ask('1.0.0'));
    expect(new Set(meta.claims.trustedMirror)).toEqual(
      new Set(records.flatMap(({ zh, h1 }) => [zh, h1])),
    );
  });

  it.each([
    [
      'a platform it lacks',
      ask('1.0.0', parsePlatform('plan9_386')),
      'ERR_SOURCES_PLATFORM_NOT_SUPPORTED',
      'not-found',
    ],
    ['a version it lacks', ask('2.0.0'), 'ERR_SOURCES_VERSION_NOT_FOUND', 'not-found'],
  ])('says that it does not have %s', async (_name, wanted, code, category) => {
    const repository = createMemoryRepository('memory/thing');
    await publish(repository, '1.0.0', ['linux_amd64']);
    await expect(mirror(repository).packageMeta(wanted)).rejects.toMatchObject({ code, category });
  });

  it('tells a missing repository from a missing version', async () => {
    const missing: TargetRepository = Object.assign(
      Object.create(createMemoryRepository('memory/none')) as TargetRepository,
      { readManifest: () => Promise.reject(new RepositoryNotFoundError('memory/none')) },
    );
    await expect(mirror(missing).packageMeta(ask('1.0.0'))).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
      category: 'not-found',
      hint: expect.stringContaining('no repository memory/none') as string,
    });
  });

  it('calls a release whose platforms were deleted incomplete, which is not "not found"', async () => {
    const repository = createMemoryRepository('memory/thing');
    await publish(repository, '1.0.0', ['linux_amd64']);
    const holed: TargetRepository = Object.assign(Object.create(repository) as TargetRepository, {
      readManifest: async (reference: string) => {
        if (reference.startsWith('sha256:')) {
          const { ContentNotFoundError } = await import('../content/index.ts');
          throw new ContentNotFoundError('memory/thing', reference);
        }
        return await repository.readManifest(reference);
      },
    });
    await expect(mirror(holed).packageMeta(ask('1.0.0'))).rejects.toMatchObject({
      code: 'ERR_RELEASE_INCOMPLETE',
      category: 'integrity',
    });
  });

  it('explains an index that lost its artifactType in a copy', async () => {
    const repository = createMemoryRepository('memory/thing');
    await publish(repository, '1.0.0', ['linux_amd64']);
    const { bytes, descriptor } = await repository.readManifest('1.0.0');
    const stripped = JSON.parse(bytes.toString()) as {
      artifactType?: string;
      manifests: { artifactType?: string }[];
    };
    delete stripped.artifactType;
    for (const one of stripped.manifests) delete one.artifactType;
    const source = bytesSource(Buffer.from(JSON.stringify(stripped)), descriptor.mediaType);
    await repository.tag(
      { bytes: Buffer.from(JSON.stringify(stripped)), descriptor: source.descriptor },
      '1.0.0',
    );
    await expect(mirror(repository).packageMeta(ask('1.0.0'))).rejects.toThrow(
      /was lost when the artifact was copied/u,
    );
  });

  it('refuses the release of another provider in the same repository', async () => {
    const repository = createMemoryRepository('memory/thing');
    await publish(repository, '1.0.0', ['linux_amd64']);
    const other = parseProviderAddress('example.com/other/thing');
    await expect(
      mirror(repository).packageMeta({ ...ask('1.0.0'), provider: other }),
    ).rejects.toMatchObject({ code: 'ERR_ARTIFACT_FOREIGN' });
  });
});

describe('several methods together', () => {
  const empty: ProviderSource = createOciMirrorSource({
    repositoryFor: () => {
      throw new RepositoryNotFoundError('memory/none');
    },
  });
  const broken: ProviderSource = {
    display: 'a broken one',
    availableVersions: () => Promise.reject(new Error('500')),
    packageMeta: () => Promise.reject(new Error('500')),
  };
  const all = { include: [], exclude: [] };

  it('offers the union of versions and takes a package from the first that has it', async () => {
    const first = createMemoryRepository('memory/first');
    const second = createMemoryRepository('memory/second');
    await publish(first, '1.0.0', ['linux_amd64']);
    await publish(second, '2.0.0', ['linux_amd64']);
    const source = createMultiSource([
      { source: mirror(first), ...all },
      { source: mirror(second), ...all },
    ]);
    const versions = await source.availableVersions(provider);
    expect(versions.map(formatVersion)).toEqual(['1.0.0', '2.0.0']);
    const meta = await source.packageMeta(ask('2.0.0'));
    expect(meta.location.display).toMatch(/^memory\/second@/u);
  });

  it('goes on after "not found" and stops at anything else', async () => {
    const there = createMemoryRepository('memory/there');
    await publish(there, '1.0.0', ['linux_amd64']);
    const good = { source: mirror(there), ...all };
    const skipping = createMultiSource([{ source: empty, ...all }, good]);
    await expect(skipping.packageMeta(ask('1.0.0'))).resolves.toMatchObject({ provider });
    const stopping = createMultiSource([{ source: broken, ...all }, good]);
    await expect(stopping.availableVersions(provider)).rejects.toThrow('500');
    await expect(stopping.packageMeta(ask('1.0.0'))).rejects.toThrow('500');
  });

  it('asks a method only for the providers it is for', async () => {
    const pattern = parseProviderPattern('example.com/acme/*');
    const excluded = createMultiSource([{ source: broken, include: [], exclude: [pattern] }]);
    await expect(excluded.availableVersions(provider)).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
    });
    const notIncluded = createMultiSource([
      { source: broken, include: [parseProviderPattern('example.com/other/*')], exclude: [] },
    ]);
    await expect(notIncluded.availableVersions(provider)).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
    });
  });
});
