import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeReleaseFolder } from '../../../test/support/release-folder.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { startRegistry } from '../../../test/support/running-registry.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';

interface Place {
  readonly home: string;
  /** A location in a registry that is empty at first. */
  readonly registry: string;
  readonly run: (...args: string[]) => Promise<MainRun>;
  /** Publishes a release below ./source. */
  readonly publish: (version: string, address?: string) => Promise<void>;
}

const source = './source/{hostname}/{namespace}/{type}';

async function place(): Promise<Place> {
  const home = await tempFolder();
  const registry = await startRegistry(await temporaryStorage());
  onTestFinished(() => registry.close());
  const run = (...args: string[]): Promise<MainRun> =>
    runMain(args, { home, env: { ...onlyLoopback } });
  return {
    home,
    registry: `${new URL(registry.url).host}/tf/{hostname}/{namespace}/{type}`,
    run,
    publish: async (version, address = 'example.com/acme/thing') => {
      const dist = join(home, 'dist', version, address);
      await makeReleaseFolder(dist, { type: address.split('/')[2] ?? '', version });
      expect(await run('push', `${address}@${version}`, dist, '--to', source)).toMatchObject({
        code: 0,
      });
    },
  };
}

const lines = ({ stdout }: MainRun): string[] => stdout.trimEnd().split('\n');
const objects = (run: MainRun): Record<string, unknown>[] =>
  lines(run).map((line) => JSON.parse(line) as Record<string, unknown>);

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('export and import', () => {
  it('leave a release that got more platforms meanwhile to mirror, which adds them from a delta', async () => {
    const { home, registry, run } = await place();
    const address = 'example.com/acme/thing';
    const publish = async (platform: string): Promise<void> => {
      const dist = join(home, platform);
      await makeReleaseFolder(dist, {
        type: 'thing',
        version: '1.0.0',
        platforms: [platform],
        sums: false,
      });
      const pushed = await run('push', `${address}@1.0.0`, dist, '--to', source);
      expect(pushed).toMatchObject({ code: 0 });
    };
    await publish('linux_amd64');
    await run('export', '--from', source, '-o', 'x.tar');
    expect(await run('import', 'x.tar', '--to', registry)).toMatchObject({ code: 0 });
    await publish('darwin_arm64');
    await run('export', '--from', source, '--since', 'x.tar.receipt.json', '-o', 'y.tar');
    const refused = await run('import', 'y.tar', '--to', registry);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toContain('"tofu-oci mirror ADDRESS --from SOURCE --to TARGET"');
    const archive = ['--from', 'oci-archive:y.tar', '--to', registry];
    const mirrored = await run('mirror', `${address}@1.0.0`, ...archive);
    expect(lines(mirrored).at(-1)).toMatch(/2 packages: 1 pushed .*, 1 already there/u);
    expect(await run('verify', '--from', registry)).toMatchObject({ code: 0 });
    expect((await run('list', '--from', registry)).stdout).toContain('darwin_arm64 linux_amd64');
  });

  it('carry releases into a registry, with a receipt that names the file', async () => {
    const { home, publish, registry, run } = await place();
    await publish('1.0.0');
    const exported = await run('export', '--from', source, '-o', 'x.tar');
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const hash = sha256Of(await readFile(join(home, 'x.tar')));
    expect(lines(exported)).toEqual([
      'example.com/acme/thing 1.0.0',
      expect.stringMatching(/^ {2}darwin_arm64 +\d+ B {2}exported$/u),
      expect.stringMatching(/^ {2}linux_amd64 +\d+ B {2}exported$/u),
      expect.stringMatching(/^ {2}windows_amd64 +\d+ B {2}exported$/u),
      '  evidence and signatures: 1 exported',
      expect.stringMatching(new RegExp(`^x\\.tar {2}\\S+ kB {2}sha256:${hash}$`, 'u')),
      expect.stringMatching(
        /^Exported 1 provider, 1 version, 3 packages: 3 exported \(\S+ kB\), 0 in earlier bundles, in [\d.]+ s\.$/u,
      ),
    ]);
    expect((await readdir(home)).filter((name) => name.startsWith('x.'))).toEqual([
      'x.tar',
      'x.tar.receipt.json',
    ]);
    const receipt = ['--receipt', 'x.tar.receipt.json', '--sha256', hash.toUpperCase()];
    const imported = await run('import', 'x.tar', '--to', registry, ...receipt);
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect(lines(imported).at(-1)).toMatch(
      /^Imported 1 provider, 1 version, 3 packages: 3 imported/u,
    );
    expect((await run('verify', '--from', registry)).code).toBe(0);
    const again = await run('import', 'x.tar', '--to', registry);
    expect(lines(again).at(-1)).toContain('0 imported (0 B), 3 already there');
  });

  it.each(['x.tar', 'x.tar.receipt.json'])('leave out what %s is said to hold', async (since) => {
    const { home, publish, registry, run } = await place();
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    await publish('1.1.0');
    const delta = ['export', '--from', source, '--since', since, '-o', 'y.tar', '--json'];
    const dry = objects(await run(...delta, '--dry-run'));
    expect((await readdir(home)).filter((name) => name.startsWith('y.'))).toEqual([]);
    const made = objects(await run(...delta));
    const { length: size } = await readFile(join(home, 'y.tar'));
    const base = sha256Of(await readFile(join(home, 'x.tar')));
    const told = { type: 'summary', command: 'export', file: 'y.tar', size, bases: [base] };
    expect(dry.at(-1)).toMatchObject({ ...told, dryRun: true, written: false, copied: 3 });
    expect(made.at(-1)).toMatchObject({ ...told, dryRun: false, written: true, present: 3 });

    const chain: number[] = [];
    for (const file of ['x.tar', 'y.tar']) {
      chain.push((await run('import', file, '--to', registry, '--json')).code);
    }
    expect(chain).toEqual([0, 0]);
    const listed = await run('list', '--from', registry, '--json');
    expect(listed.stdout).toContain('1.1.0');
    const nothing = await run(
      ...delta.slice(0, 3),
      '--since',
      since,
      '--since',
      'y.tar',
      '-o',
      'z.tar',
    );
    expect(lines(nothing)).toContain(
      'Nothing is new since the earlier bundles: z.tar was not written.',
    );
    expect(nothing.code).toBe(0);
  });

  it('name the earlier bundle that a delta needs, and publish nothing without it', async () => {
    const { home, publish, registry, run } = await place();
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    // One platform did not change from version to version.
    const platforms = ['linux_amd64'];
    const [before, after] = [join(home, 'before'), join(home, 'after')];
    const one = await makeReleaseFolder(before, { type: 'thing', version: '1.0.0', platforms });
    const two = await makeReleaseFolder(after, {
      ...{ type: 'thing', version: '1.1.0', sums: false },
      platforms: ['darwin_arm64', ...platforms],
    });
    await copyFile(one.pathOf('linux_amd64'), two.pathOf('linux_amd64'));
    await run('push', 'example.com/acme/thing@1.1.0', after, '--to', source);
    const since = ['--since', 'x.tar.receipt.json', '-o', 'y.tar'];
    const made = await run('export', '--from', source, ...since);
    expect(made.stdout).toMatch(/linux_amd64 .* in an earlier bundle\n/u);
    const base = sha256Of(await readFile(join(home, 'x.tar')));
    expect(made.stdout).toContain(`needs the bundle sha256:${base}`);

    const early = await run('import', 'y.tar', '--to', registry, '--json');
    expect(early.code).toBe(3);
    expect(objects(early)).toMatchObject([
      { type: 'error', version: '1.1.0', code: 'ERR_PUBLISH_BUNDLE_BASE' },
      { type: 'summary', command: 'import', releases: 0, failed: 1, bases: [base] },
    ]);
    expect(early.stderr).toContain(`since the bundle sha256:${base}`);
    expect((await run('list', 'example.com/acme/thing', '--from', registry)).code).toBe(3);
    for (const file of ['x.tar', 'y.tar']) {
      expect(await run('import', file, '--to', registry)).toMatchObject({ code: 0, stderr: '' });
    }
    expect((await run('verify', 'example.com/acme/thing', '--from', registry)).code).toBe(0);
  });

  it('refuse a bundle that was made again, before anything is published', async () => {
    const { publish, registry, run } = await place();
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    await publish('1.1.0');
    await run('export', '--from', source, '-o', 'x.tar', '--receipt', 'other.json');
    const refused = await run(
      'import',
      'x.tar',
      '--to',
      registry,
      '--receipt',
      'x.tar.receipt.json',
    );
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(/x\.tar is not the bundle that was meant: expected sha256 /u);
    expect((await run('list', 'example.com/acme/thing', '--from', registry)).code).toBe(3);
  });

  it('say in a dry run what would be imported, and make nothing', async () => {
    const { home, publish, run } = await place();
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    const dry = await run('import', 'x.tar', '--to', './new/{namespace}/{type}', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(lines(dry).at(-1)).toMatch(
      /^Would import 1 provider, 1 version, 3 packages: 3 to import/u,
    );
    expect(await readdir(home)).not.toContain('new');
  });

  it('bring a bundle into a folder and into another archive', async () => {
    const { publish, run } = await place();
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    for (const to of ['./new/{namespace}/{type}', 'oci-archive:y.tar']) {
      expect(await run('import', 'x.tar', '--to', to)).toMatchObject({ code: 0, stderr: '' });
      expect((await run('verify', 'example.com/acme/thing', '--from', to)).code).toBe(0);
    }
  });

  it('hold all releases against the trust rules before one is published', async () => {
    const { home, publish, registry, run } = await place();
    await publish('1.0.0', 'example.com/acme/first');
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    const rule = `trust {\n  provider "example.com/acme/thing" {\n    keys = ["${'A'.repeat(40)}"]\n  }\n}\n`;
    await writeFile(join(home, 'trust.hcl'), rule);
    const trust = ['--trust', 'trust.hcl'];
    const refused = await run('import', 'x.tar', '--to', registry, ...trust);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('example.com/acme/thing 1.0.0: ');
    expect((await run('list', 'example.com/acme/first', '--from', registry)).code).toBe(3);
    const kept = await run('export', '--from', source, '-o', 'y.tar', ...trust);
    expect(kept.code).toBe(5);
    expect(kept.stderr).toContain('y.tar was not written');
    expect(await readdir(home)).not.toContain('y.tar');
  });

  it('refuse a template in which providers would meet', async () => {
    const { publish, run } = await place();
    await publish('1.0.0');
    await publish('1.0.0', 'example.org/acme/thing');
    await run('export', '--from', source, '-o', 'x.tar');
    const to = './new/{namespace}/{type}';
    const hosts = await run('import', 'x.tar', '--to', to);
    expect(hosts.code).toBe(2);
    expect(hosts.stderr).toContain('names no host, and providers of example.com, example.org');
    const joined = await run('import', 'x.tar', '--to', './new/{hostname}-{namespace}-{type}');
    expect(joined.code).toBe(2);
  });

  it.each([
    ['no output', ['export', '--from', source], /required option '-o, --output <file>'/u],
    ['the base as output', ['export', '--since', 'x.tar', '-o', 'x.tar'], /name the same bundle/u],
    [
      'the source as output',
      ['export', '--from', 'oci-archive:x.tar', '-o', 'x.tar'],
      /same place/u,
    ],
    ['the bundle as target', ['import', 'x.tar', '--to', 'oci-archive:x.tar'], /same place/u],
    ['a hash that is none', ['import', 'x.tar', '--sha256', 'abc'], /64 hexadecimal digits/u],
    [
      'two different bundles',
      ['import', 'x.tar', '--receipt', 'x.tar.receipt.json', '--sha256', 'a'.repeat(64)],
      /name two different bundles/u,
    ],
    [
      'a receipt that is none',
      ['import', 'x.tar', '--receipt', 'note.json'],
      /no receipt of a bundle/u,
    ],
    [
      'an earlier bundle that is none',
      ['export', '--since', 'note.json', '-o', 'y.tar'],
      /no receipt/u,
    ],
  ])('refuse %s', async (_, args, message) => {
    const { home, publish, run } = await place();
    await publish('1.0.0');
    await run('export', '--from', source, '-o', 'x.tar');
    await writeFile(join(home, 'note.json'), '{}');
    const refused = await run(...args);
    expect(refused.stderr).toMatch(message);
    expect(refused.code).toBe(2);
  });
});
