import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeReleaseFolder } from '../../../test/support/release-folder.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { buildIndex, identityAnnotations } from '../../artifact/index.ts';
import { InterruptedError, LimitExceededError, TofuOciError } from '../../base/index.ts';
import {
  type BlobSource,
  bytesSource,
  ContentNotFoundError,
  copyGraph,
  createMemoryRepository,
  type ManifestContent,
  manifestSource,
  type SourceRepository,
  type TargetRepository,
} from '../../content/index.ts';
import {
  formatVersion,
  parseConstraints,
  parseProviderAddress,
  parseVersion,
  type ProviderAddress,
} from '../../domain/index.ts';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  digestParts,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
  parseImageIndex,
} from '../../spec/index.ts';
import { copy, type CopyEvents, type CopyRequest, type CopySummary } from './copy.ts';
import { push } from '../push/push.ts';

const provider = parseProviderAddress('example.com/acme/thing');

async function publish(to: TargetRepository, version: string, of = provider): Promise<void> {
  const folder = join(await tempFolder(), 'dist');
  await makeReleaseFolder(folder, { type: of.type, version });
  const request = {
    provider: of,
    version: parseVersion(version),
    paths: [folder],
    annotations: {},
    signer: undefined,
    adopt: false,
    replace: false,
    merge: true,
    dryRun: false,
  };
  await push(to, request, { clock: { now: () => 0, sleep: () => Promise.resolve() } });
}

/** An image manifest that says something, with all it needs. */
async function say(
  to: TargetRepository,
  text: string,
  { layers = [text], subject }: { layers?: readonly string[]; subject?: Descriptor } = {},
): Promise<ManifestContent> {
  const sources = layers.map((layer) => bytesSource(Buffer.from(layer), 'text/plain'));
  for (const source of [...sources, bytesSource(emptyBlob(), mediaTypes.empty)]) {
    await to.push(source);
  }
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: `application/vnd.example.${text}`,
    config: emptyDescriptor,
    layers: sources.map(({ descriptor }) => descriptor),
    ...(subject === undefined ? {} : { subject }),
  });
  const descriptor = {
    mediaType: mediaTypes.manifest,
    digest: digestOf(bytes),
    size: bytes.length,
  };
  await to.push(manifestSource({ descriptor, bytes }));
  return { descriptor, bytes };
}

function cosignTag({ digest }: { readonly digest: Digest }, suffix: string): string {
  const { algorithm, hex } = digestParts(digest);
  return `${algorithm}-${hex}.${suffix}`;
}

interface Released {
  readonly index: Descriptor;
  readonly target: Descriptor;
  readonly nested: Descriptor;
  readonly signature: ManifestContent;
}

/** A release with everything that can be said about it, in every way. */
async function publishAnnotated(to: TargetRepository, version = '1.2.3'): Promise<Released> {
  await publish(to, version);
  const { bytes, descriptor: index } = await to.readManifest(version);
  const target = parseImageIndex(bytes).manifests[0]!;
  const { descriptor: about } = await say(to, 'about-target', { subject: target });
  const { descriptor: nested } = await say(to, 'about-about', { subject: about });
  const signature = await say(to, 'signature', { layers: [`signature of ${version}`] });
  await to.tag(signature, cosignTag(index, 'sig'));
  await to.tag(await say(to, 'attestation'), cosignTag(target, 'att'));
  await to.tag(await say(to, 'bom'), cosignTag(nested, 'sbom'));
  return { index, target, nested, signature };
}

interface Run {
  readonly summary: CopySummary;
  readonly events: readonly string[];
}

async function run(
  from: SourceRepository,
  to: TargetRepository,
  over: Partial<CopyRequest> & { signal?: AbortSignal; constraints?: readonly string[] } = {},
): Promise<Run> {
  const events: string[] = [];
  const told: CopyEvents = {
    release: ({ action, version }) => events.push(`${action} ${formatVersion(version)}`),
    failure: ({ version }) => events.push(`failed ${version ?? 'all'}`),
  };
  const constraints = (over.constraints ?? []).map((text) => parseConstraints(text));
  const summary = await copy(
    { from: () => Promise.resolve(from), to: () => Promise.resolve(to) },
    { providers: [{ provider, constraints }], dryRun: false, concurrency: 3, ...over },
    { events: told, signal: over.signal },
  );
  return { summary, events };
}

async function tagsOf(repository: TargetRepository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags()) tags.push(tag);
  return tags.sort();
}

