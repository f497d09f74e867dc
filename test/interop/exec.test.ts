import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import yazl from 'yazl';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, runProgram, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startGatewayWorld } from './gateway-world.ts';

const noDockerRegistry = whyNoDockerRegistry();
const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
const platform = `linux_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const platforms = [...new Set([platform, 'darwin_arm64', 'windows_amd64'])];

async function publish(folder: string, address: string, location: string): Promise<void> {
  const dist = join(folder, `dist-${address.replaceAll('/', '-')}`);
  await makeReleaseFolder(dist, { type: 'thing', version: '1.2.3', platforms, salt: address });
  const pushed = await runCli(['push', address, dist, '--to', location], { cwd: folder });
  expect(pushed.stderr).not.toMatch(/Error/u);
  expect(pushed.code).toBe(0);
}

async function makeProject(folder: string, ...lines: readonly string[]): Promise<string> {
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'main.tf'), `${lines.join('\n')}\n`);
  return project;
}

const requires = (source: string): string =>
  `terraform {\n  required_providers {\n    thing = {\n      source = "${source}"\n    }\n  }\n}`;

describe.skipIf(programs.length === 0)(
  `exec (${programs.map((path) => basename(path)).join(', ') || terraform.reason})`,
  { timeout: 60_000 },
  () => {
    it.each(programs)('installs from a folder, with a complete lock file: %s', async (program) => {
      const folder = await tempFolder();
      const location = `${folder}/registry/{hostname}/{namespace}/{type}`;
      const home = basename(program).startsWith('terraform') ? 'terraform.io' : 'opentofu.org';
      await publish(folder, `registry.${home}/acme/thing`, location);
      const project = await makeProject(folder, requires('acme/thing'));
      const args = ['exec', '--from', location, '--', program, 'init', '-no-color'];
      const done = await runCli(args, { cwd: project });
      expect(`${done.stdout}${done.stderr}`).toMatch(
        /Installed acme\/thing v1\.2\.3 \((?:self-)?signed, key ID [0-9A-F]{16}\)/u,
      );
      expect(done.code).toBe(0);
      const keyId = /key ID ([0-9A-F]{16})/u.exec(done.stdout)?.[1] ?? '';
      expect(done.stderr).toBe(
        `Key ${keyId} was made for this run of tofu-oci exec: its signatures say only that the packages are those of ${location}.\n`,
      );
      const lock = await readFile(join(project, '.terraform.lock.hcl'), 'utf8');
      expect(lock.match(/"zh:/gu)).toHaveLength(platforms.length);
      // A second time nothing is installed, so there is nothing to say of keys.
      const again = await runCli(args, { cwd: project });
      expect(again).toMatchObject({ code: 0, stderr: '' });
    });

    it.each(programs)('shows who signed where a rule names the key: %s', async (program) => {
      const world = await startGatewayWorld('serve');
      const from = join(world.folder, 'registry', '{hostname}/{namespace}/{type}');
      const trust = join(world.folder, 'trust.hcl');
      const exec = ['exec', '--from', from, '--trust', trust, '--', program, 'init', '-no-color'];
      const init = async (name: string) => {
        const project = join(world.folder, name);
        await mkdir(project);
        await writeFile(join(project, 'main.tf'), requires(`acme/${name}`));
        return await runCli(exec, { cwd: project });
      };
      const shown = await init('pinned');
      expect(shown.stdout).toContain(`signed, key ID ${world.developer})`);
      expect(shown.code).toBe(0);
      expect(shown.stderr).not.toContain('was made for this run');
      const own = await init('loose');
      expect(own.stdout).toMatch(/signed, key ID [0-9A-F]{16}\)/u);
      expect(own.stdout).not.toContain(world.developer);
      expect(own.code).toBe(0);
      expect(own.stderr).toContain('was made for this run');
      const forbidden = await init('refused');
      expect(forbidden.code).not.toBe(0);
      expect(forbidden.stdout).not.toContain('Installed');
    });

    it.each(programs)('finds modules of a host that it overrides: %s', async (program) => {
      const folder = await tempFolder();
      const location = `${folder}/registry/{hostname}/{namespace}/{type}`;
      await publish(folder, 'mods.example.com/acme/thing', location);
      const modules = await serveModule(requires('mods.example.com/acme/thing'));
      const project = await makeProject(
        folder,
        'module "m" {\n  source  = "mods.example.com/acme/m/any"\n  version = "1.0.0"\n}',
      );
      const config = join(folder, 'rc');
      const run = async () =>
        await runCli(['exec', '--from', location, '--', program, 'init', '-no-color'], {
          cwd: project,
          env: { TF_CLI_CONFIG_FILE: config },
        });
      await writeFile(
        config,
        `host "mods.example.com" {\n  services = {\n    "modules.v1" = "${modules}"\n  }\n}\n`,
      );
      const done = await run();
      expect(done.stdout).toContain('Installed mods.example.com/acme/thing v1.2.3');
      expect(done.code).toBe(0);
      // Nobody says where the modules are, and the host can not be asked.
      await writeFile(config, '');
      const failed = await run();
      expect(failed.code).toBe(6);
      expect(failed.stderr).toContain('the configuration uses modules of mods.example.com');
      expect(failed.stdout).toBe('');
    });

    it.each(programs)('goes on to other commands of the program: %s', async (program) => {
      const folder = await tempFolder();
      const project = await makeProject(folder, 'output "x" {\n  value = 1\n}');
      const exec = ['exec', '--from', `${folder}/registry/{hostname}/{namespace}/{type}`, '--'];
      await mkdir(join(folder, 'registry'));
      for (const args of [['init'], ['validate', '-json'], ['plan', '-detailed-exitcode']]) {
        const done = await runCli([...exec, program, ...args], { cwd: project });
        const alone = await runProgram(program, args, { cwd: project });
        expect({ args, code: done.code }).toEqual({ args, code: alone.code });
        if (args.includes('-json')) expect(done.stdout).toBe(alone.stdout);
      }
    });

    it.skipIf(noDockerRegistry !== undefined).each(programs)(
      `installs from docker-registry${noDockerRegistry === undefined ? '' : ` (${noDockerRegistry})`}: %s`,
      async (program) => {
        const folder = await tempFolder();
        const registry = await startDockerRegistry();
        onTestFinished(() => registry.stop());
        const location = `${registry.host}/tf/{hostname}/{namespace}/{type}`;
        const home = basename(program).startsWith('terraform') ? 'terraform.io' : 'opentofu.org';
        await publish(folder, `registry.${home}/acme/thing`, location);
        const project = await makeProject(folder, requires('acme/thing'));
        const args = ['exec', '--from', location, '--', program, 'init', '-no-color'];
        const done = await runCli(args, { cwd: project });
        expect(done.stdout).toMatch(
          /Installed acme\/thing v1\.2\.3 \((?:self-)?signed, key ID [0-9A-F]{16}\)/u,
        );
        expect(done.code).toBe(0);
        const lock = await readFile(join(project, '.terraform.lock.hcl'), 'utf8');
        expect(lock.match(/"zh:/gu)).toHaveLength(platforms.length);
      },
    );

    it('reads the mirrors of the CLI configuration, over HTTP', async () => {
      const program = programs.at(-1) ?? '';
      const folder = await tempFolder();
      const server = await startServe([join(folder, 'registry'), '--listen-http', '127.0.0.1:0'], {
        cwd: folder,
      });
      const place = `${server.hosts[0] ?? ''}/tf`;
      const hosts = ['registry.terraform.io', 'registry.opentofu.org'];
      for (const host of hosts) {
        await publish(folder, `${host}/acme/thing`, `${place}/{hostname}/{namespace}/{type}`);
      }
      const config = join(folder, 'rc');
      const patterns = JSON.stringify(hosts.map((host) => `${host}/*/*`));
      await writeFile(
        config,
        `provider_installation {\n  oci_mirror {\n    repository_template = "${place}/\${hostname}/\${namespace}/\${type}"\n    include = ${patterns}\n  }\n}\n`,
      );
      const project = await makeProject(folder, requires('acme/thing'));
      const done = await runCli(['exec', '--', program, 'init', '-no-color'], {
        cwd: project,
        env: { TF_CLI_CONFIG_FILE: config },
      });
      expect(done.stdout).toContain('Installed acme/thing v1.2.3');
      expect(done.code).toBe(0);
    });
  },
);

/** The protocol of module registries for one module. */
async function serveModule(text: string): Promise<string> {
  const zip = new yazl.ZipFile();
  zip.addBuffer(Buffer.from(`${text}\n`), 'main.tf');
  zip.end();
  const bytes = await buffer(zip.outputStream);
  const server = createServer(({ url = '' }, response) => {
    if (url.endsWith('/versions')) {
      response.setHeader('Content-Type', 'application/json');
      response.end('{"modules":[{"versions":[{"version":"1.0.0"}]}]}');
    } else if (url.endsWith('/download')) {
      response.writeHead(204, { 'X-Terraform-Get': '/m.zip' }).end();
    } else {
      response.end(bytes);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
