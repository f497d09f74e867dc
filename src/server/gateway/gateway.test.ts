import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { distantShelf, startGateway, startShelf } from '../../../test/support/gateway-place.ts';
import type { TestAnswer } from '../../../test/support/http-request.ts';
import { makeOriginKey, type OriginKey } from '../../../test/support/origin-key.ts';
import { evidenceOf, makeRelease } from '../../../test/support/pushed-release.ts';
import { makeProviderZip } from '../../../test/support/release-folder.ts';
import { policyFor, signedEvidence } from '../../../test/support/signed-evidence.ts';
import { createMemoryRepository, verifyingStream } from '../../content/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import { readSigningKey, type SigningKeyPair, verifyDetached } from '../../signatures/index.ts';

let key: OriginKey;
let own: SigningKeyPair;
beforeAll(async () => {
  key = await makeOriginKey();
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name: 'Gateway' }],
    format: 'armored',
  });
  own = await readSigningKey(privateKey);
});

const thing = 'example.com/acme/thing';
const registry = `/v1/providers/${thing}`;
const mirror = `/v1/mirror/${thing}`;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Where a reference in a document leads. */
const follow = (from: string, reference: unknown): string => {
  const { pathname, search } = new URL(String(reference), `http://x${from}`);
  return pathname + search;
};

interface Download {
  readonly os: string;
  readonly arch: string;
  readonly filename: string;
  readonly download_url: string;
  readonly shasums_url: string;
  readonly shasums_signature_url: string;
  readonly shasum: string;
  readonly protocols: readonly string[];
  readonly signing_keys: { readonly gpg_public_keys: readonly Record<string, string>[] };
  readonly packages: Readonly<Record<string, { hashes: string[]; package_size: number }>>;
}

const documentOf = (answer: TestAnswer): Download => {
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
  return answer.json as Download;
};

