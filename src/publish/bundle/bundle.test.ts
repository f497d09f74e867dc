import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeReleaseFolder } from '../../../test/support/release-folder.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import {
  type Archive,
  bytesSource,
  createMemoryRepository,
  draftArchive,
  manifestSource,
  openArchive,
  type TargetRepository,
} from '../../content/index.ts';
import { parseProviderAddress, parseVersion, type ProviderAddress } from '../../domain/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../spec/index.ts';
import type { BundleBase, BundleReceipt } from './bundle-receipt.ts';
import {
  type CopyEvents,
  describeBundle,
  exportBundle,
  type ExportSummary,
  formatReceipt,
  importBundle,
  type ImportSummary,
  parseReceipt,
  push,
} from '../index.ts';

const thing = parseProviderAddress('example.com/acme/thing');
const other = parseProviderAddress('example.com/acme/other');

async function publish(
  to: TargetRepository,
  version: string,
  of = thing,
  salt = '',
): Promise<void> {
  const folder = join(await tempFolder(), 'dist');
  await makeReleaseFolder(folder, { type: of.type, version, salt });
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

/** Says something about a manifest. */
async function say(to: TargetRepository, text: string, subject: Descriptor): Promise<Descriptor> {
  const layer = bytesSource(Buffer.from(text), 'text/plain');
  await to.push(layer);
  await to.push(bytesSource(emptyBlob(), mediaTypes.empty));
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: 'application/vnd.example.word',
    config: emptyDescriptor,
    layers: [layer.descriptor],
    subject,
  });
  const { manifest: mediaType } = mediaTypes;
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await to.push(manifestSource({ descriptor, bytes }));
  return descriptor;
}

interface Exported {
  readonly path: string;
  readonly summary: ExportSummary;
  readonly receipt: BundleReceipt | undefined;
}

async function exported(
  shelves: ReadonlyMap<ProviderAddress, TargetRepository>,
  {
    since = [],
    dryRun = false,
    path,
  }: { since?: BundleBase[]; dryRun?: boolean; path?: string } = {},
): Promise<Exported> {
  const file = path ?? join(await tempFolder(), 'x.tar');
  const draft = await draftArchive(file, { startsEmpty: true });
  let receipt: BundleReceipt | undefined;
  const from = (provider: ProviderAddress): Promise<TargetRepository> =>
    Promise.resolve(shelves.get(provider) ?? expect.fail());
  const providers = [...shelves.keys()].map((provider) => ({ provider, constraints: [] }));
  const summary = await exportBundle(
    { from, draft },
    { providers, since, dryRun, concurrency: 3 },
    {
      saveReceipt: (written) => {
        receipt = written;
        return Promise.resolve();
      },
    },
  );
  return { path: file, summary, receipt };
}

interface Imported extends ImportSummary {
  readonly codes: readonly unknown[];
}

async function imported(
  path: string,
  to: ReadonlyMap<ProviderAddress, TargetRepository>,
  { sha256, events }: { sha256?: string; events?: CopyEvents } = {},
): Promise<Imported> {
  const archive = await openArchive(path);
  const target = (provider: ProviderAddress): Promise<TargetRepository> =>
    Promise.resolve(to.get(provider) ?? expect.fail());
  const from = ({ hostname, namespace, type }: ProviderAddress): Promise<TargetRepository> =>
    Promise.resolve(archive.repository(`${hostname}/${namespace}/${type}`));
  try {
    const summary = await importBundle(
      { archive, from, to: target, target },
      { file: path, providers: [...to.keys()], sha256, dryRun: false, concurrency: 3 },
      { events },
    );
    const codes = summary.failures.map(({ error }) => (error as { code?: unknown }).code);
    return { ...summary, codes };
  } finally {
    await archive.close();
  }
}

async function describedAt(path: string): Promise<BundleBase> {
  const archive: Archive = await openArchive(path);
  try {
    return await describeBundle(archive, {});
  } finally {
    await archive.close();
  }
}

const shelf = (): TargetRepository => createMemoryRepository('a shelf');

async function tagsOf(repository: TargetRepository): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of repository.tags()) tags.push(tag);
  return tags.sort();
}

