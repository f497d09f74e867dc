import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { bytesSource, copyGraph, createMemoryRepository } from '../../src/content/index.ts';
import type { CredentialSource } from '../../src/oci/index.ts';
import {
  canonicalJson,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../src/spec/index.ts';
import { failureOf } from '../support/http-client.ts';
import { makeManualClock, useRemotes } from '../support/remote-repository.ts';
import { type Reply, usePeers } from '../support/scripted-peer.ts';

const peers = usePeers();
const remotes = useRemotes();
const base = '/v2/acme/null';
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const path = `${base}/blobs/${blob.descriptor.digest}`;

describe('14. a registry that is busy (ggcr #2301)', () => {
  it.each([429, 408, 500, 502, 503, 504])('with %i is asked again', async (status) => {
    const peer = await peers.start();
    const clock = makeManualClock();
    peer
      .once(`GET ${path}`, { status, headers: { 'retry-after': '7' } })
      .once(`GET ${path}`, { body: 'hello' });
    await buffer(await remotes.repository(peer, { clock }).fetch(blob.descriptor));
    expect(clock.slept).toEqual([7000]);
  });

  it('at its token server is asked again, too', async () => {
    const peer = await peers.start();
    const field = `Bearer realm="${peer.origin}/token"`;
    peer
      .once(`GET ${path}`, { status: 401, headers: { 'www-authenticate': field } })
      .once('POST /token', { status: 429, headers: { 'retry-after': '1' } })
      .once('POST /token', { body: { access_token: 't' } })
      .once(`GET ${path}`, { body: 'hello' });
    const credentials = { kind: 'identity-token', refreshToken: 'r' } as const;
    await buffer(await remotes.repository(peer, { credentials }).fetch(blob.descriptor));
  });

  it('for a day is not waited for', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { status: 429, headers: { 'retry-after': '86400' } });
    const error = await failureOf(remotes.repository(peer).fetch(blob.descriptor));
    expect(error).toMatchObject({ code: 'ERR_HTTP_RETRY_AFTER' });
  });
});

describe('14. a failure at the beginning (ggcr #2406)', () => {
  it('of a token server is not remembered', async () => {
    const peer = await peers.start();
    const field = `Bearer realm="${peer.origin}/token"`;
    peer
      .times(2, `GET ${path}`, { status: 401, headers: { 'www-authenticate': field } })
      .once('GET /token', { status: 403 })
      .once('GET /token', { body: { token: 't' } })
      .once(`GET ${path}`, { body: 'hello' });
    const repository = remotes.repository(peer);
    expect(await failureOf(repository.fetch(blob.descriptor))).toHaveProperty('code');
    expect((await buffer(await repository.fetch(blob.descriptor))).toString()).toBe('hello');
  });

  it('of a credential helper is not remembered', async () => {
    const peer = await peers.start();
    const field = 'Basic realm="r"';
    peer
      .times(2, `GET ${path}`, { status: 401, headers: { 'www-authenticate': field } })
      .once(`GET ${path}`, { body: 'hello' });
    let turns = 0;
    const credentials: CredentialSource = {
      credentialsFor: () => {
        turns += 1;
        return turns === 1
          ? Promise.reject(new Error('the keychain is locked'))
          : Promise.resolve({ kind: 'basic', username: 'a', password: 'b' });
      },
    };
    const repository = remotes.repository(peer, { credentials });
    expect(String(await failureOf(repository.fetch(blob.descriptor)))).toContain('locked');
    expect((await buffer(await repository.fetch(blob.descriptor))).toString()).toBe('hello');
  });
});