async function referrersOf(repository: TargetRepository, of: Descriptor): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const { digest } of repository.referrers(of)) found.push(digest);
  return found.sort();
}

function altered<T extends object>(store: T, changes: Partial<T>): T {
  return new Proxy(store, {
    get(target, key) {
      if (Object.hasOwn(changes, key)) return Reflect.get(changes, key) as unknown;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('copying a release', () => {
  it('brings index, packages, referrers of every depth and what cosign said, as they are', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const { index, nested, target } = await publishAnnotated(from);
    const { summary } = await run(from, to);
    expect(summary.failures).toEqual([]);
    expect(await tagsOf(to)).toEqual(await tagsOf(from));
    for (const tag of await tagsOf(from)) {
      expect((await to.readManifest(tag)).bytes).toEqual((await from.readManifest(tag)).bytes);
    }
    expect(await referrersOf(to, index)).toEqual(await referrersOf(from, index));
    expect(await referrersOf(to, target)).toEqual(await referrersOf(from, target));
    expect(await to.exists(nested)).toBe(true);
    expect(summary.releases).toMatchObject([
      {
        action: 'copied',
        tag: '1.2.3',
        repository: 'to',
        digest: index.digest,
        referrers: { copied: 6, present: 0 },
        packages: [
          { platform: 'darwin_arm64', outcome: 'copied' },
          { platform: 'linux_amd64', outcome: 'copied' },
          { platform: 'windows_amd64', outcome: 'copied' },
        ],
      },
    ]);
    expect(summary.releases[0]?.bytes).toBeGreaterThan(1000);
  });

  it('shows the tag only when all the rest is there', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const { index, signature } = await publishAnnotated(from);
    const order: string[] = [];
    const watched = altered(to, {
      push: (source: BlobSource) => {
        order.push(source.descriptor.digest);
        return to.push(source);
      },
      tag: (manifest: ManifestContent, tag: string) => {
        order.push(tag);
        return to.tag(manifest, tag);
      },
    });
    await run(from, watched);
    expect(order.at(-1)).toBe('1.2.3');
    const signatureAt = order.indexOf(signature.descriptor.digest);
    expect(order.indexOf(index.digest)).toBeLessThan(signatureAt);
    for (const digest of await referrersOf(from, index)) {
      expect(order.indexOf(index.digest)).toBeLessThan(order.indexOf(digest));
    }
  });

  it('says present the second time, and brings what was said since', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const { index } = await publishAnnotated(from);
    await run(from, to);
    const silent = altered(to, { tag: () => expect.fail() });
    const second = await run(from, silent);
    expect(second.summary.releases).toMatchObject([
      {
        action: 'present',
        bytes: 0,
        referrers: { copied: 0, present: 6 },
        packages: [{ outcome: 'present' }, { outcome: 'present' }, { outcome: 'present' }],
      },
    ]);
    expect(second.summary.releases[0]?.packages[0]?.size).toBeGreaterThan(100);
    await say(from, 'late', { subject: index });
    const third = await run(from, to);
    expect(third.events).toEqual(['updated 1.2.3']);
    expect(await referrersOf(to, index)).toEqual(await referrersOf(from, index));
  });

  it('goes on where an earlier copy stopped', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const { index } = await publishAnnotated(from);
    await copyGraph(from, to, index);
    const { summary } = await run(from, to);
    expect(summary.releases).toMatchObject([
      { action: 'copied', packages: [{ outcome: 'present' }, {}, {}] },
    ]);
    expect(await tagsOf(to)).toEqual(await tagsOf(from));
  });

  it('takes nothing in a dry run, and says what it would', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    await publishAnnotated(from);
    const closed = altered(to, { push: () => expect.fail(), tag: () => expect.fail() });
    const { summary } = await run(from, closed, { dryRun: true });
    const real = await run(from, to);
    expect(summary).toEqual(real.summary);
  });

  it('refuses a tag that is at something else, before anything is sent', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    await publish(from, '1.2.3');
    await publish(to, '1.2.3', { ...provider });
    const other = buildIndex(
      parseImageIndex((await to.readManifest('1.2.3')).bytes).manifests.slice(0, 1),
      identityAnnotations({ provider, version: parseVersion('1.2.3') }),
    );
    await to.tag(other, '1.2.3');
    const closed = altered(to, { push: () => expect.fail(), tag: () => expect.fail() });
    const { summary } = await run(from, closed);
    expect(summary.failures).toMatchObject([
      {
        provider: 'example.com/acme/thing',
        version: '1.2.3',
        error: {
          code: 'ERR_PUBLISH_COPY_CONFLICT',
          category: 'conflict',
          tag: '1.2.3',
          target: other.descriptor.digest,
        },
      },
    ]);
  });

  it('refuses a release under a wrong address, on either side', async () => {
    const other = { ...provider, type: 'other' };
    const from = createMemoryRepository('from');
    await publish(from, '1.2.3', other);
    const wrong = await run(from, createMemoryRepository('to'));
    expect(wrong.summary.failures).toMatchObject([{ error: { code: 'ERR_ARTIFACT_FOREIGN' } }]);

    const sound = createMemoryRepository('from');
    await publish(sound, '1.2.3');
    const taken = createMemoryRepository('to');
    await publish(taken, '1.0.0', other);
    const closed = altered(taken, { push: () => expect.fail(), tag: () => expect.fail() });
    const { summary } = await run(sound, closed);
    expect(summary.failures).toMatchObject([
      { version: undefined, error: { code: 'ERR_ARTIFACT_FOREIGN' } },
    ]);
  });

  it('brings signatures up to date, and takes none away', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const { index } = await publishAnnotated(from);
    await run(from, to);
    const tag = cosignTag(index, 'sig');
    const first = 'signature of 1.2.3';
    await from.tag(await say(from, 'signature', { layers: [first, 'two'] }), tag);
    expect((await run(from, to)).events).toEqual(['updated 1.2.3']);
    const { digest } = await from.resolve(tag);
    expect((await to.resolve(tag)).digest).toBe(digest);

    const more = await say(to, 'signature', { layers: [first, 'two', 'three'] });
    await to.tag(more, tag);
    expect((await run(from, to)).events).toEqual(['present 1.2.3']);
    expect((await to.resolve(tag)).digest).toBe(more.descriptor.digest);

    await to.tag(await say(to, 'signature', { layers: [first, 'four'] }), tag);
    const { summary } = await run(from, to);
    expect(summary.failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_COPY_CONFLICT', tag } }]);
  });

  it('warns about a referrer that is listed and gone, or that the target does not take', async () => {
    class Unsupported extends TofuOciError {
      readonly code = 'ERR_TEST';
      readonly category = 'unsupported';
    }
    const from = createMemoryRepository('from');
    const { index } = await publishAnnotated(from);
    const [gone] = await referrersOf(from, index);
    const holed = altered(from, {
      fetch: (target: Descriptor) =>
        target.digest === gone
          ? Promise.reject(new ContentNotFoundError('from', target.digest))
          : from.fetch(target),
    });
    const first = await run(holed, createMemoryRepository('to'));
    expect(first.events).toEqual(['copied 1.2.3']);
    expect(first.summary.releases[0]?.warnings).toEqual([expect.stringContaining(gone!)]);

    const to = createMemoryRepository('to');
    const picky = altered(to, {
      push: (source: BlobSource) =>
        source.descriptor.digest === gone
          ? Promise.reject(new Unsupported('not this type'))
          : to.push(source),
    });
    const second = await run(from, picky);
    expect(second.events).toEqual(['copied 1.2.3']);
    expect(second.summary.releases[0]?.warnings).toEqual([
      expect.stringContaining('not this type'),
    ]);
  });

  it('bounds what a source says about a release', async () => {
    const from = createMemoryRepository('from');
    await publish(from, '1.2.3');
    const { descriptor } = await from.readManifest('1.2.3');
    let made = 0;
    const next = (): Descriptor => ({
      ...descriptor,
      digest: digestOf(Buffer.from(String(made++))),
    });
    const endless = altered(from, {
      referrers: async function* () {
        for (;;) yield await Promise.resolve(next());
      },
    });
    const deep = altered(from, {
      referrers: async function* () {
        yield await Promise.resolve(next());
      },
    });
    for (const hostile of [endless, deep]) {
      const { summary } = await run(hostile, createMemoryRepository('to'));
      expect(summary.failures[0]?.error).toBeInstanceOf(LimitExceededError);
    }
  });
});

