import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundle, cleanEnvironment, runCli } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

async function world() {
  const folder = await tempFolder();
  await mkdir(join(folder, 'registry'));
  await mkdir(join(folder, 'tmp'));
  const env = { TMPDIR: join(folder, 'tmp'), TOFU_OCI_LOCATION: './registry' };
  return { folder, env, left: () => readdir(join(folder, 'tmp')) };
}

const node = process.execPath;

describe('exec', () => {
  it('hands the standard streams to the program, and says nothing itself', async () => {
    const { env, folder, left } = await world();
    const script = 'process.stdin.pipe(process.stdout); console.error("err"); process.exitCode = 3';
    const child = spawn(node, [bundle, 'exec', '--', node, '-e', script], {
      cwd: folder,
      env: cleanEnvironment(folder, env),
    });
    child.stdin.end('typed');
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: 'typed',
      stderr: 'err\n',
    });
    expect(await left()).toEqual([]);
  });

  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])(
    'passes %s to the program, which decides, and leaves nothing behind',
    async (signal) => {
      const { env, folder, left } = await world();
      const wait = `console.log('ready'); setInterval(() => 0, 1000);`;
      const scripts = [
        [`process.on('${signal}', () => process.exit(9)); ${wait}`, 9],
        [wait, 128 + constants.signals[signal]],
      ] as const;
      for (const [script, code] of scripts) {
        const child = spawn(node, [bundle, 'exec', '--', node, '-e', script], {
          cwd: folder,
          env: cleanEnvironment(folder, env),
          // A session of its own has no terminal, whoever runs the tests.
          detached: true,
        });
        onTestFinished(() => void child.kill('SIGKILL'));
        await once(child.stdout, 'data');
        expect(await left()).toHaveLength(1);
        child.kill(signal);
        const [ended] = (await once(child, 'exit')) as [number | null];
        expect(ended).toBe(code);
        expect(await left()).toEqual([]);
      }
    },
  );

  it.each<[string, readonly string[], number, RegExp]>([
    ['no command', ['exec'], 2, /no command is given after "--"/u],
    ['no command after "--"', ['exec', '--'], 2, /no command is given after "--"/u],
    ['no "--"', ['exec', 'terraform', 'init'], 2, /"--" is missing before "terraform"/u],
    ['a word before "--"', ['exec', 'x', '--', 'y'], 2, /"--" is missing before "x"/u],
    ['a place that is none of releases', ['exec', '--from', 'fs:.', '--', 'x'], 2, /location/iu],
    ['a program that is not there', ['exec', '--', 'no-such-program'], 127, /no such program/u],
    ['a folder as program', ['exec', '--', './registry'], 126, /permission denied/u],
    ['a host that is none', ['exec', '--host', 'a b', '--', 'x'], 2, /host/u],
    ['a trust file that is not there', ['exec', '--trust', 'none', '--', 'x'], 2, /--trust/u],
  ])('refuses %s', async (_, args, code, message) => {
    const { env, folder, left } = await world();
    const done = await runCli(args, { cwd: folder, env });
    expect(done.stderr).toMatch(message);
    expect(done).toMatchObject({ code, stdout: '' });
    expect(await left()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'is not kept waiting by a pipe in the place of a configuration',
    async () => {
      const folder = await tempFolder();
      execFileSync('mkfifo', [join(folder, 'main.tf')]);
      await mkdir(join(folder, 'registry'));
      const from = `${folder}/registry/{hostname}/{namespace}/{type}`;
      const args = ['exec', '--from', from, '--host', 'example.com', '--', process.execPath, '-v'];
      expect((await runCli(args, { cwd: folder })).code).toBe(0);
    },
  );

  it('needs a place', async () => {
    const { folder } = await world();
    const done = await runCli(['exec', '--', node, '-e', ''], { cwd: folder });
    expect(done.stderr).toContain('the CLI configuration has no oci_mirror');
    expect(done.code).toBe(2);
  });

  it('sends providers that no mirror is for where their direct method would', async () => {
    const { folder } = await world();
    const acme = '["registry.opentofu.org/acme/*"]';
    await writeFile(
      join(folder, '.tofurc'),
      `host "registry.opentofu.org" { services = { "providers.v1" = "https://origin.example.com/p/" } }
provider_installation {
  oci_mirror {
    repository_template = "127.0.0.1:9/\${hostname}/\${namespace}/\${type}"
    include = ${acme}
  }
  direct { exclude = ["registry.opentofu.org/acme/*", "corp/*"] }
}`,
    );
    const script = `
      const config = fs.readFileSync(process.env.TF_CLI_CONFIG_FILE, 'utf8');
      const [base] = config.match(/http:[^"]+registry.opentofu.org\\//);
      const ask = async (name) => {
        const { headers, status } = await fetch(base + name + '/x/versions', { redirect: 'manual' });
        return [status, headers.get('location')];
      };
      (async () => console.log(JSON.stringify({
        others: [await ask('hashicorp'), await ask('corp'), await ask('acme')],
        hosts: config.match(/host "[^"]+/g),
      })))();`;
    const done = await runCli(['exec', '--', node, '-e', script], { cwd: folder });
    const { hosts, others } = JSON.parse(done.stdout) as { hosts: unknown; others: unknown };
    expect(others).toEqual([
      [307, 'https://origin.example.com/p/hashicorp/x/versions'],
      [404, null],
      [502, null],
    ]);
    expect(hosts).toEqual(['host "registry.opentofu.org']);
  });

  it('ends with the reason when the generated configuration can not be written', async () => {
    const { env, folder } = await world();
    await writeFile(join(folder, '.tofurc'), '{"helper": "${open"}');
    const done = await runCli(['exec', '--', node, '-e', ''], { cwd: folder, env });
    expect(done.stderr).toContain('HCL 1 has no spelling for what "helper" holds');
    expect(done.code).toBe(2);
  });

  it('says once that the file which the environment names is not there', async () => {
    const { env, folder } = await world();
    const done = await runCli(['exec', '--', node, '-e', ''], {
      cwd: folder,
      env: { ...env, TF_CLI_CONFIG_FILE: './none' },
    });
    expect(done.stderr.match(/none/gu)).toHaveLength(1);
    expect(done.code).toBe(0);
  });

  it('says which file is left out of the configuration', async () => {
    const { env, folder } = await world();
    await writeFile(join(folder, '.terraformrc'), 'a = [');
    await writeFile(join(folder, '.tofurc'), '');
    const script = `process.exit(fs.readFileSync(process.env.TF_CLI_CONFIG_FILE, 'utf8').includes('a =') ? 1 : 0)`;
    const terraform = join(folder, 'terraform');
    await writeFile(terraform, `#!/bin/sh\nexec '${node}' -e "${script}"\n`, { mode: 0o755 });
    const done = await runCli(['exec', '--', './terraform'], { cwd: folder, env });
    expect(done.stderr).toBe(
      `Warning: ${folder}/.terraformrc can not be read, and is left out of the CLI configuration.\n`,
    );
    expect(done.code).toBe(0);
  });
});
