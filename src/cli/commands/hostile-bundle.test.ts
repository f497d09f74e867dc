import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeReleaseFolder } from '../../../test/support/release-folder.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';

/** A file in a tar: its header, and what it holds. */
interface Entry {
  readonly name: string;
  readonly header: Buffer;
  readonly body: Buffer;
}

const block = 512;
const end = Buffer.alloc(2 * block);

function entriesOf(tar: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const header = Buffer.from(tar.subarray(at, at + block));
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const name = header.toString('latin1', 0, header.indexOf(0));
    entries.push({ name, header, body: tar.subarray(at + block, at + block + size) });
    at += block + Math.ceil(size / block) * block;
  }
  return entries;
}

function tarOf(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ body, header }) => [
    header,
    body,
    Buffer.alloc((block - (body.length % block)) % block),
  ]);
  return Buffer.concat([...parts, end]);
}

interface EntryChanges {
  readonly name?: string;
  readonly type?: string;
  /** As the header says it. */
  readonly size?: number;
  readonly body?: Buffer;
}

/** The entry with another name, kind, size or content, its checksum right. */
function changed(entry: Entry, changes: EntryChanges): Entry {
  const { body = entry.body, name = entry.name } = changes;
  const header = Buffer.from(entry.header);
  header.fill(0, 0, 100);
  header.write(name, 0, 'latin1');
  header.write((changes.size ?? body.length).toString(8).padStart(11, '0'), 124, 'latin1');
  header.write(changes.type ?? header.toString('latin1', 156, 157), 156, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return { name, header, body };
}

const isBlob = ({ name }: Entry): boolean => /^blobs\/sha256\/./u.test(name);
const isPackage = (entry: Entry): boolean =>
  isBlob(entry) && entry.body.subarray(0, 2).toString() === 'PK';
const isProviderIndex = (entry: Entry): boolean =>
  isBlob(entry) && entry.body.includes('"manifests":');

/** Every entry that matches, as `change` makes it; there is one. */
function where(
  entries: readonly Entry[],
  matches: (entry: Entry) => boolean,
  change: (entry: Entry) => readonly Entry[],
): Entry[] {
  expect(entries.some(matches)).toBe(true);
  return entries.flatMap((entry) => (matches(entry) ? change(entry) : [entry]));
}

interface Named {
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The layout's index.json, with other manifests. */
function indexed(entries: readonly Entry[], change: (named: Named[]) => Named[]): Buffer {
  return tarOf(
    where(
      entries,
      ({ name }) => name === 'index.json',
      (entry) => {
        const index = JSON.parse(entry.body.toString()) as { manifests: Named[] };
        const manifests = change(index.manifests);
        return [changed(entry, { body: Buffer.from(JSON.stringify({ ...index, manifests })) })];
      },
    ),
  );
}

const refName = 'org.opencontainers.image.ref.name';
const renamed = (named: Named, name: string): Named => ({
  ...named,
  annotations: { [refName]: name },
});
const isNamed = ({ annotations }: Named): boolean => annotations?.[refName] !== undefined;

let good: Entry[];

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'tofu-oci-test-'));
  const source = './source/{hostname}/{namespace}/{type}';
  const dist = join(home, 'dist');
  await makeReleaseFolder(dist, { type: 'thing', version: '1.0.0', platforms: ['linux_amd64'] });
  const run = (...args: string[]) => runMain(args, { home, env: { ...onlyLoopback } });
  await run('push', 'example.com/acme/thing@1.0.0', dist, '--to', source);
  expect(await run('export', '--from', source, '-o', 'x.tar')).toMatchObject({ code: 0 });
  good = entriesOf(await readFile(join(home, 'x.tar')));
  await rm(home, { recursive: true });
});

interface Outcome extends MainRun {
  /** What is in the folder that was imported into. */
  readonly made: readonly string[];
}

async function importing(tar: Buffer): Promise<Outcome> {
  const home = await tempFolder();
  await writeFile(join(home, 'x.tar'), tar);
  const to = './new/{hostname}/{namespace}/{type}';
  const run = await runMain(['import', 'x.tar', '--to', to, '--json'], {
    home,
    env: { ...onlyLoopback },
  });
  const made = (await readdir(home)).filter((name) => name !== 'x.tar');
  return { ...run, made };
}

const first = (entries: readonly Entry[]): Entry => entries.find(isBlob) ?? expect.fail();
const flipped = (entry: Entry): Entry =>
  changed(entry, { body: Buffer.from(entry.body.map((byte, at) => (at === 5 ? byte ^ 1 : byte))) });
const more = (changes: EntryChanges) => (): Buffer =>
  tarOf([...good, changed(first(good), changes)]);

