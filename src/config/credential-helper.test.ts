import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../base/index.ts';
import { createCredentialHelpers, createHelperAsker } from './credential-helper.ts';
import { CredentialHelperError } from './errors.ts';
import { findExecutable } from './find-executable.ts';
import type { Surroundings } from './surroundings.ts';

let folder: string;
let surroundings: Surroundings;

/** Writes `docker-credential-NAME` as a shell script. */
async function helper(name: string, script: string): Promise<void> {
  const path = join(folder, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helpers-'));
  surroundings = {
    env: {
      PATH: ['.', folder, '/usr/bin', '/bin'].join(delimiter),
      RECORD: join(folder, 'record'),
      TOFU_OCI_PASSWORD: 'ours',
      THEIRS: 'theirs',
    },
    cwd: folder,
    home: undefined,
    platform: 'linux',
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const server = 'https://registry.example.com';
const ask = (name: string, options = {}): ReturnType<ReturnType<typeof createHelperAsker>> =>
  createHelperAsker(surroundings, options)(name, server);

async function failureOf(asked: Promise<unknown>): Promise<CredentialHelperError> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CredentialHelperError)) throw new Error('it did not fail as expected');
  return error;
}

describe.skipIf(process.platform === 'win32')('a credential helper', () => {
  it('is given the server on its input and "get" as its argument', async () => {
    await helper(
      'good',
      `echo "$* $(cat)" > "$RECORD"; echo '{"ServerURL":"x","Username":"u","Secret":"s"}'`,
    );
    expect(await ask('good')).toEqual({ username: 'u', secret: 's' });
    expect(await readFile(join(folder, 'record'), 'utf8')).toBe(`get ${server}\n`);
  });

  it('sees the environment without our own secrets', async () => {
    await helper(
      'env',
      `echo "{\\"Username\\":\\"$THEIRS\\",\\"Secret\\":\\"<$TOFU_OCI_PASSWORD>\\"}"`,
    );
    expect(await ask('env')).toEqual({ username: 'theirs', secret: '<>' });
  });

  it('may answer without reading its input', async () => {
    await helper('deaf', `exec 0<&-; echo '{"Username":"u","Secret":"s"}'`);
    expect(await ask('deaf')).toEqual({ username: 'u', secret: 's' });
  });

  it.each([
    ['the words of the protocol', 'echo credentials not found in native keychain; exit 1'],
    [
      'the same words on standard error',
      'echo credentials not found in native keychain >&2; exit 1',
    ],
    ['empty strings', `echo '{"ServerURL":"","Username":"","Secret":""}'`],
  ])('says by %s that it has none', async (_, script) => {
    await helper('empty', script);
    expect(await ask('empty')).toBeUndefined();
  });

  it.each([
    [
      'what it printed',
      'echo no keychain here; echo more; exit 3',
      'failed',
      'no keychain here (it ended with code 3)',
    ],
    [
      'what it said on standard error first',
      'echo a; echo locked >&2; exit 1',
      'failed',
      'locked (it ended with code 1)',
    ],
    ['its code when it said nothing', 'exit 7', 'failed', 'it ended with code 7'],
    ['that it was killed', 'kill -9 $$', 'failed', 'it was killed'],
    [
      'control characters made harmless',
      `printf 'a\\033[31mb\\n'; exit 1`,
      'failed',
      'a\ufffd[31mb (it ended with code 1)',
    ],
    [
      'nothing that may be an answer',
      `echo '{"Username":"u","Secret":"hunter2"}'; exit 1`,
      'failed',
      'it ended with code 1',
    ],
    ['that it is no JSON', 'echo hunter2', 'malformed', 'its answer is not JSON'],
    [
      'that parts are missing',
      `echo '{"Username":"hunter2"}'`,
      'malformed',
      'its answer does not have the strings "Username" and "Secret"',
    ],
    [
      'that a part has the wrong type',
      `echo '{"Username":"u","Secret":["hunter2"]}'`,
      'malformed',
      'its answer does not have the strings "Username" and "Secret"',
    ],
    [
      'that it prints too much',
      'head -c 70000 /dev/zero',
      'too-much-output',
      'its answer is larger than 65536 bytes',
    ],
  ])('fails with %s', async (_, script, failure, why) => {
    await helper('bad', script);
    const error = await failureOf(ask('bad'));
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_CREDENTIAL_HELPER',
      category: 'auth',
      helper: 'bad',
      failure,
      message: `"bad" credential helper failed: ${why}`,
    });
    expect(JSON.stringify([error.message, error.hint, error.cause])).not.toContain('hunter2');
  });

  it('may write much to standard error', async () => {
    await helper('noisy', `head -c 300000 /dev/zero >&2; echo '{"Username":"u","Secret":"s"}'`);
    expect(await ask('noisy')).toEqual({ username: 'u', secret: 's' });
  });

  it('is stopped when it takes too long, also when a child of it holds the output', async () => {
    await helper('slow', 'sleep 20 & wait');
    const error = await failureOf(ask('slow', { timeoutMs: 50 }));
    expect(error.failure).toBe('timed-out');
    expect(error.message).toContain('it gave no answer in 0.05 s');
  });

  it('is stopped by an abort, with the reason of it', async () => {
    await helper('waiting', 'sleep 20');
    const stop = new AbortController();
    const asked = createHelperAsker(surroundings)('waiting', server, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(asked).rejects.toThrow('enough');
    const before = createHelperAsker(surroundings)('waiting', server, { signal: stop.signal });
    await expect(before).rejects.toThrow('enough');
  });

  it('fails when it can not be started', async () => {
    const path = join(folder, 'docker-credential-broken');
    await writeFile(path, '#!/no/such/interpreter\n');
    await chmod(path, 0o755);
    expect((await failureOf(ask('broken'))).failure).toBe('not-started');
  });
});