describe('a release whose key the trust policy names', () => {
  async function place() {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await signedEvidence((await makeRelease(target)).records, key);
    const made = await makeRelease(target, { evidence: () => [documents] });
    return { made, documents, ...(await startGateway(shelf, { policy: policyFor(key) })) };
  }

  it('is offered by the registry protocol with the key and what it signed', async () => {
    const { documents, get, made } = await place();
    expect((await get(`${registry}/versions`)).json).toEqual({
      versions: [
        {
          version: '1.2.3',
          protocols: ['5.0'],
          platforms: [
            { os: 'darwin', arch: 'arm64' },
            { os: 'linux', arch: 'amd64' },
          ],
        },
      ],
    });
    const path = `${registry}/1.2.3/download/linux/amd64`;
    const document = documentOf(await get(path));
    const record = made.records.find(({ platform }) => platform.os === 'linux');
    expect(document).toMatchObject({
      os: 'linux',
      arch: 'amd64',
      filename: 'terraform-provider-thing_1.2.3_linux_amd64.zip',
      shasum: record?.zh.slice(3),
      protocols: ['5.0'],
    });
    expect(document.packages).toEqual(
      Object.fromEntries(
        made.records.map(({ platform: { arch, os }, size, zh }) => [
          `${os}_${arch}`,
          { hashes: [zh], package_size: size },
        ]),
      ),
    );
    const sums = await get(follow(path, document.shasums_url));
    const signature = await get(follow(path, document.shasums_signature_url));
    expect(sums.body).toEqual(documents.sums);
    const [shown] = document.signing_keys.gpg_public_keys;
    const signedBy = await verifyDetached(sums.body, signature.body, [
      shown?.['ascii_armor'] ?? '',
    ]);
    expect(signedBy.fingerprint).toBe(key.fingerprint);
    expect(shown).toMatchObject({ key_id: key.keyId, source: '' });
    const zip = await get(follow(path, document.download_url));
    expect(zip.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-length': String(record?.size),
      etag: `"sha256:${document.shasum}"`,
    });
    expect(sha256(zip.body)).toBe(document.shasum);
  });

  it('is offered as a network mirror with the hashes of every platform', async () => {
    const { get, made } = await place();
    expect((await get(`${mirror}/index.json`)).json).toEqual({ versions: { '1.2.3': {} } });
    const path = `${mirror}/1.2.3.json`;
    const answer = await get(path);
    const { archives } = answer.json as {
      archives: Record<string, { url: string; hashes: string[] }>;
    };
    expect(Object.keys(archives)).toEqual(['darwin_arm64', 'linux_amd64']);
    for (const { platform, zh } of made.records) {
      const found = archives[`${platform.os}_${platform.arch}`];
      expect(found?.hashes).toEqual([zh]);
      expect(sha256((await get(follow(path, found?.url))).body)).toBe(zh.slice(3));
    }
    const etag = answer.headers.etag ?? '';
    const again = await get(path, { headers: { 'if-none-match': etag } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('tells h1 hashes only where the operator vouches for them', async () => {
    const { repository, shelf } = await startShelf();
    const made = await makeRelease(await repository(thing));
    const { get } = await startGateway(shelf, { trustAllHashes: true });
    const { archives } = (await get(`${mirror}/1.2.3.json`)).json as {
      archives: Record<string, { hashes: string[] }>;
    };
    for (const { h1, platform, zh } of made.records) {
      expect(archives[`${platform.os}_${platform.arch}`]?.hashes).toEqual([h1, zh]);
    }
  });
});

describe('a release that nobody signed whom the policy names', () => {
  const kinds: readonly (readonly [
    string,
    (records: Parameters<typeof evidenceOf>[0]) => Promise<ReturnType<typeof evidenceOf>[]>,
  ])[] = [
    ['without evidence', () => Promise.resolve([])],
    ['unsigned', (records) => Promise.resolve([evidenceOf(records)])],
    [
      'signed by a key that only the mirror has',
      async (records) => [await signedEvidence(records, key)],
    ],
  ];

  it.each(kinds)('%s: is a network mirror only', async (_, evidence) => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await evidence((await makeRelease(target)).records);
    await makeRelease(target, { evidence: () => documents });
    const { get } = await startGateway(shelf);
    expect((await get(`${registry}/versions`)).status).toBe(404);
    expect((await get(`${registry}/1.2.3/download/linux/amd64`)).status).toBe(404);
    expect((await get(`${mirror}/index.json`)).json).toEqual({ versions: { '1.2.3': {} } });
  });

  it.each(kinds)('%s: is signed by the gateway, which says so', async (_, evidence) => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await evidence((await makeRelease(target)).records);
    await makeRelease(target, { evidence: () => documents });
    const { get } = await startGateway(shelf, { signer: () => Promise.resolve(own) });
    const path = `${registry}/1.2.3/download/linux/amd64`;
    const document = documentOf(await get(path));
    const [shown, ...others] = document.signing_keys.gpg_public_keys;
    expect(others).toEqual([]);
    expect(shown).toMatchObject({ key_id: own.keyId, source: 'the gateway, not the developer' });
    const sums = await get(follow(path, document.shasums_url));
    const signature = await get(follow(path, document.shasums_signature_url));
    const armor = shown?.['ascii_armor'] ?? '';
    const signedBy = await verifyDetached(sums.body, signature.body, [armor]);
    expect(signedBy.keyId).toBe(own.keyId);
    expect(sums.body.toString()).toContain(`${document.shasum}  ${document.filename}\n`);
  });
});

describe('a release that the policy refuses', () => {
  it('is not offered in any way, and a signature that is wrong is not covered up', async () => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await signedEvidence((await makeRelease(target)).records, key);
    await makeRelease(target, { evidence: () => [documents] });
    const other = await makeOriginKey();
    const signer = () => Promise.resolve(own);
    const { get } = await startGateway(shelf, { policy: policyFor(other), signer });
    expect((await get(`${registry}/versions`)).status).toBe(404);
    expect((await get(`${mirror}/index.json`)).json).toEqual({ versions: {} });
    for (const path of [`${registry}/1.2.3/download/linux/amd64`, `${mirror}/1.2.3.json`]) {
      const answer = await get(path);
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({ errors: [expect.stringContaining('is not offered')] });
    }
  });

  it('is not signed by the gateway when its signature is forged and nobody has a rule', async () => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const forged = await signedEvidence((await makeRelease(target)).records, key, {
      sums: (text) => `${text}${'0'.repeat(64)}  other.zip\n`,
    });
    await makeRelease(target, { evidence: () => [forged] });
    const { get } = await startGateway(shelf, { signer: () => Promise.resolve(own) });
    expect((await get(`${registry}/versions`)).status).toBe(404);
    expect((await get(`${mirror}/1.2.3.json`)).status).toBe(200);
  });
});

