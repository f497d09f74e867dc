import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  annotationKeys,
  buildEvidence,
  buildOriginDocument,
  buildSigningKeysDocument,
  type EvidenceDocuments,
  formatSha256Sums,
  type PackageRecord,
} from '../../src/artifact/index.ts';
import { bytesSource, manifestSource, type TargetRepository } from '../../src/content/index.ts';
import { parseProviderAddress, parseVersion, zhFromHex } from '../../src/domain/index.ts';
import { readRelease } from '../../src/release/index.ts';
import type { Descriptor } from '../../src/spec/index.ts';
import { Gpg, whyNoGpg } from '../support/gpg.ts';
import { type InitWorld, makeInitProject, makeInitWorld } from '../support/init-world.ts';
import type { OriginKey } from '../support/origin-key.ts';
import type { OriginRegistry } from '../support/origin-registry.ts';
import { makeRelease } from '../support/pushed-release.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { onlyLoopback } from '../support/run-cli.ts';
import { type MainRun, runMain } from '../support/run-main.ts';
import { type RunningRegistry, startRegistry } from '../support/running-registry.ts';
import { ruleText } from '../support/signed-evidence.ts';
import { temporaryStorage } from '../support/temporary-storage.ts';

/**
 * What stands between an attacker and whoever installs from a mirror: each way in that was thought of, tried
 * through the commands. `src/publish` and `test/security` have the finer points.
 */

const noGpg = whyNoGpg();
const version = '1.1.0';
const path = 'tf/acme/thing';
const named = { type: 'thing', version };
const evil = { ...named, salt: 'evil' };

let gpg: Gpg;
let world: InitWorld;
/** The developers', another of theirs, and the attacker's. */
let key: OriginKey;
let attacker: OriginKey;
/** The developers' key with a signing subkey of the attacker's, and the attacker's signature by that. */
let grafted: OriginKey;

beforeAll(async () => {
  if (noGpg !== undefined) return;
  gpg = await Gpg.start();
  [world, key, attacker] = await Promise.all([
    makeInitWorld(),
    gpg.originKey('author', ['ed25519', 'sign', 'never']),
    gpg.originKey('attacker', ['ed25519', 'cert', 'never']),
  ]);
  const adding = ['--passphrase', '', '--quick-add-key', attacker.fingerprint];
  await gpg.run(...adding, 'ed25519', 'sign', 'never');
  attacker = { ...attacker, armor: await gpg.export(attacker.fingerprint) };
  grafted = { ...key, armor: await graft(key, attacker), sign: (bytes) => attacker.sign(bytes) };
});
afterAll(async () => {
  if (noGpg === undefined) await gpg.stop();
});

async function graft(onto: OriginKey, from: OriginKey): Promise<string> {
  const [stock, scion] = await Promise.all(
    [onto, from].map(({ armor }) => openpgp.readKey({ armoredKey: armor })),
  );
  const packets = stock?.toPacketList() ?? new openpgp.PacketList();
  const [subkey] = scion?.subkeys ?? [];
  if (subkey === undefined) throw new Error('there is no subkey to graft');
  packets.push(subkey.keyPacket, ...subkey.bindingSignatures);
  return openpgp.armor(openpgp.enums.armor.publicKey, packets.write());
}

interface Place {
  readonly origin: OriginRegistry;
  /** `HOST/acme/thing` */
  readonly source: string;
  readonly registry: RunningRegistry;
  readonly relay: Relay;
  /** What is behind the registry. */
  readonly repository: () => Promise<TargetRepository>;
  /** Runs a command in a project that requires the provider; with the trust file unless told otherwise. */
  readonly run: (command: Command, options?: { readonly trust?: boolean }) => Promise<MainRun>;
  readonly tags: () => Promise<readonly string[]>;
  readonly lock: () => Promise<string>;
}

type Command = 'mirror' | 'verify' | 'init' | 'lock' | 'list' | 'inspect';

/** An origin, an empty registry, and a project with a rule that pins the developers' key. */
async function place(keys: readonly OriginKey[] = [key]): Promise<Place> {
  const origin = await world.startOrigin({ keys });
  onTestFinished(() => origin.close());
  const storage = await temporaryStorage();
  const registry = await startRegistry(storage);
  onTestFinished(() => registry.close());
  const relay = await startRelay({ to: new URL(registry.url).host });
  const source = `${origin.host}/acme/thing`;
  const project = await makeInitProject(world, source);
  await writeFile(join(project.home, 'trust.hcl'), ruleText(key, { pattern: source }));
  const location = `${relay.host}/tf/{namespace}/{type}`;
  const args: Readonly<Record<Command, readonly string[]>> = {
    mirror: ['mirror', source, '--to', location],
    verify: ['verify', source, '--from', location],
    list: ['list', source, '--from', location],
    inspect: ['inspect', source, '--from', location],
    init: ['init', '--from', location],
    lock: ['lock', '--from', location],
  };
  return {
    origin,
    source,
    registry,
    relay,
    repository: () => storage.createRepository(path),
    run: (command, { trust = true } = {}) =>
      runMain(args[command], {
        home: project.home,
        env: {
          ...onlyLoopback,
          ...project.env,
          ...(trust ? { TOFU_OCI_TRUST: join(project.home, 'trust.hcl') } : {}),
        },
      }),
    tags: async () => {
      const { json } = await registry.send('GET', `/v2/${path}/tags/list`);
      return (json as { readonly tags?: readonly string[] }).tags ?? [];
    },
    lock: () => project.lockText(),
  };
}

