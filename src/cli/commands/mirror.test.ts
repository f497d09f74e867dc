import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type InitProject,
  type InitWorld,
  makeInitProject,
  makeInitWorld,
} from '../../../test/support/init-world.ts';
import type { OriginRegistry } from '../../../test/support/origin-registry.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { type RunningRegistry, startRegistry } from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { buildZip } from '../../../test/support/zips.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

interface Place extends InitProject {
  readonly origin: OriginRegistry;
  readonly registry: RunningRegistry;
  readonly source: string;
  /** A location in a registry that is empty at first. */
  readonly to: string;
  readonly run: (...args: string[]) => Promise<MainRun>;
  readonly tags: () => Promise<unknown>;
}

async function place(): Promise<Place> {
  const origin = await world.startOrigin();
  onTestFinished(() => origin.close());
  const registry = await startRegistry(await temporaryStorage());
  onTestFinished(() => registry.close());
  const source = `${origin.host}/acme/thing`;
  const project = await makeInitProject(world, source);
  const host = new URL(registry.url).host;
  return {
    ...project,
    origin,
    registry,
    source,
    to: `${host}/tf/{namespace}/{type}`,
    run: (...args) =>
      runMain(args, { home: project.home, env: { ...onlyLoopback, ...project.env } }),
    tags: async () => {
      const { json } = await registry.send('GET', '/v2/tf/acme/thing/tags/list');
      return (json as { tags?: unknown }).tags;
    },
  };
}

