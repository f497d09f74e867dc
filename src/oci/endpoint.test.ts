import { describe, expect, it } from 'vitest';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';
import { createHttpClient } from '../http/index.ts';
import { credentialName, findOrigin, hostOf } from './endpoint.ts';

const peers = usePeers();
const remotes = useRemotes();

describe('hostOf and credentialName', () => {
  it.each(['docker.io', 'index.docker.io', 'registry-1.docker.io'])(
    'know %s as Docker Hub',
    (registry) => {
      expect(hostOf(registry)).toBe('registry-1.docker.io');
      expect(credentialName({ registry, path: 'a/b' })).toEqual({
        registry: 'docker.io',
        path: 'a/b',
      });
    },
  );

  it('leave other registries as they are', () => {
    expect(hostOf('ghcr.io')).toBe('ghcr.io');
    expect(credentialName({ registry: 'ghcr.io', path: 'a' })).toEqual({
      registry: 'ghcr.io',
      path: 'a',
    });
  });
});

describe('findOrigin', () => {
  const nobody = createHttpClient();

  it.each([
    ['ghcr.io', [], 'https://ghcr.io/'],
    ['docker.io', [], 'https://registry-1.docker.io/'],
    ['registry.lan:5000', ['registry.lan:5000'], 'http://registry.lan:5000/'],
    ['registry.lan:5000', ['registry.lan'], 'http://registry.lan:5000/'],
    ['registry.lan', ['registry.lan:5000'], 'https://registry.lan/'],
    ['localhost.evil.example', [], 'https://localhost.evil.example/'],
    ['localhost:5000', ['localhost:5000'], 'http://localhost:5000/'],
  ])('of %s with plain hosts %j is %s', async (registry, plain, origin) => {
    expect((await findOrigin(nobody, registry, plain, {})).href).toBe(origin);
  });

  it('is HTTPS for a registry on this machine that speaks it', async () => {
    const certificate = await makeTestCertificate();
    const peer = await peers.start({ tls: certificate });
    peer.once('GET /v2/', { status: 401 });
    const http = createHttpClient({ ca: [certificate.ca] });
    expect((await findOrigin(http, peer.host, [], {})).protocol).toBe('https:');
    http.close();
  });

  it('stays HTTPS when the certificate of this machine is not trusted', async () => {
    const peer = await peers.start({ tls: await makeTestCertificate() });
    expect((await findOrigin(nobody, peer.host, [], {})).protocol).toBe('https:');
  });

  it('stays HTTPS for a registry on this machine that wants a client certificate', async () => {
    const server = await makeTestCertificate();
    const clients = { ca: (await makeTestCertificate()).ca, are: 'required' } as const;
    const peer = await peers.start({ tls: { ...server, clients } });
    const http = createHttpClient({ ca: [server.ca], retry: { maxAttempts: 1 } });
    expect((await findOrigin(http, peer.host, [], {})).protocol).toBe('https:');
    http.close();
  });

  it('is plain HTTP for a registry on this machine that can not do TLS', async () => {
    const peer = await peers.start();
    expect((await findOrigin(nobody, peer.host, [], {})).protocol).toBe('http:');
  });

  it('is asked for once', async () => {
    const peer = await peers.start();
    peer.always('GET /v2/acme/null/tags/list', { body: { tags: [] } });
    const repository = remotes.repository(peer, { plainHttpHosts: [] });
    const list = async (): Promise<void> => {
      for await (const tag of repository.tags()) expect.fail(`there is no tag ${tag}`);
    };
    await Promise.all([list(), list()]);
    await list();
    // Three requests over at most three connections, and one for the question.
    expect(peer.requests).toHaveLength(3);
    expect(peer.connections).toBeLessThanOrEqual(4);
  });
});
