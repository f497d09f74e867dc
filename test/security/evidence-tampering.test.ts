import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  annotationKeys,
  buildOriginDocument,
  type EvidenceDocuments,
  type PackageRecord,
} from '../../src/artifact/index.ts';
import {
  createMemoryRepository,
  openLayoutRoot,
  type TargetRepository,
} from '../../src/content/index.ts';
import { zhFromHex } from '../../src/domain/index.ts';
import { makeOriginKey, type OriginKey } from '../support/origin-key.ts';
import { evidenceOf, handmadeIdentity, makeRelease } from '../support/pushed-release.ts';
import { makeProviderZip, makeReleaseFolder } from '../support/release-folder.ts';
import { type MainRun, runMain } from '../support/run-main.ts';
import { startRegistry } from '../support/running-registry.ts';
import { ruleText, signedEvidence } from '../support/signed-evidence.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { temporaryStorage } from '../support/temporary-storage.ts';

const provider = 'example.com/acme/thing';
const location = './held/{hostname}/{namespace}/{type}';
const named = { type: 'thing', version: '1.2.3' };
const evil = { ...named, salt: 'evil' };

let key: OriginKey;
let stranger: OriginKey;

beforeAll(async () => {
  [key, stranger] = await Promise.all([makeOriginKey(), makeOriginKey()]);
});

type Fill = (to: TargetRepository, records: readonly PackageRecord[]) => Promise<unknown>;

/** A project that requires the provider, beside a folder with a release of it and a trust file. */
async function world(fill: Fill, more = ''): Promise<string> {
  const home = await tempFolder();
  const { records } = await makeRelease(createMemoryRepository('draft'));
  const root = await openLayoutRoot(join(home, 'held'));
  await fill(await root.createRepository(provider), records);
  await root.close();
  await writeFile(join(home, 'trust.hcl'), ruleText(key, { more }));
  await writeFile(
    join(home, 'main.tf'),
    `terraform {\n  required_providers {\n    thing = {\n      source = "${provider}"\n    }\n  }\n}\n`,
  );
  return home;
}

/** A release with this evidence. */
const released =
  (
    evidence: (records: readonly PackageRecord[]) => Promise<readonly EvidenceDocuments[]>,
    changes: Omit<Parameters<typeof makeRelease>[1] & object, 'evidence'> = {},
  ): Fill =>
  async (to, records) => {
    const documents = await evidence(records);
    await makeRelease(to, { ...changes, evidence: () => documents });
  };

const signed = async (records: readonly PackageRecord[]): Promise<readonly EvidenceDocuments[]> => [
  await signedEvidence(records, key),
];

/** The name of each package made another release's, then signed by the right key. */
const replayed =
  (rename: (name: string) => string): Fill =>
  (to, records) =>
    released(async () => [
      await signedEvidence(
        records.map((one) => ({ ...one, filename: rename(one.filename) })),
        key,
      ),
    ])(to, records);

/** Many small documents, each of them fine. */
async function flood(records: readonly PackageRecord[]): Promise<readonly EvidenceDocuments[]> {
  const more = Array.from({ length: 100 }, (_, index): EvidenceDocuments => ({
    origin: buildOriginDocument({
      identity: handmadeIdentity,
      host: `host-${index}.example.com`,
      packages: records,
      protocols: [],
    }),
  }));
  return [...(await signed(records)), ...more];
}

const commands: Readonly<Record<string, readonly string[]>> = {
  verify: ['verify', provider, '--from', location],
  inspect: ['inspect', provider, '--from', location],
  list: ['list', provider, '--from', location],
  copy: ['copy', provider, '--from', location, '--to', './copied/{hostname}/{namespace}/{type}'],
  lock: ['lock', '--from', location],
  init: ['init', '--from', location],
};

const run = (home: string, args: readonly string[], trust = true): Promise<MainRun> =>
  runMain(trust ? [...args, '--trust', 'trust.hcl'] : args, { home });

