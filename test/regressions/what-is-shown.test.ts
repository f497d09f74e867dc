import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createCredentialHelpers,
  CredentialHelperError,
  loadCredentialsPolicy,
} from '../../src/config/index.ts';
import { bytesSource } from '../../src/content/index.ts';
import { ConnectionError, type HttpTraceEvent } from '../../src/http/index.ts';
import { createRegistryClient, type Credentials } from '../../src/oci/index.ts';
import {
  expectNothing,
  expectShown,
  type LureName,
  secrets,
  useHoneypots,
} from '../support/honeypot-world.ts';
import { failureOf, get, textOf, useHttpClients } from '../support/http-client.ts';
import { makeManualClock, useRemotes } from '../support/remote-repository.ts';
import { usePeers } from '../support/scripted-peer.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';

const honeypots = useHoneypots();
const clients = useHttpClients();
const peers = usePeers();
const remotes = useRemotes();
const blob = bytesSource(Buffer.from('hello'), 'archive/zip');
const path = `/v2/acme/null/blobs/${blob.descriptor.digest}`;
const ann: Credentials = { kind: 'basic', username: 'ann', password: secrets.password };

describe('11. a client certificate (oras 00eb04ea, GHSA-h3wm-jjqf-8jm2)', () => {
  it.each<LureName>(['another host', 'another port of the same host'])(
    'is not shown to %s, and neither are headers and cookies',
    async (lure) => {
      const world = await honeypots.open({ kind: 'anonymous' });
      const { honeypot, url } = world.lures[lure];
      world.registry.once(`GET ${path}`, { status: 307, headers: { location: url } });
      await failureOf(world.repository.fetch(blob.descriptor));
      expect(honeypot.requests).toHaveLength(1);
      expectShown(world, []);
      expectNothing(honeypot);
    },
  );

  it('is not shown to a proxy that asks for one', async () => {
    const proxyCertificate = await makeTestCertificate();
    const client = await makeTestCertificate({ commonName: 'ann' });
    const shown: unknown[] = [];
    const proxy = createServer({
      key: proxyCertificate.key,
      cert: proxyCertificate.cert,
      ca: client.ca,
      requestCert: true,
      rejectUnauthorized: false,
    });
    proxy.on('connect', (_request, socket: TLSSocket) => {
      shown.push(socket.getPeerCertificate());
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      proxy.close();
    });
    const { port } = proxy.address() as AddressInfo;
    const http = clients.make({
      ca: [proxyCertificate.ca],
      proxies: {
        https: { name: 'HTTPS_PROXY', value: `https://127.0.0.1:${String(port)}` },
      },
      tlsFor: (host) =>
        Promise.resolve({ identity: { cert: client.cert, key: client.key }, source: host }),
    });
    const error = await failureOf(http.send(get('https://registry.example.com/v2/')));
    expect(error).toMatchObject({ code: 'ERR_HTTP_PROXY' });
    expect(shown).toEqual([{}]);
  });
});

