import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { evidenceOf, makeRelease, pushRelease } from '../../../test/support/pushed-release.ts';
import { makeProviderZip } from '../../../test/support/release-folder.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { identityAnnotations } from '../../artifact/index.ts';
import { TofuOciError } from '../../base/index.ts';
import {
  copyGraph,
  createMemoryRepository,
  type HostedRepository,
  manifestSource,
  openLayoutRepository,
  type SourceRepository,
  type TargetRepository,
} from '../../content/index.ts';
import {
  formatVersion,
  parseConstraints,
  parseProviderAddress,
  parseVersion,
} from '../../domain/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  emptyDescriptor,
  mediaTypes,
  type RepositoryName,
} from '../../spec/index.ts';
import { prune, type PrunePlaces, type PruneRequest, type PruneSummary } from './prune.ts';
import type { PrunableRepository } from './prune-repository.ts';
import type { PruneOptions } from './prune.ts';
import { verifyRelease } from '../verify/verify-release.ts';

const provider = parseProviderAddress('example.com/acme/thing');

async function openFolder(
  folder?: string,
): Promise<{ folder: string; repository: HostedRepository }> {
  const path = folder ?? join(await tempFolder(), 'layout');
  const repository = await openLayoutRepository(path, { mode: 'create', graceMs: 0 });
  return { folder: path, repository };
}

interface MadeVersion {
  readonly version: string;
  /** Platform to what is in its package; the same content is the same manifest. */
  readonly packages: Readonly<Record<string, string>>;
  readonly hasEvidence?: boolean;
}

async function make(to: TargetRepository, made: MadeVersion): Promise<Descriptor> {
  const zips: Record<string, Buffer> = {};
  for (const [platform, salt] of Object.entries(made.packages)) {
    zips[platform] = await makeProviderZip({ type: 'thing', version: '1.2.3', salt }, platform);
  }
  const version = parseVersion(made.version);
  const { index } = await makeRelease(to, {
    version: made.version,
    tag: made.version,
    namedAfter: '1.2.3',
    zips,
    annotations: identityAnnotations({ provider, version }),
    ...(made.hasEvidence === true ? { evidence: (records) => [evidenceOf(records)] } : {}),
  });
  return index;
}

async function run(
  repository: PrunableRepository,
  over: Partial<PruneRequest> = {},
  options: PruneOptions = {},
): Promise<PruneSummary> {
  const places: PrunePlaces = {
    read: () => Promise.resolve(repository),
    write: () =>
      Promise.resolve({
        repository,
        finish: () => Promise.resolve(undefined),
        close: () => Promise.resolve(),
      }),
  };
  const rules = { newest: 1, constraints: [], locked: undefined };
  return await prune(
    places,
    { providers: [provider], rules, maxDelete: undefined, dryRun: false, concurrency: 2, ...over },
    options,
  );
}