const lines = ({ stdout }: MainRun): string[] => stdout.trimEnd().split('\n');
const objects = (run: MainRun): Record<string, unknown>[] =>
  lines(run).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('mirror', () => {
  it('brings what the configuration needs into a registry, and the second time nothing', async () => {
    const { origin, run, source, tags, to } = await place();
    const first = await run('mirror', '.', '--to', to);
    expect(first.stderr).toContain('Fetched terraform-provider-thing_1.1.0_linux_amd64.zip');
    expect(first.code).toBe(0);
    expect(lines(first)).toEqual([
      `${source} 1.1.0   signed, key ID ${world.key.keyId}`,
      expect.stringMatching(/^ {2}darwin_arm64 +\S+ k?B {2}pushed$/u),
      expect.stringMatching(/^ {2}linux_amd64 +\S+ k?B {2}pushed$/u),
      expect.stringMatching(
        /^Mirrored 1 provider, 1 version, 2 packages: 2 pushed \(\S+ k?B\), 0 already there, in [\d.]+ s\.$/u,
      ),
    ]);
    expect(await tags()).toEqual(['1.1.0']);

    const before = origin.requests.length;
    const again = await run('mirror', '--to', to);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(lines(again)[0]).toBe(`${source} 1.1.0`);
    expect(lines(again).at(-1)).toContain('0 pushed (0 B), 2 already there');
    expect(origin.requests.slice(before).join()).not.toContain('.zip');
  });

  it.each([
    ['registry', '/SHA256SUMS', 3],
    ['host', '/terraform.json', 1],
  ])('outlasts a %s that fails for a while', async (_name, file, times) => {
    const { origin, run, source, tags, to } = await place();
    let left = times;
    origin.faults.change = (path) =>
      path.endsWith(file) && left-- > 0 ? { status: 503, body: '' } : undefined;
    expect(await run('mirror', source, '--to', to)).toMatchObject({ code: 0 });
    expect(left).toBeLessThan(0);
    expect(await tags()).toEqual(['1.1.0']);
  });

  it('takes what is locked where there is a lock file, even without its modules', async () => {
    const { home, run, source, tags, to } = await place();
    await writeFile(
      join(home, '.terraform.lock.hcl'),
      `provider "${source}" {\n  version = "1.0.0"\n}\n`,
    );
    await writeFile(join(home, 'more.tf'), 'module "net" {\n  source = "acme/net/any"\n}\n');
    const result = await run('mirror', '.', '--to', to);
    expect(result.stderr).toMatch(/only what is locked is mirrored/u);
    expect(result.code).toBe(0);
    expect(await tags()).toEqual(['1.0.0']);
    await rm(join(home, 'more.tf'));
    await run('mirror', '.', '--select', 'locked,newest', '--to', to);
    expect(await tags()).toEqual(['1.0.0', '1.1.0']);
  });

  it('names tofu get when modules are missing and nothing is locked', async () => {
    const { home, run, to } = await place();
    await writeFile(join(home, 'more.tf'), 'module "net" {\n  source = "acme/net/any"\n}\n');
    const result = await run('mirror', '.', '--to', to);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/tofu (?:get|init)/u);
  });

  it('finds the root modules below a folder by their lock files', async () => {
    const { home, run, source, tags, to } = await place();
    await mkdir(join(home, 'live/prod'), { recursive: true });
    await writeFile(
      join(home, 'live/prod/.terraform.lock.hcl'),
      `provider "${source}" {\n  version = "1.0.0"\n}\n`,
    );
    expect(await run('mirror', './live', '--to', to)).toMatchObject({ code: 0 });
    expect(await tags()).toEqual(['1.0.0']);
  });

  it('says which of the lock files below a folder is wrong', async () => {
    const { home, run, source, to } = await place();
    for (const [name, text] of [
      ['prod', `provider "${source}" {\n  version = "1.0.0"\n}\n`],
      ['test', `provider "${source}" {\n`],
    ] as const) {
      await mkdir(join(home, 'live', name), { recursive: true });
      await writeFile(join(home, 'live', name, '.terraform.lock.hcl'), text);
    }
    const result = await run('mirror', './live', '--to', to);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(join('live', 'test', '.terraform.lock.hcl'));
  });

  it.each<readonly [string, (place: Place) => string[], string[]]>([
    ['an address', ({ source }) => [source], ['1.1.0']],
    ['a constraint', ({ source }) => [`${source}@< 1.1`], ['1.0.0']],
    ['all versions', ({ source }) => [source, '--select', 'all'], ['1.0.0', '1.1.0']],
  ])('takes %s', async (_name, args, wanted) => {
    const here = await place();
    const result = await here.run('mirror', ...args(here), '--to', here.to);
    expect(result.code).toBe(0);
    expect(await here.tags()).toEqual(wanted);
  });

  it('takes what a file says', async () => {
    const { home, run, source, tags, to } = await place();
    await writeFile(
      join(home, 'mirror.hcl'),
      `mirror {
        to        = "${to}"
        platforms = ["linux_amd64"]
        provider "${source}" {
          versions = ">= 1.0.0"
          newest   = 2
        }
        configuration "./none*" {}
      }`,
    );
    const refused = await run('mirror', '--file', 'mirror.hcl');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('no folder matches configuration "./none*"');
    expect(refused.stderr).toContain(`begin at the folder of the file, ${home}`);
    const text = `mirror {\n to = "${to}"\n platforms = ["linux_amd64"]\n provider "${source}" {\n versions = ">= 1"\n }\n}`;
    await writeFile(join(home, 'mirror.hcl'), text);
    const result = await run('--json', 'mirror', '--file', 'mirror.hcl');
    expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('Fetched') as string });
    expect(objects(result)).toMatchObject([
      {
        type: 'release',
        provider: source,
        version: '1.0.0',
        verdict: { kind: 'signed', signedBy: { keyId: world.key.keyId } },
        packages: [{ platform: 'linux_amd64', outcome: 'pushed' }],
      },
      { type: 'release', version: '1.1.0' },
      { type: 'summary', command: 'mirror', providers: 1, releases: 2, pushed: 2, failed: 0 },
    ]);
    expect(await tags()).toEqual(['1.0.0', '1.1.0']);
  });

  it('writes nothing in a dry run, and asks for no package', async () => {
    const { origin, run, source, tags, to } = await place();
    const result = await run('mirror', source, '--to', to, '--dry-run');
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/linux_amd64 .*to push\n/u);
    expect(lines(result).at(-1)).toMatch(
      /^Would mirror 1 provider, 1 version, 2 packages: 2 to push/u,
    );
    expect(await tags()).toBeUndefined();
    expect(origin.requests.join()).not.toMatch(/GET \S+\.zip/u);
  });

  it('sends a registry no whole package before it was found to be right', async () => {
    const { origin, registry, run, source, to } = await place();
    // A sound zip, and no package of this provider: what is wrong is known only at its end.
    const zip = buildZip([{ name: 'README.md', content: 'nothing' }]);
    const sha256 = createHash('sha256').update(zip).digest('hex');
    const sums = (platform: string): string =>
      `${sha256}  terraform-provider-thing_1.1.0_${platform}.zip\n`;
    const bytes = Buffer.from(sums('linux_amd64') + sums('darwin_arm64'));
    const signature = await world.key.sign(bytes);
    origin.faults.answer = (path) => {
      if (path.endsWith('SHA256SUMS')) return { body: bytes };
      if (path.endsWith('.sig')) return { body: signature };
      return path.endsWith('.zip') ? { body: zip } : undefined;
    };
    const result = await run('mirror', source, '--to', to);
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(/terraform-provider-thing/u);
    const { status } = await registry.send('HEAD', `/v2/tf/acme/thing/blobs/sha256:${sha256}`);
    expect(status).toBe(404);
  });

  it('goes on after a release that fails, and ends with the gravest code', async () => {
    const { origin, run, source, tags, to } = await place();
    origin.faults.answer = (path) =>
      path.includes('1.1.0') && path.endsWith('.zip') ? { body: 'another zip' } : undefined;
    const result = await run('mirror', source, '--select', 'all', '--to', to);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain(`Error: ${source} 1.1.0: `);
    expect(lines(result).at(-1)).toMatch(/1 version, 2 packages: 2 pushed .* 1 failed\.$/u);
    expect(await tags()).toEqual(['1.0.0']);
  });

  it('tells that a word is taken for an address where a folder has that name', async () => {
    const { home, run } = await place();
    await mkdir(join(home, 'infra'));
    const { stderr } = await run('mirror', 'infra', '--to', './mirror');
    expect(stderr).toContain('write ./infra for the folder');
  });

  it('says for programs that nothing is needed', async () => {
    const { home, run, to } = await place();
    await writeFile(join(home, 'main.tf'), '');
    const result = await run('mirror', '.', '--to', to, '--json');
    expect(result.code).toBe(3);
    expect(objects(result)).toMatchObject([{ type: 'error', code: 'ERR_CLI_NOTHING_TO_MIRROR' }]);
  });

  it('takes releases from a network mirror, a filesystem mirror, a registry and an archive', async () => {
    const { home, origin, run, source, tags, to } = await place();
    const folder = await world.mirrorFolder(source);
    const fromFolder = await run(
      'mirror',
      source,
      '--from',
      `fs:${folder}`,
      '--to',
      './layouts/{namespace}/{type}',
    );
    expect(fromFolder).toMatchObject({ code: 0 });
    expect(lines(fromFolder)[0]).toBe(`${source} 1.1.0   unsigned`);
    const fromNetwork = await run(
      ...[
        'mirror',
        source,
        '--from',
        `network:${origin.mirrorUrl}`,
        '--to',
        './layouts/{namespace}/{type}',
      ],
    );
    expect(fromNetwork).toMatchObject({ code: 0, stderr: '' });
    expect(lines(fromNetwork).at(-1)).toContain('0 pushed (0 B), 2 already there');
    await run('mirror', source, '--select', 'all', '--to', to);
    expect(await tags()).toEqual(['1.0.0', '1.1.0']);
    const archive = ['mirror', `${source}@< 1.1`, '--from', to, '--to', 'oci-archive:b.tar'];
    const fromRegistry = await run(...archive);
    expect(fromRegistry).toMatchObject({ code: 0 });
    expect(lines(fromRegistry)[0]).toMatch(
      / 1\.0\.0 {3}signed, key ID \w+, of which nobody knows/u,
    );
    const fromArchive = await run(
      ...['mirror', source, '--from', 'oci-archive:b.tar', '--to', './layouts/{namespace}/{type}'],
    );
    expect(fromArchive).toMatchObject({ code: 0 });
    expect(lines(fromArchive).at(-1)).toMatch(/2 pushed/u);
    expect(await readdir(join(home, 'layouts'))).toHaveLength(1);
  });

  it('writes a filesystem mirror, also as "tofu providers mirror" is called', async () => {
    const { home, origin, run } = await place();
    const result = await run('providers', 'mirror', '-platform=darwin_arm64', 'packed');
    expect(result.code).toBe(0);
    const folder = join(home, 'packed', origin.host, 'acme/thing');
    expect((await readdir(folder)).sort()).toEqual([
      '1.1.0.json',
      'index.json',
      'terraform-provider-thing_1.1.0_darwin_arm64.zip',
    ]);
    const again = await run('mirror', '.', '--to', 'fs:packed', '--platform', 'current');
    expect(again.code).toBe(0);
    expect(await readdir(folder)).toContain('terraform-provider-thing_1.1.0_linux_amd64.zip');
  });

  it.each([
    ['./layouts/{namespace}/{type}', 'layouts/acme/thing/index.json'],
    ['oci-archive:out.tar', 'out.tar'],
    ['fs:packed', 'packed'],
  ])('begins at the folder of its file with the path of %s', async (to, made) => {
    const { home, run, source } = await place();
    await mkdir(join(home, 'settings'));
    const text = `mirror {\n to = "${to}"\n provider "${source}" {}\n}\n`;
    await writeFile(join(home, 'settings', 'mirror.hcl'), text);
    const result = await run('mirror', '--file', 'settings/mirror.hcl');
    expect(result).toMatchObject({ code: 0 });
    await expect(stat(join(home, 'settings', made))).resolves.toBeDefined();
    const again = await run('mirror', '--file', join(home, 'settings', 'mirror.hcl'));
    expect(again.stdout).toContain('2 already there');
  });

  it('says which variable names the disk for packages', async () => {
    const { env, home, source, to } = await place();
    const result = await runMain(['mirror', source, '--to', to], {
      home,
      env: { ...onlyLoopback, ...env, TMPDIR: join(home, 'none') },
    });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/cannot create a folder for packages in .*none: no such file/u);
    expect(result.stderr).toContain('Hint: Let TMPDIR name a folder');
  });

  it('names the file whose template can not hold a second host', async () => {
    const { home, run, source } = await place();
    const text = `mirror {\n to = "./m/{namespace}/{type}"\n provider "${source}" {}\n provider "example.com/a/b" {}\n}\n`;
    await writeFile(join(home, 'mirror.hcl'), text);
    const result = await run('mirror', '--file', 'mirror.hcl');
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^Error: mirror\.hcl: .* names no host/mu);
  });

  it('follows the trust rules of its file, and of --trust', async () => {
    const { home, run, source, tags, to } = await place();
    const rule = (key: string): string =>
      `trust {\n provider "${source}" {\n keys = ["${key}"]\n }\n}\n`;
    const mirror = `mirror {\n to = "${to}"\n provider "${source}" {}\n}\n`;
    await writeFile(join(home, 'mirror.hcl'), mirror + rule('A'.repeat(40)));
    const refused = await run('mirror', '--file', 'mirror.hcl');
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(/is signed by .* mirror\.hcl:6 allows/u);
    expect(await tags()).toBeUndefined();
    const { stdout } = await run('trust', source, '--json');
    const [{ fingerprint = '' } = {}] = stdout
      .split('\n')
      .filter((line) => line.includes('"fingerprint"'))
      .map((line) => JSON.parse(line) as { fingerprint?: string });
    await writeFile(join(home, 'trust.hcl'), rule(fingerprint));
    const accepted = await run('mirror', source, '--to', to, '--trust', 'trust.hcl');
    expect(accepted.code).toBe(0);
    expect(lines(accepted)[0]).toMatch(/signed, key ID \w{16}, pinned trust\.hcl:2$/u);
    const both = await run('mirror', '--file', 'mirror.hcl', '--trust', 'trust.hcl');
    expect(both.code).toBe(2);
    expect(both.stderr).toMatch(/trust\.hcl:2 and at mirror\.hcl:6/u);
  });

  it('names the repositories that a dry run would write into and that are not there', async () => {
    const { run, source, to } = await place();
    const dry = await run('mirror', source, '--to', to, '--dry-run');
    expect(dry.stdout).toMatch(/Repositories to create:\n {2}127\.0\.0\.1:\d+\/tf\/acme\/thing\n/u);
    await run('mirror', `${source}@1.0.0`, '--to', to);
    const next = await run('mirror', source, '--to', to, '--dry-run');
    expect(next.stdout).not.toContain('create');
    expect(next.stdout).toContain('2 to push');
  });

  it.each<readonly [string, string[], number, RegExp]>([
    ['unsigned ones', ['--require-signed', '--from', 'FS'], 5, /nobody .*sign|unsigned/iu],
    ['more bytes than allowed', ['--max-bytes', '10B'], 2, /10 of the 10 that may be downloaded/u],
  ])('refuses %s', async (_name, args, code, message) => {
    const { run, source, to } = await place();
    const folder = `fs:${await world.mirrorFolder(source)}`;
    const given = args.map((one) => (one === 'FS' ? folder : one));
    const result = await run('mirror', source, '--to', to, ...given);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });

  it.each<readonly [string, (place: Place) => string[], number, RegExp]>([
    ['no target', () => ['hashicorp/aws'], 2, /--to is missing/u],
    [
      'a built-in provider',
      ({ to }) => ['terraform.io/builtin/terraform', '--to', to],
      2,
      /built in/u,
    ],
    [
      'a selection that is none',
      ({ to }) => ['.', '--select', 'some', '--to', to],
      2,
      /locked, newest or all/u,
    ],
    ['a part that is none', ({ to }) => ['.', '--shard', '3/2', '--to', to], 2, /K\/N/u],
    [
      'locked versions without a lock file',
      ({ to }) => ['.', '--select', 'locked', '--to', to],
      2,
      /has no \.terraform\.lock\.hcl/u,
    ],
    [
      'a folder that is not there',
      ({ to }) => ['./none', '--to', to],
      2,
      /cannot read the folder \.\/none: no such file or directory/u,
    ],
    ['a file', ({ to }) => ['./main.tf', '--to', to], 2, /\.\/main\.tf is not a folder/u],
    [
      'a template in which providers would meet, before anybody is asked',
      ({ source, to }) => [source, '--to', to.replace('{namespace}/', '')],
      2,
      /^Error: 127\S+ puts .* into the same repository/u,
    ],
    [
      'a folder without a configuration',
      ({ to }) => ['./empty', '--to', to],
      3,
      /\.\/empty has no configuration/u,
    ],
    [
      'a second host for a template without one',
      ({ source, to }) => [source, 'example.com/a/b', '--to', to],
      2,
      /names no host/u,
    ],
    [
      'a release to replace without a version',
      ({ to }) => ['.', '--replace', 'acme/thing', '--to', to],
      2,
      /names no version/u,
    ],
    [
      'a file that is wrong',
      ({ to }) => ['--file', 'main.tf', '--to', to],
      2,
      /Unsupported block type/u,
    ],
    [
      'a version that nobody has',
      ({ source, to }) => [`${source}@> 9`, '--to', to],
      3,
      /no version that satisfies > 9\.0\.0/u,
    ],
  ])('refuses %s', async (_name, args, code, message) => {
    const here = await place();
    await mkdir(join(here.home, 'empty'));
    const result = await here.run('mirror', ...args(here));
    expect(result.stderr.replaceAll(/\s+/gu, ' ')).toMatch(message);
    expect(result.code).toBe(code);
  });
});
