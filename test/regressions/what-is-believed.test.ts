import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { LimitExceededError } from '../../src/base/index.ts';
import {
  bytesSource,
  copyGraph,
  createMemoryRepository,
  type SourceRepository,
} from '../../src/content/index.ts';
import { parseConstraints, parseProviderAddress, parseVersion } from '../../src/domain/index.ts';
import { copy, push } from '../../src/publish/index.ts';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../src/spec/index.ts';
import { failureOf } from '../support/http-client.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { useRemotes } from '../support/remote-repository.ts';
import { type Reply, usePeers } from '../support/scripted-peer.ts';
import { tempFolder } from '../support/temp-folder.ts';

const peers = usePeers();
const remotes = useRemotes();
const base = '/v2/acme/null';
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const MiB = 1024 * 1024;

function manifestOf(fields: Readonly<Record<string, unknown>>): {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
} {
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: emptyDescriptor,
    layers: [],
    ...fields,
  });
  const { manifest: mediaType } = mediaTypes;
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

const reply = ({ bytes }: { readonly bytes: Buffer }, mediaType: string): Reply => ({
  headers: { 'content-type': mediaType },
  body: bytes,
});

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('6. referrers that refer to each other (oras 440eb65d, GHSA-298f-872v-2rcx)', () => {
  it('are copied once each, however a registry lists them', async () => {
    const provider = parseProviderAddress('example.com/acme/thing');
    const version = parseVersion('1.0.0');
    const folder = join(await tempFolder(), 'dist');
    await makeReleaseFolder(folder, { type: 'thing', version: '1.0.0' });
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const from = createMemoryRepository('from');
    const request = { provider, version, paths: [folder], annotations: {}, signer: undefined };
    const flags = { adopt: false, replace: false, merge: true, dryRun: false };
    await push(from, { ...request, ...flags }, { clock });
    const { descriptor: root } = await from.readManifest('1.0.0');
    await from.push(bytesSource(emptyBlob(), mediaTypes.empty));
    const a = manifestOf({ subject: root, annotations: { name: 'a' } });
    const b = manifestOf({ subject: a.descriptor, annotations: { name: 'b' } });
    for (const { bytes } of [a, b]) await from.push(bytesSource(bytes, mediaTypes.manifest));
    const liar: SourceRepository = {
      name: 'from',
      fetch: (...asked) => from.fetch(...asked),
      exists: (...asked) => from.exists(...asked),
      readManifest: (...asked) => from.readManifest(...asked),
      resolve: (...asked) => from.resolve(...asked),
      tags: (...asked) => from.tags(...asked),
      referrers: async function* (subject) {
        // What it says about itself is not true: a is about the index.
        if (subject.digest === b.descriptor.digest) yield a.descriptor;
        yield* from.referrers(subject);
      },
    };
    const to = createMemoryRepository('to');
    const places = { from: () => Promise.resolve(liar), to: () => Promise.resolve(to) };
    const constraints = [parseConstraints('1.0.0')];
    const summary = await copy(places, {
      providers: [{ provider, constraints }],
      dryRun: false,
      concurrency: 3,
    });
    // The release has one of its own.
    expect(summary).toMatchObject({ failures: [], releases: [{ referrers: { copied: 3 } }] });
    expect(await list(to.referrers(a.descriptor))).toMatchObject([{ digest: b.descriptor.digest }]);
  });
});

describe('7. the urls of a descriptor (ggcr #2293)', () => {
  it('are not asked, whatever they promise', async () => {
    const [peer, elsewhere] = [await peers.start(), await peers.start()];
    const layer = { ...blob.descriptor, urls: [`${elsewhere.origin}/layer`] };
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
      digest: digestOf(Buffer.from('not here')),
      size: 8,
      urls: [`${elsewhere.origin}/foreign`],
    };
    const manifest = manifestOf({ layers: [layer, foreign] });
    peer
      .once(
        `GET ${base}/manifests/${manifest.descriptor.digest}`,
        reply(manifest, mediaTypes.manifest),
      )
      .once(`GET ${base}/blobs/${emptyDescriptor.digest}`, { body: emptyBlob() })
      .once(`GET ${base}/blobs/${layer.digest}`, { body: 'hello' });
    const to = createMemoryRepository('to');
    await copyGraph(remotes.repository(peer), to, manifest.descriptor);
    expect(await to.exists(layer)).toBe(true);
    expect(await to.exists(foreign)).toBe(false);
    expect(elsewhere.connections).toBe(0);
  });
});