describe('exporting a bundle', () => {
  it('gives the same bytes for the same releases, and a receipt that names them', async () => {
    const [one, two] = [shelf(), shelf()];
    await publish(one, '1.0.0');
    await publish(one, '1.1.0');
    await publish(two, '2.0.0', other);
    const first = await exported(
      new Map([
        [thing, one],
        [other, two],
      ]),
    );
    const second = await exported(
      new Map([
        [other, two],
        [thing, one],
      ]),
    );
    const bytes = await readFile(first.path);
    expect(await readFile(second.path)).toEqual(bytes);
    const sha256 = digestOf(bytes).slice('sha256:'.length);
    expect(first.summary).toMatchObject({ sha256, size: bytes.length, bases: [] });
    expect(first.receipt).toMatchObject({ sha256, size: bytes.length, bases: [], relies: [] });
    expect(second.receipt).toEqual(first.receipt);
    expect(first.receipt?.releases.map(({ isHeld, version }) => [version, isHeld])).toEqual([
      ['2.0.0', true],
      ['1.0.0', true],
      ['1.1.0', true],
    ]);
    const { releases } = await describedAt(first.path);
    expect(releases).toHaveLength(3);
    expect(first.receipt?.releases).toEqual(expect.arrayContaining([...releases]));
  });

  it('says how large it would be, and writes nothing, in a dry run', async () => {
    const one = shelf();
    await publish(one, '1.0.0');
    const dry = await exported(new Map([[thing, one]]), { dryRun: true });
    expect(await readdir(join(dry.path, '..'))).toEqual([]);
    const real = await exported(new Map([[thing, one]]), { path: dry.path });
    expect(dry.summary).toEqual({ ...real.summary, sha256: undefined });
    expect(dry.receipt).toBeUndefined();
  });

  it('writes nothing when a part of what was asked for can not be had', async () => {
    const [one, none] = [shelf(), shelf()];
    await publish(one, '1.0.0');
    const { path, summary } = await exported(
      new Map([
        [thing, one],
        [other, none],
      ]),
    );
    expect(summary.failures).toHaveLength(1);
    expect(summary.size).toBeUndefined();
    expect(await readdir(join(path, '..'))).toEqual([]);
  });
});