describe('copying several releases', () => {
  it('takes all versions, or those that any constraint wants, in their order', async () => {
    const from = createMemoryRepository('from');
    for (const version of ['1.10.0', '1.9.0', '2.0.0-beta1', '1.0.0']) await publish(from, version);
    const to = () => createMemoryRepository('to');
    const all = ['copied 1.0.0', 'copied 1.9.0', 'copied 1.10.0', 'copied 2.0.0-beta1'];
    expect((await run(from, to())).events).toEqual(all);
    const newer = await run(from, to(), { constraints: ['>= 1.9.0'] });
    expect(newer.events).toEqual(['copied 1.9.0', 'copied 1.10.0']);
    const either = await run(from, to(), { constraints: ['2.0.0-beta1', '< 1.9.0'] });
    expect(either.events).toEqual(['copied 1.0.0', 'copied 2.0.0-beta1']);
  });

  it('ignores tags that are no version, or no tag of one', async () => {
    const from = createMemoryRepository('from');
    await publish(from, '1.2.0');
    const release = await from.readManifest('1.2.0');
    for (const tag of ['latest', '1.2', 'v1.2.0']) await from.tag(release, tag);
    const to = createMemoryRepository('to');
    expect((await run(from, to)).events).toEqual(['copied 1.2.0']);
    expect(await tagsOf(to)).toEqual(['1.2.0']);
  });

  it('fails when there is nothing to copy, and says what there is', async () => {
    const from = createMemoryRepository('from');
    const empty = await run(from, createMemoryRepository('to'));
    expect(empty.summary.failures[0]?.error).toMatchObject({
      code: 'ERR_PUBLISH_NO_VERSIONS',
      category: 'not-found',
    });
    await publish(from, '1.2.0');
    const { summary } = await run(from, createMemoryRepository('to'), { constraints: ['~> 2.0'] });
    expect(summary.failures[0]?.error).toMatchObject({
      code: 'ERR_PUBLISH_NO_VERSIONS',
      hint: expect.stringContaining('1.2.0') as string,
    });
  });

  it('goes on after a failure of one, and stops after one that concerns all', async () => {
    class Denied extends TofuOciError {
      readonly code = 'ERR_TEST_DENIED';
      readonly category = 'auth';
    }
    const from = createMemoryRepository('from');
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await publish(from, version);
    const spoilt = await say(from, 'nonsense');
    await from.tag(spoilt, '1.1.0');
    const { events } = await run(from, createMemoryRepository('to'), { concurrency: 1 });
    expect(events).toEqual(['copied 1.0.0', 'failed 1.1.0', 'copied 1.2.0']);

    const to = createMemoryRepository('to');
    const denying = altered(to, { push: () => Promise.reject(new Denied('no')) });
    const stopped = await run(from, denying, { concurrency: 1 });
    expect(stopped.events).toEqual(['failed 1.0.0']);
    expect(stopped.summary.skipped).toBe(2);
  });

  it('asks no more at once than it may, and copies several at once', async () => {
    const from = createMemoryRepository('from');
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await publish(from, version);
    const to = createMemoryRepository('to');
    let running = 0;
    let most = 0;
    const counted = altered(to, {
      push: async (source: BlobSource) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running -= 1;
        return await to.push(source);
      },
    });
    await run(from, counted, { concurrency: 4 });
    expect(most).toBe(4);
  });

  it('opens the repositories of each provider', async () => {
    const [one, two] = [provider, { ...provider, type: 'other' }];
    const sources = new Map<string, TargetRepository>();
    for (const each of [one, two]) {
      const source = createMemoryRepository(each.type);
      await publish(source, '1.0.0', each);
      sources.set(each.type, source);
    }
    const targets = new Map<string, TargetRepository>();
    const { releases } = await copy(
      {
        from: ({ type }: ProviderAddress) => Promise.resolve(sources.get(type)!),
        to: ({ type }: ProviderAddress) => {
          const target = createMemoryRepository(`to ${type}`);
          targets.set(type, target);
          return Promise.resolve(target);
        },
      },
      {
        providers: [one, two].map((each) => ({ provider: each, constraints: [] })),
        dryRun: false,
        concurrency: 2,
      },
    );
    expect(releases.map(({ repository }) => repository)).toEqual(['to thing', 'to other']);
    expect(await tagsOf(targets.get('other')!)).toEqual(['1.0.0']);
  });

  it('stops when it is told to', async () => {
    const from = createMemoryRepository('from');
    await publish(from, '1.0.0');
    const controller = new AbortController();
    const to = createMemoryRepository('to');
    const reason = new InterruptedError('the test');
    const interrupting = altered(to, {
      push: () => {
        controller.abort(reason);
        return Promise.reject(reason);
      },
    });
    await expect(run(from, interrupting, { signal: controller.signal })).rejects.toBe(reason);
    expect(await tagsOf(to)).toEqual([]);
  });
});
