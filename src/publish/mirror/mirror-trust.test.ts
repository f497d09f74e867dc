import { beforeAll, describe, expect, it } from 'vitest';
import { boundRepository } from '../../../test/support/bound-repository.ts';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import {
  makeMirrorPlace,
  type MirrorPlaceOptions,
  type MirrorTestPlace,
  pinning,
} from '../../../test/support/mirror-place.ts';
import { makeOriginKey, type OriginKey } from '../../../test/support/origin-key.ts';
import {
  buildEvidence,
  buildIndex,
  type BuiltManifest,
  providerTypes,
} from '../../artifact/index.ts';
import { TofuOciError } from '../../base/index.ts';
import { bytesSource, createMemoryRepository } from '../../content/index.ts';
import { parsePlatform, parseVersion } from '../../domain/index.ts';
import { readEvidenceOf, readRelease } from '../../release/index.ts';
import { emptyDescriptor } from '../../spec/index.ts';

let world: InitWorld;
let other: OriginKey;
beforeAll(async () => {
  [world, other] = await Promise.all([makeInitWorld(), makeOriginKey()]);
});
const place = (options?: MirrorPlaceOptions): Promise<MirrorTestPlace> =>
  makeMirrorPlace(world, options);

describe('a trust policy', () => {
  it('accepts the key that is pinned, and says so', async () => {
    const { run } = await place({ trust: pinning(world.key) });
    const { failures, releases } = await run();
    expect(failures).toEqual([]);
    expect(releases[0]?.verdict).toMatchObject({
      kind: 'signed',
      isAccepted: true,
      text: `signed, key ID ${world.key.keyId}, pinned trust.hcl:2`,
    });
  });

  it('refuses another key before anything is fetched', async () => {
    const { asked, run, tags } = await place({ trust: pinning(other) });
    const { failures } = await run();
    expect(failures).toMatchObject([
      { error: { code: 'ERR_SIGNATURES_UNTRUSTED', category: 'trust', reason: 'changed-key' } },
    ]);
    expect(await tags()).toEqual([]);
    expect(asked().join()).not.toContain('.zip');
  });

  it('is asked for what is there already, with three small requests', async () => {
    const { asked, registry, run } = await place({ trust: pinning(world.key) });
    await run();
    asked();
    const second = await run();
    expect(second.releases[0]).toMatchObject({ evidence: 'present', verdict: { kind: 'signed' } });
    expect(asked().filter((line) => !/versions$/u.test(line))).toHaveLength(3);
    registry.faults.signer = other;
    const third = await run();
    expect(third.failures).toMatchObject([{ error: { reason: 'unknown-key' } }]);
  });

  it('accepts a release without keys where the rule does, and keeps no signature of it', async () => {
    const trust = pinning(other, 'unsigned = "accept"');
    const { provider, run, to } = await place({ keys: [], trust });
    const { releases, warnings } = await run();
    expect(releases[0]?.verdict).toMatchObject({ kind: 'unsigned', text: 'unsigned' });
    expect(warnings.join()).toContain('trust.hcl:2 accepts that');
    const { descriptor } = await readRelease(to, { provider, version: parseVersion('1.1.0') });
    const [evidence] = await readEvidenceOf(to, descriptor);
    expect(evidence?.documents).toMatchObject({ signature: undefined, keys: undefined });
  });
});

describe('a signature that is required', () => {
  it('is what most releases have', async () => {
    const { run } = await place();
    const { failures } = await run({ requireSigned: true });
    expect(failures).toEqual([]);
  });

  it('is not replaced by a rule that puts up with none', async () => {
    const trust = pinning(other, 'unsigned = "accept"');
    const { run, tags } = await place({ keys: [], trust });
    const { failures } = await run({ requireSigned: true });
    expect(failures).toMatchObject([
      { error: { code: 'ERR_PUBLISH_UNSIGNED', category: 'trust' } },
    ]);
    expect(await tags()).toEqual([]);
  });
});