describe('a delta', () => {
  const ways = ['receipt', 'file'] as const;

  async function baseOf(
    way: (typeof ways)[number],
    { path, receipt }: Exported,
  ): Promise<BundleBase> {
    if (way === 'file') return await describedAt(path);
    return parseReceipt(formatReceipt(receipt ?? expect.fail()), 'x.receipt.json');
  }

  it.each(ways)('leaves out what is in the bundle before it, known by its %s', async (way) => {
    const one = shelf();
    await publish(one, '1.0.0');
    const full = await exported(new Map([[thing, one]]));
    const base = await baseOf(way, full);
    await publish(one, '1.1.0');
    const delta = await exported(new Map([[thing, one]]), { since: [base] });
    expect(delta.summary.releases.map(({ action }) => action)).toEqual(['present', 'copied']);
    expect(delta.receipt?.bases).toEqual([base.sha256]);
    expect(delta.receipt?.releases.map(({ isHeld }) => isHeld)).toEqual([false, true]);
    expect((await describedAt(delta.path)).releases.map(({ version }) => version)).toEqual([
      '1.1.0',
    ]);
    expect((await describedAt(delta.path)).bases).toEqual([base.sha256]);

    const to = shelf();
    for (const { path } of [full, delta]) {
      expect((await imported(path, new Map([[thing, to]]))).codes).toEqual([]);
    }
    expect(await tagsOf(to)).toEqual(['1.0.0', '1.1.0']);
  });

  it.each(ways)('of nothing new is not written, known by its %s', async (way) => {
    const one = shelf();
    await publish(one, '1.0.0');
    const base = await baseOf(way, await exported(new Map([[thing, one]])));
    const delta = await exported(new Map([[thing, one]]), { since: [base] });
    expect(delta.summary).toMatchObject({ size: undefined, sha256: undefined, failures: [] });
    expect(await readdir(join(delta.path, '..'))).toEqual([]);
  });

  it('has what is newly said about a release, and not the packages of it', async () => {
    const one = shelf();
    await publish(one, '1.0.0');
    const full = await exported(new Map([[thing, one]]));
    const index = await one.resolve('1.0.0');
    const word = await say(one, 'good', index);
    const since = [await baseOf('receipt', full)];
    const delta = await exported(new Map([[thing, one]]), { since });
    expect(delta.summary.releases).toMatchObject([{ action: 'updated', digest: index.digest }]);
    expect(delta.summary.releases[0]?.packages.map(({ outcome }) => outcome)).toEqual([
      'present',
      'present',
      'present',
    ]);
    expect(delta.receipt?.relies).toHaveLength(3);

    const alone = await imported(delta.path, new Map([[thing, shelf()]]));
    expect(alone.codes).toEqual(['ERR_PUBLISH_BUNDLE_BASE']);
    expect(String(alone.failures[0]?.error)).toContain(full.summary.sha256 ?? 'none');
    expect(String(alone.failures[0]?.error)).toContain('3 of its contents');

    const to = shelf();
    await imported(full.path, new Map([[thing, to]]));
    expect(await to.exists(word)).toBe(false);
    const both = await imported(delta.path, new Map([[thing, to]]));
    expect(both.releases).toMatchObject([{ action: 'updated' }]);
    expect(await to.exists(word)).toBe(true);
  });

  it('keeps what another provider needs, though it has the same contents', async () => {
    const [one, two] = [shelf(), shelf()];
    await publish(one, '1.0.0');
    const full = await exported(new Map([[thing, one]]));
    // The same bytes under another address, as for a fork.
    await publish(two, '1.0.0', { ...thing, namespace: 'fork' });
    const fork = { ...thing, namespace: 'fork' };
    const since = [await baseOf('receipt', full)];
    const delta = await exported(
      new Map([
        [thing, one],
        [fork, two],
      ]),
      { since },
    );
    expect((await imported(delta.path, new Map([[fork, shelf()]]))).codes).toEqual([]);
  });

  it('follows a chain by its last receipt', async () => {
    const one = shelf();
    const files: string[] = [];
    let base: BundleBase | undefined;
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
      await publish(one, version);
      const made = await exported(
        new Map([[thing, one]]),
        base === undefined ? {} : { since: [base] },
      );
      files.push(made.path);
      base = await baseOf('receipt', made);
    }
    expect((await describedAt(files[2] ?? '')).releases.map(({ version }) => version)).toEqual([
      '1.2.0',
    ]);
    expect(base?.bases).toHaveLength(2);
    const to = shelf();
    for (const file of files) await imported(file, new Map([[thing, to]]));
    expect(await tagsOf(to)).toEqual(['1.0.0', '1.1.0', '1.2.0']);
  });
});

