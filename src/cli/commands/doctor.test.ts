import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startBackingRegistry } from '../../../test/support/published-registry.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { type MainRun, runMain } from '../../../test/support/run-main.ts';

const run = (args: readonly string[], home: string, env = {}): Promise<MainRun> =>
  runMain(args, { home, env });

const template = '{hostname}/{namespace}/{type}';

describe('doctor', () => {
  it('prints one line per check, and what to do', async () => {
    const { code, stderr, stdout } = await run(['doctor'], await tempFolder());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`ok       configuration: there is no CLI configuration (~/.tofurc)
         -> What "tofu-oci config LOCATION" prints goes there.
skipped  location: no registry was tried: no location was given, and the CLI configuration has no oci_mirror
         -> Run for example: tofu-oci doctor registry.example.com
2 checks: no problems, no warnings.
`);
  });

  it('ends with the exit code of the gravest problem, without repeating it', async () => {
    const home = await tempFolder();
    await writeFile(join(home, '.tofurc'), 'provider_installation {\n  nonsense {}\n}\n');
    const { code, stderr, stdout } = await run(['doctor', '127.0.0.1:1', '--quiet'], home);
    expect([code, stderr]).toEqual([6, '']);
    expect(stdout).toMatch(/^problem {2}configuration: .*nonsense/mu);
    expect(stdout).toMatch(/^problem {2}connection: 127\.0\.0\.1:1 can not be reached/mu);
    expect(stdout).not.toMatch(/^ok/mu);
  });

  it('speaks JSON', async () => {
    const { code, stdout } = await run(['doctor', '127.0.0.1:1', '--json'], await tempFolder());
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(code).toBe(6);
    expect(lines.find(({ status }) => status === 'problem')).toMatchObject({
      type: 'check',
      topic: 'connection',
      category: 'remote',
    });
    expect(lines.at(-1)).toEqual({
      type: 'summary',
      command: 'doctor',
      checks: 3,
      warnings: 0,
      problems: 1,
    });
  });

  it('names the repository of a provider that is asked for', async () => {
    const registry = await startBackingRegistry();
    try {
      const { host } = new URL(registry.url);
      const args = ['doctor', `${host}/tf/${template}`, '--provider'];
      const own = await run(
        [...args, 'acme/null', '--default-host', 'example.com'],
        await tempFolder(),
      );
      expect(own.stdout).toContain('there is no repository tf/example.com/acme/null\n');
      const wrong = await run([...args, 'a.b/c'], await tempFolder());
      expect(wrong).toMatchObject({ code: 2 });
    } finally {
      await registry.close();
    }
  });

  it('tries a registry by what the lock file has, and by content of its own', async () => {
    const home = await tempFolder();
    const registry = await startBackingRegistry();
    try {
      const { host } = new URL(registry.url);
      const project = join(home, 'project');
      await mkdir(project);
      await writeFile(
        join(project, '.terraform.lock.hcl'),
        'provider "example.com/acme/thing" {\n  version = "1.0.0"\n}\n',
      );
      const location = `${host}/tf/${template}`;
      const args = ['--chdir', 'project', 'doctor', '--write'];
      const { code, stdout } = await run(args, home, { TOFU_OCI_LOCATION: location });
      expect(code, stdout).toBe(0);
      expect(stdout).toContain('for 127.0.0.1');
      expect(stdout).toContain('/tf/example.com/acme/thing: none');
      expect(stdout).toContain('ok       writing: what was pushed comes back as it was');
      expect(stdout).toContain('the referrers API is there; the index has one referrer');
    } finally {
      await registry.close();
    }
  });

  it('wants to know where it may write', async () => {
    for (const args of [
      ['doctor', '--write'],
      ['doctor', 'ghcr.io', '--write'],
    ]) {
      const { code, stderr } = await run(args, await tempFolder());
      expect(code).toBe(2);
      expect(stderr).toContain('--write needs a location');
    }
  });

  it('goes on without the certificates that are missing', async () => {
    const env = { SSL_CERT_FILE: 'absent.pem' };
    const { code, stdout } = await run(['doctor', 'registry.invalid'], await tempFolder(), env);
    expect(code).toBe(2);
    expect(stdout).toMatch(/problem {2}environment: SSL_CERT_FILE: cannot read/u);
    expect(stdout).toMatch(
      /problem {2}connection: registry\.invalid can not be reached: SSL_CERT_FILE: cannot read/u,
    );
  });
});
