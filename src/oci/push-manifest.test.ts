import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock, useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, type ScriptedPeer, usePeers } from '../../test/support/scripted-peer.ts';
import { type ManifestContent, manifestSource } from '../content/index.ts';
import { type Descriptor, digestOf, emptyDescriptor, mediaTypes } from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const base = '/v2/acme/null/manifests';

function content(document: object, mediaType: string = mediaTypes.index): ManifestContent {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

const index = content({ manifests: [] });
const child = digestOf(Buffer.from('child'));
const parent = content({
  manifests: [{ mediaType: mediaTypes.manifest, digest: child, size: 5 }],
});
const subject = { ...index.descriptor };
const tag = subject.digest.replace(':', '-');
const evidenceType = 'application/vnd.example.evidence';
const annotations = { a: 'b' };

function evidence(name: string): ManifestContent {
  return content(
    {
      artifactType: evidenceType,
      config: emptyDescriptor,
      layers: [],
      subject,
      annotations: { ...annotations, name },
    },
    mediaTypes.manifest,
  );
}

function errors(status: number, code: string, message = '', detail?: unknown): Reply {
  return { status, body: { errors: [{ code, message, detail }] } };
}

describe('push of a manifest', () => {
  const path = `${base}/${index.descriptor.digest}`;

  it('puts the exact bytes by digest', async () => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, { status: 404 }).once(`PUT ${path}`, { status: 201 });
    expect(await remotes.repository(peer).push(manifestSource(index))).toBe('pushed');
    expect(peer.requests[1]?.body.equals(index.bytes)).toBe(true);
    expect(peer.requests[1]?.headers['content-type']).toBe(mediaTypes.index);
  });

  it('puts nothing that is there', async () => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, {});
    expect(await remotes.repository(peer).push(manifestSource(index))).toBe('exists');
  });

  it.each([
    ['bytes of another digest', { ...index, bytes: Buffer.from('{}') }],
    ['something that is no manifest', content({}, mediaTypes.manifest)],
  ])('sends nothing of %s', async (_, wrong) => {
    const peer = await peers.start();
    const error = await failureOf(remotes.repository(peer).push(manifestSource(wrong)));
    expect(error).toMatchObject({ category: 'integrity' });
    expect(peer.requests).toEqual([]);
  });

  it.each([
    ['GitLab', errors(400, 'MANIFEST_INVALID', 'manifest invalid', 'unknown media type: a/b')],
    ['Quay', errors(400, 'MANIFEST_INVALID', 'artifact type a/b is not allowed')],
    ['plain text', { status: 415, body: 'unsupported artifactType' }],
  ])('explains a registry that refuses the type as %s does', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, { status: 404 }).once(`PUT ${path}`, reply);
    expect(await failureOf(remotes.repository(peer).push(manifestSource(index)))).toMatchObject({
      code: 'ERR_OCI_TYPE_REFUSED',
      category: 'unsupported',
      hint: expect.stringContaining('GitLab') as string,
    });
  });

  it.each([
    [errors(400, 'MANIFEST_INVALID', 'manifest invalid'), 'remote'],
    [errors(400, 'DIGEST_INVALID', 'no match'), 'integrity'],
    [{ status: 413 }, 'unsupported'],
    [{ status: 409 }, 'conflict'],
  ])('puts %o into the category %s', async (reply, category) => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, { status: 404 }).once(`PUT ${path}`, reply);
    expect(await failureOf(remotes.repository(peer).push(manifestSource(index)))).toMatchObject({
      code: 'ERR_OCI_RESPONSE',
      category,
    });
  });

  it('names the child that is missing', async () => {
    const peer = await peers.start();
    const own = `${base}/${parent.descriptor.digest}`;
    peer
      .once(`HEAD ${own}`, { status: 404 })
      .once(`PUT ${own}`, errors(400, 'MANIFEST_BLOB_UNKNOWN', 'unknown', { digest: child }));
    expect(await failureOf(remotes.repository(peer).push(manifestSource(parent)))).toMatchObject({
      code: 'ERR_CONTENT_CHILD_MISSING',
      child: { digest: child },
    });
  });

  it('is refused when the registry says it stored something else', async () => {
    const peer = await peers.start();
    const headers = { 'docker-content-digest': child };
    peer.once(`HEAD ${path}`, { status: 404 }).once(`PUT ${path}`, { status: 201, headers });
    expect(await failureOf(remotes.repository(peer).push(manifestSource(index)))).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
    });
  });
});

