import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type InitProject,
  type InitWorld,
  makeInitProject,
  makeInitWorld,
} from '../../../test/support/init-world.ts';
import { makeOriginKey } from '../../../test/support/origin-key.ts';
import type { OriginRegistry } from '../../../test/support/origin-registry.ts';
import { makeReleaseFolder } from '../../../test/support/release-folder.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { startRegistry } from '../../../test/support/running-registry.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

async function origin(): Promise<OriginRegistry> {
  const registry = await world.startOrigin();
  onTestFinished(() => registry.close());
  return registry;
}

const run = ({ env, home }: InitProject, args: readonly string[]): Promise<MainRun> =>
  runMain(args, { home, env: { ...onlyLoopback, ...env } });

const both = '--platform=linux_amd64,darwin_arm64';

describe('lock', () => {
  it('says what tofu providers lock says, and records what it finds', async () => {
    const registry = await origin();
    const source = `${registry.host}/acme/thing`;
    const project = await makeInitProject(world, source);
    const first = await run(project, ['lock', both]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const signed = `(signed, key ID ${world.key.keyId})`;
    const news = 'This was a new provider and the checksums for this platform are now tracked';
    expect(first.stdout.split('\n')).toEqual([
      `- Fetching ${source} 1.1.0 for linux_amd64...`,
      `- Retrieved ${source} 1.1.0 for linux_amd64 ${signed}`,
      `- Fetching ${source} 1.1.0 for darwin_arm64...`,
      `- Retrieved ${source} 1.1.0 for darwin_arm64 ${signed}`,
      `- Obtained ${source} checksums for linux_amd64; ${news} in the lock file`,
      `- Obtained ${source} checksums for darwin_arm64; ${news} in the lock file`,
      '',
      'Success! OpenTofu has updated the lock file.',
      '',
      'Review the changes in .terraform.lock.hcl and then commit to your',
      'version control system to retain the new checksums.',
      '',
      '',
    ]);
    const text = await project.lockText();
    expect(text.match(/"(?:h1|zh):/gu)).toEqual(['"h1:', '"h1:', '"zh:', '"zh:']);

    const again = await run(project, ['providers', 'lock', '-platform=linux_amd64']);
    expect(again.stdout).toContain('All checksums for this platform were already tracked');
    expect(again.stdout).toContain(
      'Success! OpenTofu has validated the lock file and found no need for changes.',
    );
    expect(await project.lockText()).toBe(text);
  });

  it('tells of a key that has expired', async () => {
    const expired = await makeOriginKey({ expired: true });
    const registry = await world.startOrigin({ keys: [expired] });
    onTestFinished(() => registry.close());
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    const said = `Provider acme/thing (${registry.host}) gpg key expired, this will fail in future versions of OpenTofu`;
    const plain = await run(project, ['lock', '--platform=linux_amd64']);
    expect(plain).toMatchObject({ code: 0 });
    expect(plain.stdout.split('\n')).toContain(`[WARN] ${said}`);
    const machine = await run(project, ['providers', 'lock', '-json', '-platform=darwin_arm64']);
    const lines = machine.stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ '@level': 'warn', '@message': said }),
    );
  });

  it('reads neither tests nor a state', async () => {
    const registry = await origin();
    const project = await makeInitProject(world, `${registry.host}/acme/thing`);
    await mkdir(join(project.home, 'tests'));
    await writeFile(join(project.home, 'tests/a.tftest.hcl'), 'provider "absent" {}\n');
    await writeFile(
      join(project.home, 'terraform.tfstate'),
      '{"version":4,"serial":1,"lineage":"x","resources":[{"mode":"managed","type":"a","name":"b","provider":"provider[\\"example.com/acme/absent\\"]","instances":[]}]}',
    );
    const { code, stdout } = await run(project, ['lock', '--platform', 'linux_amd64']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('absent');
  });

  it('takes a filesystem mirror or a network mirror in place of the registry', async () => {
    const registry = await origin();
    const folder = await world.mirrorFolder('example.com/acme/thing');
    for (const option of [`-fs-mirror=${folder}`, `-net-mirror=${registry.mirrorUrl}`]) {
      const project = await makeInitProject(world, 'example.com/acme/thing');
      const result = await run(project, ['providers', 'lock', option, '-platform=darwin_arm64']);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(await project.lockText()).toContain('"h1:');
    }
  });

  it('fails with --check while something is missing, and writes nothing', async () => {
    const folder = await world.mirrorFolder('example.com/acme/thing');
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const lock = ['lock', '--from', `fs:${folder}`];
    const missing = await run(project, [...lock, '--check']);
    expect(missing.code).toBe(7);
    expect(missing.stderr).toContain('lacks checksums of the requested platforms');
    expect(await project.lockText()).toBe('');
    await run(project, [...lock, both]);
    expect((await run(project, [...lock, both, '--check'])).code).toBe(0);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['a platform that is none', ['-platform=linux'], 'Invalid target platform'],
    ['two mirrors', ['-fs-mirror=a', '-net-mirror=b'], 'are mutually-exclusive'],
    ['a mirror without TLS', ['-net-mirror=http://x/'], 'Invalid network mirror URL'],
    ['a provider that is not required', ['acme/other'], 'Invalid provider argument'],
    ['a provider that is none', ['a/b/c/d'], 'Invalid provider source'],
    ['trust in nobody', ['--trust-all-hashes'], 'is for an OCI or a network mirror'],
  ])('refuses %s', async (_name, args, message) => {
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const { code, stderr } = await run(project, ['lock', ...args]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(message);
    expect(await project.lockText()).toBe('');
  });

  it('names the kind of a wrong option in its machine-readable form', async () => {
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const { stdout } = await run(project, ['lock', '-platform=linux', '-json']);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'diagnostic',
      code: 'ERR_CLI_LOCK_OPTIONS',
      category: 'usage',
    });
  });

  it('speaks in OpenTofu’s machine-readable form', async () => {
    const folder = await world.mirrorFolder('example.com/acme/thing');
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const result = await run(project, ['lock', `-fs-mirror=${folder}`, '-json']);
    const lines = result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ type: 'version' });
    expect(lines.slice(1).map((line) => line['@message'])).toEqual([
      'Fetching example.com/acme/thing 1.1.0 for linux_amd64...',
      'Retrieved example.com/acme/thing 1.1.0 for linux_amd64 (unauthenticated)',
      'Obtained example.com/acme/thing checksums for linux_amd64; This was a new provider and the checksums for this platform are now tracked in the lock file',
      'Success! OpenTofu has updated the lock file. Review the changes in .terraform.lock.hcl and then commit to your version control system to retain the new checksums',
    ]);
  });
});