const tampered: readonly (readonly [string, string, Fill])[] = [
  ['stripped', 'no evidence is attached', released(() => Promise.resolve([]))],
  [
    'stripped of its signature',
    'no signature is attached',
    released((records) => Promise.resolve([evidenceOf(records)])),
  ],
  [
    'stripped of its keys',
    'no public key',
    released(async (records) => [await signedEvidence(records, key, { armors: [] })]),
  ],
  ['flooded', 'more than 100 evidence manifests', released(flood)],
  [
    'that of another index, whose tag was moved',
    'no evidence is attached',
    async (to, records) => {
      await released(signed)(to, records);
      await makeRelease(to, {
        zips: { linux_amd64: await makeProviderZip(evil, 'linux_amd64') },
      });
    },
  ],
  [
    'that of another provider, by the same key',
    'no signed SHA256SUMS names',
    replayed((name) => name.replace('provider-thing', 'provider-other')),
  ],
  [
    'that of another version, by the same key',
    'no signed SHA256SUMS names',
    replayed((name) => name.replace('1.2.3', '1.2.2')),
  ],
  [
    'that of another namespace, by the same key',
    'is about example.com/other/thing 1.2.3',
    released(async (records) => [
      {
        ...(await signedEvidence(records, key)),
        origin: buildOriginDocument({
          identity: {
            ...handmadeIdentity,
            provider: { ...handmadeIdentity.provider, namespace: 'other' },
          },
          host: 'example.com',
          packages: records,
          protocols: [],
        }),
      },
    ]),
  ],
  [
    'a changed SHA256SUMS',
    'does not fit the data',
    released(async (records) => [
      await signedEvidence(records, key, {
        sums: (text) =>
          `${text}${'0'.repeat(64)}  terraform-provider-thing_1.2.3_plan9_amd64.zip\n`,
      }),
    ]),
  ],
  [
    'signed by a changed key, which only the mirror has',
    'is signed by',
    released(async (records) => [await signedEvidence(records, stranger)]),
  ],
  [
    'signed by a key that is revoked now',
    'revoked',
    released(async (records) => [
      await signedEvidence(records, key, { armors: [key.armor, await key.revoked()] }),
    ]),
  ],
  [
    'contradicted by other evidence',
    'contradicts itself',
    released(async (records) => [
      await signedEvidence(records, key),
      evidenceOf(records.map((one) => ({ ...one, zh: zhFromHex('0'.repeat(64)) }))),
    ]),
  ],
  [
    'right, and a platform was added that nobody signed',
    'the index has a package for plan9_amd64',
    async (to, records) => {
      const zips = {
        linux_amd64: await makeProviderZip(named, 'linux_amd64'),
        darwin_arm64: await makeProviderZip(named, 'darwin_arm64'),
        plan9_amd64: await makeProviderZip(evil, 'plan9_amd64'),
      };
      await released(signed, { zips })(to, records);
    },
  ],
  [
    'right, and a package is another',
    'SHA256SUMS of sha256:',
    async (to, records) => {
      const zips = {
        linux_amd64: await makeProviderZip(named, 'linux_amd64'),
        darwin_arm64: await makeProviderZip(evil, 'darwin_arm64'),
      };
      await released(signed, { zips })(to, records);
    },
  ],
  [
    'right, and annotations say of another package that it is the signed one',
    'the index announces',
    async (to, records) => {
      const zips = { linux_amd64: await makeProviderZip(evil, 'linux_amd64') };
      await released(signed, {
        zips,
        entries: (entries) =>
          entries.map((entry) => ({
            ...entry,
            annotations: { ...entry.annotations, [annotationKeys.zh]: records[0]!.zh.slice(3) },
          })),
      })(to, records);
    },
  ],
];