describe('push of a referrer', () => {
  const api = `GET /v2/acme/null/referrers/${subject.digest}`;

  /** A registry without referrers API, which keeps what is put. */
  function oldRegistry(
    peer: ScriptedPeer,
    stored = new Map<string, Buffer>(),
  ): Map<string, Buffer> {
    const name = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
    const reply = (path: string): Reply => {
      const body = stored.get(name(path));
      if (body === undefined) return { status: 404, body: 'no' };
      const type = name(path) === tag ? mediaTypes.index : mediaTypes.manifest;
      return { headers: { 'content-type': type, etag: '"e"' }, body };
    };
    peer
      .always(api, { status: 404, body: '404 page not found' })
      .always(
        ({ method, path }) => (method === 'GET' || method === 'HEAD') && path.startsWith(base),
        ({ path }) => reply(path),
      )
      .always(
        ({ method }) => method === 'PUT',
        ({ body, path }) => {
          stored.set(name(path), body);
          return { status: 201 };
        },
      );
    return stored;
  }

  function listedIn(stored: Map<string, Buffer>): Descriptor[] {
    const document = JSON.parse(stored.get(tag)?.toString() ?? '{}') as { manifests: Descriptor[] };
    return document.manifests;
  }

  it('is all when the registry takes note of the subject', async () => {
    const peer = await peers.start();
    const one = evidence('one');
    const path = `${base}/${one.descriptor.digest}`;
    peer
      .once(`HEAD ${path}`, { status: 404 })
      .once(`PUT ${path}`, { status: 201, headers: { 'oci-subject': subject.digest } });
    expect(await remotes.repository(peer).push(manifestSource(one))).toBe('pushed');
  });

  it('is listed under the fallback tag otherwise, with its type and annotations', async () => {
    const peer = await peers.start();
    const stored = oldRegistry(peer);
    const [one, two] = [evidence('one'), evidence('two')];
    const repository = remotes.repository(peer);
    await repository.push(manifestSource(one));
    await repository.push(manifestSource(two));
    expect(listedIn(stored)).toEqual(
      [one, two].map(({ descriptor }, at) => ({
        ...descriptor,
        artifactType: evidenceType,
        annotations: { ...annotations, name: at === 0 ? 'one' : 'two' },
      })),
    );
    expect(await repository.push(manifestSource(one))).toBe('exists');
    expect(listedIn(stored)).toHaveLength(2);
  });

  it('keeps what others wrote into the list, unknown fields too', async () => {
    const peer = await peers.start();
    const foreign = { ...evidence('foreign').descriptor, data: 'e30=', 'x-unknown': [1] };
    const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [foreign], z: 1 };
    const stored = oldRegistry(peer, new Map([[tag, Buffer.from(JSON.stringify(document))]]));
    await remotes.repository(peer).push(manifestSource(evidence('one')));
    expect(listedIn(stored)[0]).toEqual(foreign);
    expect(JSON.parse(stored.get(tag)?.toString() ?? '')).toMatchObject({ z: 1 });
    const puts = peer.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith(tag));
    expect(puts[0]?.headers['if-match']).toBe('"e"');
  });

  it('is listed again when another writer overwrote the list', async () => {
    const peer = await peers.start();
    const other = evidence('other');
    const stored = oldRegistry(peer);
    const clock = makeManualClock();
    let isOverwritten = false;
    const racing = {
      ...clock,
      sleep: (ms: number, signal?: AbortSignal) => {
        if (!isOverwritten) {
          isOverwritten = true;
          stored.set(tag, content({ manifests: [other.descriptor] }).bytes);
        }
        return clock.sleep(ms, signal);
      },
    };
    const one = evidence('one');
    await remotes.repository(peer, { clock: racing }).push(manifestSource(one));
    expect(listedIn(stored).map(({ digest }) => digest)).toEqual([
      other.descriptor.digest,
      one.descriptor.digest,
    ]);
  });

  it('gives up when other writers never stop', async () => {
    const peer = await peers.start();
    const stored = oldRegistry(peer);
    const clock = {
      ...makeManualClock(),
      sleep: () => {
        stored.delete(tag);
        return Promise.resolve();
      },
    };
    const pushing = remotes.repository(peer, { clock }).push(manifestSource(evidence('one')));
    expect(await failureOf(pushing)).toMatchObject({
      code: 'ERR_OCI_REFERRERS_TAG',
      category: 'conflict',
    });
  });

  it('leaves a tag alone that holds something else', async () => {
    const peer = await peers.start();
    const mine = Buffer.from('{"schemaVersion":2,"config":{},"layers":[]}');
    const stored = oldRegistry(peer, new Map([[tag, mine]]));
    const pushing = remotes.repository(peer).push(manifestSource(evidence('one')));
    expect(await failureOf(pushing)).toMatchObject({ code: 'ERR_OCI_REFERRERS_TAG' });
    expect(stored.get(tag)).toBe(mine);
  });

  it('tries again when the condition on the list is refused', async () => {
    const peer = await peers.start();
    const one = evidence('one');
    let isRefused = false;
    peer.always(
      ({ method, path }) => method === 'PUT' && path.endsWith(tag) && !isRefused,
      () => {
        isRefused = true;
        return { status: 412 };
      },
    );
    const stored = oldRegistry(peer);
    await remotes.repository(peer).push(manifestSource(one));
    expect(listedIn(stored).map(({ digest }) => digest)).toEqual([one.descriptor.digest]);
  });
});
