import { writeFile } from 'node:fs/promises';
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
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { ruleText } from '../../../test/support/signed-evidence.ts';

// The host has a port, which no path of a repository may have.
const held = 'oci-layout:./held/{namespace}/{type}';
const some = 'oci-layout:./some/{namespace}/{type}';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

interface Place extends InitProject {
  readonly origin: OriginRegistry;
  readonly source: string;
  readonly run: (...args: string[]) => Promise<MainRun>;
  /** `inspect --upstream` of the newest version that is held. */
  readonly inspect: (...args: string[]) => Promise<MainRun>;
  /** What the origin was asked since the last time. */
  readonly asked: () => readonly string[];
}

/** A folder into which versions of an origin were mirrored. */
async function place(...wanted: readonly string[]): Promise<Place> {
  const origin = await world.startOrigin();
  onTestFinished(() => origin.close());
  const source = `${origin.host}/acme/thing`;
  const project = await makeInitProject(world, source);
  const run: Place['run'] = (...args) =>
    runMain(args, { home: project.home, env: { ...onlyLoopback, ...project.env } });
  const { code, stderr } = await run(
    'mirror',
    ...(wanted.length === 0 ? [source] : wanted.map((one) => `${source}${one}`)),
    '--to',
    held,
  );
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  let seen = origin.requests.length;
  return {
    ...project,
    origin,
    source,
    run,
    inspect: (...args) => run('inspect', source, '--from', held, '--upstream', ...args),
    asked: () => {
      const requests = origin.requests.slice(seen);
      seen = origin.requests.length;
      return requests;
    },
  };
}

const line = ({ stdout }: MainRun, label: string): string | undefined =>
  stdout
    .split('\n')
    .find((one) => one.startsWith(label.padEnd(10)))
    ?.slice(10);
const objects = ({ stdout }: MainRun): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one) as Record<string, unknown>);

const versionsWith = (...versions: readonly string[]): string =>
  JSON.stringify({
    versions: versions.map((version) => ({
      version,
      platforms: [
        { os: 'linux', arch: 'amd64' },
        { os: 'darwin', arch: 'arm64' },
      ],
    })),
  });

describe('a release that is the same at its origin', () => {
  it('is told in a line, with three requests and the discovery', async () => {
    const { asked, inspect } = await place();
    asked();
    const run = await inspect();
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(line(run, 'upstream')).toBe('same, 2 of 2 packages, same key');
    expect(asked().map((one) => one.replace(/^.*\//u, ''))).toEqual([
      'terraform.json',
      'versions',
      'arm64',
      'SHA256SUMS',
    ]);
  });

  it('is asked for its signature where another key could have made it', async () => {
    const { asked, inspect, origin } = await place();
    const other = await makeOriginKey();
    origin.faults.document = {
      signing_keys: {
        gpg_public_keys: [world.key, other].map(({ armor, keyId }) => ({
          key_id: keyId,
          ascii_armor: armor,
        })),
      },
    };
    const run = await inspect();
    expect(run.code).toBe(0);
    expect(line(run, 'upstream')).toBe('same, 2 of 2 packages, same key');
    expect(asked().join()).toContain('SHA256SUMS.sig');
  });

  it('is behind where the origin has newer versions, of the constraint if there is one', async () => {
    const { run, source } = await place('@1.0.0');
    const list = await run('list', '--from', held, '--upstream');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/1\.0\.0 .* same upstream +darwin_arm64 linux_amd64/u);
    expect(list.stdout).toContain('  upstream has 1 newer version: 1.1.0\n');
    expect(list.stdout).toMatch(/; upstream: 1 the same\.\n$/u);
    const older = await run('list', `${source}@~> 1.0.0`, '--from', held, '--upstream');
    expect(older.code).toBe(0);
    expect(older.stdout).not.toContain('newer');
  });

  it('needs not have all platforms', async () => {
    const { origin, run, source } = await place();
    await run('mirror', source, '--platform', 'linux_amd64', '--to', some);
    const one = await run('inspect', source, '--from', some, '--upstream');
    expect(one.code).toBe(0);
    expect(line(one, 'upstream')).toBe('same, 1 of 2 packages, same key');
    expect(one.stdout).toContain('only there: darwin_arm64\n');
    const listed = await run('list', '--from', some, '--upstream', '--json');
    expect(objects(listed)).toMatchObject([
      {
        type: 'release',
        upstream: { state: 'same', same: 1, offered: 2, missing: ['darwin_arm64'], key: 'same' },
      },
      { type: 'summary', upstream: { same: 1, changed: 0, vanished: 0, unknown: 0 } },
    ]);
    expect(Object.keys(objects(listed)[0] ?? {})).not.toContain('evidence');
    expect(origin.requests.length).toBeGreaterThan(0);
  });

  it('is asked about by nobody without the option', async () => {
    const { asked, run } = await place();
    asked();
    const list = await run('list', '--from', held);
    expect(list.stdout).not.toContain('upstream');
    expect(asked()).toEqual([]);
  });
});