function linesOf({ failures, versions }: PruneSummary): string[] {
  return [
    ...versions.map(({ action, version }) => `${formatVersion(version)} ${action}`),
    ...failures.map(
      ({ error, version = 'all' }) =>
        `${version} ${error instanceof TofuOciError ? error.code : String(error)}`,
    ),
  ];
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Everything below a tag, and all that is said about it, as digests; fails where something is missing. */
async function whole(repository: SourceRepository, tag: string): Promise<string[]> {
  const { bytes, descriptor } = await repository.readManifest(tag);
  const copy = createMemoryRepository('copy');
  await copyGraph(repository, copy, descriptor, { limiter: pLimit(2) });
  const said = await all(repository.referrers(descriptor));
  for (const one of said) await copyGraph(repository, copy, one, { limiter: pLimit(2) });
  return [digestOf(bytes), ...said.map(({ digest }) => digest)];
}

async function manifestsIn(folder: string): Promise<string[]> {
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as {
    manifests: readonly { digest: string }[];
  };
  return [...new Set(index.manifests.map(({ digest }) => digest))];
}

/** The repository with other ways, as registries have them. */
function changed(
  repository: HostedRepository,
  changes: Partial<PrunableRepository>,
): PrunableRepository {
  return new Proxy<PrunableRepository>(repository, {
    get: (target, name) => {
      if (name in changes) return Reflect.get(changes, name) as unknown;
      const own: unknown = Reflect.get(target, name);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

class Refused extends TofuOciError {
  readonly code = 'ERR_TEST_REFUSED';
  readonly category = 'unsupported';
}
const refuse = (): Promise<never> => Promise.reject(new Refused('answered 405'));

function image(fields: object): { descriptor: Descriptor; bytes: Buffer } {
  const { manifest: mediaType } = mediaTypes;
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType, config: emptyDescriptor, layers: [], ...fields }),
  );
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

const cosignTag = (digest: Digest): string => `${digest.replace(':', '-')}.sig`;

describe('prune', () => {
  it('removes nothing in a dry run, and tells what it would', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const summary = await run(repository, { dryRun: true });
    expect(linesOf(summary)).toEqual(['1.0.0 removable', '1.1.0 kept']);
    expect(summary.versions[0]).toMatchObject({ packages: 3, bytes: expect.any(Number) as number });
    expect(await all(repository.tags())).toEqual(['1.0.0', '1.1.0']);
  });

  it('leaves releases that verify, and no manifest of what went', async () => {
    const { folder, repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0', '1.2.3']) await pushRelease(repository, { version });
    const kept = await whole(repository, '1.2.3');
    const indexes = await all(repository.tags());
    expect(indexes).toHaveLength(3);
    expect(linesOf(await run(repository))).toEqual([
      '1.0.0 removed',
      '1.1.0 removed',
      '1.2.3 kept',
    ]);
    const tags = new Set(await all(repository.tags()));
    expect([...tags]).toEqual(['1.2.3']);
    const version = parseVersion('1.2.3');
    const { findings } = await verifyRelease(
      { provider, version, repository, tags },
      { limiter: pLimit(2) },
    );
    expect(findings).toEqual([]);
    expect(await whole(repository, '1.2.3')).toEqual(kept);
    const { bytes, removed } = await repository.collectGarbage();
    expect(removed).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(0);
    await repository.close();
    // The index, three packages, the evidence.
    expect(await manifestsIn(folder)).toHaveLength(5);
  });

  it('removes nothing when more would go than may', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await pushRelease(repository, { version });
    const summary = await run(repository, { maxDelete: 1 });
    expect(summary.refusal).toMatchObject({ code: 'ERR_PUBLISH_MAX_DELETE', versions: 2 });
    expect(linesOf(summary)).toEqual(['1.0.0 removable', '1.1.0 removable', '1.2.0 kept']);
    expect(await all(repository.tags())).toHaveLength(3);
    expect((await run(repository, { maxDelete: 2 })).refusal).toBeUndefined();
  });

  it('leaves tags that are no versions, and what they need', async () => {
    const { repository } = await openFolder();
    await make(repository, { version: '1.0.0', packages: { linux_amd64: 'a' } });
    await repository.tag(await repository.readManifest('1.0.0'), 'stable');
    await repository.tag(await repository.readManifest('1.0.0'), 'v1.0.0');
    await make(repository, { version: '1.1.0', packages: { linux_amd64: 'b' } });
    expect(linesOf(await run(repository))).toEqual(['1.0.0 removed', '1.1.0 kept']);
    expect(await all(repository.tags())).toEqual(['1.1.0', 'stable', 'v1.0.0']);
    await whole(repository, 'stable');
  });

  it('leaves what is under a version and is no release of the provider', async () => {
    const { repository } = await openFolder();
    await pushRelease(repository, { version: '1.0.0' });
    await makeRelease(repository, { provider: 'example.com/acme/other', tag: '1.1.0' });
    await repository.tag(image({ annotations: { a: 'b' } }), '1.2.0');
    const summary = await run(repository);
    expect(linesOf(summary)).toEqual(['1.0.0 kept', '1.1.0 kept', '1.2.0 kept']);
    expect(summary.versions.map(({ kept }) => kept.map(({ kind }) => kind))).toEqual([
      ['newest'],
      ['no-release'],
      ['no-release'],
    ]);
  });

  it("removes cosign's tags and lists of referrers with what they are about", async () => {
    const { folder, repository } = await openFolder();
    const gone = await make(repository, { version: '1.0.0', packages: { linux_amd64: 'a' } });
    const kept = await make(repository, { version: '1.1.0', packages: { linux_amd64: 'b' } });
    for (const { digest } of [gone, kept]) {
      await repository.tag(image({ annotations: { about: digest } }), cosignTag(digest));
    }
    const listed = image({ subject: gone, annotations: { listed: 'yes' } });
    const strange = image({ annotations: { strange: 'yes' } });
    for (const one of [listed, strange]) await repository.push(manifestSource(one));
    const list = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [listed.descriptor, strange.descriptor],
      }),
    );
    const descriptor = { mediaType: mediaTypes.index, digest: digestOf(list), size: list.length };
    await repository.tag({ descriptor, bytes: list }, gone.digest.replace(':', '-'));
    await run(changed(repository, { referrers: async function* () {} }));
    expect(await all(repository.tags())).toEqual(['1.1.0', cosignTag(kept.digest)]);
    await repository.close();
    const left = await manifestsIn(folder);
    expect(left).not.toContain(listed.descriptor.digest);
    // A list may name anything.
    expect(left).toContain(strange.descriptor.digest);
  });

  it('keeps what is said about a package that another version has too', async () => {
    const { repository } = await openFolder();
    await make(repository, { version: '1.0.0', packages: { linux_amd64: 'a', darwin_arm64: 'x' } });
    await make(repository, { version: '1.1.0', packages: { linux_amd64: 'a' } });
    const shared = await targetsOf(repository, '1.1.0');
    const [subject] = shared;
    if (subject === undefined) throw new Error('no package');
    await repository.push(manifestSource(image({ subject })));
    await repository.tag(
      image({ annotations: { signs: subject.digest } }),
      cosignTag(subject.digest),
    );
    await run(repository);
    expect(await all(repository.referrers(subject))).toHaveLength(1);
    expect(await all(repository.tags())).toEqual(['1.1.0', cosignTag(subject.digest)]);
    await whole(repository, '1.1.0');
  });

  it('does not remove a tag that was moved after it was looked at', async () => {
    const { repository } = await openFolder();
    await make(repository, { version: '1.0.0', packages: { linux_amd64: 'a' } });
    await make(repository, { version: '1.1.0', packages: { linux_amd64: 'b' } });
    let moved = false;
    const racing = changed(repository, {
      deleteTag: async (tag, options) => {
        if (!moved) {
          moved = true;
          await make(repository, {
            version: '1.0.0',
            packages: { linux_amd64: 'a', darwin_arm64: 'c' },
          });
        }
        await repository.deleteTag(tag, options);
      },
    });
    expect(linesOf(await run(racing))).toEqual([
      '1.0.0 left',
      '1.1.0 kept',
      '1.0.0 ERR_CONTENT_TAG_CONFLICT',
    ]);
    await whole(repository, '1.0.0');
  });

  it('keeps packages that a version shares which was pushed meanwhile', async () => {
    const { repository } = await openFolder();
    await make(repository, { version: '1.0.0', packages: { linux_amd64: 'a' } });
    await make(repository, { version: '1.1.0', packages: { linux_amd64: 'b' } });
    const racing = changed(repository, {
      deleteTag: async (tag, options) => {
        await repository.deleteTag(tag, options);
        await make(repository, { version: '1.2.0', packages: { linux_amd64: 'a' } });
      },
    });
    expect(linesOf(await run(racing))).toEqual(['1.0.0 removed', '1.1.0 kept']);
    await whole(repository, '1.2.0');
  });

  it('puts a package back that a version needs which was pushed while it went', async () => {
    const { repository } = await openFolder();
    await make(repository, { version: '1.0.0', packages: { linux_amd64: 'a' } });
    await make(repository, { version: '1.1.0', packages: { linux_amd64: 'b' } });
    const [shared] = await targetsOf(repository, '1.0.0');
    const racing = changed(repository, {
      deleteManifest: async (digest, options) => {
        // The registry had been asked for the package before it went, and did not look again.
        if (digest === shared?.digest) {
          await make(repository, { version: '1.2.0', packages: { linux_amd64: 'a' } });
        }
        await repository.deleteManifest(digest, options);
      },
    });
    const warnings: string[] = [];
    const events = { warning: (_: unknown, text: string) => void warnings.push(text) };
    expect(linesOf(await run(racing, {}, { events }))).toEqual(['1.0.0 removed', '1.1.0 kept']);
    expect(warnings.join()).toContain('put back');
    await whole(repository, '1.2.0');
  });

  it('removes indexes right away where no tag can be removed by its name', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await pushRelease(repository, { version });
    await repository.tag(await repository.readManifest('1.1.0'), 'stable');
    const plain = changed(repository, { deleteTag: refuse });
    const summary = await run(plain);
    expect(linesOf(summary)).toEqual([
      '1.0.0 removed',
      '1.1.0 left',
      '1.2.0 kept',
      '1.1.0 ERR_PUBLISH_SHARED_MANIFEST',
    ]);
    expect(await all(repository.tags())).toEqual(['1.1.0', '1.2.0', 'stable']);
    await whole(repository, '1.1.0');
  });

  it.each<[string, RepositoryName | undefined, string]>([
    ['a registry of any kind', undefined, 'a setting of many registries'],
    ['GitHub', { registry: 'ghcr.io', path: 'acme/tf/thing' }, 'gh api --method DELETE'],
    [
      'Amazon',
      { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', path: 'tf/thing' },
      'aws ecr batch-delete-image --registry-id 123456789012 --region eu-west-1 --repository-name tf/thing --image-ids imageDigest=sha256:',
    ],
    [
      'Docker',
      { registry: 'docker.io', path: 'acme/thing' },
      '/repositories/acme/thing/tags/1.0.0/',
    ],
    [
      'Azure',
      { registry: 'acme.azurecr.io', path: 'thing' },
      'az acr repository delete --name acme',
    ],
    [
      'Google',
      { registry: 'europe-docker.pkg.dev', path: 'p/r/thing' },
      'gcloud artifacts docker images delete',
    ],
    ['Red Hat', { registry: 'quay.io', path: 'acme/thing' }, 'repository/acme/thing/tag/1.0.0'],
    [
      "Amazon's public registry",
      { registry: 'public.ecr.aws', path: 'x1/thing' },
      'aws ecr-public batch-delete-image --region us-east-1 --repository-name thing',
    ],
  ])('says how to delete where %s does not', async (_, address, hint) => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const changes = { deleteTag: refuse, deleteManifest: refuse };
    const refusing = changed(repository, address === undefined ? changes : { ...changes, address });
    const summary = await run(refusing);
    expect(linesOf(summary)).toEqual(['1.0.0 left', '1.1.0 kept', 'all ERR_PUBLISH_NO_DELETES']);
    expect((summary.failures[0]?.error as TofuOciError).hint).toContain(hint);
    expect(await all(repository.tags())).toEqual(['1.0.0', '1.1.0']);
  });

  it('says in a dry run of a registry that never deletes that it will not', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const warnings: string[] = [];
    const events = { warning: (_: unknown, text: string) => void warnings.push(text) };
    const address = { registry: 'ghcr.io', path: 'acme/thing' };
    await run(changed(repository, { address }), { dryRun: true }, { events });
    await run(repository, { dryRun: true }, { events });
    expect(warnings).toEqual([expect.stringContaining('own commands will be printed')]);
  });

  it('leaves what is kept whole when it is interrupted, and goes on the next time', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await pushRelease(repository, { version });
    const stop = new AbortController();
    const stopping = changed(repository, {
      deleteManifest: async (digest, options) => {
        await repository.deleteManifest(digest, options);
        stop.abort(new Error('stopped'));
      },
    });
    await expect(run(stopping, {}, { signal: stop.signal })).rejects.toThrow('stopped');
    for (const tag of await all(repository.tags())) await whole(repository, tag);
    await run(repository);
    expect(await all(repository.tags())).toEqual(['1.2.0']);
    await whole(repository, '1.2.0');
  });

  it('removes tags where manifests can not be removed, and says so', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const warnings: string[] = [];
    const events = { warning: (_: unknown, text: string) => void warnings.push(text) };
    const summary = await run(changed(repository, { deleteManifest: refuse }), {}, { events });
    expect(linesOf(summary)).toEqual(['1.0.0 removed', '1.1.0 kept']);
    expect(warnings).toHaveLength(1);
  });

  it('counts only releases that are accepted, and removes nothing where none is', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await pushRelease(repository, { version });
    const judged: string[] = [];
    const refuseSome = (...refused: string[]) => ({
      refuse:
        () =>
        (_: unknown, { tag }: { readonly tag: string }) => {
          judged.push(tag);
          return Promise.resolve(refused.includes(tag) ? 'nobody signed it' : undefined);
        },
    });
    const dry = { dryRun: true };
    expect(linesOf(await run(repository, dry, refuseSome('1.2.0')))).toEqual([
      '1.0.0 removable',
      '1.1.0 kept',
      '1.2.0 removable',
    ]);
    // Evidence is read as far as it takes.
    expect(judged).toEqual(['1.2.0', '1.1.0']);
    expect(linesOf(await run(repository, {}, refuseSome('1.0.0', '1.1.0', '1.2.0')))).toEqual([
      'all ERR_PUBLISH_NOTHING_ACCEPTED',
    ]);
    expect(await all(repository.tags())).toHaveLength(3);
  });

  it('removes nothing where a tag can not be read: nobody knows what it needs', async () => {
    const { repository } = await openFolder();
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const { digest } = await repository.resolve('1.1.0');
    const damaged = changed(repository, {
      readManifest: async (reference, options) => {
        const found = await repository.readManifest(reference, options);
        return found.descriptor.digest === digest ? { ...found, bytes: Buffer.from('{') } : found;
      },
    });
    expect(linesOf(await run(damaged))).toEqual(['all ERR_PUBLISH_UNREADABLE_TAG']);
    expect(await all(repository.tags())).toHaveLength(2);
  });

  it('leaves all versions whole that it keeps, and nothing of the others, whatever they share', async () => {
    const made = fc.record({
      packages: fc.dictionary(
        fc.constantFrom('linux_amd64', 'darwin_arm64', 'windows_amd64'),
        fc.constantFrom('a', 'b'),
        { minKeys: 1 },
      ),
      hasEvidence: fc.boolean(),
      isTaggedTwice: fc.boolean(),
    });
    const rules = fc.record({
      newest: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      kept: fc.integer({ min: 0, max: 4 }),
    });
    const property = fc.asyncProperty(
      fc.array(made, { minLength: 1, maxLength: 5 }),
      rules,
      fc.boolean(),
      async (versions, { kept, newest }, removesTags) => {
        const { folder, repository } = await openFolder();
        for (const [index, one] of versions.entries()) {
          await make(repository, { ...one, version: `1.${index}.0` });
          if (!one.isTaggedTwice) continue;
          await repository.tag(await repository.readManifest(`1.${index}.0`), `also-${index}`);
        }
        const before = new Map<string, string[]>();
        for (const tag of await all(repository.tags())) {
          before.set(tag, await whole(repository, tag));
        }
        const constraints = [parseConstraints(`1.${kept}.0`)];
        const pruned = removesTags ? repository : changed(repository, { deleteTag: refuse });
        const summary = await run(pruned, { rules: { newest, constraints, locked: undefined } });
        const removed = summary.versions.filter(({ action }) => action === 'removed');
        const gone = new Set(removed.map(({ tag }) => tag));
        const expected = [...before.keys()].filter((tag) => !gone.has(tag));
        expect(await all(repository.tags())).toEqual(expected);
        for (const tag of expected) expect(await whole(repository, tag)).toEqual(before.get(tag));
        const needed = new Set<string>();
        for (const tag of expected) {
          for (const digest of before.get(tag) ?? []) needed.add(digest);
          for (const { digest } of await targetsOf(repository, tag)) needed.add(digest);
        }
        await repository.close();
        expect((await manifestsIn(folder)).sort()).toEqual([...needed].sort());
      },
    );
    await fc.assert(property, { numRuns: 12 });
  }, 30_000);
});

async function targetsOf(
  repository: SourceRepository,
  tag: string,
): Promise<readonly Descriptor[]> {
  const { bytes } = await repository.readManifest(tag);
  return (JSON.parse(bytes.toString()) as { manifests: readonly Descriptor[] }).manifests;
}
