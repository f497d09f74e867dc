import { beforeAll, describe, expect, it } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import {
  makeMirrorPlace,
  type MirrorTestPlace,
  newest,
  pinning,
} from '../../../test/support/mirror-place.ts';
import { makeOriginKey, type OriginKey } from '../../../test/support/origin-key.ts';
import { boundRepository } from '../../../test/support/bound-repository.ts';
import { buildEvidence, type EvidenceDocuments } from '../../artifact/index.ts';
import { bytesSource, createMemoryRepository } from '../../content/index.ts';
import { formatVersion, parsePlatform, parseVersion } from '../../domain/index.ts';
import { judgeRelease, gatherEvidence, readEvidenceOf, readRelease } from '../../release/index.ts';
import { noTrustPolicy } from '../../signatures/index.ts';
import { emptyDescriptor } from '../../spec/index.ts';
import { createRepositoryOrigin } from './repository-origin.ts';

let world: InitWorld;
let other: OriginKey;
beforeAll(async () => {
  [world, other] = await Promise.all([makeInitWorld(), makeOriginKey()]);
});

const rules = { enforceSignatures: false, enforceExpiration: false };
const linux = parsePlatform('linux_amd64');
const version = parseVersion('1.1.0');
const all = [{ ...newest, newest: 'all' as const }];

/** Puts evidence beside the index of a mirror. */
async function attach({ provider, to }: MirrorTestPlace, documents: EvidenceDocuments) {
  const { descriptor } = await readRelease(to, { provider, version });
  const { manifest, layers } = buildEvidence(descriptor, documents);
  for (const source of [
    bytesSource(Buffer.from('{}'), emptyDescriptor.mediaType),
    ...layers.map(({ bytes, descriptor: { mediaType } }) => bytesSource(bytes, mediaType)),
    bytesSource(manifest.bytes, manifest.descriptor.mediaType),
  ]) {
    await to.push(source);
  }
}

const pushedTwice = { packages: { pushed: 2, present: 0, planned: 0 }, failures: [] };
const presentTwice = { packages: { pushed: 0, present: 2, planned: 0 }, failures: [] };