describe('packages', () => {
  async function both() {
    const { repository, shelf } = await startShelf();
    const made = await makeRelease(await repository(thing));
    const memory = createMemoryRepository('far/away');
    await makeRelease(memory);
    const near = await startGateway(shelf);
    const far = await startGateway(distantShelf(new Map([[thing, memory]])));
    const record = made.records.find(({ platform }) => platform.os === 'linux');
    const file = `${record?.zh.slice(3) ?? ''}/${record?.filename ?? ''}`;
    return { near, far, size: record?.size ?? 0, path: `/v1/packages/${thing}/1.2.3/${file}` };
  }

  it('are sent in parts, from our own folder and from afar', async () => {
    const { far, near, path, size } = await both();
    const whole = (await near.get(path)).body;
    expect(whole.length).toBe(size);
    for (const { get } of [near, far]) {
      for (const [range, part] of [
        ['bytes=0-', whole],
        ['bytes=10-19', whole.subarray(10, 20)],
        [`bytes=${String(size - 5)}-`, whole.subarray(-5)],
        ['bytes=-7', whole.subarray(-7)],
      ] as const) {
        const answer = await get(path, { headers: { range } });
        expect([range, answer.status, answer.body]).toEqual([range, 206, part]);
      }
      const over = await get(path, { headers: { range: `bytes=${String(size)}-` } });
      expect([over.status, over.headers['content-range']]).toEqual([
        416,
        `bytes */${String(size)}`,
      ]);
      const changed = { range: 'bytes=10-19', 'if-range': '"other"' };
      expect((await get(path, { headers: changed })).status).toBe(200);
    }
  });

  it('are not there under another hash, name, version or provider', async () => {
    const { far, near, path } = await both();
    for (const { get } of [near, far]) {
      for (const other of [
        path.replace(/\/[0-9a-f]{64}\//u, `/${'0'.repeat(64)}/`),
        path.replace('linux_amd64', 'linux_arm64'),
        path.replace('/1.2.3/', '/1.2.4/'),
        path.replace('/acme/', '/other/'),
        path.replace('/v1/', '/v1/../v1/'),
        path.replace('acme', '%61cme'),
        `${path}/`,
        path.replace('/acme/', '/acme//'),
      ]) {
        expect([other, (await get(other)).status]).toEqual([other, 404]);
      }
    }
  });

  it('are there under the name of each platform that has the same bytes', async () => {
    const { repository, shelf } = await startShelf();
    const zip = await makeProviderZip({ type: 'thing', version: '1.2.3' }, 'linux_amd64');
    const zips = { darwin_arm64: zip, linux_amd64: zip, linux_arm64: zip };
    await makeRelease(await repository(thing), { zips });
    const { get } = await startGateway(shelf);
    const path = `${mirror}/1.2.3.json`;
    const { archives } = (await get(path)).json as { archives: Record<string, { url: string }> };
    expect(Object.keys(archives)).toEqual(Object.keys(zips));
    for (const { url } of Object.values(archives)) {
      const answer = await get(follow(path, url));
      expect([answer.status, sha256(answer.body)]).toEqual([200, sha256(zip)]);
    }
  });

  it('are never whole when what is stored is not what it should be', async () => {
    const memory = createMemoryRepository('far/away');
    await makeRelease(memory);
    const lying = new Proxy(memory, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        if (name !== 'fetch') return value.bind(object) as unknown;
        return async (target: Descriptor) => {
          if (target.mediaType !== 'archive/zip') return await object.fetch(target);
          const pieces = [target.size - 100, 60, 40].map((length) => Buffer.alloc(length));
          return verifyingStream(Readable.from(pieces), target);
        };
      },
    });
    const { near, path } = await both();
    expect((await near.get(path)).status).toBe(200);
    const { get } = await startGateway(distantShelf(new Map([[thing, lying]])));
    await expect(get(path)).rejects.toThrow(/aborted|hang up|ECONNRESET/u);
  });
});

