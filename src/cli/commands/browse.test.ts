import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { evidenceOf, makeRelease, pushRelease } from '../../../test/support/pushed-release.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { type RunningRegistry, startRegistry } from '../../../test/support/running-registry.ts';
import { usePeers } from '../../../test/support/scripted-peer.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { openLayoutRoot, type TargetRepository } from '../../content/index.ts';
import { digestOf, mediaTypes } from '../../spec/index.ts';

const all = '{hostname}/{namespace}/{type}';
const peers = usePeers();

type Filling = Readonly<Record<string, (to: TargetRepository) => Promise<unknown>>>;

/** A folder with these repositories. */
async function layouts(filling: Filling): Promise<string> {
  const folder = await tempFolder();
  const root = await openLayoutRoot(join(folder, 'held'));
  for (const [path, fill] of Object.entries(filling)) await fill(await root.createRepository(path));
  await root.close();
  return folder;
}

/** A registry with these repositories. */
async function registry(filling: Filling): Promise<{ host: string; registry: RunningRegistry }> {
  const storage = await temporaryStorage();
  for (const [path, fill] of Object.entries(filling)) {
    await fill(await storage.createRepository(path));
  }
  const running = await startRegistry(storage);
  onTestFinished(() => running.close());
  return { host: new URL(running.url).host, registry: running };
}

const release =
  (provider: string, version = '1.2.3') =>
  (to: TargetRepository): Promise<void> =>
    pushRelease(to, { provider, version, platforms: ['linux_amd64'] });

/** Something that is no provider, under a tag that could be one's. */
async function image(to: TargetRepository): Promise<void> {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }),
  );
  const descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
  await to.tag({ descriptor, bytes }, '3.18.0');
}

const objectsIn = ({ stdout }: MainRun): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** `PROVIDER VERSION` of each release in the output, and the summary. */
function outline(run: MainRun): { releases: string[]; summary: Record<string, unknown> } {
  const objects = objectsIn(run);
  return {
    releases: objects
      .filter(({ type }) => type === 'release')
      .map(({ provider, version }) => `${String(provider)} ${String(version)}`),
    summary: objects.at(-1) ?? {},
  };
}