describe('another mirror in a registry as origin', () => {
  /** A mirror of the registry, and a place that takes from it. */
  async function secondPlace(
    options: {
      readonly pinned?: OriginKey | undefined;
      readonly spoil?: (mirror: MirrorTestPlace) => Promise<void>;
      readonly mirrored?: Parameters<MirrorTestPlace['run']>[0];
    } = {},
  ): Promise<{ first: MirrorTestPlace; second: MirrorTestPlace; run: MirrorTestPlace['run'] }> {
    const first = await makeMirrorPlace(world);
    const { provider } = first;
    await first.run(options.mirrored);
    await options.spoil?.(first);
    const policy =
      options.pinned === undefined
        ? noTrustPolicy
        : pinning(options.pinned)(`${first.registry.host}/acme/thing`);
    const second = await makeMirrorPlace(world, {
      origin: () =>
        createRepositoryOrigin({
          repositoryFor: () => Promise.resolve(first.to),
          rules,
          trust: policy,
        }),
    });
    const providers = [{ provider, versions: [], wanted: all }];
    return { first, second, run: (over) => second.run({ providers, ...over }) };
  }

  it('gives packages and evidence, so that it is the same release', async () => {
    const { first, run, second } = await secondPlace({ pinned: world.key });
    const told = await run();
    expect(told).toMatchObject(pushedTwice);
    expect(told.releases[0]?.verdict).toMatchObject({
      kind: 'signed',
      isAccepted: true,
      text: `signed, key ID ${world.key.keyId}, pinned trust.hcl:2`,
    });
    expect(await second.to.resolve('1.1.0')).toEqual(await first.to.resolve('1.1.0'));
    const { provider } = first;
    const { descriptor } = await readRelease(second.to, { provider, version });
    expect(await readEvidenceOf(second.to, descriptor)).toEqual(
      await readEvidenceOf(first.to, descriptor),
    );
    expect(await run()).toMatchObject(presentTwice);
  });

  it('gives some of its platforms, with evidence that holds for them', async () => {
    const { first, run, second } = await secondPlace({ pinned: world.key });
    expect(await run({ platforms: [linux] })).toMatchObject({ packages: { pushed: 1 } });
    const identity = { provider: first.provider, version };
    const { descriptor, index } = await readRelease(second.to, identity);
    const gathered = await gatherEvidence(second.to, descriptor, {});
    const packages = index.targets.map(({ hints, platform }) => ({ platform, zh: hints.zh }));
    const verdict = await judgeRelease(
      { ...identity, packages, gathered },
      { policy: pinning(world.key)(`${first.registry.host}/acme/thing`), now: new Date() },
    );
    expect(verdict).toMatchObject({ kind: 'signed', isAccepted: true });
    expect(await run()).toMatchObject({ packages: { pushed: 1, present: 1 }, failures: [] });
    expect(await second.to.resolve('1.1.0')).toEqual(await first.to.resolve('1.1.0'));
  });

  it('proves nothing by the keys that it brings along', async () => {
    const { run } = await secondPlace();
    const { failures } = await run({ requireSigned: true });
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_UNSIGNED' } }]);
    const plain = await run();
    expect(plain).toMatchObject(pushedTwice);
    expect(plain.releases[0]?.verdict).toMatchObject({ kind: 'signed', isAccepted: false });
  });

  it('is refused by a rule for another key, before anything is fetched', async () => {
    const { run, second } = await secondPlace({ pinned: other });
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { reason: 'changed-key', category: 'trust' } }]);
    expect(await second.tags()).toEqual([]);
  });

  it('is refused by a rule when its evidence was stripped', async () => {
    const first = await makeMirrorPlace(world);
    await first.run();
    const bare = boundRepository(first.to, {
      // eslint-disable-next-line @typescript-eslint/require-await -- nothing is said
      referrers: async function* () {
        yield* [];
      },
    });
    const trust = pinning(world.key)(`${first.registry.host}/acme/thing`);
    const second = await makeMirrorPlace(world, {
      origin: () =>
        createRepositoryOrigin({ repositoryFor: () => Promise.resolve(bare), rules, trust }),
    });
    const providers = [{ provider: first.provider, versions: [], wanted: all }];
    const { failures } = await second.run({ providers });
    expect(failures).toMatchObject([{ error: { category: 'trust' } }]);
  });

  it('says which evidence could not be kept', async () => {
    const { run } = await secondPlace({
      spoil: (first) => attach(first, { origin: Buffer.from('{') }),
    });
    const { failures, warnings } = await run();
    expect(failures).toEqual([]);
    expect(warnings.join()).toMatch(/is not JSON; that evidence is not kept/u);
  });

  it('gives no evidence that was made for another release', async () => {
    const { first, run, second } = await secondPlace({
      spoil: (mirror) =>
        attach(mirror, {
          origin: Buffer.from(
            '{"origin":"example.org","packages":{},"provider":"example.org/acme/other","version":"9.9.9"}',
          ),
        }),
    });
    const { failures, warnings } = await run();
    expect(failures).toEqual([]);
    expect(warnings.join()).toMatch(/is about another release; that evidence is not kept/u);
    const { descriptor } = await readRelease(second.to, { provider: first.provider, version });
    const kept = await readEvidenceOf(second.to, descriptor);
    expect(kept.map(({ documents }) => documents.origin.toString()).join()).not.toContain('other');
    expect(kept).toHaveLength(1);
  });

  it('without the repository is not found', async () => {
    const empty = createMemoryRepository('registry.example.com/tf/empty');
    const { provider, run } = await makeMirrorPlace(world, {
      origin: () => createRepositoryOrigin({ repositoryFor: () => Promise.resolve(empty), rules }),
    });
    const providers = [{ provider, versions: [version], wanted: [] }];
    const { failures } = await run({ providers });
    expect(failures).toMatchObject([{ error: { category: 'not-found' } }]);
    expect(String(failures[0]?.error)).toContain(formatVersion(version));
  });
});