describe.skipIf(process.platform === 'win32')('a credential helper that keeps', () => {
  const answer = { username: 'ann', secret: 'hunter2' };
  const record = (): Promise<string> => readFile(join(folder, 'record'), 'utf8');

  it('is given the login on its input, and the verb', async () => {
    await helper('keep', `echo "$* $(cat)" > "$RECORD"`);
    const helpers = createCredentialHelpers(surroundings);
    await helpers.store('keep', server, answer);
    expect(await record()).toBe(
      `store {"ServerURL":"${server}","Username":"ann","Secret":"hunter2"}\n`,
    );
    await helpers.erase('keep', server);
    expect(await record()).toBe(`erase ${server}\n`);
  });

  it('has nothing to erase', async () => {
    await helper('empty', 'echo credentials not found in native keychain; exit 1');
    await expect(createCredentialHelpers(surroundings).erase('empty', server)).resolves.toBe(
      undefined,
    );
  });

  it.each([
    ['says why', 'echo locked; exit 1', 'locked (it ended with code 1)'],
    ['repeats the secret', 'echo can not keep hunter2; exit 1', 'it ended with code 1'],
    ['repeats its input', 'cat; exit 1', 'it ended with code 1'],
  ])('fails to and %s', async (_, script, why) => {
    await helper('full', script);
    const error = await failureOf(
      createCredentialHelpers(surroundings).store('full', server, answer),
    );
    expect(error).toMatchObject({
      failure: 'failed',
      message: `"full" credential helper failed: ${why}`,
    });
  });

  it('fails to erase', async () => {
    await helper('full', 'echo not implemented >&2; exit 1');
    const error = await failureOf(createCredentialHelpers(surroundings).erase('full', server));
    expect(error.message).toContain('not implemented (it ended with code 1)');
  });
});

describe('a credential helper that is not run', () => {
  it('is not installed', async () => {
    const error = await failureOf(ask('absent'));
    expect(error).toMatchObject({ failure: 'missing', category: 'auth' });
    expect(error.message).toContain('there is no program docker-credential-absent on PATH');
    expect(error.hint).toContain('Install docker-credential-absent');
  });

  it.each(['', '../x', 'a/b', 'a\\b', '-x', '.x', 'a b', 'a\n', 'a;b', 'x'.repeat(101)])(
    'has the name %j',
    async (name) => {
      expect((await failureOf(ask(name))).failure).toBe('invalid-name');
    },
  );

  it.each(['https://a.com\nhttps://b.com', 'https://a.com\0'])('is asked for %j', async (url) => {
    const error = await failureOf(createHelperAsker(surroundings)('good', url));
    expect(error.failure).toBe('invalid-request');
  });
});

describe('findExecutable', () => {
  const find = (
    name: string,
    env: Surroundings['env'],
    platform = 'linux',
  ): Promise<string | undefined> =>
    findExecutable(name, { surroundings: { ...surroundings, env, platform }, files: nodeFiles });

  it('passes over folders, files without the execute bit and relative entries of PATH', async () => {
    const [first, second] = [join(folder, 'one'), join(folder, 'two')];
    await mkdir(join(first, 'tool'), { recursive: true });
    await mkdir(second);
    await writeFile(join(second, 'tool'), '', { mode: 0o644 });
    const path = `:.:relative:${first}:${second}`;
    expect(await find('tool', { PATH: path })).toBeUndefined();
    await chmod(join(second, 'tool'), 0o755);
    expect(await find('tool', { PATH: path })).toBe(join(second, 'tool'));
    expect(await find('tool', {})).toBeUndefined();
  });

  it('looks for an .exe on Windows, whatever the case of PATH', async () => {
    const stat: unknown = (path: string) =>
      path === 'C:\\bin\\tool.exe'
        ? Promise.resolve({ isFile: () => true, mode: 0 })
        : Promise.reject(new Error('not there'));
    const files = { ...nodeFiles, stat: stat as typeof nodeFiles.stat };
    const windows = { ...surroundings, platform: 'win32', env: { Path: '.;C:\\other;C:\\bin' } };
    const options = { surroundings: windows, files };
    expect(await findExecutable('tool', options)).toBe('C:\\bin\\tool.exe');
  });
});