describe('a release that is gone at its origin', () => {
  it.each<readonly [string, (origin: OriginRegistry) => void, RegExp]>([
    [
      'a version that is not listed any more',
      ({ faults }) => {
        faults.answer = (path) =>
          path.endsWith('/versions')
            ? {
                headers: { 'content-type': 'application/json' },
                body: versionsWith('1.0.0', '1.2.0'),
              }
            : undefined;
      },
      /^its origin does not list the version$/u,
    ],
    [
      'a provider that is not there any more',
      ({ faults }) => {
        faults.answer = (path) => (path.endsWith('/versions') ? { status: 404 } : undefined);
      },
      /^its origin does not know the provider/u,
    ],
  ])('%s is told, and no error', async (_name, spoil, expected) => {
    const { inspect, origin } = await place();
    spoil(origin);
    const run = await inspect();
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(line(run, 'upstream')).toMatch(expected);
    const json = await inspect('--json');
    expect(objects(json)[0]).toMatchObject({ upstream: { state: 'vanished' }, findings: [] });
  });
});

describe('a release that is another one at its origin', () => {
  it('is exit code 5 with other packages', async () => {
    const { inspect, origin, run } = await place();
    origin.faults.answer = (path) =>
      path.endsWith('SHA256SUMS')
        ? { body: `${'a'.repeat(64)}  terraform-provider-thing_1.1.0_linux_amd64.zip\n` }
        : undefined;
    const inspected = await inspect();
    expect(inspected.code).toBe(5);
    expect(line(inspected, 'upstream')).toMatch(/^OTHER PACKAGES, 0 of 1 package, NO VALID/u);
    expect(line(inspected, 'problems')).toMatch(/linux_amd64 is zh:\w+, .* states zh:aaaa/u);
    const list = await run('list', '--from', held, '--upstream');
    expect(list.code).toBe(5);
    expect(list.stdout).toContain('OTHER PACKAGES, OTHER KEY upstream');
    expect(list.stderr).toMatch(/acme\/thing 1\.1\.0: .*another one at its origin/u);
    const json = await run('list', '--from', held, '--upstream', '--json');
    expect(objects(json).map(({ code }) => code)).toContain('ERR_PUBLISH_UPSTREAM_PACKAGE');
    expect(objects(json).at(-1)).toMatchObject({ upstream: { changed: 1, same: 0 } });
  });

  it('is exit code 5 with another key, unless the trust rule names it', async () => {
    const { home, inspect, origin, source } = await place();
    const other = await makeOriginKey();
    origin.faults.signer = other;
    origin.faults.document = {
      signing_keys: { gpg_public_keys: [{ key_id: other.keyId, ascii_armor: other.armor }] },
    };
    const run = await inspect();
    expect(run.code).toBe(5);
    expect(line(run, 'upstream')).toBe(`same, 2 of 2 packages, OTHER KEY ${other.fingerprint}`);
    expect(line(run, 'problems')).toContain(world.key.fingerprint);
    const both = `${world.key.fingerprint}", "${other.fingerprint}`;
    await writeFile(join(home, 'trust.hcl'), ruleText({ fingerprint: both }, { pattern: source }));
    const ruled = await inspect('--trust', 'trust.hcl');
    expect(ruled.code).toBe(0);
    expect(line(ruled, 'upstream')).toContain('another key, which the trust rule names');
  });

  it.each<readonly [string, (origin: OriginRegistry) => void]>([
    [
      'no signature any more',
      ({ faults }) => {
        faults.missingSignature = true;
        faults.document = { signing_keys: { gpg_public_keys: [] } };
      },
    ],
    [
      'its key revoked',
      ({ faults }) => {
        faults.document = { signing_keys: { gpg_public_keys: [{ ascii_armor: revokedKey }] } };
      },
    ],
  ])('is exit code 5 with %s', async (_name, spoil) => {
    revokedKey = await world.key.revoked();
    const { inspect, origin } = await place();
    spoil(origin);
    const run = await inspect('--json');
    expect(run.code).toBe(5);
    expect(objects(run)[0]).toMatchObject({
      upstream: { state: 'changed', same: 2, key: 'changed' },
      findings: [{ code: 'ERR_PUBLISH_UPSTREAM_KEY', category: 'trust' }],
    });
  });
  let revokedKey = '';
});

describe('an origin that does not answer', () => {
  it('keeps nothing from being listed, is told once, and is exit code 6', async () => {
    const { origin, run } = await place('@1.0.0', '@1.1.0');
    await origin.close();
    const list = await run('list', '--from', held, '--upstream');
    expect(list.code).toBe(6);
    expect(list.stdout).toMatch(/1\.0\.0 .*upstream unknown/u);
    expect(list.stdout).toMatch(/1\.1\.0 .*upstream unknown/u);
    expect(list.stdout).toContain('; upstream: 0 the same, 2 could not be compared.');
    expect(list.stderr.match(/Error:/gu)).toHaveLength(1);
  });

  it('gives up at a document that is none, and names it', async () => {
    const { inspect, origin } = await place();
    origin.faults.answer = (path) =>
      path.endsWith('SHA256SUMS') ? { body: 'hello\n' } : undefined;
    const run = await inspect();
    expect(run.code).toBe(5);
    expect(line(run, 'upstream')).toBe('not compared');
    expect(line(run, 'problems')).toContain('SHA256SUMS of the origin line 1');
  });
});
