import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import { runMain, type MainRun } from '../../../test/support/run-main.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';

const source = 'registry.example.com/acme/thing';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

interface Place {
  readonly home: string;
  readonly run: (...args: string[]) => Promise<MainRun>;
  /** Writes the lock file of a project that has 1.0.0, or another version, with these hashes. */
  readonly lock: (folder: string, hashes: readonly string[], version?: string) => Promise<void>;
}

/** Both platforms of 1.0.0 in layouts below `mirror`. */
async function place(): Promise<Place> {
  const home = await tempFolder();
  const folder = await world.mirrorFolder(source);
  const run = (...args: string[]): Promise<MainRun> => runMain(args, { home });
  const from = ['--from', `fs:${folder}`, '--to', './mirror'];
  expect(await run('mirror', `${source}@1.0.0`, ...from)).toMatchObject({ code: 0 });
  return {
    home,
    run: (...args) => run('verify', '--from', './mirror', ...args),
    lock: async (name, hashes, version = '1.0.0') => {
      await mkdir(join(home, name), { recursive: true });
      const lines = hashes.map((hash) => `    "${hash}",\n`).join('');
      await writeFile(
        join(home, name, '.terraform.lock.hcl'),
        `provider "${source}" {\n  version = "${version}"\n  hashes = [\n${lines}  ]\n}\n`,
      );
    },
  };
}

const zhOf = (platform: string): string => {
  const found = world.packages.find((one) => one.version === '1.0.0' && one.platform === platform);
  return `zh:${createHash('sha256')
    .update(found?.zip ?? '')
    .digest('hex')}`;
};
const absent = `zh:${'0'.repeat(64)}`;

describe('verify --lock', () => {
  it('finds everything that several projects lock', async () => {
    const { lock, run } = await place();
    await lock('live/a', [zhOf('linux_amd64'), zhOf('darwin_arm64')]);
    await lock('live/b', [zhOf('linux_amd64')]);
    const result = await run('--lock', './live/*', '--lock', 'live/a/.terraform.lock.hcl');
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^ok +registry\.example\.com\/acme\/thing 1\.0\.0/u);
    expect(result.stdout).toContain('live/b/.terraform.lock.hcl has no hash of the package');
  });

  it('follows links to lock files', async () => {
    const { home, lock, run } = await place();
    await lock('elsewhere', [absent]);
    await mkdir(join(home, 'live/a'), { recursive: true });
    await symlink(
      join(home, 'elsewhere/.terraform.lock.hcl'),
      join(home, 'live/a/.terraform.lock.hcl'),
    );
    const result = await run('--lock', './live/**/.terraform.lock.hcl');
    expect(result.stdout).toContain('live/a/.terraform.lock.hcl');
    expect(result.code).toBe(5);
  });

  it.each<readonly [string, readonly string[], string, readonly string[], number, RegExp]>([
    [
      'packages that are not there',
      [zhOfLater('linux_amd64'), absent],
      '1.0.0',
      [],
      3,
      /lacks 1 of the 2 packages/u,
    ],
    ['a version that is not there', [absent], '1.5.0', [], 3, /1\.5\.0/u],
    [
      'other packages under the version',
      [absent],
      '1.0.0',
      [],
      5,
      /none of its packages has a hash/u,
    ],
    [
      'a platform that is not there',
      [zhOfLater('linux_amd64')],
      '1.0.0',
      ['--platform', 'linux_amd64,plan9_386'],
      3,
      /plan9_386.*no package/u,
    ],
  ])('names %s', async (_name, hashes, version, more, code, message) => {
    const { lock, run } = await place();
    await lock(
      'a',
      hashes.map((hash) => (hash.startsWith('of:') ? zhOf(hash.slice(3)) : hash)),
      version,
    );
    const result = await run('--lock', 'a', ...more);
    expect(`${result.stdout}${result.stderr}`).toMatch(message);
    expect(result.code).toBe(code);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['a pattern that matches nothing', ['--lock', './none/*'], /no lock file matches/u],
    ['another file', ['--lock', 'mirror/**/oci-layout'], /is no lock file/u],
    ['platforms without a lock file', ['--platform', 'linux_amd64'], /--platform is for --lock/u],
    ['a provider that is not locked', [`example.com/a/b`, '--lock', 'a'], /none of the providers/u],
  ])('refuses %s', async (_name, args, message) => {
    const { lock, run } = await place();
    await lock('a', [absent]);
    const result = await run(...args);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(2);
  });
});

/** Known only when the packages are made. */
function zhOfLater(platform: string): string {
  return `of:${platform}`;
}
