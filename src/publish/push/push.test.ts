import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { boundRepository } from '../../../test/support/bound-repository.ts';
import { makeReleaseFolder } from '../../../test/support/release-folder.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { annotationKeys, buildIndex, readIndex, readOriginDocument } from '../../artifact/index.ts';
import { TofuOciError } from '../../base/index.ts';
import { createMemoryRepository, type TargetRepository } from '../../content/index.ts';
import { parseProviderAddress, parseVersion } from '../../domain/index.ts';
import { inspectRelease, readEvidenceOf, readRelease } from '../../release/index.ts';
import { type Descriptor, digestOf, mediaTypes } from '../../spec/index.ts';
import { push, type PushRequest } from './push.ts';

const provider = parseProviderAddress('example.com/acme/thing');

function request(paths: readonly string[], over: Partial<PushRequest> = {}): PushRequest {
  return {
    provider,
    version: undefined,
    paths,
    annotations: {},
    signer: undefined,
    adopt: false,
    replace: false,
    merge: true,
    dryRun: false,
    ...over,
  };
}

const instantly = { now: () => 0, sleep: () => Promise.resolve() };
/** Long enough for the other writer's next step, which takes microseconds here. */
const brief = { now: () => 0, sleep: () => delay(50) };

async function release(
  over: Partial<Parameters<typeof makeReleaseFolder>[1]> = {},
): Promise<Awaited<ReturnType<typeof makeReleaseFolder>>> {
  return await makeReleaseFolder(join(await tempFolder(), 'dist'), {
    type: 'thing',
    version: '1.2.3',
    ...over,
  });
}

/** Counts what is really stored. */
function counting(repository: TargetRepository): {
  repository: TargetRepository;
  pushed: Descriptor[];
} {
  const pushed: Descriptor[] = [];
  return {
    pushed,
    repository: {
      ...boundRepository(repository),
      push: async (source, options) => {
        const outcome = await repository.push(source, options);
        if (outcome === 'pushed') pushed.push(source.descriptor);
        return outcome;
      },
    },
  };
}

async function tagged(
  repository: TargetRepository,
  tag = '1.2.3',
): Promise<ReturnType<typeof readIndex>> {
  const { descriptor, bytes } = await repository.readManifest(tag);
  return readIndex(descriptor, bytes);
}