describe('8. a size that is only declared (oras-go GHSA-f36w-mj3v-6jqv, helm#32247, cosign CVE-2024-29903)', () => {
  it.each([2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])(
    'of %i bytes costs no memory',
    async (size) => {
      const peer = await peers.start();
      const target = { ...blob.descriptor, size };
      const chunked = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
      peer
        .once(`GET ${base}/blobs/${target.digest}`, { body: 'hello' })
        .once(`GET ${base}/blobs/${target.digest}`, { fault: { kind: 'raw', bytes: chunked } });
      const repository = remotes.repository(peer);
      const before = process.memoryUsage().rss;
      for (let turn = 0; turn < 2; turn++) {
        expect(await failureOf(repository.fetch(target).then(buffer))).toMatchObject({
          code: 'ERR_CONTENT_SIZE_MISMATCH',
        });
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * MiB);
    },
  );

  it.each([-1, 1.5, 2 ** 53, 2 ** 62, 1e300, '5', null])(
    'is no size when it is %j',
    async (size) => {
      const peer = await peers.start();
      const manifest = manifestOf({ layers: [{ ...blob.descriptor, size }] });
      peer.once(`GET ${base}/manifests/1.0.0`, reply(manifest, mediaTypes.manifest));
      expect(await failureOf(remotes.repository(peer).readManifest('1.0.0'))).toMatchObject({
        code: 'ERR_SPEC_INVALID_MANIFEST',
      });
    },
  );

  it('keeps no large manifest out that is as large as it says', async () => {
    const peer = await peers.start();
    const manifest = manifestOf({ annotations: { filler: 'x'.repeat(3_900_000) } });
    peer.once(
      `GET ${base}/manifests/${manifest.descriptor.digest}`,
      reply(manifest, mediaTypes.manifest),
    );
    const bytes = await buffer(await remotes.repository(peer).fetch(manifest.descriptor));
    expect(bytes.equals(manifest.bytes)).toBe(true);
  });
});

describe('9. an answer without an end (ggcr #2296, regclient ae2d5af, cosign CVE-2024-29902)', () => {
  /** More than any of them may have, and never finished. */
  const endless = (status: number, type: string): Reply => ({
    status,
    headers: { 'content-type': type },
    body: Buffer.alloc(12 * MiB, '{"a":"'),
    fault: { kind: 'stall-after', bytes: 11 * MiB },
  });
  const field = (origin: string): Reply => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${origin}/token"` },
  });

  it('is cut when it is a manifest', async () => {
    const peer = await peers.start();
    peer.once(`GET ${base}/manifests/1.0.0`, endless(200, mediaTypes.manifest));
    const error = await failureOf(remotes.repository(peer).readManifest('1.0.0'));
    expect(error).toBeInstanceOf(LimitExceededError);
  });

  it('is cut when it is a list of tags', async () => {
    const peer = await peers.start();
    peer.once(`GET ${base}/tags/list`, endless(200, 'application/json'));
    const error = await failureOf(list(remotes.repository(peer).tags()));
    expect(error).toMatchObject({ code: 'ERR_OCI_INVALID_ANSWER' });
  });

  it('is cut when it is a list of referrers', async () => {
    const peer = await peers.start();
    const { digest } = blob.descriptor;
    peer.once(`GET ${base}/referrers/${digest}`, endless(200, mediaTypes.index));
    const error = await failureOf(list(remotes.repository(peer).referrers(blob.descriptor)));
    expect(error).toBeInstanceOf(LimitExceededError);
  });

  it('is cut when it is a token', async () => {
    const peer = await peers.start();
    peer
      .once(`GET ${base}/manifests/1.0.0`, field(peer.origin))
      .once('GET /token', endless(200, 'application/json'));
    const error = await failureOf(remotes.repository(peer).readManifest('1.0.0'));
    expect(error).toMatchObject({ code: 'ERR_OCI_INVALID_ANSWER' });
  });

  it.each([400, 401, 403, 404, 418])('is cut when it explains a %i', async (status) => {
    const peer = await peers.start();
    peer.once(`GET ${base}/manifests/1.0.0`, endless(status, 'text/plain'));
    const error = await failureOf(remotes.repository(peer).readManifest('1.0.0'));
    expect(error).toHaveProperty('code');
    expect(String(error).length).toBeLessThan(1500);
  });
});