describe('importing a bundle', () => {
  it('takes one that was only taken apart and put together again', async () => {
    expect(await importing(tarOf(good))).toMatchObject({ code: 0, stderr: '', made: ['new'] });
  });

  it.each<readonly [string, () => Buffer, RegExp]>([
    ['a path that leads out', more({ name: '../evil' }), /no plain path/u],
    ['a path from the root', more({ name: '/etc/evil' }), /no plain path/u],
    ['a path with a backslash', more({ name: '..\\evil' }), /no plain path/u],
    ['a link', more({ name: 'link', type: '2', body: Buffer.alloc(0) }), /a link/u],
    ['a hard link', more({ name: 'link', type: '1', body: Buffer.alloc(0) }), /a link/u],
    ['a device', more({ name: 'null', type: '3', body: Buffer.alloc(0) }), /no plain file/u],
    ['a sparse file', more({ name: 'holes', type: 'S' }), /a sparse file/u],
    ['a content twice', more({}), /in it twice/u],
    ['index.json twice', more({ name: 'index.json' }), /in it twice/u],
    ['a size beyond the end', more({ name: 'huge', size: 0o77777777777 }), /cut off/u],
    [
      'a content that nobody names, of another digest',
      more({ name: `blobs/sha256/${'a'.repeat(64)}` }),
      /what it has as sha256:aaaa/u,
    ],
    [
      'a changed package',
      () => tarOf(where(good, isPackage, (entry) => [flipped(entry)])),
      /what it has as sha256:/u,
    ],
    [
      'a changed release',
      () => tarOf(where(good, isProviderIndex, (entry) => [flipped(entry)])),
      /what it has as sha256:/u,
    ],
    [
      'a package less',
      () => tarOf(where(good, isPackage, () => [])),
      /ERR_PUBLISH_BUNDLE_INCOMPLETE/u,
    ],
    [
      'no index.json',
      () => tarOf(good.filter(({ name }) => name !== 'index.json')),
      /no file "index.json"/u,
    ],
    [
      'an index.json that is none',
      () =>
        tarOf(
          where(
            good,
            ({ name }) => name === 'index.json',
            (entry) => [changed(entry, { body: Buffer.from('[]') })],
          ),
        ),
      /not a JSON object/u,
    ],
    [
      'a name for two manifests',
      () => indexed(good, (all) => all.map((one) => renamed(one, 'example.com/acme/thing:1.0.0'))),
      /names two different manifests/u,
    ],
    [
      'another address',
      () =>
        indexed(good, (all) =>
          all.map((one) => (isNamed(one) ? renamed(one, 'example.com/acme/other:1.0.0') : one)),
        ),
      /ERR_ARTIFACT_FOREIGN/u,
    ],
    [
      'another host',
      () =>
        indexed(good, (all) =>
          all.map((one) =>
            isNamed(one) ? renamed(one, 'registry.opentofu.org/acme/thing:1.0.0') : one,
          ),
        ),
      /ERR_ARTIFACT_FOREIGN/u,
    ],
    [
      'another version',
      () =>
        indexed(good, (all) =>
          all.map((one) => (isNamed(one) ? renamed(one, 'example.com/acme/thing:1.0.1') : one)),
        ),
      /ERR_ARTIFACT_FOREIGN/u,
    ],
    [
      'a second, wrong name beside the right one',
      () =>
        indexed(good, (all) => [
          ...all,
          ...all.filter(isNamed).map((one) => renamed(one, 'example.com/acme/thing:1.0.1')),
        ]),
      /ERR_ARTIFACT_FOREIGN/u,
    ],
    [
      'a release that is no release',
      () =>
        indexed(good, (all) =>
          all.map((one) =>
            isNamed(one)
              ? { ...one, annotations: {} }
              : renamed(one, `example.com/acme/thing:1.0.${all.indexOf(one)}`),
          ),
        ),
      /"category":"integrity"/u,
    ],
    [
      'a wrong size',
      () => indexed(good, (all) => all.map((one) => ({ ...one, size: one.size + 1 }))),
      /integrity|wrong size/u,
    ],
    [
      'thousands of names for one release',
      () =>
        indexed(good, (all) =>
          all
            .filter(isNamed)
            .flatMap((one) =>
              Array.from({ length: 30_000 }, (_, n) =>
                renamed(one, `example.com/acme/thing:9.0.${n}`),
              ),
            ),
        ),
      /ERR_ARTIFACT_FOREIGN/u,
    ],
    [
      'thousands of providers for one release',
      () =>
        indexed(good, (all) =>
          all
            .filter(isNamed)
            .flatMap((one) =>
              Array.from({ length: 5000 }, (_, n) =>
                renamed(one, `example.com/acme/thing${n}:1.0.0`),
              ),
            ),
        ),
      /ERR_ARTIFACT_FOREIGN/u,
    ],
    ['a compressed file', () => gzipSync(tarOf(good)), /compressed with gzip/u],
    ['half of a file', () => tarOf(good).subarray(0, 20 * block), /cut off/u],
    ['no file at all', () => Buffer.alloc(0), /cut off|no sound|not a sound/u],
  ])('refuses %s, and publishes nothing', async (_, make, said) => {
    const { code, made, stderr, stdout } = await importing(make());
    expect(stdout + stderr).toMatch(said);
    expect(code).toBe(5);
    expect(made).toEqual([]);
    // A flood of wrong names is not a flood of words.
    expect(stderr.split('\n').length).toBeLessThan(100);
  });
});
