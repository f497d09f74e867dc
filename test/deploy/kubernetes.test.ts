import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { send } from '../support/http-request.ts';
import { startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';

const examples = join(import.meta.dirname, '..', '..', 'deploy', 'kubernetes');

/** The list under `args:` of a manifest: plain scalars and quoted ones, one a line. */
function argumentsIn(manifest: string): readonly string[] {
  const [, indent = '', list = ''] = /^( +)args:\n((?:\1 +- .+\n)+)/mu.exec(manifest) ?? [];
  expect(indent).not.toBe('');
  return list
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().slice(2))
    .map((word) => (/^['"]/u.test(word) ? word.slice(1, -1) : word));
}

/** Folders that are mounted. */
function mountsIn(manifest: string): readonly string[] {
  return [...manifest.matchAll(/mountPath: (\S+)$/gmu)].map(([, path = '']) => path);
}

interface Deployed {
  readonly host: string;
  readonly ca: string;
  readonly manifest: string;
}

/** Starts `serve` as a manifest does, its files below a folder of the test and on free ports. */
async function start(file: string, files: Readonly<Record<string, string>>): Promise<Deployed> {
  const root = await tempFolder();
  const manifest = await readFile(join(examples, file), 'utf8');
  const { ca, cert, key } = await makeTestCertificate();
  for (const mount of mountsIn(manifest)) await mkdir(join(root, mount), { recursive: true });
  const mounted = { 'tls/tls.crt': cert, 'tls/tls.key': key, ...files };
  for (const [name, text] of Object.entries(mounted)) {
    await writeFile(join(root, 'etc', 'tofu-oci', name), text, { mode: 0o600 });
  }
  for (const name of ['trust/trust.hcl', 'rights/rights']) {
    const from = join(examples, file, '..', name.replace(/^.*\//u, ''));
    if (manifest.includes(name)) await cp(from, join(root, 'etc', 'tofu-oci', name));
  }
  const [command, ...words] = argumentsIn(manifest);
  expect(command).toBe('serve');
  const args = words.map((word) => {
    if (/^:[0-9]+$/u.test(word)) return '127.0.0.1:0';
    // A registry where nobody listens.
    if (word.startsWith('registry.example.com/')) return word.replace(/^[^/]+/u, '127.0.0.1:9');
    return mountsIn(manifest).some((mount) => word.startsWith(`${mount}/`))
      ? join(root, word)
      : word;
  });
  const served = await startServe(args, { cwd: root });
  return { host: served.hosts[0] ?? '', ca, manifest };
}

async function probe({ ca, host }: Deployed, path: string): Promise<number> {
  return (await send('GET', `https://${host}`, path, { ca })).status;
}

function probesIn(manifest: string): readonly string[] {
  return [...manifest.matchAll(/^ +(\w+)Probe:\n +httpGet:\n +path: (\S+)$/gmu)].map(
    ([, name = '', path = '']) => `${name} ${path}`,
  );
}

const probes = ['readiness /readyz', 'liveness /healthz', 'startup /healthz'];

describe('the example for Kubernetes', () => {
  it('of a gateway: starts without its registry, and knows its own name', async () => {
    const deployed = await start('gateway/deployment.yaml', { 'url-key/url.key': 'k'.repeat(32) });
    expect(probesIn(deployed.manifest)).toEqual(probes);
    expect(await probe(deployed, '/healthz')).toBe(200);
    const { json } = await send(
      'GET',
      `https://${deployed.host}`,
      '/.well-known/terraform.json',
      deployed,
    );
    expect(json).toEqual({ 'providers.v1': '/v1/providers/providers.example.com/' });
  });

  it('of a registry: starts with an empty volume, ready', async () => {
    const users = `release-bot:${await hash('not a secret', 4)}\n`;
    const deployed = await start('registry/stateful-set.yaml', { 'users/htpasswd': users });
    expect(probesIn(deployed.manifest)).toEqual(probes);
    expect(await probe(deployed, '/healthz')).toBe(200);
    expect(await probe(deployed, '/readyz')).toBe(200);
    expect(await probe(deployed, '/v2/')).toBe(401);
  });

  it.each(['gateway/deployment.yaml', 'registry/stateful-set.yaml'])(
    '%s: gives requests longer to end than the server waits for them',
    async (file) => {
      const manifest = await readFile(join(examples, file), 'utf8');
      const args = argumentsIn(manifest);
      const drain = Number(args[args.indexOf('--drain') + 1]);
      const seconds = (name: string): number =>
        Number(new RegExp(`${name}: ([0-9]+)$`, 'mu').exec(manifest)?.[1]);
      expect(seconds('terminationGracePeriodSeconds')).toBeGreaterThan(
        drain + seconds('sleep:\\n +seconds'),
      );
    },
  );
});
