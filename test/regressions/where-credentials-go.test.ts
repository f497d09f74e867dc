import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/content/index.ts';
import type { Credentials } from '../../src/oci/index.ts';
import { mediaTypes } from '../../src/spec/index.ts';
import {
  expectNothing,
  expectShown,
  type HoneypotWorld,
  type LureName,
  secrets,
  useHoneypots,
} from '../support/honeypot-world.ts';
import { failureOf } from '../support/http-client.ts';
import { useRemotes } from '../support/remote-repository.ts';
import { usePeers } from '../support/scripted-peer.ts';

const honeypots = useHoneypots();
const peers = usePeers();
const remotes = useRemotes();
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const path = `/v2/acme/null/blobs/${blob.descriptor.digest}`;
const ann: Credentials = { kind: 'basic', username: 'ann', password: secrets.password };
const header = `Basic ${Buffer.from(`ann:${secrets.password}`).toString('base64')}`;

/** A registry that wants Basic, in a world of honeypots. */
async function openWorld(): Promise<HoneypotWorld> {
  const world = await honeypots.open(ann);
  world.registry.always(({ headers }) => headers.authorization === undefined, {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="r"' },
    early: true,
  });
  return world;
}

const pull = async ({ repository }: HoneypotWorld): Promise<unknown> =>
  await failureOf(repository.fetch(blob.descriptor).then(buffer));

describe('1. Authorization on a redirect (oras-go GHSA-vh4v-2xq2-g5cg, regclient 746d6cf, opentofu #4422)', () => {
  it.each<LureName>(['another host', 'another port of the same host', 'plain HTTP'])(
    'does not go to %s',
    async (lure) => {
      const world = await openWorld();
      const { honeypot, url } = world.lures[lure];
      world.registry.always(`GET ${path}`, { status: 307, headers: { location: url } });
      await pull(world);
      expectShown(world, [secrets.password]);
      expectNothing(honeypot);
    },
  );
});

describe('2. a login that the target of a redirect asks for (ggcr #2337, #2349, #2360)', () => {
  it('is not given, neither to it nor to the token server that it names', async () => {
    const world = await openWorld();
    const { honeypot, url } = world.lures['another host'];
    world.registry.always(`GET ${path}`, { status: 307, headers: { location: url } });
    const error = await pull(world);
    expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED' });
    expect(String(error)).toContain('which wants a login of its own');
    expect(honeypot.log()).toEqual(['GET /trap']);
    expectNothing(honeypot);
  });
});

describe('3. the realm of a challenge (oras-go GHSA-28r5-37g7-p6mp, GHSA-xf85-363p-868w, ggcr #2243, #2285, regclient 39de02d)', () => {
  it.each([
    'http://registry.example.com/token',
    'https://evil.test/token',
    'https://registry.example.com.evil.test/token',
    'https://127.0.0.1/token',
    'https://localhost/token',
    'https://0.0.0.0/token',
    'https://[::]/token',
    'https://[::1]/token',
    'https://[::ffff:127.0.0.1]/token',
    'https://10.1.2.3/token',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/token',
    'https://2130706433/token',
    'https://ann:pw@registry.example.com/token',
    'ftp://registry.example.com/token',
    'file:///etc/passwd',
  ])('is refused when it is %s', async (realm) => {
    const world = await honeypots.open(ann);
    const field = `Bearer realm="${realm}",service="registry"`;
    world.registry.once(`GET ${path}`, { status: 401, headers: { 'www-authenticate': field } });
    expect(await pull(world)).toMatchObject({ code: 'ERR_OCI_REALM_REFUSED', category: 'auth' });
    world.registry.expectNeverSaw(secrets.password);
  });

  it.each(['registry.example.com', 'auth.example.com'])('may be at %s', async (name) => {
    const world = await honeypots.open(ann);
    const port = world.registryHost.split(':').at(-1) ?? '';
    const field = `Bearer realm="https://${name}:${port}/token",service="registry"`;
    world.registry
      .once(`GET ${path}`, { status: 401, headers: { 'www-authenticate': field } })
      .once('GET /token', ({ headers }) => ({
        status: headers.authorization === header ? 200 : 401,
        body: { token: secrets.token },
      }))
      .once(`GET ${path}`, { body: 'hello' });
    expect((await buffer(await world.repository.fetch(blob.descriptor))).toString()).toBe('hello');
  });
});

