import { beforeAll, describe, expect, it } from 'vitest';
import { boundRepository } from '../../../test/support/bound-repository.ts';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import { makeMirrorPlace } from '../../../test/support/mirror-place.ts';
import { readOriginDocument } from '../../artifact/index.ts';
import {
  ContentNotFoundError,
  createMemoryRepository,
  type TargetRepository,
} from '../../content/index.ts';
import { parsePlatform, parseVersion, type ProviderAddress } from '../../domain/index.ts';
import {
  inspectRelease,
  readEvidenceOf,
  readRelease,
  readReleasePackage,
} from '../../release/index.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

const version = parseVersion('1.1.0');
const linux = parsePlatform('linux_amd64');

/** A repository that lost what is named, until somebody brings it again. */
function lossyRepository(): {
  readonly to: TargetRepository;
  readonly lost: Set<string>;
  readonly pushed: string[];
} {
  const inner = createMemoryRepository('registry.example.com/tf/thing');
  const lost = new Set<string>();
  const pushed: string[] = [];
  const gone = (digest: string): void => {
    if (lost.has(digest)) throw new ContentNotFoundError(inner.name, digest);
  };
  const to = boundRepository(inner, {
    exists: async (target, options) =>
      !lost.has(target.digest) && (await inner.exists(target, options)),
    fetch: async (target, options) => {
      gone(target.digest);
      return await inner.fetch(target, options);
    },
    readManifest: async (reference, options) => {
      gone(reference);
      return await inner.readManifest(reference, options);
    },
    push: async (source, options) => {
      const { digest } = source.descriptor;
      const outcome = await inner.push(source, options);
      if (!lost.delete(digest)) return outcome;
      pushed.push(digest);
      return 'pushed';
    },
  });
  return { to, lost, pushed };
}

async function contentsOf(
  to: TargetRepository,
  provider: ProviderAddress,
): Promise<{ readonly manifest: string; readonly layer: string }> {
  const release = await readRelease(to, { provider, version });
  const { layer } = await readReleasePackage(to, release, linux);
  const target = release.index.targets.find(({ platform }) => platform.os === 'linux');
  return { layer: layer.digest, manifest: target?.descriptor.digest ?? '' };
}

describe('repairing a release', () => {
  it.each<readonly [string, readonly ('manifest' | 'layer')[]]>([
    ['the manifest of a platform', ['manifest']],
    ['a zip', ['layer']],
    ['both', ['manifest', 'layer']],
  ])('brings again %s', async (_name, parts) => {
    const { lost, pushed, to } = lossyRepository();
    const { asked, provider, run } = await makeMirrorPlace(world, { to });
    await run();
    const contents = await contentsOf(to, provider);
    const before = await to.resolve('1.1.0');
    for (const part of parts) lost.add(contents[part]);
    const trusting = await run();
    expect(trusting.packages).toMatchObject({ present: 2, pushed: 0 });
    asked();
    const { failures, releases } = await run({ repair: true });
    expect(failures).toEqual([]);
    expect(releases[0]?.packages).toMatchObject([
      { platform: 'darwin_arm64', outcome: 'present' },
      { platform: 'linux_amd64', outcome: 'pushed' },
    ]);
    expect(asked().filter((line) => line.endsWith('.zip'))).toHaveLength(1);
    expect(new Set(pushed)).toEqual(new Set(parts.map((part) => contents[part])));
    expect(await to.resolve('1.1.0')).toEqual(before);
  });

  it('leaves alone what is whole', async () => {
    const { to } = lossyRepository();
    const { asked, run } = await makeMirrorPlace(world, { to });
    await run();
    asked();
    const { packages } = await run({ repair: true });
    expect(packages).toMatchObject({ present: 2, pushed: 0 });
    expect(asked().join()).not.toContain('.zip');
  });

  it('only says what it would bring in a dry run', async () => {
    const { lost, pushed, to } = lossyRepository();
    const { provider, run } = await makeMirrorPlace(world, { to });
    await run();
    lost.add((await contentsOf(to, provider)).layer);
    const { packages } = await run({ repair: true, dryRun: true });
    expect(packages).toMatchObject({ present: 1, planned: 1 });
    expect(pushed).toEqual([]);
  });
});

describe('the evidence of platforms that come later', () => {
  it('keeps the records of those that were there', async () => {
    const { provider, run, to } = await makeMirrorPlace(world);
    await run({ platforms: [linux] });
    await run();
    const { descriptor } = await readRelease(to, { provider, version });
    const evidence = await readEvidenceOf(to, descriptor);
    const stated = evidence.map(({ documents }) => readOriginDocument(documents.origin).packages);
    const h1s = world.packages
      .filter((one) => one.version === '1.1.0')
      .map(({ h1, platform }) => [platform, h1]);
    const full = stated.find((packages) => packages.size === 2);
    expect([...(full ?? [])].map(([name, { h1 }]) => [name, h1]).sort()).toEqual(h1s.sort());
    const request = { repository: to, provider, version, tags: new Set(['1.1.0']) };
    const { findings } = await inspectRelease({ ...request, lookForPackages: true });
    expect(findings).toEqual([]);
  });
});
