import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeOriginKey, type OriginKey } from '../../../test/support/origin-key.ts';
import { makeRelease, pushRelease } from '../../../test/support/pushed-release.ts';
import { passOn } from '../../../test/support/published-registry.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { startRegistry } from '../../../test/support/running-registry.ts';
import { usePeers } from '../../../test/support/scripted-peer.ts';
import { ruleText, signedEvidence } from '../../../test/support/signed-evidence.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { identityAnnotations } from '../../artifact/index.ts';
import { openLayoutRoot, type TargetRepository } from '../../content/index.ts';
import { parseProviderAddress, parseVersion } from '../../domain/index.ts';

const lockFile = '.terraform.lock.hcl';
const thing = 'example.com/acme/thing';
const peers = usePeers();

let key: OriginKey;
beforeAll(async () => {
  key = await makeOriginKey();
});

interface Place {
  readonly home: string;
  readonly run: (...args: string[]) => Promise<MainRun>;
  readonly lock: (folder: string, version: string, provider?: string) => Promise<void>;
  readonly versions: (provider?: string) => Promise<readonly string[]>;
}

/** Layouts in `held`, with these versions of two providers. */
async function place(
  fill: (to: TargetRepository) => Promise<void> = async (to) => {
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      await pushRelease(to, { version, platforms: ['linux_amd64'] });
    }
  },
): Promise<Place> {
  const home = await tempFolder();
  const root = await openLayoutRoot(join(home, 'held'));
  await fill(await root.createRepository(thing));
  await root.close();
  return {
    home,
    run: (...args) => runMain(['prune', '--from', './held', ...args], { home }),
    lock: async (folder, version, provider = thing) => {
      await mkdir(join(home, folder), { recursive: true });
      const text = `provider "${provider}" {\n  version = "${version}"\n}\n`;
      await writeFile(join(home, folder, lockFile), text);
    },
    versions: async (provider = thing) => {
      const { stdout } = await runMain(['list', '--from', './held', '--json', provider], { home });
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; version: string })
        .flatMap(({ type, version }) => (type === 'release' ? [version] : []));
    },
  };
}

