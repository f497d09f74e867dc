import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as openpgp from 'openpgp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { matchInOutput } from '../support/child-lines.ts';
import { cleanEnvironment, runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const repository = join(import.meta.dirname, '..', '..');
const dockerfile = await readFile(join(repository, 'Dockerfile'), 'utf8');
const [, finalStage = ''] = dockerfile.split(/^FROM \$\{RUNTIME_IMAGE\}$/mu);

/** The words of a line in exec form. */
function execForm(instruction: string): readonly string[] {
  const [, words] = new RegExp(`^${instruction} (\\[.*\\])$`, 'mu').exec(finalStage) ?? [];
  if (words === undefined) throw new Error(`no ${instruction} in exec form`);
  return JSON.parse(words) as readonly string[];
}

/** Puts the files of the final stage where the Dockerfile puts them, below a folder; `/src` is the repository. */
async function layOut(root: string): Promise<void> {
  const copied = finalStage.matchAll(/^COPY (?:--\S+ )*(.+) (\S+)$/gmu);
  for (const [, sources = '', target = ''] of copied) {
    for (const source of sources.split(' ')) {
      if (source.startsWith('/out/')) {
        await mkdir(join(root, target), { recursive: true });
        continue;
      }
      const from = join(repository, source.replace(/^\/src\//u, ''));
      const isFile = !source.endsWith('/');
      const to = join(root, target, isFile && target.endsWith('/') ? basename(source) : '');
      await mkdir(dirname(to), { recursive: true });
      await cp(from, to, { recursive: true });
    }
  }
}

/** A word of a command line as it is run here: this Node, files below the folder, any free port. */
function runnable(root: string): (word: string) => string {
  return (word) => {
    if (word === '/nodejs/bin/node') return process.execPath;
    if (/^:[0-9]+$/u.test(word)) return '127.0.0.1:0';
    return /^\/(?:app|data)\//u.test(word) ? join(root, word) : word;
  };
}

const healthcheck = JSON.parse(
  /^HEALTHCHECK .*\\\n +CMD (\[.*\])$/mu.exec(finalStage)?.[1] ?? '[]',
) as readonly string[];

describe('the image', () => {
  it('has all that the server needs, and its server is found healthy while it runs', async () => {
    const root = await tempFolder();
    await layOut(root);
    const cwd = join(root, 'data');
    // Reading a key takes the library that is not in the bundle.
    const key = await openpgp.generateKey({ userIDs: [{ name: 'Gateway' }], format: 'armored' });
    await writeFile(join(root, 'key.asc'), key.privateKey, { mode: 0o600 });
    const [program = '', ...args] = [...execForm('ENTRYPOINT'), ...execForm('CMD')].map(
      runnable(root),
    );
    const child = spawn(program, [...args, '--sign-key', join(root, 'key.asc')], {
      cwd,
      env: cleanEnvironment(root),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = await matchInOutput(child, /Serving the OCI registry on (https:\S+)/u);

    const [check = '', ...checked] = healthcheck.map(runnable(root));
    const health = (path: string) =>
      runProgram(check, checked, { cwd, env: { TOFU_OCI_HEALTH_URL: `${url}${path}` } });
    expect(await health('/healthz')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await health('/nothing')).toMatchObject({ code: 1 });
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
    expect(await health('/healthz')).toMatchObject({ code: 1 });
  });

  it('is asked on the port that the server listens on, which is exposed', async () => {
    const port = /^:([0-9]+)$/u.exec(execForm('CMD').find((word) => word.startsWith(':')) ?? '');
    expect(port?.[1]).toBeDefined();
    const script = await readFile(join(repository, 'deploy', 'healthcheck.js'), 'utf8');
    expect(script).toContain(`'https://127.0.0.1:${port?.[1] ?? ''}/healthz'`);
    expect(finalStage).toMatch(new RegExp(`^EXPOSE ${port?.[1] ?? ''} `, 'mu'));
  });

  it('runs as a user that is not root, by number, so that Kubernetes can tell', () => {
    expect(finalStage).toMatch(/^USER [1-9][0-9]*:[1-9][0-9]*$/mu);
  });

  it('is built from nothing but what it needs', async () => {
    const [first = '', ...allowed] = (await readFile(join(repository, '.dockerignore'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)].flatMap(
      ([, sources = '']) => sources.split(' '),
    );
    expect(copied.map((source) => `!${source.replace(/\/$/u, '')}`).sort()).toEqual(
      allowed
        .filter((line) => line.startsWith('!'))
        .concat('!package.json')
        .sort(),
    );
  });
});