describe('lock from an OCI mirror', () => {
  /** Three platforms of `address`; the answer is its location. */
  async function mirror(address: string): Promise<string> {
    const registry = await startRegistry(await temporaryStorage());
    onTestFinished(() => registry.close());
    const location = `${new URL(registry.url).host}/tf/{hostname}/{namespace}/{type}`;
    const home = await tempFolder();
    await makeReleaseFolder(join(home, 'dist'), { type: 'thing', version: '1.2.3' });
    const pushed = await runMain(['push', address, 'dist', '--to', location], { home });
    expect(pushed).toMatchObject({ code: 0 });
    return location;
  }
  const everything = ['"h1:', '"h1:', '"h1:', '"zh:', '"zh:', '"zh:'];
  const hashesIn = (text: string): unknown => text.match(/"(?:h1|zh):/gu);

  it('takes the word of a mirror that is trusted, and fetches no package', async () => {
    const template = await mirror('registry.opentofu.org/acme/thing');
    const project = await makeInitProject(world, 'acme/thing');
    const args = ['lock', `-oci-mirror=${template}`, '--platform', 'linux_amd64'];
    const trusting = await run(project, [...args, '--trust-all-hashes', '--debug']);
    expect(trusting.code).toBe(0);
    expect(trusting.stderr).toContain('/manifests/');
    expect(trusting.stderr).not.toContain('/blobs/');
    expect(trusting.stdout).toContain('(trusted mirror)');
    expect(hashesIn(await project.lockText())).toEqual(everything);
  });

  it('trusts a mirror that the CLI configuration declares to be trusted, in OpenTofu’s spelling', async () => {
    const template = (await mirror('registry.opentofu.org/acme/thing')).replaceAll('{', '${');
    const method = (trust: boolean): string =>
      `provider_installation {\n  oci_mirror {\n    repository_template = "${template}"\n    trust_all_hashes    = ${String(trust)}\n  }\n}\n`;
    for (const trust of [true, false]) {
      const project = await makeInitProject(world, 'acme/thing', method(trust));
      const args = ['providers', 'lock', `-oci-mirror=${template}`, '-platform=linux_amd64'];
      expect((await run(project, args)).code).toBe(0);
      expect(hashesIn(await project.lockText())).toEqual(trust ? everything : ['"h1:', '"zh:']);
    }
  });

  it('looks at the packages of a private provider in any case', async () => {
    const template = await mirror('example.com/acme/thing');
    const project = await makeInitProject(world, 'example.com/acme/thing');
    const args = ['lock', '--from', template, '--trust-all-hashes', '--platform=linux_amd64'];
    expect((await run(project, args)).stdout).toContain('(verified checksum)');
    expect(hashesIn(await project.lockText())).toEqual(['"h1:', '"zh:']);
  });
});