describe('importing a bundle', () => {
  it('refuses one that was made again', async () => {
    const one = shelf();
    await publish(one, '1.0.0');
    const meant = await exported(new Map([[thing, one]]));
    await say(one, 'evil', await one.resolve('1.0.0'));
    const rebuilt = await exported(new Map([[thing, one]]));
    const to = shelf();
    const sha256 = meant.summary.sha256 ?? '';
    await expect(imported(rebuilt.path, new Map([[thing, to]]), { sha256 })).rejects.toMatchObject({
      code: 'ERR_PUBLISH_BUNDLE_MISMATCH',
      expected: sha256,
      actual: rebuilt.summary.sha256,
    });
    expect(await tagsOf(to).catch(() => [])).toEqual([]);
    expect((await imported(meant.path, new Map([[thing, to]]), { sha256 })).codes).toEqual([]);
  });

  it('sends nothing the second time', async () => {
    const one = shelf();
    await publish(one, '1.0.0');
    const { path } = await exported(new Map([[thing, one]]));
    const to = shelf();
    await imported(path, new Map([[thing, to]]));
    const again = await imported(path, new Map([[thing, to]]));
    expect(again.releases).toMatchObject([{ action: 'present', bytes: 0 }]);
  });

  it('changes nothing that is published, and imports the rest', async () => {
    const [one, to] = [shelf(), shelf()];
    await publish(one, '1.0.0');
    await publish(one, '1.1.0');
    await publish(to, '1.0.0', thing, 'other');
    const standing = await to.resolve('1.0.0');
    const { path } = await exported(new Map([[thing, one]]));
    const result = await imported(path, new Map([[thing, to]]));
    expect(result.codes).toEqual(['ERR_PUBLISH_COPY_CONFLICT']);
    expect(result.releases).toMatchObject([{ action: 'copied', tag: '1.1.0' }]);
    expect(await to.resolve('1.0.0')).toEqual(standing);
  });

  it('imports nothing when one release is incomplete, and no other bundle is said to have the rest', async () => {
    const [one, two] = [shelf(), shelf()];
    await publish(one, '1.0.0');
    await publish(two, '2.0.0', other);
    const path = join(await tempFolder(), 'x.tar');
    const draft = await draftArchive(path);
    // As somebody writes it who leaves out the packages and does not say so.
    const since = [await baseOfPackages(one)];
    const from = (each: ProviderAddress): Promise<TargetRepository> =>
      Promise.resolve(each === thing ? one : two);
    const providers = [thing, other].map((provider) => ({ provider, constraints: [] }));
    await exportBundle(
      {
        from,
        draft: { ...draft, write: (options) => draft.write({ ...options, annotations: {} }) },
      },
      { providers, since, dryRun: false, concurrency: 3 },
      { saveReceipt: () => Promise.resolve() },
    );
    const [to, toOther] = [shelf(), shelf()];
    const result = await imported(
      path,
      new Map([
        [thing, to],
        [other, toOther],
      ]),
    );
    expect(result.codes).toEqual(['ERR_PUBLISH_BUNDLE_INCOMPLETE']);
    expect(await tagsOf(toOther).catch(() => [])).toEqual([]);
  });
});

/** Knows the packages of a release, and not the release. */
async function baseOfPackages(of: TargetRepository): Promise<BundleBase> {
  const { receipt } = await exported(new Map([[thing, of]]));
  const releases = (receipt?.releases ?? []).map((one) => ({ ...one, version: '0.0.1' }));
  return { sha256: 'a'.repeat(64), bases: [], releases };
}

describe('a receipt', () => {
  const right = {
    kind: 'tofu-oci bundle receipt',
    schemaVersion: 1,
    sha256: 'a'.repeat(64),
    size: 10,
    bases: [],
    releases: [],
    holds: [],
    relies: [],
  };
  const release = {
    provider: 'example.com/acme/thing',
    version: '1.0.0',
    digest: `sha256:${'b'.repeat(64)}`,
    in: 'bundle',
    contents: [],
  };

  it.each([
    ['an empty one', right],
    ['one with a release', { ...right, releases: [release] }],
    ['members that are new', { ...right, more: 1 }],
  ])('accepts %s', (_, document) => {
    expect(parseReceipt(JSON.stringify(document), 'x.json').sha256).toBe('a'.repeat(64));
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['another kind', JSON.stringify({ ...right, kind: 'x' })],
    ['a later schema', JSON.stringify({ ...right, schemaVersion: 2 })],
    ['no hash', JSON.stringify({ ...right, sha256: 'A'.repeat(64) })],
    ['no size', JSON.stringify({ ...right, size: -1 })],
    ['odd bases', JSON.stringify({ ...right, bases: ['x'] })],
    ['no releases', JSON.stringify({ ...right, releases: {} })],
    [
      'a release without digest',
      JSON.stringify({ ...right, releases: [{ ...release, digest: 'x' }] }),
    ],
    ['a release of nowhere', JSON.stringify({ ...right, releases: [{ ...release, in: 'x' }] })],
    ['odd contents', JSON.stringify({ ...right, releases: [{ ...release, contents: [1] }] })],
    ['no release', JSON.stringify({ ...right, releases: [null] })],
    [
      'an address that is none',
      JSON.stringify({ ...right, releases: [{ ...release, provider: '' }] }),
    ],
    [
      'a version that is none',
      JSON.stringify({ ...right, releases: [{ ...release, version: 'x' }] }),
    ],
  ])('rejects %s', (_, text) => {
    expect(() => parseReceipt(text, 'x.json')).toThrow(
      expect.objectContaining({ code: 'ERR_PUBLISH_BUNDLE_RECEIPT' }) as Error,
    );
  });
});