describe('list', () => {
  it('finds what a folder holds, in order', async () => {
    const home = await layouts({
      'example.com/acme/thing': async (to) => {
        await release('example.com/acme/thing', '1.10.0')(to);
        await release('example.com/acme/thing', '1.9.0')(to);
      },
      'example.com/acme/other': release('example.com/acme/other'),
    });
    const run = await runMain(['list', '--from', './held'], { home });
    expect(run.code).toBe(0);
    expect(run.stderr).toBe('');
    // As wide as the longest of a provider's versions.
    expect(run.stdout.replaceAll(/\d+(?:\.\d)? k?B/gu, 'N')).toBe(
      [
        `example.com/acme/other  ${join(home, 'held', 'example.com/acme/other')}`,
        '  1.2.3  N  unsigned  linux_amd64',
        `example.com/acme/thing  ${join(home, 'held', 'example.com/acme/thing')}`,
        '  1.9.0   N  unsigned  linux_amd64',
        '  1.10.0  N  unsigned  linux_amd64',
        '2 providers, 3 versions, 3 packages (N).',
        '',
      ].join('\n'),
    );
  });

  it('finds what a registry holds by its catalog, and leaves out what is not of the template', async () => {
    const { host } = await registry({
      'tf/example.com/acme/thing': release('example.com/acme/thing'),
      'tf/example.com/acme/empty': () => Promise.resolve(),
      'tf/example.com/acme/image': image,
      'tf/alpine': image,
      'other/example.com/acme/more': release('example.com/acme/more'),
    });
    const home = await tempFolder();
    const run = await runMain(['list', '--from', `${host}/tf/${all}`, '--json'], { home });
    expect(run.code).toBe(0);
    const { releases, summary } = outline(run);
    expect(releases).toEqual(['example.com/acme/thing 1.2.3']);
    expect(summary).toMatchObject({
      command: 'list',
      providers: 1,
      releases: 1,
      packages: 1,
      leftOut: { unmatched: 2, empty: 2, refused: 0 },
    });
    expect(run.stderr).toContain('4 repositories are left out: 2 of another name, 2 without');
  });

  it.each([
    // By the annotation: host and namespace are not in the name.
    [
      'p/{type}',
      { 'p/thing': release('example.com/acme/thing') },
      ['example.com/acme/thing 1.2.3'],
    ],
    [
      'p/{namespace}-{type}',
      { 'p/acme-corp-thing': release('example.com/acme-corp/thing') },
      ['example.com/acme-corp/thing 1.2.3'],
    ],
    // Made by hand, without an annotation: most likely of the default host.
    [
      'p/{namespace}/{type}',
      { 'p/acme/thing': (to: TargetRepository) => makeRelease(to, { annotations: {} }) },
      ['registry.opentofu.org/acme/thing 1.2.3'],
    ],
  ])('finds out with %s whose a repository is', async (template, filling, expected) => {
    const { host } = await registry(filling);
    const home = await tempFolder();
    const run = await runMain(['list', '--from', `${host}/${template}`, '--json'], { home });
    expect(outline(run).releases).toEqual(expected);
    expect(run.code).toBe(0);
  });

  it('reads what the CLI configuration installs from', async () => {
    const { host } = await registry({
      'tf/example.com/acme/thing': release('example.com/acme/thing'),
      'tf/other.example/acme/thing': release('other.example/acme/thing'),
    });
    const home = await tempFolder();
    await writeFile(
      join(home, 'tofu.rc'),
      `provider_installation {\n  oci_mirror {\n    repository_template = "${host}/tf/\${hostname}/\${namespace}/\${type}"\n    include = ["example.com/*/*"]\n  }\n}\n`,
    );
    const env = { TF_CLI_CONFIG_FILE: join(home, 'tofu.rc') };
    const run = await runMain(['list', '--json'], { home, env });
    expect(outline(run).releases).toEqual(['example.com/acme/thing 1.2.3']);
  });

  it('says what is wrong with one, and lists the others', async () => {
    const home = await layouts({
      'example.com/acme/other': release('example.com/acme/thing'),
      'example.com/acme/thing': release('example.com/acme/thing'),
    });
    const run = await runMain(['list', '--from', './held', '--json'], { home });
    expect(outline(run).releases).toEqual(['example.com/acme/thing 1.2.3']);
    expect(objectsIn(run)[0]).toMatchObject({
      type: 'error',
      provider: 'example.com/acme/other',
      version: '1.2.3',
      code: 'ERR_ARTIFACT_FOREIGN',
    });
    expect(run.code).toBe(5);
  });

  it.each([
    [['--from', './held'], 3, 'ERR_CLI_NOTHING_HELD'],
    [['--from', './nowhere'], 2, 'ERR_BASE_FILE_ACCESS'],
    [['--from', 'fs:held'], 2, 'ERR_DOMAIN_INVALID_LOCATION'],
    [['--from', '{hostname}/tf/{namespace}/{type}'], 2, 'ERR_CLI_USAGE'],
    [['--from', './held', './held'], 2, 'ERR_CLI_USAGE'],
    [['--from', './held', 'oci-archive:x.tar'], 2, 'ERR_CLI_USAGE'],
    [['--from', './held', 'acme/thing'], 3, 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    [['--from', './held', '--concurrency', '0'], 2, 'ERR_CLI_USAGE'],
    [[], 2, 'ERR_CLI_NO_MIRROR'],
  ])('ends with %j with %i', async (args, code, expected) => {
    const home = await layouts({ 'tf/image': image });
    const run = await runMain(['list', ...args, '--json'], { home });
    expect(run.code).toBe(code);
    expect(objectsIn(run).find(({ type }) => type === 'error')).toMatchObject({ code: expected });
  });

  it('asks for names where the registry does not tell its own', async () => {
    const peer = await peers.start();
    peer.once('GET /v2/_catalog', { status: 404, body: '' });
    const args = ['list', '--from', `${peer.host}/${all}`, '--plain-http', peer.host];
    const run = await runMain(args, { home: await tempFolder() });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('Name the providers');
  });
});

describe('inspect', () => {
  it('shows a release in a block that reads without colors', async () => {
    const home = await layouts({ 'example.com/acme/thing': release('example.com/acme/thing') });
    const run = await runMain(['inspect', 'example.com/acme/thing', '--from', './held'], { home });
    expect(run.code).toBe(0);
    const hex = '[0-9a-f]{64}';
    expect(run.stdout).toMatch(
      new RegExp(
        [
          `^example.com/acme/thing 1.2.3   sha256:${hex}`,
          `stored    .*/held/example.com/acme/thing:1.2.3`,
          `evidence  sha256:${hex}  SHA256SUMS, origin.json  from example.com`,
          'signed    no signature is kept',
          `platforms linux_amd64  \\d+ B  zh:${hex}  h1:[A-Za-z0-9+/]{43}=`,
          'annotated dev.tofu-oci.provider=example.com/acme/thing',
          '          dev.tofu-oci.version=1.2.3',
          '          org.opencontainers.image.version=1.2.3',
          '$',
        ].join('\n'),
        'u',
      ),
    );
  });

  it('has all of it in one object with --json, and the newest of several versions', async () => {
    const home = await layouts({
      'example.com/acme/thing': async (to) => {
        await release('example.com/acme/thing', '1.2.3')(to);
        await release('example.com/acme/thing', '1.2.4')(to);
      },
    });
    const args = ['inspect', 'example.com/acme/thing', '--from', './held', '--json'];
    const [object, summary] = objectsIn(await runMain(args, { home }));
    expect(object).toMatchObject({
      type: 'release',
      version: '1.2.4',
      tag: '1.2.4',
      annotations: { 'dev.tofu-oci.version': '1.2.4' },
      platforms: [{ platform: 'linux_amd64', present: true, h1StatedBy: 'evidence' }],
      evidence: [
        { documents: ['SHA256SUMS', 'origin.json'], signed: false, origin: 'example.com' },
      ],
      referrers: [{ artifactType: 'application/vnd.tofu-oci.provider-evidence.v1' }],
      cosign: [],
      findings: [],
    });
    expect(summary).toEqual({
      type: 'summary',
      command: 'inspect',
      releases: 1,
      problems: 0,
      failed: 0,
      skipped: 0,
    });
  });

  it('shows what is wrong, and ends with its exit code', async () => {
    const home = await layouts({
      'example.com/acme/thing': (to) =>
        makeRelease(to, {
          evidence: (records) => [
            evidenceOf(records),
            evidenceOf(records.map((one) => ({ ...one, zh: records.at(-1)!.zh }))),
          ],
        }),
    });
    const args = ['inspect', 'example.com/acme/thing@1.2.3', '--from', './held'];
    const run = await runMain(args, { home });
    expect(run.code).toBe(5);
    expect(run.stdout).toMatch(/\nproblems {2}linux_amd64: the evidence contradicts itself: /u);
  });

  it('shows what a signature is worth, and what is odd', async () => {
    const keys = { gpg_public_keys: [{ key_id: '0C0AF313E5FD9F80', ascii_armor: '' }] };
    const home = await layouts({
      'example.com/acme/thing': (to) =>
        makeRelease(to, {
          evidence: (records) => [
            {
              ...evidenceOf(records.slice(1)),
              signature: Buffer.from('signature'),
              keys: Buffer.from(JSON.stringify(keys)),
            },
          ],
        }),
    });
    const args = ['inspect', 'example.com/acme/thing', '--from', './held'];
    const run = await runMain(args, { home });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(
      '\nsigned    a signature that does not verify, and no trust rule is for this provider\n',
    );
    expect(run.stdout).toContain('(h1 by the index only)');
    expect(run.stdout).toMatch(/\nwarnings {2}linux_amd64: no SHA256SUMS of the evidence has/u);
  });

  it('wants to be told which', async () => {
    const run = await runMain(['inspect', '--from', './held'], { home: await tempFolder() });
    expect(run.code).toBe(2);
  });
});

describe('verify', () => {
  it('has a line for each release and says how much it read', async () => {
    const home = await layouts({ 'example.com/acme/thing': release('example.com/acme/thing') });
    const run = await runMain(['verify', '--from', './held'], { home });
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(
      /^ok {7}example\.com\/acme\/thing 1\.2\.3 {3}1 package \(\d+ B\), 1 referrer, unsigned\nVerified 1 provider, 1 version, 1 package \([\d.]+ kB\): no problems, in [\d.]+ s\.\n$/u,
    );
  });

  it('has a line for each thing that is wrong, and its exit code', async () => {
    const home = await layouts({ 'example.com/acme/thing': release('example.com/acme/thing') });
    const listed = await runMain(['list', '--from', './held', '--json'], { home });
    const [{ packages } = {}] = objectsIn(listed);
    const [{ zh } = { zh: '' }] = packages as { zh: string }[];
    const path = join(home, 'held/example.com/acme/thing/blobs/sha256', zh.slice(3));
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = 1;
    await chmod(path, 0o600);
    await writeFile(path, bytes);
    const run = await runMain(['verify', '--from', './held'], { home });
    expect(run.code).toBe(5);
    expect(run.stdout).toMatch(
      /^problem {2}example\.com\/acme\/thing 1\.2\.3 linux_amd64: content does not match its digest: .*\nVerified .*: 1 problem, in /u,
    );
    const told = objectsIn(await runMain(['verify', '--from', './held', '--json'], { home }));
    expect(told).toMatchObject([
      {
        type: 'finding',
        severity: 'problem',
        provider: 'example.com/acme/thing',
        version: '1.2.3',
        platform: 'linux_amd64',
        code: 'ERR_CONTENT_DIGEST_MISMATCH',
        category: 'integrity',
      },
      { type: 'release', problems: 1, warnings: 0, packages: [{ isSound: false }] },
      { type: 'summary', command: 'verify', problems: 1, failed: 0, releases: 1 },
    ]);
  });

  it('has a failure for what is no release of the provider', async () => {
    const home = await layouts({ 'example.com/acme/other': release('example.com/acme/thing') });
    const run = await runMain(['verify', '--from', './held'], { home });
    expect(run.code).toBe(5);
    expect(run.stderr).toContain('expected "example.com/acme/other"');
    expect(run.stdout).toContain('(0 B): 1 could not be read, in');
  });
});

describe('a place without providers', () => {
  it.each([
    ['tf/example.com/acme/thing', 'tf/{hostname}/{namespace}/{type}'],
    ['acme-thing', '{namespace}-{type}'],
  ])('that has some by another template, in %s: it is told', async (path, template) => {
    const filling = { [path]: release('example.com/acme/thing') };
    const home = await layouts(filling);
    const folder = await runMain(['list', '--from', './held'], { home });
    expect(folder.code).toBe(3);
    expect(folder.stderr).toContain(`is it './held/${template}' that was meant?`);
    const { host } = await registry(filling);
    const remote = await runMain(['verify', '--from', `${host}/other/${all}`], { home });
    expect(remote.code).toBe(3);
    expect(remote.stderr).toContain(`is it '${host}/${template}' that was meant?`);
  });

  it('that has repositories of nobody knows whom: they are named', async () => {
    const home = await layouts({ 'library/alpine': image });
    const { code, stderr } = await runMain(['list', '--from', './held'], { home });
    expect(code).toBe(3);
    expect(stderr).toContain('such as library/alpine: is the location written as it was');
  });
});

describe('a repository that is not there', () => {
  it('comes with advice, in JSON, too', async () => {
    const { host } = await registry({});
    const args = ['inspect', 'example.com/acme/thing', '--from', `${host}/${all}`, '--json'];
    const run = await runMain(args, { home: await tempFolder() });
    expect(objectsIn(run)[0]).toMatchObject({
      code: 'ERR_CONTENT_REPOSITORY_NOT_FOUND',
      hint: expect.stringContaining('tofu-oci list --from LOCATION') as string,
    });
  });
});

describe('a release, inspected', () => {
  it('has the size of its packages, as list tells it, and that of its index', async () => {
    const home = await layouts({ 'example.com/acme/thing': release('example.com/acme/thing') });
    const of = async (command: string): Promise<Record<string, unknown> | undefined> =>
      objectsIn(
        await runMain([command, 'example.com/acme/thing', '--from', './held', '--json'], { home }),
      )[0];
    const [listed, inspected] = [await of('list'), await of('inspect')];
    expect(inspected?.['size']).toBe(listed?.['size']);
    expect(inspected?.['indexSize']).toBeGreaterThan(0);
  });
});

describe('a version that is not there', () => {
  it('is named, beside those that are', async () => {
    const home = await layouts({ 'example.com/acme/thing': release('example.com/acme/thing') });
    const args = ['inspect', 'example.com/acme/thing@3.2.5', '--from', './held'];
    const { code, stderr } = await runMain(args, { home });
    expect(code).toBe(3);
    expect(stderr).toContain('has no version 3.2.5\nHint: It has 1, the newest: 1.2.3.');
  });
});

describe('copy', () => {
  it('takes TOFU_OCI_LOCATION for one of the two places, and asks for the other', async () => {
    const home = await layouts({ 'example.com/acme/thing': release('example.com/acme/thing') });
    const { host } = await registry({});
    const env = { TOFU_OCI_LOCATION: `${host}/tf/${all}` };
    const refused = await runMain(['copy', 'example.com/acme/thing'], { home, env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--from is missing: TOFU_OCI_LOCATION says only where to');
    const there = await runMain(['copy', '--from', './held'], { home, env });
    expect(there.code).toBe(0);
    const back = await runMain(['copy', '--to', './back'], { home, env });
    expect(back).toMatchObject({ code: 0 });
  });

  it('without addresses takes all that a registry holds', async () => {
    const { host } = await registry({
      'tf/example.com/acme/thing': release('example.com/acme/thing'),
      'tf/example.com/acme/other': release('example.com/acme/other'),
      'library/alpine': image,
    });
    const home = await tempFolder();
    const args = ['copy', '--from', `${host}/tf/${all}`, '--to', 'oci-archive:all.tar'];
    const run = await runMain(args, { home });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('1 repository is left out: 1 of another name.');
    const listed = await runMain(['list', '--from', 'oci-archive:all.tar', '--json'], { home });
    expect(outline(listed).releases).toEqual([
      'example.com/acme/other 1.2.3',
      'example.com/acme/thing 1.2.3',
    ]);
  });
});
