import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request as send } from 'node:http';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { readProgramConfig, type Surroundings } from '../config/index.ts';
import type { Gateway } from '../server/gateway/index.ts';
import { launch, type LaunchRequest } from './index.ts';

// Other tests make such folders, too.
beforeEach(async () => {
  const folder = await tempFolder();
  vi.stubEnv('TMPDIR', folder);
  return () => vi.unstubAllEnvs();
});

/** A gateway that says what it was asked. */
function fakeGateway(): Gateway {
  return {
    serves: () => true,
    catalog: { providers: () => Promise.reject(new Error('unused')) } as never,
    check: () => Promise.resolve(),
    handle: (request, response) => {
      const { headers, rawHeaders, url } = request;
      response.end(JSON.stringify({ url, headers, rawHeaders }));
      return Promise.resolve();
    },
  };
}

interface Run {
  readonly code: number;
  readonly home: string;
  readonly warnings: readonly string[];
  /** What the child wrote into the file that it was given. */
  readonly seen: string;
}

/** Runs a script of Node in the place of the program; it finds a file to write to in OUT. */
async function run(
  script: string,
  {
    config = '',
    env = {},
    onSignals,
    ...request
  }: Partial<Omit<LaunchRequest, 'config'>> & {
    readonly config?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly onSignals?: (listener: (signal: NodeJS.Signals) => void, out: string) => void;
  } = {},
): Promise<Run> {
  const home = await tempFolder();
  const out = join(home, 'out');
  await writeFile(join(home, '.tofurc'), config);
  const surroundings: Surroundings = {
    env: { HOME: home, PATH: process.env.PATH, OUT: out, ...env },
    cwd: home,
    home,
    platform: process.platform,
  };
  const warnings: string[] = [];
  const code = await launch(
    {
      command: [process.execPath, '-e', script],
      directory: home,
      config: await readProgramConfig(surroundings, { program: 'tofu' }),
      replace: 'oci_mirror',
      hosts: [{ host: 'registry.opentofu.org', hasModules: false }],
      createGateway: fakeGateway,
      discover: () => Promise.reject(new Error('no route')),
      ...request,
    },
    {
      surroundings,
      signals: {
        take: (listener) => {
          onSignals?.(listener, out);
          return () => undefined;
        },
      },
      onWarning: (warning) => warnings.push(warning),
    },
  );
  return { code, home, warnings, seen: await readFile(out, 'utf8').catch(() => '') };
}

const copyConfiguration = 'fs.copyFileSync(process.env.TF_CLI_CONFIG_FILE, process.env.OUT)';