describe('11. a trace (oras b3d9a71f, GHSA-whvf-jp7m-59f3, 492ec820, GHSA-5jhf-2qmf-m8c5)', () => {
  it('has neither tokens nor passwords nor signatures of addresses in it', async () => {
    const events: HttpTraceEvent[] = [];
    const [peer, storage] = [await peers.start(), await peers.start({ address: '127.0.0.2' })];
    const location = `${storage.origin}/b?X-Amz-Signature=s1gned&token=s1gned#s1gned`;
    storage.once('GET /b', { body: 'hello', headers: { 'set-cookie': 'a=c00kie' } });
    peer
      .once(`GET ${path}`, {
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="${peer.origin}/token?key=s1gned"` },
      })
      .once('GET /token', { body: { token: secrets.token } })
      .once(`GET ${path}`, { status: 307, headers: { location } });
    const repository = remotes.repository(peer, {
      credentials: ann,
      httpOptions: { onExchange: (event) => events.push(event) },
    });
    await buffer(await repository.fetch(blob.descriptor));
    expect(events.map(({ outcome }) => outcome)).toEqual([401, 200, 307, 200]);
    for (const secret of [...Object.values(secrets), 's1gned', 'c00kie', 'Basic', 'Bearer']) {
      expect(JSON.stringify(events)).not.toContain(secret);
    }
  });

  it('of an error has none of them either', async () => {
    const peer = await peers.start();
    const location = `http://127.0.0.1:1/b?X-Amz-Signature=s1gned`;
    peer.always(`GET ${path}`, { status: 307, headers: { location } });
    const error = await failureOf(remotes.repository(peer).fetch(blob.descriptor));
    expect(error).toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('s1gned');
  });
});

describe('13. a registry that looks like this machine (ggcr #2281, #2314)', () => {
  const names = [
    'registry.local',
    'localhost.example.com',
    'registry.localhost',
    '127.0.0.1.example.com',
    '127.0.0.1.nip.io',
    '10.0.0.1',
    '192.168.1.1:5000',
    '[::ffff:10.0.0.1]:5000',
    'registry:5000',
  ];

  it.each(names)('is spoken to with TLS, and with nothing else: %s', async (registry) => {
    const asked: string[] = [];
    const http = clients.make();
    const client = createRegistryClient({
      clock: makeManualClock(),
      credentials: { credentialsFor: () => Promise.resolve(ann) },
      http: {
        retry: http.retry,
        close: () => undefined,
        send: ({ url }) => {
          asked.push(url.protocol);
          return Promise.reject(new ConnectionError(url.host, 'gone', 'ECONNREFUSED'));
        },
      },
    });
    await failureOf(client.repository({ registry, path: 'a' }).readManifest('1'));
    expect(asked).toEqual(['https:']);
  });

  it.each(names)(
    'is not spoken to without TLS when something leads there: %s',
    async (registry) => {
      const error = await failureOf(clients.make().send(get(`http://${registry}/v2/`)));
      expect(error).toMatchObject({ code: 'ERR_HTTP_PLAIN_REFUSED', category: 'usage' });
    },
  );

  it.each(['127.0.0.1', '127.0.0.2', 'localhost'])(
    'is this machine when it is %s',
    async (name) => {
      const peer = await peers.start({ address: name === 'localhost' ? '127.0.0.1' : name });
      peer.once('GET /v2/', { body: 'here' });
      const port = peer.host.split(':').at(-1) ?? '';
      expect(await textOf(clients.make(), get(`http://${name}:${port}/v2/`))).toBe('here');
    },
  );
});

describe.skipIf(process.platform === 'win32')(
  '16. a credential helper (OpenTofu refuses tokens of OAuth)',
  () => {
    async function helpersSaying(
      text: string,
    ): Promise<Parameters<typeof createCredentialHelpers>[0]> {
      const home = await tempFolder();
      const program = join(home, 'docker-credential-acr');
      await writeFile(join(home, 'answer'), text);
      await writeFile(program, `#!/bin/sh\ncat "${home}/answer"\n`);
      await chmod(program, 0o755);
      await mkdir(join(home, '.docker'));
      await writeFile(join(home, '.docker', 'config.json'), JSON.stringify({ credsStore: 'acr' }));
      const env = { HOME: home, PATH: [home, '/usr/bin', '/bin'].join(delimiter) };
      return { env, cwd: home, home, platform: 'linux' };
    }
    const config = { ociCredentials: [], ociDefaultCredentials: undefined };
    const registry = { registry: 'acme.azurecr.io', path: 'tf/null' };

    it('may answer with a refresh token, which goes to the token server only', async () => {
      const surroundings = await helpersSaying(
        JSON.stringify({ ServerURL: 'x', Username: '<token>', Secret: secrets.refreshToken }),
      );
      const policy = await loadCredentialsPolicy(surroundings, { config });
      const { login, source } = await policy.credentialsFor(registry);
      expect(login).toEqual({ kind: 'identity-token', refreshToken: secrets.refreshToken });
      expect(source).not.toContain(secrets.refreshToken);
      const peer = await peers.start();
      peer
        .once(`GET ${path}`, {
          status: 401,
          headers: {
            'www-authenticate': `Bearer realm="${peer.origin}/oauth2/token",service="acr"`,
          },
        })
        .once('POST /oauth2/token', { body: { access_token: secrets.token } })
        .once(`GET ${path}`, { body: 'hello' });
      const repository = remotes.repository(peer, { credentials: login });
      await buffer(await repository.fetch(blob.descriptor));
      for (const { path: asked, text } of peer.requests) {
        if (asked.startsWith('/v2/')) expect(text).not.toContain(secrets.refreshToken);
      }
    });

    it.each([
      [JSON.stringify({ access_token: secrets.token, expires_in: 3600 })],
      [JSON.stringify({ Username: 'ann' })],
      [JSON.stringify([secrets.token])],
      [secrets.token],
    ])(
      'whose answer is of another shape is named, and nothing of it is told (%#)',
      async (text) => {
        const surroundings = await helpersSaying(text);
        const error = await failureOf(
          createCredentialHelpers(surroundings).get('acr', 'https://acme.azurecr.io'),
        );
        expect(error).toBeInstanceOf(CredentialHelperError);
        expect(String(error)).toContain('"acr" credential helper failed: its answer');
        expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secrets.token);
      },
    );
  },
);
