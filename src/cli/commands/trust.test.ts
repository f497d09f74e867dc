import { chmod, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type InitProject,
  type InitWorld,
  makeInitProject,
  makeInitWorld,
} from '../../../test/support/init-world.ts';
import { makeOriginKey, type OriginKey } from '../../../test/support/origin-key.ts';
import type {
  OriginRegistry,
  OriginRegistryOptions,
} from '../../../test/support/origin-registry.ts';
import { onlyLoopback } from '../../../test/support/run-cli.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';
import { ruleText } from '../../../test/support/signed-evidence.ts';

let world: InitWorld;
let other: OriginKey;
beforeAll(async () => {
  [world, other] = await Promise.all([makeInitWorld(), makeOriginKey()]);
});

interface Place extends InitProject {
  readonly origin: OriginRegistry;
  readonly source: string;
  readonly run: (...args: string[]) => Promise<MainRun>;
  readonly file: (name?: string) => Promise<string>;
  /** A rule for the provider. */
  readonly pin: (key: OriginKey, more?: string) => string;
}

async function place(
  options: Partial<OriginRegistryOptions> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Place> {
  const origin = await world.startOrigin(options);
  onTestFinished(() => origin.close());
  const source = `${origin.host}/acme/thing`;
  const project = await makeInitProject(world, source);
  const { home } = project;
  return {
    ...project,
    origin,
    source,
    run: (...args) =>
      runMain(['trust', ...args], { home, env: { ...onlyLoopback, ...project.env, ...env } }),
    file: (name = 'trust.hcl') => readFile(join(home, name), 'utf8'),
    pin: (key, more = '') => ruleText(key, { pattern: source, more }),
  };
}

/** The host of the provider has a port, which a path can not hold. */
const held = 'oci-layout:held/{namespace}/{type}';

const lines = ({ stdout }: MainRun): string[] => stdout.trimEnd().split('\n');
const objects = (run: MainRun): Record<string, unknown>[] =>
  lines(run).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('trust', () => {
  it('shows who signs what a configuration needs, and fetches no package', async () => {
    const { origin, run, source } = await place();
    const result = await run();
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(lines(result)).toEqual([
      `${source} 1.1.0   new`,
      `  ${world.key.fingerprint}  "Author <author@example.org>"  never expires`,
      '1 release: 1 new.',
    ]);
    expect(origin.requests.join()).not.toContain('.zip');
  });

  it.each<readonly [string, (place: Place) => string[], string]>([
    ['the newest version of an address', ({ source }) => [source], '1.1.0'],
    ['the newest that satisfies a constraint', ({ source }) => [`${source}@< 1.1`], '1.0.0'],
    ['a folder', () => ['./'], '1.1.0'],
  ])('looks at %s', async (_, args, version) => {
    const here = await place();
    const result = await here.run(...args(here));
    expect(result.code).toBe(0);
    expect(lines(result)[0]).toBe(`${here.source} ${version}   new`);
  });

  it('looks at what is locked where there is a lock file', async () => {
    const { home, run, source } = await place();
    const text = `provider "${source}" {\n  version = "1.0.0"\n}\n`;
    await writeFile(join(home, '.terraform.lock.hcl'), text);
    expect(lines(await run('.'))[0]).toBe(`${source} 1.0.0   new`);
  });

  it('says for programs where a key is pinned', async () => {
    const { home, pin, run, source } = await place();
    await writeFile(join(home, 'trust.hcl'), pin(world.key));
    const result = await run('--trust', 'trust.hcl', '--json');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(objects(result)).toEqual([
      {
        type: 'signer',
        provider: source,
        version: '1.1.0',
        status: 'pinned',
        verdict: 'signed',
        accepted: true,
        fingerprint: world.key.fingerprint,
        keyId: world.key.keyId,
        userId: 'Author <author@example.org>',
        keyExpired: false,
        signatureExpired: false,
        rule: 'trust.hcl:2',
      },
      expect.objectContaining({
        type: 'summary',
        command: 'trust',
        releases: 1,
        pinned: 1,
        new: 0,
      }),
    ]);
    expect(lines(await run('--trust', 'trust.hcl'))[0]).toBe(
      `${source} 1.1.0   pinned trust.hcl:2`,
    );
  });

  it('takes the file that the environment names, from where the program was started', async () => {
    const { home, pin, run, source } = await place({}, { TOFU_OCI_TRUST: 'trust.hcl' });
    await writeFile(join(home, 'trust.hcl'), pin(world.key));
    expect(lines(await run(source, '--chdir', '..'))[0]).toBe(
      `${source} 1.1.0   pinned trust.hcl:2`,
    );
  });

  it('never takes a file that merely lies there', async () => {
    const { home, pin, run, source } = await place();
    await writeFile(join(home, 'trust.hcl'), pin(other));
    expect(lines(await run())[0]).toBe(`${source} 1.1.0   new`);
  });

  it('tells when a key ends', async () => {
    const expired = await makeOriginKey({ expired: true });
    const { run } = await place({ keys: [expired] });
    const result = await run();
    expect(result.code).toBe(0);
    expect(lines(result)[1]).toMatch(/ {2}expired 2020-01-31$/u);
  });

  describe('--write', () => {
    const write = ['--trust', 'trust.hcl', '--write'];

    it('makes a file that pins what it shows, and has nothing to add the second time', async () => {
      const { file, run, source } = await place();
      const first = await run(...write);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(lines(first).at(-1)).toBe(
        '1 release: 1 new. 1 rule added to trust.hcl: review it before you use it.',
      );
      const text = await file();
      expect(text).toBe(
        [
          'trust {',
          `  provider "${source}" {`,
          '    keys = [',
          '      # signed 1.1.0: Author <author@example.org>',
          `      "${world.key.fingerprint}",`,
          '    ]',
          '  }',
          '}',
          '',
        ].join('\n'),
      );
      const again = await run(...write);
      expect(lines(again)[0]).toBe(`${source} 1.1.0   pinned trust.hcl:2`);
      expect(lines(again).at(-1)).toBe('1 release: 1 pinned. Nothing was added to trust.hcl.');
      expect(await file()).toBe(text);
    });

    it.each([
      ['with rules', '# Ours.\ntrust {\n  provider "a/b" { keys = ["FPR"] }\n}\n'],
      ['without an end of line', 'mirror { x = 1 }\n\n  # last'],
      ['with ends of lines of Windows', '# Ours.\r\ntrust {}\r\n'],
      ['that is empty', ''],
    ])('keeps a file %s byte for byte', async (_, template) => {
      const { file, home, run, source } = await place();
      const before = template.replace('FPR', other.fingerprint);
      await writeFile(join(home, 'trust.hcl'), before);
      expect((await run(...write)).code).toBe(0);
      const text = await file();
      expect(text.startsWith(before)).toBe(true);
      expect(text.slice(before.length)).toContain(world.key.fingerprint);
      expect(text.replaceAll('\r\n', '').includes('\n')).toBe(!before.includes('\r\n'));
      expect(lines(await run(source, '--trust', 'trust.hcl'))[0]).toContain('pinned trust.hcl:');
    });

    it('keeps mode and link', async () => {
      const { file, home, run } = await place();
      await writeFile(join(home, 'real.hcl'), '');
      await chmod(join(home, 'real.hcl'), 0o640);
      await symlink('real.hcl', join(home, 'trust.hcl'));
      expect((await run(...write)).code).toBe(0);
      expect(await file('real.hcl')).toContain(world.key.fingerprint);
      expect((await stat(join(home, 'real.hcl'))).mode & 0o777).toBe(0o640);
    });

    it('never replaces a pin: another key is a conflict', async () => {
      const { file, home, pin, run, source } = await place();
      await writeFile(join(home, 'trust.hcl'), pin(other));
      for (const args of [write, ['--trust', 'trust.hcl']]) {
        const result = await run(...args);
        expect(result.code).toBe(5);
        expect(lines(result)[0]).toBe(`${source} 1.1.0   changed, not at trust.hcl:2`);
        expect(result.stderr).toContain(`signed by ${world.key.fingerprint}`);
        expect(result.stderr).toContain(`trust.hcl:2 allows ${other.fingerprint}`);
        expect(await file()).toBe(pin(other));
      }
    });

    it('does not add a rule beside one for the whole namespace', async () => {
      const { file, home, origin, run } = await place();
      const text = ruleText(other, { pattern: `${origin.host}/acme/*` });
      await writeFile(join(home, 'trust.hcl'), text);
      expect((await run(...write)).code).toBe(5);
      expect(await file()).toBe(text);
    });

    it.each<readonly [string, Partial<OriginRegistryOptions>, (here: Place) => void]>([
      ['sums that were changed', {}, ({ origin }) => (origin.faults.alteredSums = true)],
      ['a key that is not listed', {}, ({ origin }) => (origin.faults.signer = other)],
      ['no key', { keys: [] }, () => undefined],
      ['sums of another version', {}, ({ origin }) => (origin.faults.sumsOfVersion = '1.0.0')],
    ])('pins nobody for %s', async (_, options, spoil) => {
      const here = await place(options);
      spoil(here);
      const result = await here.run(...write);
      expect(result.code).toBe(5);
      expect(lines(result).at(-1)).toMatch(/Nothing was added to trust\.hcl\.$/u);
      await expect(here.file()).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it.each<readonly [string, string[], RegExp]>([
      ['no file', ['--write'], /--write: no trust file is named[^]*--trust \.\/trust\.hcl/u],
      [
        'a file with errors',
        ['--trust', 'main.tf', '--write'],
        /Unsupported block[^]*on main\.tf line 1, column 1:/u,
      ],
      ['a folder', ['--trust', '.', '--write'], /--trust: cannot read/u],
      ['a file below nothing', ['--trust', 'a/b/trust.hcl'], /no such file/u],
    ])('refuses %s', async (_, args, message) => {
      const { run } = await place();
      const result = await run(...args);
      expect(result.code).toBe(2);
      expect(result.stderr).toMatch(message);
    });
  });

  describe('--from a mirror', () => {
    async function mirrored(): Promise<Place> {
      const here = await place();
      const { home, source } = here;
      const env = { ...onlyLoopback, ...here.env };
      const made = await runMain(['mirror', source, '--to', held], { home, env });
      expect(made.stderr).not.toContain('Error');
      expect(made.code).toBe(0);
      await here.origin.close();
      return here;
    }

    it('shows what the evidence says, without asking the origin', async () => {
      const { file, run, source } = await mirrored();
      const result = await run(source, '--from', held, '--trust', 'new.hcl', '--write');
      expect(result.code).toBe(0);
      expect(lines(result)[0]).toBe(`${source} 1.1.0   new`);
      expect(lines(result)[1]).toContain(world.key.fingerprint);
      expect(result.stderr).toContain('these keys are what a mirror says');
      expect(await file('new.hcl')).toContain(world.key.fingerprint);
      const again = await run(source, '--from', held, '--trust', 'new.hcl');
      expect(lines(again)[0]).toBe(`${source} 1.1.0   pinned new.hcl:2`);
    });

    it('finds a changed key', async () => {
      const { home, pin, run, source } = await mirrored();
      await writeFile(join(home, 'trust.hcl'), pin(other));
      const result = await run(source, '--from', held, '--trust', 'trust.hcl');
      expect(result.code).toBe(5);
      expect(lines(result)[0]).toBe(`${source} 1.1.0   changed, not at trust.hcl:2`);
    });

    it('says that something is not there', async () => {
      const { run, source } = await mirrored();
      expect((await run(`${source}@9.9.9`, '--from', held)).code).toBe(3);
    });
  });

  it('goes on after a provider that fails, and ends with the gravest code', async () => {
    const { run, source } = await place();
    const result = await run(source.replace('thing', 'absent'), source);
    expect(result.code).toBe(3);
    expect(lines(result)).toContain(`${source} 1.1.0   new`);
    expect(lines(result).at(-1)).toBe('1 release: 1 new, 1 could not be looked at.');
  });

  it.each([
    ['init', ['init']],
    ['lock', ['lock', '--platform', 'linux_amd64']],
  ])('pins what %s takes from the registry itself', async (_, args) => {
    const { pin, ...project } = await place();
    const { env, home } = project;
    const run = (): Promise<MainRun> =>
      runMain([...args, '--trust', 'trust.hcl'], { home, env: { ...onlyLoopback, ...env } });
    await writeFile(join(home, 'trust.hcl'), pin(other));
    const refused = await run();
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(`trust.hcl:2 allows ${other.fingerprint}`);
    expect(await project.lockText()).toBe('');
    await writeFile(join(home, 'trust.hcl'), pin(world.key));
    expect((await run()).code).toBe(0);
    expect(await project.lockText()).toContain('"zh:');
  });

  it('says that nothing is needed', async () => {
    const { home, run } = await place();
    await rm(join(home, 'main.tf'));
    await writeFile(join(home, 'main.tf'), '');
    expect((await run()).code).toBe(3);
  });

  it('refuses what is built in', async () => {
    const { run } = await place();
    const result = await run('terraform.io/builtin/terraform');
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('is built in');
  });
});