/** Asks the gateway what the generated configuration says, with other headers. */
async function ask(
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number | undefined; body: string; location: string | undefined }> {
  return await new Promise((resolve, reject) => {
    send(url, { headers }, (response) => {
      void text(response).then((body) =>
        resolve({ status: response.statusCode, body, location: response.headers.location }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** A child that stays until the test has asked what it wants; the test is told the gateway's address. */
async function whileRunning(
  work: (base: URL) => Promise<void>,
  request: Partial<Omit<LaunchRequest, 'config'>> = {},
): Promise<void> {
  let done: Promise<void> | undefined;
  await run(
    `const t = fs.readFileSync(process.env.TF_CLI_CONFIG_FILE, 'utf8');
     fs.writeFileSync(process.env.OUT, t);
     setInterval(() => { if (fs.existsSync(process.env.OUT + '.done')) process.exit(0) }, 10)`,
    {
      ...request,
      onSignals: (_, out) => {
        done = (async () => {
          const config = await until(() => readFile(out, 'utf8'));
          const base = /"providers.v1" = "([^"]+)"/u.exec(config)?.[1] ?? '';
          try {
            await work(new URL(base));
          } finally {
            await writeFile(`${out}.done`, '');
          }
        })();
        done.catch(() => undefined);
      },
    },
  );
  await done;
}

async function until(attempt: () => Promise<string>): Promise<string> {
  for (;;) {
    const found = await attempt().catch(() => '');
    if (found !== '') return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const leftFolders = async (): Promise<readonly string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('tofu-oci-exec-')).sort();

describe('the program that is launched', () => {
  it('finds a private configuration that leads its providers to the gateway', async () => {
    const { code, seen } = await run(
      `const file = process.env.TF_CLI_CONFIG_FILE;
       const mode = (path) => (fs.statSync(path).mode & 0o777).toString(8);
       fs.writeFileSync(process.env.OUT, [mode(file), mode(path.dirname(file)), fs.readFileSync(file, 'utf8')].join('\\n'))`,
      { config: 'plugin_cache_dir = "/x"\n' },
    );
    expect(code).toBe(0);
    expect(seen).toMatch(
      /^600\n700\nplugin_cache_dir = "\/x"\nhost "registry.opentofu.org" \{\n {2}services = \{\n {4}"modules.v1" = "https:\/\/registry.opentofu.org\/v1\/modules\/"\n {4}"providers.v1" = "http:\/\/127.0.0.1:\d+\/[0-9a-f]{32}\/v1\/providers\/registry.opentofu.org\/"\n {2}\}\n\}\n$/u,
    );
  });

  it('has the environment, without our secrets and without another configuration', async () => {
    const { seen } = await run(`fs.writeFileSync(process.env.OUT, JSON.stringify(process.env))`, {
      env: {
        TOFU_OCI_SIGN_PASSPHRASE: 'secret',
        TERRAFORM_CONFIG: '/none',
        TF_TOKEN_example_com: 'kept',
        TOFU_OCI_LOCATION: './registry',
      },
    });
    const env = JSON.parse(seen) as Record<string, string>;
    expect(env).toMatchObject({ TF_TOKEN_example_com: 'kept', TOFU_OCI_LOCATION: './registry' });
    expect(env).not.toHaveProperty('TOFU_OCI_SIGN_PASSPHRASE');
    expect(env).not.toHaveProperty('TERRAFORM_CONFIG');
  });

  it.each([0, 1, 2, 77])('ends with its exit code %i', async (code) => {
    expect((await run(`process.exit(${code})`)).code).toBe(code);
  });

  it('ends with 128 and the signal that killed it', async () => {
    const { code } = await run(`process.kill(process.pid, 'SIGKILL')`);
    expect(code).toBe(128 + constants.signals.SIGKILL);
  });

  it('is no shell, and gets arguments as they are', async () => {
    const { seen } = await run('', {
      command: [
        process.execPath,
        '-e',
        'fs.writeFileSync(process.env.OUT, JSON.stringify(process.argv.slice(1)))',
        '--',
        '$HOME',
        'a b',
        '; exit 9',
      ],
    });
    expect(JSON.parse(seen)).toEqual(['$HOME', 'a b', '; exit 9']);
  });

  it('is refused with 127 where there is none, with 126 where it can not run', async () => {
    const before = await leftFolders();
    await expect(run('', { command: ['/none/such'] })).rejects.toMatchObject({
      code: 'ERR_LAUNCH_COMMAND',
      category: 'not-found',
      exitStatus: 127,
    });
    const file = join(await tempFolder(), 'text');
    await writeFile(file, 'no program');
    await chmod(file, 0o644);
    await expect(run('', { command: [file] })).rejects.toMatchObject({ exitStatus: 126 });
    expect(await leftFolders()).toEqual(before);
  });

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGHUP'])('gets %s once, and decides', async (signal) => {
    const { code, seen } = await run(
      `let count = 0;
       process.on('${signal}', () => { count++; setTimeout(() => { fs.writeFileSync(process.env.OUT, String(count)); process.exit(7) }, 50) });
       fs.writeFileSync(process.env.OUT + '.ready', 'x');
       setInterval(() => 0, 1000)`,
      {
        onSignals: (listener, out) =>
          void until(() => readFile(`${out}.ready`, 'utf8')).then(() => listener(signal)),
      },
    );
    expect({ code, seen }).toEqual({ code: 7, seen: '1' });
  });

  it('is not started after a signal, and nothing is left', async () => {
    const before = await leftFolders();
    const { code, seen } = await run(copyConfiguration, {
      onSignals: (listener) => listener('SIGTERM'),
    });
    expect({ code, seen }).toEqual({ code: 143, seen: '' });
    expect(await leftFolders()).toEqual(before);
  });

  it('leaves nothing behind however it ends', async () => {
    const before = await leftFolders();
    for (const end of ['process.exit(3)', `process.kill(process.pid, 'SIGTERM')`]) {
      const { seen } = await run(
        `fs.writeFileSync(process.env.OUT, process.env.TF_CLI_CONFIG_FILE); ${end}`,
      );
      await expect(stat(seen)).rejects.toMatchObject({ code: 'ENOENT' });
    }
    expect(await leftFolders()).toEqual(before);
  });
});

describe('the gateway of a launched program', () => {
  it('answers below its secret, and never sees credentials', async () => {
    await whileRunning(async (base) => {
      const url = new URL('acme/null/versions', base);
      const headers = { Authorization: 'Bearer secret', Cookie: 'a=b', Accept: 'x/y' };
      const { body, status } = await ask(url, headers);
      expect(status).toBe(200);
      const asked = JSON.parse(body) as { url: string };
      expect(asked.url).toBe(url.pathname);
      expect(body).toContain('x/y');
      expect(body).not.toMatch(/secret"|Bearer|a=b|authorization|cookie/iu);
    });
  });

  it.each<[string, number, (base: URL) => [URL, Record<string, string>]]>([
    ['another host', 403, (base) => [base, { Host: `localhost:${base.port}` }]],
    ['the host without its port', 403, (base) => [base, { Host: '127.0.0.1' }]],
    ['a page in a browser', 403, (base) => [base, { Origin: base.origin }]],
    ['a null origin', 403, (base) => [base, { Origin: 'null' }]],
    ['no secret', 404, (base) => [new URL('/v1/providers/h/', base), {}]],
    [
      'another secret',
      404,
      (base) => [new URL(base.pathname.replace(/^\/..../u, '/0000'), base.origin), {}],
    ],
    [
      'a secret that goes on',
      404,
      (base) => [new URL(base.pathname.replace(/^\/\w{32}/u, '$&0'), base.origin), {}],
    ],
  ])('refuses %s', async (_, status, change) => {
    await whileRunning(async (base) => {
      const answer = await ask(...change(base));
      expect(answer.status).toBe(status);
      expect(answer.body).toMatch(/^\{"errors":/u);
    });
  });

  it('sends what is not for it to its own registry', async () => {
    const asked: string[] = [];
    await whileRunning(
      async (base) => {
        const there = await ask(new URL('acme/null/versions', base));
        expect(there).toMatchObject({
          status: 307,
          location: 'https://r.example.com/v1/providers/acme/null/versions',
        });
        const here = await ask(new URL('mine/null/1.0.0/download/linux/amd64', base));
        expect(here.status).toBe(200);
      },
      {
        elsewhere: (provider) => {
          asked.push(provider);
          const isOther = provider.includes('/acme/');
          return Promise.resolve(
            isOther ? new URL('https://r.example.com/v1/providers/') : undefined,
          );
        },
      },
    );
    expect(asked).toEqual(['registry.opentofu.org/acme/null', 'registry.opentofu.org/mine/null']);
  });

  it('says what went wrong where another registry can not be asked', async () => {
    await whileRunning(
      async (base) => {
        const answer = await ask(new URL('acme/null/versions', base));
        expect(answer).toMatchObject({ status: 502, body: '{"errors":["no route"]}' });
      },
      { elsewhere: () => Promise.reject(new Error('no route')) },
    );
  });
});

describe('the other services of a host', () => {
  const host = { host: 'r.example.com', hasModules: false };

  it('are those of the user, before anybody is asked', async () => {
    const { seen, warnings } = await run(copyConfiguration, {
      config:
        'host "r.example.com" { services = { "modules.v1" = "https://m/", "providers.v1" = "https://p/" } }',
      hosts: [host],
    });
    expect(seen).toContain('"modules.v1" = "https://m/"');
    expect(seen).not.toContain('https://p/');
    expect(warnings).toEqual([]);
  });

  it('are those that the host tells', async () => {
    const { seen } = await run(copyConfiguration, {
      hosts: [host],
      discover: (name) =>
        Promise.resolve({ 'modules.v1': `https://${name}/m/`, 'providers.v1': 'https://p/' }),
    });
    expect(seen).toContain('"modules.v1" = "https://r.example.com/m/"');
    expect(seen).not.toContain('https://p/');
  });

  it('are none, with a warning, where it can not be asked and nobody needs its modules', async () => {
    const { code, seen, warnings } = await run(copyConfiguration, { hosts: [host] });
    expect(code).toBe(0);
    expect(seen.match(/"\w+\.v1"/gu)).toEqual(['"providers.v1"']);
    expect(warnings).toEqual([
      'r.example.com is a registry of providers only in this run: no route',
    ]);
  });

  it('have to be known where its modules are needed', async () => {
    await expect(
      run(copyConfiguration, { hosts: [{ ...host, hasModules: true }] }),
    ).rejects.toMatchObject({ code: 'ERR_LAUNCH_HOST_SERVICES', host: 'r.example.com' });
  });
});

describe('the folder of the launched program', () => {
  it('is the one that was asked for', async () => {
    const folder = join(await tempFolder(), 'live');
    await mkdir(folder);
    const { seen } = await run('fs.writeFileSync(process.env.OUT, process.cwd())', {
      directory: folder,
    });
    expect(seen).toBe(folder);
  });
});
