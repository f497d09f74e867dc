import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTofus } from '../support/peers.ts';
import { runProgram, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { hostPlatform, push, runOurs, runPeer, writeTofurc } from './peer-commands.ts';

/**
 * The null provider, built from its source, through the whole of its life. Its release (zips and SHA256SUMS)
 * is in the folder that TOFU_OCI_TEST_PROVIDER_DIST names.
 */
const dist = process.env.TOFU_OCI_TEST_PROVIDER_DIST;
const tofus = findTofus();
const address = 'registry.opentofu.org/hashicorp/null';

const configuration = `terraform {
  required_providers {
    null = {
      source = "hashicorp/null"
    }
  }
}

resource "null_resource" "this" {
  triggers = { made = "offline" }
}

output "id" {
  value = null_resource.this.id
}
`;

/** Not even by name may anything but the registry be reached: no proxy answers there. */
const offline = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };

async function setUp() {
  const folder = await tempFolder();
  const tls = join(folder, 'tls');
  const { hosts } = await startServe(
    [join(folder, 'registry'), '--listen', '127.0.0.1:0', '--tls-self-signed', tls],
    { cwd: folder },
  );
  const host = hosts[0] ?? '';
  const caFile = join(tls, 'ca.crt');
  const location = `${host}/tf/{hostname}/{namespace}/{type}`;
  const args = [address, dist ?? '', '--to', location, '--ca-file', caFile];
  const summary = await push(args, { cwd: folder });
  expect(summary).toMatchObject({ action: 'published', evidence: 'attached' });
  expect(await push(args, { cwd: folder })).toEqual({
    ...summary,
    action: 'present',
    evidence: 'present',
    packages: summary.packages.map((one) => ({ ...one, outcome: 'present' })),
  });
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'main.tf'), configuration);
  const config = await writeTofurc(join(folder, 'tofurc'), host);
  const env = { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile, ...offline };
  return { project, env, version: summary.tag };
}

const lockOf = (project: string): Promise<string> =>
  readFile(join(project, '.terraform.lock.hcl'), 'utf8');

async function clear(project: string): Promise<void> {
  for (const name of await readdir(project)) {
    if (name !== 'main.tf') await rm(join(project, name), { recursive: true });
  }
}

const why =
  dist === undefined
    ? 'TOFU_OCI_TEST_PROVIDER_DIST names no folder with a release of hashicorp/null'
    : tofus.length === 0
      ? 'no OpenTofu is on PATH nor named by TOFU_BIN'
      : undefined;

if (why !== undefined) {
  it.skip(`the real null provider (${why})`, () => undefined);
} else {
  describe.each(tofus.map((path) => [basename(path), path]))('%s', (_name, tofu) => {
    it('applies with the real null provider that it, or ours, installed from our registry', async () => {
      const { project, env, version } = await setUp();
      const run = (...args: readonly string[]): Promise<string> =>
        runPeer({ path: tofu }, [...args, '-no-color'], { cwd: project, env });
      const apply = async (): Promise<void> => {
        const text = await run('apply', '-auto-approve');
        expect(text).toContain('Apply complete! Resources: 1 added, 0 changed, 0 destroyed.');
        const { stdout } = await runProgram(tofu, ['output', '-raw', 'id'], { cwd: project, env });
        expect(stdout).toMatch(/^\d+$/u);
      };
      const installed = `- Installed hashicorp/null v${version} (verified checksum)`;

      expect(await run('init')).toContain(installed);
      const lock = await lockOf(project);
      await apply();

      await clear(project);
      const { stdout } = await runOurs(['init'], { cwd: project, env });
      expect(stdout).toContain(installed);
      expect(await lockOf(project)).toBe(lock);
      await apply();
      expect(await run('init')).toContain(
        `- Using previously-installed hashicorp/null v${version}`,
      );
      expect(await lockOf(project)).toBe(lock);
      expect(await run('providers')).toContain(address);
      const folder = join(project, '.terraform', 'providers', address, version, hostPlatform);
      expect((await readdir(folder)).join()).toContain('terraform-provider-null');
    });
  });
}
