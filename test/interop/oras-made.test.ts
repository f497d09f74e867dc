import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { makeReleaseFolder, type ReleaseFolder } from '../support/release-folder.ts';
import { runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import {
  hostPlatform,
  isMissing,
  oras,
  push,
  runOurs,
  runPeer,
  titled,
  writeProject,
} from './peer-commands.ts';

/**
 * Releases assembled by ORAS as OpenTofu's documentation describes: a manifest per package in a local
 * image layout, an index over them, all of it copied to a registry.
 * @see https://opentofu.org/docs/cli/oci_registries/provider-mirror/
 */
const address = 'registry.opentofu.org/acme/thing';
const platforms = [...new Set(['darwin_arm64', hostPlatform])].sort();

interface OrasMade {
  readonly folder: string;
  readonly release: ReleaseFolder;
  readonly location: string;
  readonly reference: string;
  /** Of the index that ORAS made. */
  readonly digest: string;
  /** Runs ORAS on the registry; gives its stdout. */
  readonly ask: (...args: readonly string[]) => Promise<string>;
}

async function assemble(): Promise<OrasMade> {
  const folder = await tempFolder();
  const args = [join(folder, 'registry'), '--listen', '127.0.0.1:0'];
  const { hosts } = await startServe(args, { cwd: folder });
  const dist = join(folder, 'dist');
  const release = await makeReleaseFolder(dist, { type: 'thing', version: '1.2.3', platforms });
  const layout = join(folder, 'layout');
  for (const platform of platforms) {
    await runPeer(
      oras,
      [
        'push',
        '--artifact-type=application/vnd.opentofu.provider-target',
        `--artifact-platform=${platform.replace('_', '/')}`,
        '--oci-layout',
        `${layout}:${platform}`,
        `terraform-provider-thing_1.2.3_${platform}.zip:archive/zip`,
      ],
      { cwd: dist },
    );
  }
  const create = [
    'manifest',
    'index',
    'create',
    '--artifact-type=application/vnd.opentofu.provider',
  ];
  await runPeer(oras, [...create, '--oci-layout', `${layout}:1.2.3`, ...platforms], {
    cwd: folder,
  });
  const host = hosts[0] ?? '';
  const reference = `${host}/mirror/acme/thing:1.2.3`;
  const copy = ['cp', '--to-plain-http', '--from-oci-layout', `${layout}:1.2.3`, reference];
  await runPeer(oras, copy, { cwd: folder });
  const ask = (...more: readonly string[]): Promise<string> =>
    runPeer(oras, [...more, '--plain-http'], { cwd: folder });
  const digest = digestOf(Buffer.from(await ask('manifest', 'fetch', reference)));
  return {
    folder,
    release,
    location: `${host}/mirror/{namespace}/{type}`,
    reference,
    digest,
    ask,
  };
}

async function install({ folder, location, release }: OrasMade): Promise<void> {
  const project = await writeProject(join(folder, 'project'), {
    source: 'acme/thing',
    version: '~> 1.0',
  });
  const { stdout } = await runOurs(['init', '--from', location], { cwd: project });
  expect(stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
  const lock = await readFile(join(project, '.terraform.lock.hcl'), 'utf8');
  expect(lock).toContain(`"zh:${release.hashes.get(hostPlatform) ?? ''}"`);
}

describe.skipIf(isMissing(oras))(titled('a release made by ORAS', oras), () => {
  it('is installed by tofu-oci init', async () => {
    await install(await assemble());
  });

  it('is installed although platform tags stand beside the version', async () => {
    const made = await assemble();
    const { ask, reference } = made;
    const index = JSON.parse(await ask('manifest', 'fetch', reference)) as {
      readonly manifests: readonly { readonly digest: string }[];
    };
    const repository = reference.replace(/:[^:/]*$/u, '');
    for (const [at, { digest }] of index.manifests.entries()) {
      const platform = platforms[at] ?? '';
      const tags = [platform, `1.2.3-${platform.replace('_', '-')}`, `1.2.3_${platform}`];
      await ask('tag', `${repository}@${digest}`, ...tags);
    }
    await install(made);
  });

  it('is present (foreign) to a push of the same zips, and stays as it is', async () => {
    const { ask, digest, folder, location, reference } = await assemble();
    const args = ['push', address, 'dist', '--to', location];
    const again = await runOurs(args, { cwd: folder });
    expect(again.stdout).toContain(`present (foreign): ${reference}@${digest}`);
    expect((await ask('resolve', reference)).trim()).toBe(digest);
    const dryRun = await runOurs([...args, '--dry-run'], { cwd: folder });
    expect(dryRun.stdout).toContain('present (foreign)');
  });

  it('is rewritten by a push with --adopt, and then as if ours from the start', async () => {
    const made = await assemble();
    const { ask, folder, location, reference } = made;
    const args = [address, 'dist', '--to', location];
    const adopted = await push([...args, '--adopt'], { cwd: folder });
    expect(adopted).toMatchObject({ action: 'published' });
    expect((await ask('resolve', reference)).trim()).toBe(adopted.digest);
    const fresh = location.replace('/mirror/', '/fresh/');
    const elsewhere = await push([address, 'dist', '--to', fresh], { cwd: folder });
    expect(elsewhere.digest).toBe(adopted.digest);
    expect(await push(args, { cwd: folder })).toMatchObject({ action: 'present' });
    await install(made);
  });

  it('conflicts with other bytes, --adopt or not, and stays as it is', async () => {
    const { ask, digest, folder, location, reference } = await assemble();
    await makeReleaseFolder(join(folder, 'other'), {
      type: 'thing',
      version: '1.2.3',
      platforms,
      salt: 'other',
    });
    for (const more of [[], ['--adopt']]) {
      const args = ['push', address, 'other', '--to', location, ...more];
      const refused = await runCli(args, { cwd: folder });
      expect(refused.code).toBe(7);
      expect(refused.stderr).toMatch(/published package for \S+ is zh:[0-9a-f]{64}/u);
    }
    expect((await ask('resolve', reference)).trim()).toBe(digest);
  });

  it('is not merged into without --adopt, as it does not say whose it is', async () => {
    const { folder, location } = await assemble();
    await makeReleaseFolder(join(folder, 'more'), {
      type: 'thing',
      version: '1.2.3',
      platforms: ['windows_amd64'],
    });
    const args = ['push', address, 'more', '--to', location];
    const refused = await runCli(args, { cwd: folder });
    expect(refused.code).toBe(7);
    expect(refused.stderr).toMatch(/--adopt/u);
    const merged = await push([...args.slice(1), '--adopt'], { cwd: folder });
    expect(merged.packages.map(({ platform }) => platform)).toEqual([
      ...platforms,
      'windows_amd64',
    ]);
  });
});