const sums = (type: string, hash = 'a'): Buffer =>
  Buffer.from(
    ['darwin_arm64', 'linux_amd64']
      .map((each) => `${hash.repeat(64)}  terraform-provider-${type}_${version}_${each}.zip\n`)
      .join(''),
  );

/** Answers for the documents of the release, in the place of the right ones. */
async function replay(
  { origin }: Place,
  { onlySignature = false, text }: { readonly text: Buffer; readonly onlySignature?: boolean },
): Promise<void> {
  const signature = await key.sign(text);
  origin.faults.answer = (asked) => {
    if (asked.endsWith('SHA256SUMS.sig')) return { body: signature };
    return asked.endsWith('SHA256SUMS') && !onlySignature ? { body: text } : undefined;
  };
}

interface OriginAttack {
  readonly name: string;
  /** What the error says. */
  readonly says: RegExp;
  readonly keys?: () => Promise<readonly OriginKey[]>;
  readonly spoil?: (place: Place) => unknown;
}

const atOrigin: readonly OriginAttack[] = [
  {
    name: 'a changed zip',
    spoil: ({ origin }) => (origin.faults.alteredZips = true),
    says: /sha256|checksum/u,
  },
  {
    name: 'a changed SHA256SUMS',
    spoil: ({ origin }) => (origin.faults.alteredSums = true),
    says: /does not fit the data/u,
  },
  {
    name: 'sums and signature of another provider',
    spoil: (at) => replay(at, { text: sums('other') }),
    says: /has no line for terraform-provider-thing/u,
  },
  {
    name: 'sums and signature of another version',
    spoil: ({ origin }) => (origin.faults.sumsOfVersion = '1.0.0'),
    says: /has no line for terraform-provider-thing_1\.1\.0/u,
  },
  {
    name: 'sums and signature of the provider of this name at another host',
    spoil: (at) => replay(at, { text: sums('thing') }),
    says: /sha256|checksum/u,
  },
  {
    name: 'the signature of another release',
    spoil: (at) => replay(at, { text: sums('thing'), onlySignature: true }),
    says: /does not fit the data/u,
  },
  {
    name: 'the signature of somebody else',
    spoil: ({ origin }) => (origin.faults.signer = attacker),
    says: /unknown issuer/u,
  },
  {
    name: 'a subkey that was grafted onto the key',
    keys: () => Promise.resolve([grafted]),
    says: /not trusted/u,
  },
  {
    name: 'a revoked key',
    keys: async () => [{ ...key, armor: await key.revoked() }],
    says: /revoked/u,
  },
];

describe.skipIf(noGpg !== undefined)('an origin with', () => {
  describe.each([
    ['under a rule', true],
    ['without a rule', false],
  ])('%s', (_name, trust) => {
    it.each(atOrigin)('$name gets nothing into the mirror', async ({ keys, says, spoil }) => {
      const at = await place(await keys?.());
      await spoil?.(at);
      const { code, stderr } = await at.run('mirror', { trust });
      expect(stderr).toMatch(says);
      expect(code).toBe(5);
      expect(await at.tags()).toEqual([]);
    });
  });

  it('an own key instead of the pinned one gets nothing into the mirror', async () => {
    const at = await place([attacker]);
    const { code, stderr } = await at.run('mirror');
    expect(stderr).toMatch(/is signed by/u);
    expect(code).toBe(5);
    expect(await at.tags()).toEqual([]);
  });
});

/** What was said of a release by whoever made it: of these packages, or of those of the origin. */
async function evidenceBy(
  signer: OriginKey,
  { source }: Place,
  records?: readonly PackageRecord[],
): Promise<EvidenceDocuments> {
  const lines =
    records?.map(({ filename, zh }) => [filename, zh] as const) ??
    world.packages
      .filter((one) => one.version === version)
      .map(({ platform, zip }) => {
        const hash = zhFromHex(createHash('sha256').update(zip).digest('hex'));
        return [`terraform-provider-thing_${version}_${platform}.zip`, hash] as const;
      });
  const text = Buffer.from(formatSha256Sums(new Map(lines)));
  const provider = parseProviderAddress(source);
  return {
    sums: text,
    signature: await signer.sign(text),
    keys: buildSigningKeysDocument([{ keyId: signer.keyId, asciiArmor: signer.armor }]),
    origin: buildOriginDocument({
      identity: { provider, version: parseVersion(version) },
      host: provider.hostname,
      packages: records ?? [],
      protocols: ['5.0'],
    }),
  };
}

