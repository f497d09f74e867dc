import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import {
  evidenceOf,
  type HandmadeOptions,
  handmadeIdentity,
  makeRelease,
  pushRelease,
} from '../../../test/support/pushed-release.ts';
import { makeProviderZip } from '../../../test/support/release-folder.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import type { PackageRecord } from '../../artifact/index.ts';
import {
  openLayoutRepository,
  type SourceRepository,
  type TargetRepository,
} from '../../content/index.ts';
import { computeH1 } from '../../domain/index.ts';
import { type Digest, parseImageIndex, parseImageManifest } from '../../spec/index.ts';
import { type VerifiedRelease, verifyRelease } from './verify-release.ts';

/** A release in a folder, whose files can be damaged. */
async function released(
  make: (to: TargetRepository) => Promise<unknown> = pushRelease,
): Promise<{ readonly folder: string; readonly open: () => Promise<SourceRepository> }> {
  const folder = join(await tempFolder(), 'layout');
  const repository = await openLayoutRepository(folder, { mode: 'create' });
  await make(repository);
  await repository.close();
  return { folder, open: () => openLayoutRepository(folder, { mode: 'read' }) };
}

async function verify(repository: SourceRepository): Promise<VerifiedRelease> {
  const tags = new Set<string>();
  for await (const tag of repository.tags()) tags.add(tag);
  return await verifyRelease({ ...handmadeIdentity, repository, tags }, { limiter: pLimit(2) });
}

function linesOf({ findings }: VerifiedRelease): string[] {
  return findings.map((finding) => {
    const what = finding.severity === 'problem' ? finding.error.code : 'warning';
    return `${finding.platform ?? 'all'} ${what}`;
  });
}

const pathOf = (folder: string, digest: Digest): string =>
  join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));

async function alter(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await chmod(path, 0o600);
  await writeFile(path, bytes);
}

async function shorten(path: string): Promise<void> {
  const bytes = await readFile(path);
  await chmod(path, 0o600);
  await writeFile(path, bytes.subarray(0, -1));
}

/** Digests of all that a release consists of. */
async function partsOf(repository: SourceRepository): Promise<Record<string, Digest>> {
  const index = await repository.readManifest('1.2.3');
  const [target] = parseImageIndex(index.bytes).manifests;
  const manifest = parseImageManifest((await repository.readManifest(target!.digest)).bytes);
  const parts: Record<string, Digest> = {
    target: target!.digest,
    config: manifest.config.digest,
    zip: manifest.layers[0]!.digest,
  };
  for await (const { digest } of repository.referrers(index.descriptor)) {
    parts['evidence'] = digest;
    const { layers } = parseImageManifest((await repository.readManifest(digest)).bytes);
    parts['sums'] = layers[0]!.digest;
    parts['origin'] = layers.at(-1)!.digest;
  }
  return parts;
}

