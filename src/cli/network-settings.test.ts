import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useProxies } from '../../test/support/connect-proxy.ts';
import { runMain } from '../../test/support/run-main.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';

const peers = usePeers();
const proxies = useProxies();
const host = 'registry.example';

/** What Docker and Podman users have for a registry that knows its clients. */
async function homeWithCertificates(files: Readonly<Record<string, string>>): Promise<string> {
  const home = await tempFolder();
  const folder = join(home, '.config', 'containers', 'certs.d', host);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return home;
}

describe('every command that talks to a registry', () => {
  it('goes through the proxy that the environment names, with the certificates for the registry', async () => {
    const server = await makeTestCertificate({ names: [host] });
    const ann = await makeTestCertificate({ commonName: 'ann' });
    const clients = { ca: ann.ca, are: 'required' } as const;
    const peer = await peers.start({ tls: { ...server, clients } });
    peer.always(() => true, { status: 404 }).always('GET /v2/', { body: '{}' });
    const proxy = await proxies.start({
      login: 'bob:hunter2',
      hosts: { [`${host}:443`]: peer.host },
    });
    const home = await homeWithCertificates({
      'ca.crt': server.ca,
      'client.cert': ann.cert,
      'client.key': ann.key,
    });
    const env = { HTTPS_PROXY: proxy.origin.replace('://', '://bob:hunter2@') };
    const { stderr, stdout } = await runMain(['doctor', host, '--debug'], { home, env });
    expect(stdout).toContain(`HTTPS_PROXY names ${proxy.origin} as the proxy`);
    expect(stdout).not.toMatch(/^problem/mu);
    expect(stdout + stderr).not.toMatch(/hunter2|PRIVATE KEY/u);
    expect(new Set(proxy.seen.map(({ line }) => line))).toEqual(new Set([`CONNECT ${host}:443`]));
    expect(new Set(peer.requests.map(({ certificate }) => certificate))).toEqual(new Set(['ann']));
  });

  it('says which half of a pair of certificates is missing', async () => {
    const home = await homeWithCertificates({ 'client.cert': 'x' });
    const target = `${host}/acme/thing`;
    const { code, stderr } = await runMain(['login', target, '-u', 'ann', '--password-stdin'], {
      home,
      input: 'secret',
    });
    expect(code).toBe(2);
    expect(stderr).toContain('client.cert is without its key client.key');
  });

  it('names the variable that names no proxy', async () => {
    const { code, stderr } = await runMain(['login', host, '-u', 'ann', '--password-stdin'], {
      home: await tempFolder(),
      input: 'secret',
      env: { https_proxy: 'socks5://bob:hunter2@proxy.example:1080' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('https_proxy names a proxy of the kind socks5');
    expect(stderr).not.toContain('hunter2');
  });
});