async function attach(
  to: TargetRepository,
  index: Descriptor,
  documents: EvidenceDocuments,
): Promise<Descriptor> {
  const built = buildEvidence(index, documents);
  for (const { bytes, descriptor } of built.layers) {
    await to.push(bytesSource(bytes, descriptor.mediaType));
  }
  await to.push(manifestSource(built.manifest));
  return built.manifest.descriptor;
}

const evilZips = async (): Promise<Record<string, Buffer>> => ({
  linux_amd64: await makeProviderZip(evil, 'linux_amd64'),
  darwin_arm64: await makeProviderZip(evil, 'darwin_arm64'),
});

/** Puts a release of the attacker's under the tag. */
async function takeOver(
  { repository, source }: Place,
  options: Parameters<typeof makeRelease>[1] = {},
): Promise<Awaited<ReturnType<typeof makeRelease>>> {
  const zips = options.zips ?? (await evilZips());
  return makeRelease(await repository(), {
    provider: source,
    version,
    tag: version,
    ...options,
    zips,
  });
}

async function released({ repository, source }: Place): Promise<Descriptor> {
  const identity = { provider: parseProviderAddress(source), version: parseVersion(version) };
  return (await readRelease(await repository(), identity)).descriptor;
}

async function evidenceOfRelease(at: Place, index: Descriptor): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const one of (await at.repository()).referrers(index)) found.push(one);
  return found;
}

async function strip(at: Place): Promise<void> {
  for (const { digest } of await evidenceOfRelease(at, await released(at))) {
    await at.registry.send('DELETE', `/v2/${path}/manifests/${digest}`);
  }
}

/** Other packages, which annotations and evidence say are those of the origin. */
async function forge(at: Place): Promise<void> {
  const documents = await evidenceBy(key, at);
  const stated = documents.sums?.toString('utf8') ?? '';
  const { index } = await takeOver(at, {
    entries: (entries) =>
      entries.map((entry) => {
        const filename = entry.annotations?.[annotationKeys.filename] ?? '';
        const zh =
          stated
            .split('\n')
            .find((line) => line.endsWith(filename))
            ?.slice(0, 64) ?? '';
        return { ...entry, annotations: { ...entry.annotations, [annotationKeys.zh]: zh } };
      }),
  });
  await attach(await at.repository(), index, documents);
}

interface MirrorAttack {
  readonly name: string;
  readonly says: RegExp;
  /** Done to a release that was mirrored well. */
  readonly damage: (place: Place) => unknown;
}

const atMirror: readonly MirrorAttack[] = [
  {
    name: 'a release that only a key in the mirror signs',
    damage: async (at) => {
      const { index, records } = await takeOver(at);
      await attach(await at.repository(), index, await evidenceBy(attacker, at, records));
    },
    says: /is signed by/u,
  },
  {
    name: 'a release signed by a subkey that was grafted onto the key',
    damage: async (at) => {
      const { index, records } = await takeOver(at);
      await attach(await at.repository(), index, await evidenceBy(grafted, at, records));
    },
    says: /not trusted/u,
  },
  {
    name: 'evidence whose key was revoked meanwhile',
    damage: async (at) => {
      const revoked = { ...key, armor: await key.revoked() };
      await attach(await at.repository(), await released(at), await evidenceBy(revoked, at));
    },
    says: /is revoked/u,
  },
  {
    name: 'the index of another address under the tag',
    damage: (at) => takeOver(at, { provider: at.source.replace('acme/', 'other/') }),
    says: /other\/thing/u,
  },
  {
    name: 'evidence of another index',
    damage: async (at) => {
      const [before] = await evidenceOfRelease(at, await released(at));
      const { index } = await takeOver(at);
      at.relay.before = ({ path: asked }) =>
        asked.includes(`/referrers/${index.digest}`)
          ? {
              status: 200,
              headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
              body: JSON.stringify({ schemaVersion: 2, manifests: [before] }),
            }
          : undefined;
    },
    says: /evidence/u,
  },
  { name: 'evidence that was stripped', damage: strip, says: /no evidence is attached/u },
  {
    name: 'evidence that was flooded',
    damage: async (at) => {
      const index = await released(at);
      const to = await at.repository();
      for (let count = 0; count < 101; count += 1) {
        const host = `host-${String(count)}.example.com`;
        const facts = { host, packages: [], protocols: [] };
        const identity = {
          provider: parseProviderAddress(at.source),
          version: parseVersion(version),
        };
        await attach(to, index, { origin: buildOriginDocument({ identity, ...facts }) });
      }
    },
    says: /more than 100 evidence manifests/u,
  },
  {
    name: 'annotations that say of other packages that they are the signed ones',
    damage: forge,
    says: /announces|is not|differ/u,
  },
];