describe('push', () => {
  it('publishes every package with an index, hints and evidence', async () => {
    const { folder, hashes } = await release();
    const repository = createMemoryRepository('memory/thing');
    const summary = await push(repository, request([folder]), { clock: instantly });
    expect(summary).toMatchObject({ action: 'published', tag: '1.2.3', evidence: 'attached' });
    expect(summary.packages.map(({ platform, outcome }) => [platform, outcome])).toEqual([
      ['darwin_arm64', 'new'],
      ['linux_amd64', 'new'],
      ['windows_amd64', 'new'],
    ]);
    const index = await tagged(repository);
    expect(index.targets.map(({ hints }) => hints.zh)).toEqual(
      ['darwin_arm64', 'linux_amd64', 'windows_amd64'].map((one) => `zh:${hashes.get(one) ?? ''}`),
    );
    const found = await readRelease(repository, { provider, version: parseVersion('1.2.3') });
    const [evidence] = await readEvidenceOf(repository, found.descriptor);
    expect(evidence?.documents.sums?.toString()).toContain(hashes.get('linux_amd64'));
  });

  it('sends children before parents, evidence before the tag and the tag last', async () => {
    const { folder } = await release();
    const inner = createMemoryRepository('memory/thing');
    const order: string[] = [];
    const kindOf = ({ mediaType, artifactType }: Descriptor): string => artifactType ?? mediaType;
    const repository: TargetRepository = {
      ...boundRepository(inner),
      push: async (source, options) => {
        const outcome = await inner.push(source, options);
        order.push(kindOf(source.descriptor));
        return outcome;
      },
      tag: async (manifest, tag) => {
        order.push(`tag ${tag}`);
        await inner.tag(manifest, tag);
      },
    };
    await push(repository, request([folder]), { clock: instantly });
    const first = (kind: string): number => order.indexOf(kind);
    const last = (kind: string): number => order.lastIndexOf(kind);
    const [zip, child] = ['archive/zip', 'application/vnd.opentofu.provider-target'];
    const [index, evidence] = [
      'application/vnd.opentofu.provider',
      'application/vnd.tofu-oci.provider-evidence.v1',
    ];
    expect(last(zip)).toBeGreaterThan(-1);
    expect(last(zip)).toBeLessThan(last(child));
    expect(first(zip)).toBeLessThan(first(child));
    expect(last(child)).toBeLessThan(first(index));
    expect(first(index)).toBeLessThan(first(evidence));
    expect(last('text/plain')).toBeLessThan(first(evidence));
    expect(order.at(-1)).toBe('tag 1.2.3');
    expect(order.filter((step) => step.startsWith('tag'))).toHaveLength(1);
  });

  it('sends nothing the second time, from whatever folder', async () => {
    const first = await release();
    const second = await release();
    const { repository, pushed } = counting(createMemoryRepository('memory/thing'));
    const a = await push(repository, request([first.folder]), { clock: instantly });
    pushed.length = 0;
    const b = await push(repository, request([second.folder]), { clock: instantly });
    expect(b).toMatchObject({ action: 'present', evidence: 'present', digest: a.digest });
    expect(pushed).toEqual([]);
  });

  it('ends at the same digest whichever platform was first', async () => {
    const { pathOf, folder } = await release();
    const digests = new Set<string>();
    const orders = [
      [[pathOf('linux_amd64')], [pathOf('darwin_arm64'), pathOf('windows_amd64')]],
      [[pathOf('windows_amd64')], [pathOf('darwin_arm64')], [pathOf('linux_amd64')]],
      [[folder]],
    ];
    for (const order of orders) {
      const repository = createMemoryRepository('memory/thing');
      let last = '';
      for (const paths of order) {
        last = (await push(repository, request(paths), { clock: instantly })).digest;
      }
      digests.add(last);
    }
    expect(digests.size).toBe(1);
  });

  it('keeps the evidence of platforms that were there before a merge', async () => {
    const mac = await release({ platforms: ['darwin_arm64'] });
    const linux = await release({ platforms: ['linux_amd64'] });
    const repository = createMemoryRepository('memory/thing');
    await push(repository, request([mac.folder]), { clock: instantly });
    await push(repository, request([linux.folder]), { clock: instantly });
    const found = await readRelease(repository, { provider, version: parseVersion('1.2.3') });
    const evidence = await readEvidenceOf(repository, found.descriptor);
    const sums = evidence.map(({ documents }) => documents.sums?.toString() ?? '').join('');
    expect(sums).toContain('darwin_arm64');
    expect(sums).toContain('linux_amd64');
  });

  it('loses no platform to a writer that overwrote the tag', async () => {
    const mac = await release({ platforms: ['darwin_arm64'] });
    const linux = await release({ platforms: ['linux_amd64'] });
    const inner = createMemoryRepository('memory/thing');
    // A registry without conditional requests: every condition is ignored.
    const repository: TargetRepository = {
      ...boundRepository(inner),
      tag: (manifest, tag) => inner.tag(manifest, tag),
    };
    const results = await Promise.all([
      push(repository, request([mac.folder]), { clock: brief }),
      push(repository, request([linux.folder]), { clock: brief }),
    ]);
    expect(results.map(({ action }) => action)).toEqual(['published', 'published']);
    const platforms = (await tagged(repository)).targets.map(({ platform }) => platform.os);
    expect(platforms).toEqual(['darwin', 'linux']);
  });

  it('gives up with a clear error when the tag never rests', async () => {
    const { folder } = await release();
    const inner = createMemoryRepository('memory/thing');
    const other = buildIndex([], { [annotationKeys.provider]: 'example.com/acme/thing' });
    const repository: TargetRepository = {
      ...boundRepository(inner),
      tag: async (manifest, tag) => {
        await inner.tag(manifest, tag);
        await inner.tag(other, tag);
      },
    };
    await expect(push(repository, request([folder]), { clock: instantly })).rejects.toMatchObject({
      code: 'ERR_PUBLISH_CONTENTION',
    });
  });

  it('changes nothing in a dry run', async () => {
    const { folder } = await release();
    const { repository, pushed } = counting(createMemoryRepository('memory/thing'));
    const summary = await push(repository, request([folder], { dryRun: true }));
    expect(summary).toMatchObject({ action: 'planned', evidence: 'planned' });
    expect(pushed).toEqual([]);
    await expect(repository.resolve('1.2.3')).rejects.toThrow();
  });

  it('says in a dry run that there is nothing to do when there is not', async () => {
    const { folder } = await release();
    const repository = createMemoryRepository('memory/thing');
    await push(repository, request([folder]), { clock: instantly });
    const summary = await push(repository, request([folder], { dryRun: true }));
    expect(summary).toMatchObject({ action: 'present', evidence: 'planned' });
  });

  it('repairs an index that lost its artifactTypes in a copy, when told to adopt it', async () => {
    const { folder, pathOf } = await release();
    const repository = createMemoryRepository('memory/thing');
    const ours = await push(repository, request([folder]), { clock: instantly });
    await loseTypes(repository);
    const linux = [pathOf('linux_amd64')];
    await expect(push(repository, request(linux))).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_TYPE_MISSING',
      hint: expect.stringContaining('push --adopt') as string,
    });
    const other = await release({ salt: 'other' });
    await expect(push(repository, request([other.folder], { adopt: true }))).rejects.toMatchObject({
      code: 'ERR_PUBLISH_CONFLICT',
    });
    const repaired = await push(repository, request(linux, { adopt: true }), { clock: instantly });
    expect(repaired).toMatchObject({ action: 'published', digest: ours.digest });
  });

  it('publishes another version beside an index that lost its artifactTypes', async () => {
    const repository = createMemoryRepository('memory/thing');
    const old = await release();
    await push(repository, request([old.folder]), { clock: instantly });
    await loseTypes(repository);
    const next = await release({ version: '1.2.4' });
    const summary = await push(repository, request([next.folder]), { clock: instantly });
    expect(summary).toMatchObject({ action: 'published', version: '1.2.4' });
  });

  it('calls the same packages under the manifests of another tool present (foreign)', async () => {
    const { folder } = await release();
    const repository = createMemoryRepository('memory/thing');
    const ours = await push(repository, request([folder]), { clock: instantly });
    const { bytes } = await repository.readManifest('1.2.3');
    const bare = JSON.parse(bytes.toString()) as {
      annotations?: unknown;
      manifests: { annotations?: unknown }[];
    };
    delete bare.annotations;
    for (const one of bare.manifests) delete one.annotations;
    const foreign = await put(repository, Buffer.from(JSON.stringify(bare)));
    const again = await push(repository, request([folder]), { clock: instantly });
    expect(again).toMatchObject({ action: 'foreign', digest: foreign });
    const adopted = await push(repository, request([folder], { adopt: true }), {
      clock: instantly,
    });
    expect(adopted).toMatchObject({ action: 'published', digest: ours.digest });
  });

  it('replaces a package only when told to, and drops the evidence that spoke of it', async () => {
    const old = await release();
    const changed = await release({ salt: 'changed' });
    const repository = createMemoryRepository('memory/thing');
    await push(repository, request([old.folder]), { clock: instantly });
    await expect(push(repository, request([changed.folder]))).rejects.toMatchObject({
      code: 'ERR_PUBLISH_CONFLICT',
      category: 'conflict',
      message: `the published package for darwin_arm64 is zh:${old.hashes.get('darwin_arm64') ?? ''}, the one to publish is zh:${changed.hashes.get('darwin_arm64') ?? ''}`,
    });
    await push(repository, request([changed.folder], { replace: true }), { clock: instantly });
    const found = await readRelease(repository, { provider, version: parseVersion('1.2.3') });
    const evidence = await readEvidenceOf(repository, found.descriptor);
    expect(evidence).toHaveLength(1);
  });

  it('says what nobody vouches for any more when one platform of several is replaced', async () => {
    const old = await release({ platforms: ['darwin_arm64', 'linux_amd64'] });
    const manifest = 'terraform-provider-thing_1.2.3_manifest.json';
    await writeFile(
      join(old.folder, manifest),
      '{"version":1,"metadata":{"protocol_versions":["5.0"]}}',
    );
    const changed = await release({ platforms: ['linux_amd64'], salt: 'changed' });
    const repository = createMemoryRepository('memory/thing');
    await push(repository, request([old.folder]), { clock: instantly });
    const warnings: string[] = [];
    const events = { warning: (text: string) => warnings.push(text) };
    const replacing = request([changed.folder], { replace: true });
    await push(repository, replacing, { clock: instantly, events });
    expect(warnings).toEqual([
      expect.stringMatching(/no SHA256SUMS speaks of darwin_arm64 any more$/u),
    ]);
    const version = parseVersion('1.2.3');
    const found = await readRelease(repository, { provider, version });
    const origins = (await readEvidenceOf(repository, found.descriptor)).map(({ documents }) =>
      readOriginDocument(documents.origin),
    );
    expect(origins.map((one) => [...one.packages.keys()]).sort()).toEqual([
      ['darwin_arm64'],
      ['linux_amd64'],
    ]);
    expect(origins.flatMap(({ protocols }) => protocols)).toEqual(['5.0']);
    const inspected = await inspectRelease({
      repository,
      provider,
      version,
      tags: new Set(['1.2.3']),
      lookForPackages: true,
    });
    expect(inspected.findings).toEqual([
      {
        severity: 'warning',
        platform: 'darwin_arm64',
        message: 'no SHA256SUMS of the evidence has a line for the package',
      },
    ]);
  });

  it('refuses sums that contradict a platform that was published before', async () => {
    const mac = await release({ platforms: ['darwin_arm64'] });
    const repository = createMemoryRepository('memory/thing');
    await push(repository, request([mac.folder]), { clock: instantly });
    const linux = await release({ platforms: ['linux_amd64'], sums: false });
    const name = 'terraform-provider-thing_1.2.3';
    await writeFile(
      join(linux.folder, `${name}_SHA256SUMS`),
      `${linux.hashes.get('linux_amd64') ?? ''}  ${name}_linux_amd64.zip\n${'0'.repeat(64)}  ${name}_darwin_arm64.zip\n`,
    );
    await expect(push(repository, request([linux.folder]))).rejects.toMatchObject({
      code: 'ERR_PUBLISH_CONFLICT',
      platform: 'darwin_arm64',
      message: `the published package for darwin_arm64 is zh:${mac.hashes.get('darwin_arm64') ?? ''}, and SHA256SUMS states zh:${'0'.repeat(64)} for it`,
    });
  });

  it('does not add platforms with merge off', async () => {
    const repository = createMemoryRepository('memory/thing');
    const mac = await release({ platforms: ['darwin_arm64'] });
    const linux = await release({ platforms: ['linux_amd64'] });
    await push(repository, request([mac.folder]), { clock: instantly });
    await expect(push(repository, request([linux.folder], { merge: false }))).rejects.toMatchObject(
      { code: 'ERR_PUBLISH_MERGE_FORBIDDEN' },
    );
  });

  it('refuses a repository that belongs to another provider, or to nobody', async () => {
    const { folder } = await release();
    const repository = createMemoryRepository('memory/thing');
    const other = parseProviderAddress('example.com/other/thing');
    await push(repository, request([folder], { provider: other }), { clock: instantly });
    await expect(push(repository, request([folder]))).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_FOREIGN',
    });
    const next = await release({ version: '1.3.0' });
    await expect(push(repository, request([next.folder]))).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_FOREIGN',
    });
    const nobodys = createMemoryRepository('memory/nobody');
    const bare = buildIndex([], {});
    await nobodys.tag(bare, '1.0.0');
    await expect(push(nobodys, request([next.folder]))).rejects.toMatchObject({
      code: 'ERR_PUBLISH_OWNERSHIP',
    });
    const adopted = await push(nobodys, request([next.folder], { adopt: true }), {
      clock: instantly,
    });
    expect(adopted).toMatchObject({ action: 'published', tag: '1.3.0' });
  });

  it('uses plugin protocols and a leading v in file names', async () => {
    const { folder, hashes } = await release({ version: '1.2.3', sums: false });
    const parent = join(folder, '..');
    await mkdir(join(parent, 'v'));
    await writeFile(
      join(parent, 'terraform-registry-manifest.json'),
      JSON.stringify({ version: 1, metadata: { protocol_versions: ['6.0'] } }),
    );
    const repository = createMemoryRepository('memory/thing');
    await push(repository, request([folder]), { clock: instantly });
    const found = await readRelease(repository, { provider, version: parseVersion('1.2.3') });
    const [evidence] = await readEvidenceOf(repository, found.descriptor);
    expect(JSON.parse(evidence?.documents.origin.toString() ?? '')).toMatchObject({
      protocols: ['6.0'],
      packages: { linux_amd64: { zh: hashes.get('linux_amd64') } },
    });
  });

  it('publishes a release whose evidence the registry refuses, with a warning', async () => {
    const { folder } = await release();
    const inner = createMemoryRepository('memory/thing');
    const warnings: string[] = [];
    const repository: TargetRepository = {
      ...boundRepository(inner),
      push: async (source, options) => {
        if (
          source.descriptor.mediaType.includes('pgp') ||
          source.descriptor.mediaType === 'text/plain'
        ) {
          throw new UnsupportedError('unknown media type');
        }
        return await inner.push(source, options);
      },
    };
    const summary = await push(repository, request([folder]), {
      clock: instantly,
      events: { warning: (text) => warnings.push(text) },
    });
    expect(summary).toMatchObject({ action: 'published', evidence: 'refused' });
    expect(warnings.join()).toMatch(/does not take the evidence/u);
  });
});