describe('evidence that is required', () => {
  class UnsupportedTypeError extends TofuOciError {
    readonly code = 'ERR_TEST_UNSUPPORTED_TYPE';
    readonly category = 'unsupported';
  }
  const refusing = (): ReturnType<typeof boundRepository> => {
    const inner = createMemoryRepository('registry.example.com/tf/thing');
    return boundRepository(inner, {
      push: async (source, options) => {
        const { mediaType } = source.descriptor;
        if (/pgp|text\/plain/u.test(mediaType)) throw new UnsupportedTypeError(mediaType);
        return await inner.push(source, options);
      },
    });
  };

  it('and refused is a failure that moves no tag', async () => {
    const to = refusing();
    const { run } = await place({ to });
    const { failures } = await run({ requireEvidence: true });
    expect(failures).toMatchObject([
      { error: { code: 'ERR_PUBLISH_EVIDENCE_REFUSED', category: 'unsupported' } },
    ]);
    await expect(to.resolve('1.1.0')).rejects.toMatchObject({ category: 'not-found' });
  });

  it('is missed also where all packages are present', async () => {
    const to = refusing();
    const { run } = await place({ to });
    const first = await run();
    expect(first.releases[0]?.evidence).toBe('refused');
    const second = await run({ requireEvidence: true });
    expect(second.failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_EVIDENCE_REFUSED' } }]);
  });

  it('is missed where there is only some that nobody can read', async () => {
    const to = refusing();
    const { run } = await place({ to });
    await run();
    const index = await to.resolve('1.1.0');
    const { layers, manifest } = buildEvidence(index, { origin: Buffer.from('{') });
    for (const { bytes, descriptor } of layers) {
      await to.push(bytesSource(bytes, descriptor.mediaType));
    }
    await to.push(bytesSource(Buffer.from('{}'), emptyDescriptor.mediaType));
    await to.push(bytesSource(manifest.bytes, manifest.descriptor.mediaType));
    const second = await run({ requireEvidence: true });
    expect(second.failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_EVIDENCE_REFUSED' } }]);
  });

  it('is found where it is', async () => {
    const { asked, run } = await place();
    await run();
    asked();
    const { releases } = await run({ requireEvidence: true });
    expect(releases[0]?.evidence).toBe('present');
    expect(asked().join()).not.toContain('.sig');
  });
});

describe('a platform that somebody else published before', () => {
  it.each([
    ['when others are added to it', ['darwin_arm64']],
    ['when nothing else is missing', []],
  ])('and that the origin does not know is a conflict %s', async (_name, left) => {
    const { asked, provider, run, to } = await place();
    await run({ platforms: [parsePlatform('linux_amd64')] });
    if (left.length === 0) await run();
    const identity = { provider, version: parseVersion('1.1.0') };
    const { index } = await readRelease(to, identity);
    const targets = index.targets.map(({ descriptor }) => descriptor);
    const [first] = targets;
    if (first === undefined) throw new Error('nothing is published');
    const evil = { ...first, platform: { os: 'plan9', architecture: '386' } };
    const built = buildIndex([...targets, evil], index.annotations);
    await to.tag(built, '1.1.0');
    asked();
    const { failures } = await run();
    expect(failures).toMatchObject([
      { error: { code: 'ERR_PUBLISH_UNLISTED', category: 'conflict', platform: 'plan9_386' } },
    ]);
    expect(asked().join()).not.toContain('.zip');
    expect(await to.resolve('1.1.0')).toMatchObject({ digest: built.descriptor.digest });
  });
});

describe('a platform that somebody else publishes meanwhile', () => {
  it('is a conflict all the same, and the tag stays where they put it', async () => {
    const inner = createMemoryRepository('registry.example.com/tf/thing');
    let evil: BuiltManifest | undefined;
    const to = boundRepository(inner, {
      push: async (source, options) => {
        const outcome = await inner.push(source, options);
        // When the first manifest of ours has come, theirs takes the tag.
        if (evil === undefined && source.descriptor.mediaType.includes('manifest')) {
          const { artifactType, digest, mediaType, size } = source.descriptor;
          const platform = { os: 'plan9', architecture: '386' };
          const type = artifactType ?? providerTypes.target;
          const target = { mediaType, digest, size, artifactType: type, platform };
          evil = buildIndex([target], {});
          await inner.tag(evil, '1.1.0');
        }
        return outcome;
      },
    });
    const { run } = await place({ to });
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { category: 'conflict' } }]);
    expect(await to.resolve('1.1.0')).toMatchObject({ digest: evil?.descriptor.digest });
  });
});

describe('a limit of bytes', () => {
  it('lets releases through as long as they fit, and tells of the others', async () => {
    const { asked, provider, run, tags } = await place();
    const sizes = world.packages
      .filter(({ version }) => version === '1.0.0')
      .map(({ zip }) => zip.length);
    const wanted = [{ constraints: { terms: [] }, newest: 'all' as const }];
    const { failures, packages } = await run({
      providers: [{ provider, versions: [], wanted }],
      concurrency: 1,
      maxBytes: sizes.reduce((sum, size) => sum + size, 100),
    });
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_MAX_BYTES' } }]);
    expect(packages.pushed).toBe(2);
    expect(await tags()).toHaveLength(1);
    expect(asked().filter((line) => /^GET .*\.zip$/u.test(line))).toHaveLength(2);
  });

  it('and a dry run know the sizes without fetching anything', async () => {
    const { asked, run } = await place();
    const { bytes, releases } = await run({ dryRun: true });
    const zips = world.packages.filter(({ version }) => version === '1.1.0');
    expect(bytes).toBe(zips.reduce((sum, { zip }) => sum + zip.length, 0));
    expect(releases[0]?.packages.every(({ size }) => size !== undefined)).toBe(true);
    expect(asked().join()).not.toMatch(/GET [^,]*\.zip/u);
  });

  it('asks for no size that the registry has stated', async () => {
    const { asked, run } = await place({ reportsPackages: true });
    const { bytes } = await run({ dryRun: true });
    expect(bytes).toBeGreaterThan(0);
    expect(asked().join()).not.toContain('.zip');
  });

  it('refuses what nobody tells the size of', async () => {
    const { registry, run, tags } = await place();
    registry.faults.answer = (path) => (path.endsWith('.zip') ? { status: 405 } : undefined);
    const { failures } = await run({ maxBytes: 1_000_000_000 });
    expect(failures).toMatchObject([
      { error: { code: 'ERR_PUBLISH_MAX_BYTES', wanted: undefined } },
    ]);
    expect(await tags()).toEqual([]);
  });
});