const commandsOfReaders = ['verify', 'lock', 'init'] as const;

describe.skipIf(noGpg !== undefined)('a mirror with', () => {
  it.each(commandsOfReaders)('what its origin signed passes %s', async (command) => {
    const at = await place();
    expect(await at.run('mirror')).toMatchObject({ code: 0 });
    expect(await at.run(command)).toMatchObject({ code: 0 });
  });

  it.each(atMirror)('$name is found out by verify, lock and init', async ({ damage, says }) => {
    const at = await place();
    expect(await at.run('mirror')).toMatchObject({ code: 0 });
    await damage(at);
    for (const command of commandsOfReaders) {
      const { code, stderr, stdout } = await at.run(command);
      expect(`${stdout}${stderr}`.replaceAll(/[\s│]+/gu, ' '), command).toMatch(says);
      expect(code, command).toBe(5);
      expect(await at.lock()).toBe('');
    }
  });
});

describe.skipIf(noGpg !== undefined)('a tag that is moved after it was resolved', () => {
  it.each(['init', 'lock'] as const)('gets nothing of another release past %s', async (command) => {
    const at = await place();
    expect(await at.run('mirror')).toMatchObject({ code: 0 });
    at.relay.asked();
    let isMoved = false;
    let isResolved = false;
    at.relay.before = async ({ path: asked }) => {
      if (isResolved && !isMoved) {
        isMoved = true;
        await takeOver(at);
      }
      isResolved ||= asked.endsWith(`/manifests/${version}`);
      return undefined;
    };
    expect(await at.run(command)).toMatchObject({ code: 0 });
    expect(isMoved).toBe(true);
    const lock = await at.lock();
    const good = world.packages.filter((one) => one.version === version);
    expect(good.some(({ h1 }) => lock.includes(h1))).toBe(true);
    for (const zip of Object.values(await evilZips())) {
      expect(lock).not.toContain(createHash('sha256').update(zip).digest('hex'));
    }
  });

  it.each(['before', 'after'])(
    'is not taken for its own by mirror, %s the tag is put',
    async (when) => {
      const at = await place();
      let isMoved = false;
      let isPut = false;
      at.relay.before = async ({ method, path: asked }) => {
        const isNow = method === 'PUT' && asked.endsWith(`/manifests/${version}`);
        if (!isMoved && (when === 'before' ? isNow : isPut)) {
          isMoved = true;
          await takeOver(at);
        }
        isPut ||= isNow;
        return undefined;
      };
      const { code, stderr } = await at.run('mirror');
      expect(isMoved).toBe(true);
      expect(stderr).toMatch(/the published package for \w+ is zh:/u);
      expect(code).toBe(7);
      const identity = {
        provider: parseProviderAddress(at.source),
        version: parseVersion(version),
      };
      const { targets } = (await readRelease(await at.repository(), identity)).index;
      const stated = (await evidenceBy(key, at)).sums?.toString('utf8') ?? '';
      for (const { hints } of targets) expect(stated).not.toContain(hints.zh?.slice('zh:'.length));
    },
  );
});

describe.skipIf(noGpg !== undefined)('what somebody published before', () => {
  it.each([
    ['under a rule', true],
    ['without a rule', false],
  ])('is not adopted with a platform that the origin does not know, %s', async (_name, trust) => {
    const at = await place();
    const zips = { plan9_amd64: await makeProviderZip(evil, 'plan9_amd64') };
    const { index } = await takeOver(at, { zips });
    const { code, stderr } = await at.run('mirror', { trust });
    expect(stderr).toContain('plan9_amd64');
    expect(code).toBe(7);
    expect((await released(at)).digest).toBe(index.digest);
  });

  it('is not adopted with other packages for the platforms of the origin', async () => {
    const at = await place();
    const { index } = await takeOver(at);
    const { code, stderr } = await at.run('mirror');
    expect(stderr).toMatch(/published/u);
    expect(code).toBe(7);
    expect((await released(at)).digest).toBe(index.digest);
    expect(at.origin.requests.join()).not.toContain('.zip');
  });

  it('is not adopted with annotations that say that they are those of the origin', async () => {
    const at = await place();
    await forge(at);
    await at.run('mirror');
    for (const command of commandsOfReaders) {
      expect(await at.run(command), command).toMatchObject({ code: 5 });
    }
  });
});