describe('4. a token server that redirects (ggcr #2292)', () => {
  it.each<LureName>(['another host', 'another port of the same host', 'a private address'])(
    'is not followed to %s',
    async (lure) => {
      const world = await honeypots.open(ann);
      const { honeypot, url } = world.lures[lure];
      const field = `Bearer realm="https://${world.registryHost}/token"`;
      world.registry
        .always(`GET ${path}`, { status: 401, headers: { 'www-authenticate': field } })
        .once('GET /token', { status: 307, headers: { location: url } });
      expect(await pull(world)).toMatchObject({ code: 'ERR_HTTP_REDIRECT_REFUSED' });
      expect(honeypot.connections).toBe(0);
    },
  );

  it('is followed on its own host', async () => {
    const peer = await peers.start();
    const field = `Bearer realm="${peer.origin}/token"`;
    peer
      .once(`GET ${path}`, { status: 401, headers: { 'www-authenticate': field } })
      .once('GET /token', { status: 308, headers: { location: '/v2/token?x=1' } })
      .once('GET /v2/token', { body: { token: 't' } })
      .once(`GET ${path}`, { body: 'hello' });
    const repository = remotes.repository(peer, { credentials: ann });
    await buffer(await repository.fetch(blob.descriptor));
    expect(peer.requests[2]?.headers.authorization).toBe(header);
  });
});

describe('5. the Location of an upload (oras-go GHSA-jxpm-75mh-9fp7, oras-go#1273, ggcr #2295)', () => {
  const opened = 'POST /v2/acme/null/blobs/uploads/';

  it('gets the bytes on another host, and nobody’s name', async () => {
    const storage = await peers.start({ address: '127.0.0.2' });
    storage.once(({ method }) => method === 'PUT', { status: 201 });
    const peer = await peers.start();
    const location = `${storage.origin}/bucket?signature=abc`;
    peer
      .once(`HEAD ${path}`, { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } })
      .once(`HEAD ${path}`, { status: 404 })
      .times(2, opened, ({ headers }) =>
        headers.authorization === header
          ? { status: 202, headers: { location } }
          : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
      );
    expect(await remotes.repository(peer, { credentials: ann }).push(blob)).toBe('pushed');
    expect(storage.requests[0]?.path).toContain('/bucket?signature=abc&digest=sha256');
    storage.expectNeverSaw(secrets.password);
    expect(storage.requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each<LureName>(['plain HTTP', 'a private address', 'a name with a private address'])(
    'gets nothing at %s',
    async (lure) => {
      const world = await openWorld();
      const { honeypot, url } = world.lures[lure];
      world.registry
        .always(`HEAD ${path}`, { status: 404 })
        .always(opened, { status: 202, headers: { location: url } });
      expect(await failureOf(world.repository.push(blob))).toMatchObject({
        code: 'ERR_HTTP_REDIRECT_REFUSED',
      });
      expect(honeypot.connections).toBe(0);
    },
  );
});

describe('6. the Link to the next page (oras-go GHSA-h7vf-4x9w-h99v, ggcr #2332, oras-go #1215)', () => {
  const list = '/v2/acme/null/tags/list';
  const read = async (repository: HoneypotWorld['repository']): Promise<string[]> => {
    const tags: string[] = [];
    for await (const tag of repository.tags()) tags.push(tag);
    return tags;
  };

  it.each<LureName>(['another host', 'a private address', 'plain HTTP'])(
    'is not followed to %s',
    async (lure) => {
      const world = await openWorld();
      const { honeypot, url } = world.lures[lure];
      const link = `<${url.replace('/trap', list)}?last=1.0.0>; rel="next"`;
      world.registry.always(`GET ${list}`, { headers: { link }, body: { tags: ['1.0.0'] } });
      expect(await failureOf(read(world.repository))).toMatchObject({
        code: 'ERR_OCI_INVALID_ANSWER',
      });
      expect(honeypot.connections).toBe(0);
    },
  );

  it('is not followed in a circle', async () => {
    const peer = await peers.start();
    const next = (page: string) => ({
      headers: { link: `<${list}?last=${page}>; rel="next"` },
      body: { tags: [page] },
    });
    peer
      .once(`GET ${list}`, next('a'))
      .once(`GET ${list}?last=a`, next('b'))
      .once(`GET ${list}?last=b`, next('a'));
    const error = await failureOf(read(remotes.repository(peer)));
    expect(error).toMatchObject({ code: 'ERR_OCI_INVALID_ANSWER' });
    expect(String(error)).toContain('read already');
  });

  it('is not followed for ever', async () => {
    const peer = await peers.start();
    let page = 0;
    const body = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    peer.always(
      ({ path: asked }) => asked.includes('/referrers/'),
      ({ path: asked }) => {
        page += 1;
        const link = `<${asked.split('?', 1)[0] ?? ''}?page=${String(page)}>; rel="next"`;
        return { headers: { link, 'content-type': mediaTypes.index }, body: JSON.stringify(body) };
      },
    );
    const referrers = async (): Promise<void> => {
      for await (const found of remotes.repository(peer).referrers(blob.descriptor)) {
        expect(found).toBeUndefined();
      }
    };
    expect(await failureOf(referrers())).toMatchObject({ code: 'ERR_OCI_INVALID_ANSWER' });
    expect(peer.requests).toHaveLength(10);
  });
});