describe('verifying a release', () => {
  it('finds nothing where nothing is wrong, and says what it read', async () => {
    const { open } = await released();
    const repository = await open();
    const verified = await verify(repository);
    expect(verified).toMatchObject({ findings: [], referrers: 1, tag: '1.2.3' });
    expect(verified.packages.map(({ isSound, platform }) => [platform, isSound])).toEqual([
      ['darwin_arm64', true],
      ['linux_amd64', true],
      ['windows_amd64', true],
    ]);
    const packed = verified.packages.reduce((sum, { size }) => sum + size, 0);
    expect(verified.bytes).toBeGreaterThan(packed);
  });

  it.each<[string, (path: string) => Promise<void>, string[]]>([
    ['zip', alter, ['darwin_arm64 ERR_CONTENT_DIGEST_MISMATCH']],
    ['zip', shorten, ['darwin_arm64 ERR_CONTENT_SIZE_MISMATCH']],
    ['zip', rm, ['darwin_arm64 ERR_RELEASE_INCOMPLETE']],
    ['target', alter, ['darwin_arm64 ERR_CONTENT_DIGEST_MISMATCH']],
    ['target', rm, ['darwin_arm64 ERR_RELEASE_INCOMPLETE']],
    // All platforms share it; it is read once.
    ['config', alter, ['darwin_arm64 ERR_CONTENT_DIGEST_MISMATCH']],
    ['config', rm, ['darwin_arm64 ERR_RELEASE_INCOMPLETE']],
    ['sums', alter, ['all ERR_CONTENT_DIGEST_MISMATCH']],
    ['sums', rm, ['all ERR_RELEASE_INCOMPLETE']],
    ['origin', shorten, ['all ERR_CONTENT_SIZE_MISMATCH']],
  ])('finds that %s was changed (%o): %j', async (part, damage, expected) => {
    const { folder, open } = await released();
    const parts = await partsOf(await open());
    await damage(pathOf(folder, parts[part]!));
    const verified = await verify(await open());
    expect(linesOf(verified)).toEqual(expected);
  });

  it('looks at the other packages when one is damaged', async () => {
    const { folder, open } = await released();
    const { zip } = await partsOf(await open());
    await alter(pathOf(folder, zip!));
    const { packages } = await verify(await open());
    expect(packages.map(({ isSound }) => isSound)).toEqual([false, true, true]);
  });

  const lying = (change: Partial<PackageRecord>): NonNullable<HandmadeOptions['evidence']> => {
    return (records) => [evidenceOf(records.map((one) => ({ ...one, ...change })))];
  };
  const onlyHints: NonNullable<HandmadeOptions['entries']> = (entries) =>
    entries.map((entry) => ({
      ...entry,
      annotations: { 'dev.tofu-oci.package.h1': computeH1([]).slice(3) },
    }));

  it.each<[string, HandmadeOptions, string[]]>([
    ['nothing of a release made by hand', {}, []],
    [
      'an h1 in the evidence that is not the one of the package',
      {
        evidence: lying({ h1: computeH1([]) }),
        entries: (all) => all.map((entry) => ({ ...entry, annotations: {} })),
      },
      ['darwin_arm64 ERR_RELEASE_EVIDENCE_MISMATCH', 'linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
    [
      'an h1 in the index that is not the one of the package',
      { entries: onlyHints },
      ['darwin_arm64 ERR_RELEASE_EVIDENCE_MISMATCH', 'linux_amd64 ERR_RELEASE_EVIDENCE_MISMATCH'],
    ],
  ])('finds %s', async (_, options, expected) => {
    const { open } = await released((to) => makeRelease(to, options));
    expect(linesOf(await verify(await open()))).toEqual(expected);
  });

  it('finds packages that OpenTofu could not use', async () => {
    const other = await makeProviderZip({ type: 'other', version: '1.2.3' }, 'linux_amd64');
    const { open } = await released((to) => makeRelease(to, { zips: { linux_amd64: other } }));
    const verified = await verify(await open());
    expect(linesOf(verified)).toEqual(['linux_amd64 ERR_ARTIFACT_INVALID']);
    expect(verified.findings[0]).toMatchObject({
      error: { message: expect.stringContaining('terraform-provider-thing') as unknown },
    });
  });

  it('reads what is under the tags of cosign', async () => {
    const { folder, open } = await released(async (to) => {
      const { index } = await makeRelease(to);
      await makeRelease(to, { tag: `sha256-${index.digest.slice(7)}.sig`, annotations: {} });
    });
    const repository = await open();
    const verified = await verify(repository);
    expect(verified).toMatchObject({ referrers: 1, findings: [] });
    const tag = `sha256-${verified.digest.slice(7)}.sig`;
    await rm(pathOf(folder, (await repository.resolve(tag)).digest));
    expect(linesOf(await verify(await open()))).toEqual(['all ERR_RELEASE_INCOMPLETE']);
  });

  it('stops when it is told to', async () => {
    const { open } = await released();
    const repository = await open();
    const signal = AbortSignal.abort(new Error('enough'));
    const request = { ...handmadeIdentity, repository, tags: new Set<string>() };
    await expect(verifyRelease(request, { limiter: pLimit(1), signal })).rejects.toThrow('enough');
  });
});