describe('10. a digest that is none (containers/image CVE-2024-3727, osv-scalibr#2408)', () => {
  const texts = [
    'sha256:../../../../etc/passwd',
    `sha256:${'0'.repeat(63)}/`,
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'0'.repeat(65)}`,
    '../../x:00',
    '',
  ];

  it.each(texts)('becomes no address: %j', async (digest) => {
    const peer = await peers.start();
    const repository = remotes.repository(peer);
    expect(await failureOf(repository.readManifest(digest))).toMatchObject({
      code: 'ERR_SPEC_INVALID_REFERENCE',
    });
    expect(peer.requests).toEqual([]);
  });

  it.each(texts)('is refused in a manifest: %j', async (digest) => {
    const peer = await peers.start();
    const manifest = manifestOf({ layers: [{ ...blob.descriptor, digest: digest as Digest }] });
    peer.once(`GET ${base}/manifests/1.0.0`, reply(manifest, mediaTypes.manifest));
    expect(await failureOf(remotes.repository(peer).readManifest('1.0.0'))).toMatchObject({
      code: 'ERR_SPEC_INVALID_MANIFEST',
    });
  });

  it('counts for nothing in a header', async () => {
    const peer = await peers.start();
    const manifest = manifestOf({});
    const headers = {
      'content-type': mediaTypes.manifest,
      'docker-content-digest': 'sha256:../../../../etc/passwd',
    };
    peer.once(`GET ${base}/manifests/1.0.0`, { headers, body: manifest.bytes });
    const { descriptor } = await remotes.repository(peer).readManifest('1.0.0');
    expect(descriptor.digest).toBe(manifest.descriptor.digest);
  });
});

describe('17. crafted relative addresses (opentofu #4472)', () => {
  const upwards = '../'.repeat(10_000);
  const windings = 'a/../'.repeat(6_000);

  it.each([
    ['climb', `${upwards}end`],
    ['wind', `/${windings}end`],
    ['wind and climb', `${windings}${upwards}end`],
  ])('that %s are resolved once, and short from then on', async (_, location) => {
    const peer = await peers.start();
    peer
      .once(`GET ${base}/manifests/1.0.0`, { status: 307, headers: { location } })
      .once(({ path }) => path.length < 100, { status: 404 });
    const error = await failureOf(remotes.repository(peer).readManifest('1.0.0'));
    expect(error).toMatchObject({ category: 'not-found' });
    expect(peer.requests[1]?.path).toMatch(/end$/u);
  });

  it.each([
    ['<>'.repeat(30_000)],
    ['<>"'.repeat(20_000)],
    ['<a>;'.repeat(15_000)],
    ['<a>; rel'.repeat(7_500)],
    [`<a>${'; '.repeat(30_000)}`],
    [`<a>; rel="${' next'.repeat(11_000)}`],
  ])('in a Link of 60 KB are not looked through for seconds (%#)', async (link) => {
    const peer = await peers.start();
    peer.always(({ path }) => path.includes('/tags/list'), {
      headers: { link },
      body: { tags: ['1'] },
    });
    const started = process.cpuUsage();
    await failureOf(list(remotes.repository(peer).tags()));
    const { user } = process.cpuUsage(started);
    // Time of the processor, and a hundred times what it takes.
    expect(user / 1e6).toBeLessThan(1);
  });
});