describe('14. requests at the same time (ggcr #2271, #2373, #2396, #2411)', () => {
  it('are as many as was said, also while their answers are read, and all come to an end', async () => {
    const peer = await peers.start();
    const layers = Array.from({ length: 60 }, (_, index) =>
      bytesSource(randomBytes(20_000 + index), 'archive/zip'),
    );
    let [open, most] = [0, 0];
    for (const layer of layers) {
      peer.once(`GET ${base}/blobs/${layer.descriptor.digest}`, async () => {
        open += 1;
        most = Math.max(most, open);
        const body = await buffer(await layer.open());
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return { body };
      });
    }
    const bytes = canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: emptyDescriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    });
    const { manifest: mediaType } = mediaTypes;
    const root = { mediaType, digest: digestOf(bytes), size: bytes.length };
    peer
      .once(`GET ${base}/manifests/${root.digest}`, {
        headers: { 'content-type': mediaType },
        body: bytes,
      })
      .once(`GET ${base}/blobs/${emptyDescriptor.digest}`, { body: emptyBlob() });
    const to = createMemoryRepository('to');
    await copyGraph(remotes.repository(peer), to, root, { concurrency: 4 });
    expect(await to.exists(root)).toBe(true);
    expect(most).toBeLessThanOrEqual(4);
    expect(peer.connections).toBeLessThanOrEqual(4);
  });

  it('get one token between them, when the old one ends under all of them', async () => {
    const peer = await peers.start();
    let valid = 't0';
    let given = 0;
    const field = `Bearer realm="${peer.origin}/token"`;
    peer
      .always(`GET ${path}`, ({ headers }): Reply =>
        headers.authorization === `Bearer ${valid}`
          ? { body: 'hello' }
          : { status: 401, headers: { 'www-authenticate': field } },
      )
      .always('GET /token', () => {
        given += 1;
        return { body: { token: valid } };
      });
    const repository = remotes.repository(peer);
    const pullAll = async (): Promise<void> => {
      const pulls = Array.from({ length: 16 }, () =>
        repository.fetch(blob.descriptor).then(buffer),
      );
      await Promise.all(pulls);
    };
    await pullAll();
    expect(given).toBe(1);
    valid = 't1';
    await pullAll();
    expect(given).toBe(2);
  });

  it('of one push are all made with the credentials of the repository', async () => {
    const peer = await peers.start();
    const names = new Set<string>();
    const header = `Basic ${Buffer.from('a:b').toString('base64')}`;
    peer
      .always(({ headers }) => headers.authorization !== header, {
        status: 401,
        headers: { 'www-authenticate': 'Basic realm="r"' },
      })
      .once(`HEAD ${path}`, { status: 404 })
      .once(`POST ${base}/blobs/uploads/`, { status: 202, headers: { location: '/v2/up' } })
      .once('PUT /v2/up', { status: 201 });
    const credentials: CredentialSource = {
      credentialsFor: ({ path: name, registry }) => {
        names.add(`${registry}/${name}`);
        return Promise.resolve({ kind: 'basic', username: 'a', password: 'b' });
      },
    };
    expect(await remotes.repository(peer, { credentials }).push(blob)).toBe('pushed');
    expect([...names]).toEqual([`${peer.host}/acme/null`]);
  });
});

describe('15. a transfer that no longer moves (containerd 1b821ca04, #12811)', () => {
  const limits = { connectMs: 2000, firstByteMs: 100, idleMs: 100 };

  it('is ended, and said to have stood still', async () => {
    const peer = await peers.start();
    const content = randomBytes(100_000);
    const { descriptor } = bytesSource(content, 'archive/zip');
    peer.always(`GET ${base}/blobs/${descriptor.digest}`, {
      body: content,
      fault: { kind: 'stall-after', bytes: 0 },
    });
    const repository = remotes.repository(peer, { httpOptions: { limits } });
    const error = await failureOf(repository.fetch(descriptor).then(buffer));
    expect(error).toMatchObject({ code: 'ERR_HTTP_TIMEOUT', phase: 'receive' });
  });

  it('does not hold up the others', async () => {
    const peer = await peers.start();
    const content = randomBytes(100_000);
    const { descriptor } = bytesSource(content, 'archive/zip');
    peer
      .always(`GET ${base}/blobs/${descriptor.digest}`, {
        body: content,
        fault: { kind: 'stall-after', bytes: 1000 },
      })
      .times(20, `GET ${path}`, { body: 'hello' });
    const repository = remotes.repository(peer, { httpOptions: { limits } });
    const stalled = failureOf(repository.fetch(descriptor).then(buffer));
    for (let turn = 0; turn < 20; turn++) {
      await buffer(await repository.fetch(blob.descriptor));
    }
    expect(await stalled).toMatchObject({ code: 'ERR_HTTP_TIMEOUT' });
  });
});