describe('a release that its developers signed', () => {
  it.each(Object.entries(commands))(
    'passes under a rule that names their key: %s',
    async (_, args) => {
      const home = await world(released(signed));
      const result = await run(home, args);
      expect(result).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('is shown with its signer and the place of the rule', async () => {
    const home = await world(released(signed));
    const { stdout } = await run(home, commands['inspect'] ?? []);
    expect(stdout).toContain(
      `\nsigned    ${key.fingerprint} "Author <author@example.org>", pinned trust.hcl:2\n`,
    );
    const listed = await run(home, commands['list'] ?? []);
    expect(listed.stdout).toContain(`signed by ${key.keyId}, pinned`);
    const unpinned = await run(home, commands['inspect'] ?? [], false);
    expect(unpinned.stdout).toContain(
      '"Author <author@example.org>", not pinned: no trust rule is for this provider',
    );
    for (const name of ['list', 'inspect', 'verify']) {
      const { stdout: lines } = await run(home, [...(commands[name] ?? []), '--json']);
      expect(JSON.parse(lines.split('\n')[0] ?? '')).toMatchObject({
        type: 'release',
        verdict: {
          kind: 'signed',
          accepted: true,
          pinned: true,
          rule: 'trust.hcl:2',
          keyId: key.keyId,
          fingerprint: key.fingerprint,
          userId: 'Author <author@example.org>',
        },
      });
    }
  });

  it('is locked for all platforms by what is signed, with one package looked at', async () => {
    const home = await world(released(signed));
    const result = await run(home, commands['lock'] ?? []);
    expect(result.stdout).toContain(`(signed, key ID ${key.keyId})`);
    const lock = await readFile(join(home, '.terraform.lock.hcl'), 'utf8');
    expect(lock.match(/"h1:/gu)).toHaveLength(1);
    expect(lock.match(/"zh:/gu)).toHaveLength(2);

    const unpinned = await world(released(signed));
    const unsigned = await run(unpinned, commands['lock'] ?? [], false);
    expect(unsigned.stdout).toContain('(verified checksum)');
    const less = await readFile(join(unpinned, '.terraform.lock.hcl'), 'utf8');
    expect(less.match(/"zh:/gu)).toHaveLength(1);
  });

  it('is installed as signed, and locked as by its own registry', async () => {
    const home = await world(released(signed));
    const { stdout } = await run(home, commands['init'] ?? []);
    expect(stdout).toContain(`(signed, key ID ${key.keyId})`);
    const lock = await readFile(join(home, '.terraform.lock.hcl'), 'utf8');
    expect(lock.match(/"zh:/gu)).toHaveLength(2);
  });

  it('is believed by TOFU_OCI_TRUST, too', async () => {
    const home = await world(released(signed));
    const env = { TOFU_OCI_TRUST: 'trust.hcl' };
    const { stdout } = await runMain(commands['init'] ?? [], { home, env });
    expect(stdout).toContain(`(signed, key ID ${key.keyId})`);
  });
});

/** What a command wrote: manifests of the copy, hashes of the lock file. */
async function leftBy(name: string, home: string): Promise<readonly unknown[]> {
  const path = name === 'copy' ? join('copied', provider, 'index.json') : '.terraform.lock.hcl';
  const text = await readFile(join(home, path), 'utf8').catch(() => '{"manifests":[]}');
  return (JSON.parse(text) as { manifests: unknown[] }).manifests;
}

describe.each(tampered)('evidence that is %s', (_, text, fill) => {
  it.each(Object.entries(commands))('is refused under a rule: %s', async (name, args) => {
    const home = await world(fill);
    const result = await run(home, args);
    expect(result.code).toBe(5);
    const said = `${result.stdout}${result.stderr}`.replaceAll(/[\s│]+/gu, ' ');
    expect(said).toContain(text);
    expect(await leftBy(name, home)).toEqual([]);
  });
});

describe('without a rule for the provider', () => {
  it.each(tampered.slice(0, 3))('evidence that is %s hinders nobody', async (_, __, fill) => {
    const home = await world(fill);
    for (const args of Object.values(commands)) {
      expect(await run(home, args, false)).toMatchObject({ code: 0 });
    }
  });

  it('a signature that does not verify is told, and hinders nobody', async () => {
    const fill = released(async (records) => [
      await signedEvidence(records, key, { sums: (text) => `${text}\n` }),
    ]);
    const home = await world(fill);
    const result = await run(home, commands['verify'] ?? [], false);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('signature does not verify');
    expect(result.stdout).toMatch(/warning {2}example.com\/acme\/thing 1\.2\.3 .*does not fit/u);
  });
});

describe('where a rule accepts what is unsigned', () => {
  const accept = 'unsigned = "accept"';

  it.each(tampered.slice(0, 2))('evidence that is %s passes', async (_, __, fill) => {
    const home = await world(fill, accept);
    for (const args of Object.values(commands)) {
      expect(await run(home, args)).toMatchObject({ code: 0 });
    }
    const { stdout } = await run(home, commands['inspect'] ?? []);
    expect(stdout).toContain('signed    no signature is kept, accepted by trust.hcl:2');
  });

  it.each(tampered.slice(3))('evidence is refused that is %s', async (name, __, fill) => {
    if (name.includes('whose tag was moved')) return;
    const home = await world(fill, accept);
    expect((await run(home, commands['verify'] ?? [])).code).toBe(5);
    expect((await run(home, commands['init'] ?? [])).code).toBe(5);
  });
});

describe('in a registry', () => {
  it.each([
    ['what a pinned key signed passes', released(signed), 0, 'signed, key ID'],
    ['what is stripped is refused', released(() => Promise.resolve([])), 5, 'no evidence is'],
  ] as const)('%s', async (_, fill, code, text) => {
    const home = await world(fill);
    const storage = await temporaryStorage();
    const { records } = await makeRelease(createMemoryRepository('draft'));
    await fill(await storage.createRepository(`tf/${provider}`), records);
    const registry = await startRegistry(storage);
    onTestFinished(() => registry.close());
    const { host } = new URL(registry.url);
    const from = ['--from', `${host}/tf/{hostname}/{namespace}/{type}`, '--plain-http', host];
    const installed = await run(home, ['init', ...from]);
    expect(installed.code).toBe(code);
    expect(`${installed.stdout}${installed.stderr}`).toContain(text);
    expect((await run(home, ['verify', provider, ...from])).code).toBe(code);
  });
});

describe('copy, under a rule', () => {
  it('leaves out the release that does not meet it, and goes on with the others', async () => {
    const fill: Fill = async (to, records) => {
      await released(signed)(to, records);
      const version = '1.2.4';
      const zip = await makeProviderZip({ ...named, version }, 'linux_amd64');
      await makeRelease(to, { version, tag: version, zips: { linux_amd64: zip } });
    };
    const home = await world(fill);
    const result = await run(home, commands['copy'] ?? []);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain(`${provider} 1.2.4: ${provider} 1.2.4 is not trusted`);
    expect(result.stdout).toMatch(/1 version, .* 1 failed/u);
    const copied = await run(home, ['list', provider, '--from', './copied']);
    expect(copied.stdout).toContain(`signed by ${key.keyId}, pinned`);
    expect(copied.stdout).not.toContain('1.2.4');
  });
});

describe('push, under a rule', () => {
  const target = './pushed/{hostname}/{namespace}/{type}';

  /** A signed release in a folder, and the rule for its key. */
  async function release(
    by: OriginKey,
    platforms: readonly string[] = ['linux_amd64', 'darwin_arm64'],
  ): Promise<string> {
    const home = await tempFolder();
    const folder = join(home, 'dist');
    await makeReleaseFolder(folder, { ...named, platforms });
    const sums = join(folder, 'terraform-provider-thing_1.2.3_SHA256SUMS');
    await writeFile(`${sums}.sig`, await by.sign(await readFile(sums)));
    await writeFile(join(home, 'author.asc'), by.armor);
    await writeFile(join(home, 'trust.hcl'), ruleText(key));
    return home;
  }

  const args = ['push', provider, './dist', '--to', target];
  const withKey = [...args, '--public-key', 'author.asc'];

  it('publishes what a pinned key signed', async () => {
    const home = await release(key);
    expect(await run(home, withKey)).toMatchObject({ code: 0 });
    const verified = await run(home, ['verify', '--from', './pushed']);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toContain(`signed by ${key.keyId}, pinned`);
    // And once more, with all of it there.
    expect(await run(home, withKey)).toMatchObject({ code: 0 });
  });

  it.each([
    ['by another key', () => release(stranger), withKey, 'is signed by'],
    [
      'by another key, as a dry run',
      () => release(stranger),
      [...withKey, '--dry-run'],
      'is signed',
    ],
    [
      'by nobody',
      async () => {
        const home = await release(key);
        await rm(join(home, 'dist', 'terraform-provider-thing_1.2.3_SHA256SUMS.sig'));
        return home;
      },
      args,
      'no signature is attached',
    ],
  ])('sends nothing of what is signed %s', async (_, make, command, text) => {
    const home = await make();
    const result = await run(home, command);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain(text);
    const blobs = join(home, 'pushed', provider, 'blobs', 'sha256');
    expect(await readdir(blobs)).toEqual([]);
  });

  it('does not adopt a platform that somebody published before, and signed not', async () => {
    const home = await release(key);
    const root = await openLayoutRoot(join(home, 'pushed'));
    const zips = { plan9_amd64: await makeProviderZip(evil, 'plan9_amd64') };
    const repository = await root.createRepository(provider);
    await makeRelease(repository, { zips, evidence: (records) => [evidenceOf(records)] });
    const before = await repository.resolve('1.2.3');
    await root.close();
    const result = await run(home, withKey);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain('the index has a package for plan9_amd64');
    const again = await openLayoutRoot(join(home, 'pushed'));
    const after = await (await again.createRepository(provider)).resolve('1.2.3');
    await again.close();
    expect(after).toEqual(before);
  });

  it('joins platforms that were signed one after the other', async () => {
    const [first, second] = [
      await release(key, ['linux_amd64']),
      await release(key, ['darwin_arm64']),
    ];
    expect(await run(first, withKey)).toMatchObject({ code: 0 });
    const to = join(first, 'pushed', '{hostname}/{namespace}/{type}');
    const more = [
      'push',
      provider,
      './dist',
      '--to',
      `oci-layout:${to}`,
      '--public-key',
      'author.asc',
    ];
    expect(await run(second, more)).toMatchObject({ code: 0 });
    const verified = await run(first, ['verify', '--from', './pushed']);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toContain('2 packages');
  });
});