describe('what has changed', () => {
  it('is seen: another version, another rule, evidence that came later', async () => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const { records } = await makeRelease(target);
    let now = 1_700_000_000_000;
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    let policy = policyFor(key, { more: 'unsigned = "accept"' });
    const { get } = await startGateway(shelf, { clock, policy: () => policy });
    expect((await get(`${mirror}/index.json`)).json).toEqual({ versions: { '1.2.3': {} } });
    expect((await get(`${registry}/versions`)).status).toBe(404);
    const documents = await signedEvidence(records, key);
    await makeRelease(target, { evidence: () => [documents] });
    now += 1001;
    expect((await get(`${registry}/1.2.3/download/linux/amd64`)).status).toBe(200);
    await makeRelease(target, { version: '1.3.0', tag: '1.3.0', annotations: {} });
    now += 1001;
    expect((await get(`${mirror}/index.json`)).json).toEqual({
      versions: { '1.2.3': {}, '1.3.0': {} },
    });
    policy = policyFor(await makeOriginKey());
    expect((await get(`${mirror}/index.json`)).json).toEqual({ versions: {} });
  });
});

describe('a repository with more tags than any provider has versions', () => {
  const none = { mayRead: () => true, principal: undefined };

  /** Tags of versions that are not there, which costs a look at each. */
  async function crowded(count: number, onLook: () => void) {
    const memory = createMemoryRepository('crowded');
    await makeRelease(memory, { tag: '1.2.3' });
    async function* tags() {
      await Promise.resolve();
      yield '1.2.3';
      for (let minor = 0; minor < count; minor++) yield `0.${String(minor)}.0`;
    }
    const resolve = async (reference: string) => {
      onLook();
      return await memory.resolve(reference.startsWith('0.') ? '1.2.3' : reference);
    };
    const instead = new Map<PropertyKey, unknown>(Object.entries({ tags, resolve }));
    const repository = new Proxy(memory, {
      get: (object, name) => {
        const value: unknown = instead.get(name) ?? Reflect.get(object, name);
        return typeof value === 'function' ? (value.bind(object) as unknown) : value;
      },
    });
    return distantShelf(new Map([[thing, repository]]), 0);
  }

  it('is read as far as its newest 5,000 versions', async () => {
    let looks = 0;
    const shelf = await crowded(5100, () => looks++);
    const { get } = await startGateway(shelf, {
      admit: () => Promise.resolve({ kind: 'caller', caller: none }),
    });
    const { json } = await get(`${mirror}/index.json`);
    expect(json).toHaveProperty(['versions', '1.2.3']);
    expect(looks).toBeLessThan(5100);
  });

  it('is not read again for as long as reading it took', async () => {
    let [looks, now] = [0, 0];
    // Every look takes a second, by this clock.
    const shelf = await crowded(10, () => {
      looks++;
      now += 1000;
    });
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const { get } = await startGateway(shelf, { clock });
    await get(`${mirror}/index.json`);
    const first = looks;
    await get(`${mirror}/index.json`);
    expect(looks).toBe(first);
    now += 30_000;
    await get(`${mirror}/index.json`);
    expect(looks).toBeGreaterThan(first);
  });
});

describe('service discovery', () => {
  it('names the providers of the host that was asked for', async () => {
    const { shelf } = await startShelf();
    const { get, url } = await startGateway(shelf);
    const { host } = new URL(url);
    expect((await get('/.well-known/terraform.json')).json).toEqual({
      'providers.v1': `/v1/providers/${host}/`,
    });
    const named = await startGateway(shelf, { ownHost: 'tofu.example.com' });
    const answer = await named.get('/.well-known/terraform.json');
    expect(answer.json).toEqual({ 'providers.v1': '/v1/providers/tofu.example.com/' });
  });
});