describe('push refuses before anything is sent', () => {
  const cases: readonly [string, (folder: string) => Promise<unknown>, Record<string, unknown>][] =
    [
      [
        'a folder without packages',
        (folder) => mkdir(folder, { recursive: true }),
        { code: 'ERR_PUBLISH_NO_PACKAGES' },
      ],
      [
        'packages of two versions',
        async (folder) => {
          await makeReleaseFolder(folder, { type: 'thing', version: '1.0.0', sums: false });
          await makeReleaseFolder(folder, { type: 'thing', version: '1.1.0', sums: false });
        },
        { code: 'ERR_PUBLISH_SELECTION' },
      ],
      [
        'a checksum that differs',
        async (folder) => {
          const made = await makeReleaseFolder(folder, { type: 'thing', version: '1.0.0' });
          await makeReleaseFolder(folder, {
            type: 'thing',
            version: '1.0.0',
            salt: 'x',
            sums: false,
          });
          return made;
        },
        { code: 'ERR_PUBLISH_CHECKSUM' },
      ],
      [
        'a checksum that is missing',
        async (folder) => {
          await makeReleaseFolder(folder, {
            type: 'thing',
            version: '1.0.0',
            platforms: ['linux_amd64'],
          });
          await makeReleaseFolder(folder, { type: 'thing', version: '1.0.0', sums: false });
        },
        { code: 'ERR_PUBLISH_CHECKSUM' },
      ],
      [
        'a signature without its key',
        async (folder) => {
          await makeReleaseFolder(folder, { type: 'thing', version: '1.0.0' });
          await writeFile(join(folder, 'terraform-provider-thing_1.0.0_SHA256SUMS.sig'), 'x');
        },
        { code: 'ERR_PUBLISH_SIGNATURE_INPUT' },
      ],
      [
        'a zip that is no provider package',
        async (folder) => {
          const other = await makeReleaseFolder(folder, {
            type: 'other',
            version: '1.0.0',
            sums: false,
            platforms: ['linux_amd64'],
          });
          const { rename } = await import('node:fs/promises');
          await rename(
            other.pathOf('linux_amd64'),
            join(folder, 'terraform-provider-thing_1.0.0_linux_amd64.zip'),
          );
        },
        { code: 'ERR_PUBLISH_BAD_PACKAGE', cause: { code: 'ERR_ARCHIVE_NOT_A_PROVIDER' } },
      ],
      [
        'a truncated zip',
        async (folder) => {
          const made = await makeReleaseFolder(folder, {
            type: 'thing',
            version: '1.0.0',
            sums: false,
          });
          const { readFile } = await import('node:fs/promises');
          const path = made.pathOf('linux_amd64');
          await writeFile(path, (await readFile(path)).subarray(0, -30));
        },
        { code: 'ERR_PUBLISH_BAD_PACKAGE', cause: { code: 'ERR_ARCHIVE_TRUNCATED' } },
      ],
    ];

  it.each(cases)('%s', async (_name, prepare, expected) => {
    const folder = join(await tempFolder(), 'dist');
    await prepare(folder);
    const { repository, pushed } = counting(createMemoryRepository('memory/thing'));
    await expect(push(repository, request([folder]))).rejects.toMatchObject(expected);
    expect(pushed).toEqual([]);
  });
});

class UnsupportedError extends TofuOciError {
  readonly code = 'ERR_TEST_UNSUPPORTED';
  readonly category = 'unsupported';
}

/** What skopeo 1.9 does with `copy --all`. */
async function loseTypes(repository: TargetRepository): Promise<void> {
  const { bytes } = await repository.readManifest('1.2.3');
  const index = JSON.parse(bytes.toString()) as {
    artifactType?: string;
    manifests: { artifactType?: string }[];
  };
  for (const one of [index, ...index.manifests]) delete one.artifactType;
  await put(repository, Buffer.from(JSON.stringify(index)));
}

async function put(repository: TargetRepository, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  await repository.tag(
    { bytes, descriptor: { mediaType: mediaTypes.index, digest, size: bytes.length } },
    '1.2.3',
  );
  return digest;
}