describe('prune', () => {
  it('says for each version why it stays or goes, and removes it only with --yes', async () => {
    const { home, lock, run, versions } = await place();
    await lock('live/a', '1.0.0');
    const args = ['--keep-newest', '1', '--keep-lock', './live/**/.terraform.lock.hcl'];
    const dry = await run(...args);
    expect(dry.code).toBe(0);
    expect(dry.stdout.replaceAll(/\(\d+ B\)/gu, '(N)')).toBe(
      [
        `kept         ${thing} 1.0.0: locked by ./live/a/.terraform.lock.hcl`,
        `to remove    ${thing} 1.1.0 (N): not among the newest 1; no lock file needs it`,
        `kept         ${thing} 2.0.0: newest 1 of 1`,
        'Would remove 1 version (packages of N), kept 2.\n',
      ]
        .join('\n')
        .replace('of N', dry.stdout.match(/of [\d.]+ k?B/u)?.[0] ?? ''),
    );
    expect(dry.stderr).toContain('--yes');
    expect(await versions()).toEqual(['1.0.0', '1.1.0', '2.0.0']);

    const before = await filesIn(home);
    const done = await run(...args, '--yes', '--json');
    expect(done.code).toBe(0);
    const objects = objectsIn(done);
    expect(objects.map(({ action, type }) => action ?? type)).toEqual([
      'kept',
      'removed',
      'kept',
      'summary',
    ]);
    expect(objects[1]).toMatchObject({
      provider: thing,
      version: '1.1.0',
      tag: '1.1.0',
      packages: 1,
      removedBecause: 'not among the newest 1; no lock file needs it',
    });
    expect(objects[0]).toMatchObject({
      kept: [{ kind: 'lock', file: './live/a/.terraform.lock.hcl' }],
    });
    const summary = objects.at(-1);
    expect(summary).toMatchObject({ command: 'prune', dryRun: false, removed: 1, kept: 2 });
    expect(Number(summary?.['freed'])).toBeGreaterThan(0);
    expect(await versions()).toEqual(['1.0.0', '2.0.0']);
    // The package, the manifests of package, index and evidence, and three documents of that.
    expect((await filesIn(home)).length).toBeLessThan(before.length - 4);
    const verified = await runMain(['verify', '--from', './held'], { home });
    expect(verified.code).toBe(0);
    const again = await run(...args, '--yes');
    expect(again.stdout).toContain('Removed 0 versions');
  });

  it('takes lock files by folder, by pattern and through links, and of the predecessor', async () => {
    const { home, lock, run } = await place();
    await lock('a', '1.0.0');
    await lock('elsewhere', '1.1.0');
    await mkdir(join(home, 'b'));
    await symlink(join(home, 'elsewhere', lockFile), join(home, 'b', lockFile));
    const run1 = await run('--keep-lock', './a', '--keep-lock', 'b/*.hcl');
    expect(run1.stdout).toContain(`kept         ${thing} 1.0.0: locked by ./a/${lockFile}`);
    expect(run1.stdout).toContain(`kept         ${thing} 1.1.0: locked by ./b/${lockFile}`);
    expect(run1.stdout).toContain(`to remove    ${thing} 2.0.0`);
    const old = await place();
    const root = await openLayoutRoot(join(old.home, 'held'));
    const null_ = 'registry.opentofu.org/hashicorp/null';
    for (const version of ['3.0.0', '3.1.0']) {
      await pushRelease(await root.createRepository(null_), { provider: null_, version });
    }
    await root.close();
    await old.lock('old', '3.0.0', 'registry.terraform.io/hashicorp/null');
    const run2 = await old.run('hashicorp/null', '--keep-lock', 'old');
    expect(run2.stdout).toContain(`kept         ${null_} 3.0.0: locked by ./old/${lockFile}`);
    expect(run2.stdout).toContain(`to remove    ${null_} 3.1.0`);
  });

  it.each<readonly [string, readonly string[], number, RegExp]>([
    ['nothing to keep', [], 2, /nothing says what is to be kept/u],
    ['a pattern that matches nothing', ['--keep-lock', './none/**'], 2, /no lock file matches/u],
    [
      'a pattern that matches nothing beside others that do',
      ['--keep-lock', 'a', '--keep-lock', 'z'],
      2,
      /no lock file matches "z"/u,
    ],
    ['a lock file that can not be read', ['--keep-lock', 'bad'], 2, /bad\/\.terraform\.lock\.hcl/u],
    ['no number', ['--keep-newest', 'x'], 2, /number from 1/u],
    ['nought', ['--keep-newest', '0'], 2, /number from 1/u],
    ['an empty constraint', ['--keep', ''], 2, /a constraint is missing/u],
    [
      'a constraint of an address',
      [`${thing}@< 1.0`, '--keep-newest', '1'],
      2,
      /no constraint here/u,
    ],
    [
      'an archive',
      ['--keep-newest', '1', '--from', 'oci-archive:x.tar'],
      2,
      /nothing can be removed from an archive/u,
    ],
    [
      'a location that mixes providers',
      ['--keep-newest', '1', '--from', 'oci-layout:held/{namespace}-{type}', thing],
      2,
      /\{namespace\}/u,
    ],
    ['a provider that is not there', ['--keep-newest', '1', 'example.com/acme/none'], 3, /none/u],
    ['too many', ['--keep-newest', '1', '--max-delete', '1'], 2, /2 versions would be removed/u],
  ])('refuses %s, and removes nothing', async (_, args, code, message) => {
    const { home, lock, run, versions } = await place();
    await lock('a', '1.0.0');
    await mkdir(join(home, 'bad'));
    await writeFile(join(home, 'bad', lockFile), 'provider "x" {');
    const done = await run(...args, '--yes');
    expect(`${done.stdout}${done.stderr}`).toMatch(message);
    expect(done.code).toBe(code);
    expect(await versions()).toEqual(['1.0.0', '1.1.0', '2.0.0']);
  });

  it('ends with the summary for programs, whatever is refused', async () => {
    const { run } = await place();
    const done = await run('--keep-newest', '1', '--max-delete', '1', '--yes', '--json');
    expect(objectsIn(done).map(({ action, code, type }) => action ?? code ?? type)).toEqual([
      'removable',
      'removable',
      'kept',
      'ERR_PUBLISH_MAX_DELETE',
      'summary',
    ]);
    expect(done.code).toBe(2);
  });

  it('counts what a trust rule accepts, and lists the rest as not accepted', async () => {
    const provider = parseProviderAddress(thing);
    const { home, run, versions } = await place(async (to) => {
      for (const version of ['1.0.0', '1.1.0', '1.2.3', '2.0.0']) {
        await makeRelease(to, {
          version,
          tag: version,
          annotations: identityAnnotations({ provider, version: parseVersion(version) }),
        });
      }
      const annotations = identityAnnotations({ provider, version: parseVersion('1.2.3') });
      const { records } = await makeRelease(to, { annotations });
      const documents = await signedEvidence(records, key);
      await makeRelease(to, { annotations, evidence: () => [documents] });
    });
    await writeFile(join(home, 'trust.hcl'), ruleText(key));
    const dry = await run('--keep-newest', '1', '--trust', 'trust.hcl');
    expect(dry.stdout).toContain(`kept         ${thing} 1.2.3: newest 1 of 1`);
    expect(dry.stdout).toMatch(/to remove {4}example\.com\/acme\/thing 2\.0\.0.*not accepted/u);
    const other = ruleText({ fingerprint: 'A'.repeat(40) });
    await writeFile(join(home, 'trust.hcl'), other);
    const none = await run('--keep-newest', '1', '--trust', 'trust.hcl', '--yes');
    expect(none.stderr).toContain('no version in');
    expect(none.code).toBe(5);
    expect(await versions()).toHaveLength(4);
  });

  it('works beside other clients of a registry', async () => {
    const storage = await temporaryStorage();
    const repository = await storage.createRepository(`tf/${thing}`);
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const registry = await startRegistry(storage);
    onTestFinished(() => registry.close());
    const home = await tempFolder();
    const from = `${new URL(registry.url).host}/tf/{hostname}/{namespace}/{type}`;
    const args = ['prune', '--from', from, '--keep-newest', '1', '--yes'];
    expect(await runMain(args, { home })).toMatchObject({ code: 0 });
    const tags: string[] = [];
    for await (const tag of repository.tags()) tags.push(tag);
    expect(tags).toEqual(['1.1.0']);
    expect((await runMain(['verify', '--from', from], { home })).code).toBe(0);
  });

  it.each([404, 405, 400])('explains a registry that answers %i to deletes', async (status) => {
    const storage = await temporaryStorage();
    const repository = await storage.createRepository(`tf/${thing}`);
    for (const version of ['1.0.0', '1.1.0']) await pushRelease(repository, { version });
    const registry = await startRegistry(storage);
    onTestFinished(() => registry.close());
    const peer = await peers.start();
    peer.always(({ method }) => method === 'DELETE', { status });
    passOn(peer, registry);
    const home = await tempFolder();
    const from = `${new URL(peer.origin).host}/tf/{hostname}/{namespace}/{type}`;
    const done = await runMain(
      ['prune', thing, '--from', from, '--keep-newest', '1', '--yes', '--json'],
      { home },
    );
    expect(objectsIn(done).map(({ action, code }) => action ?? code)).toEqual([
      'left',
      'kept',
      'ERR_PUBLISH_NO_DELETES',
      undefined,
    ]);
    expect(done.code).toBe(6);
    const tags: string[] = [];
    for await (const tag of repository.tags()) tags.push(tag);
    expect(tags).toEqual(['1.0.0', '1.1.0']);
  });
});

const objectsIn = ({ stdout }: MainRun): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function filesIn(home: string): Promise<readonly string[]> {
  return await readdir(join(home, 'held'), { recursive: true });
}
