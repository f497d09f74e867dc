import { Agent } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send, type TestRequest } from '../../test/support/http-request.ts';
import { errorOf, imageManifest } from '../../test/support/running-registry.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { startTokenServer } from '../../test/support/token-server.ts';
import { digestOf, mediaTypes } from '../spec/index.ts';
import { type ServerOptions, startServer } from './index.ts';

const password = 'right';

/** A server with the users ann and bob and these rules, and what somebody gets from it. */
async function start(rules?: string, options: Partial<ServerOptions> = {}) {
  const root = await tempFolder();
  const [folder, htpasswdFile, rightsFile] = ['served', 'users', 'rights'].map((name) =>
    join(root, name),
  );
  await mkdir(folder ?? '');
  const hashed = await hash(password, 4);
  await writeFile(htpasswdFile ?? '', `ann:${hashed}\nbob:${hashed}\n`);
  if (rules !== undefined) await writeFile(rightsFile ?? '', rules);
  const server = await startServer({
    folder: folder ?? '',
    listen: '127.0.0.1:0',
    ...(options.tokensFile === undefined ? { htpasswdFile } : {}),
    ...(rules === undefined ? {} : { rightsFile }),
    ...options,
  });
  onTestFinished(() => server.close());
  const url = server.addresses[0]?.url ?? '';
  const ask: Ask = (authorization, method, path, request = {}) =>
    send(method, url, path, {
      ...request,
      headers: {
        ...request.headers,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
    });
  return { server, ask, as: (user?: string) => as(ask, user) };
}

type Ask = (
  authorization: string | undefined,
  method: string,
  path: string,
  request?: TestRequest,
) => ReturnType<typeof send>;

function basic(user: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function as(ask: Ask, user?: string) {
  const authorization = user === undefined ? undefined : basic(user);
  const sendIt = (method: string, path: string, request?: TestRequest) =>
    ask(authorization, method, path, request);
  return {
    send: sendIt,
    pushBlob: async (repository: string, content: string) => {
      const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(Buffer.from(content))}`;
      return (await sendIt('POST', path, { body: content })).status;
    },
    pushImage: async (repository: string, tag: string) => {
      await sendIt(
        'POST',
        `/v2/${repository}/blobs/uploads/?digest=${digestOf(Buffer.from('{}'))}`,
        { body: '{}' },
      );
      const headers = { 'Content-Type': mediaTypes.manifest };
      const body = JSON.stringify(imageManifest());
      return sendIt('PUT', `/v2/${repository}/manifests/${tag}`, { headers, body });
    },
  };
}

const rules = `
@anonymous read    public/**
@users     read    shared/**
@users     write   public/**
ann        replace **
`;

describe('rights', () => {
  it('let everybody do what the rules say, and nothing else', async () => {
    const { as: who } = await start(rules);
    const [ann, bob, nobody] = [who('ann'), who('bob'), who()];
    for (const repository of ['public/a', 'shared/a', 'secret/a']) {
      expect((await ann.pushImage(repository, 'x')).status).toBe(201);
    }
    const readable = async ({ send: ask }: typeof ann) => {
      const answers = ['public/a', 'shared/a', 'secret/a', 'secret/none'].map(
        async (name) => (await ask('GET', `/v2/${name}/manifests/x`)).status,
      );
      return Promise.all(answers);
    };
    expect(await readable(ann)).toEqual([200, 200, 200, 404]);
    expect(await readable(bob)).toEqual([200, 200, 403, 403]);
    expect(await readable(nobody)).toEqual([200, 401, 401, 401]);
    expect(await bob.pushBlob('public/b', 'b')).toBe(201);
    expect(await bob.pushBlob('shared/b', 'b')).toBe(403);
    expect(await nobody.pushBlob('public/c', 'c')).toBe(401);
    for (const path of ['manifests/x', `blobs/${digestOf(Buffer.from('{}'))}`]) {
      expect((await bob.send('DELETE', `/v2/shared/a/${path}`)).status).toBe(403);
    }
    expect((await ann.send('GET', '/v2/shared/b/tags/list')).status).toBe(404);
  });

  it('say the same of a repository that is there and of one that is not', async () => {
    const { as: who } = await start(rules);
    await who('ann').pushImage('secret/a', 'x');
    const bodies = ['secret/a', 'secret/b'].map(async (name) => {
      const { status, headers, body } = await who('bob').send('GET', `/v2/${name}/tags/list`);
      return {
        status,
        headers: { ...headers, date: undefined },
        text: body.toString().replaceAll(name, 'NAME'),
      };
    });
    const [there, absent] = await Promise.all(bodies);
    expect(there).toEqual(absent);
    expect(there?.status).toBe(403);
  });

  it('hide names, and what could be mounted', async () => {
    const { as: who } = await start(rules);
    const [ann, bob] = [who('ann'), who('bob')];
    const content = 'a blob that bob may not read';
    const digest = digestOf(Buffer.from(content));
    for (const repository of ['secret/a', 'shared/a']) await ann.pushImage(repository, 'x');
    expect(await ann.pushBlob('secret/a', content)).toBe(201);
    const { json } = await bob.send('GET', '/v2/_catalog');
    expect(json).toEqual({ repositories: ['shared/a'] });
    expect((await ann.send('GET', '/v2/_catalog')).json).toEqual({
      repositories: ['secret/a', 'shared/a'],
    });
    for (const from of ['&from=secret/a', '']) {
      const path = `/v2/public/b/blobs/uploads/?mount=${digest}${from}`;
      expect((await bob.send('POST', path)).status).toBe(202);
      expect((await bob.send('HEAD', `/v2/public/b/blobs/${digest}`)).status).toBe(404);
      expect((await ann.send('POST', path.replace('public', 'other'))).status).toBe(201);
    }
  });

  it('ask whoever did not log in to do so, where that could help', async () => {
    const { as: who, ask } = await start(rules);
    await who('ann').pushImage('public/a', 'x');
    for (const path of [
      '/v2/',
      '/v2/_catalog',
      '/v2/secret/a/tags/list',
      '/v2/Not-A-Name/tags/list',
    ]) {
      const { status, headers } = await ask(undefined, 'GET', path);
      expect([path, status, headers['www-authenticate']]).toEqual([
        path,
        401,
        'Basic realm="tofu-oci"',
      ]);
    }
    // What containers/image sends after that, when it has no user.
    expect((await ask('Basic Og==', 'GET', '/v2/public/a/tags/list')).status).toBe(200);
    // Wrong is not nobody.
    const wrong = `Basic ${Buffer.from('ann:wrong').toString('base64')}`;
    expect((await ask(wrong, 'GET', '/v2/public/a/tags/list')).status).toBe(401);
  });

  it('do not let one caller have all uploads', async () => {
    const { as: who } = await start(rules);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const begin = async (user: string) =>
      (await who(user).send('POST', '/v2/public/a/blobs/uploads/', { agent })).status;
    const begun = new Map<number, number>();
    for (let n = 0; n < 260; n++) {
      const status = await begin('bob');
      begun.set(status, (begun.get(status) ?? 0) + 1);
    }
    expect([...begun]).toEqual([
      [202, 256],
      [429, 4],
    ]);
    expect(await begin('ann')).toBe(202);
  });

  it('hold where nobody can log in', async () => {
    const root = await tempFolder();
    await writeFile(join(root, 'rights'), '@anonymous read **\n@anonymous write in/*\n');
    const server = await startServer({
      folder: join(root, 'served'),
      listen: '127.0.0.1:0',
      rightsFile: join(root, 'rights'),
    });
    onTestFinished(() => server.close());
    const url = server.addresses[0]?.url ?? '';
    const push = async (name: string) =>
      send('POST', url, `/v2/${name}/blobs/uploads/?digest=${digestOf(Buffer.from('x'))}`, {
        body: 'x',
      });
    expect((await push('in/a')).status).toBe(201);
    const refused = await push('out/a');
    expect([refused.status, errorOf(refused).code]).toEqual([403, 'DENIED']);
    expect((await send('GET', url, '/v2/_catalog')).json).toEqual({ repositories: ['in/a'] });
  });
});

/** A server that takes the tokens of a token server. */
async function startWithTokens(rights?: string) {
  const tokens = await startTokenServer({ service: 'registry.test' });
  onTestFinished(() => tokens.close());
  const folder = await tempFolder();
  const tokensFile = join(folder, 'tokens.json');
  const { realm, service, issuer } = tokens;
  await writeFile(join(folder, 'keys.pem'), tokens.publicKey);
  await writeFile(tokensFile, JSON.stringify({ realm, service, issuer, keys: 'keys.pem' }));
  const { ask, server } = await start(rights, { tokensFile });
  const withToken = (
    access: Parameters<typeof tokens.mint>[0],
    method: string,
    path: string,
    request?: TestRequest,
  ) => ask(`Bearer ${tokens.mint(access)}`, method, path, request);
  return { tokens, folder, ask, server, withToken };
}

const to = (name: string, ...actions: string[]) => ({ type: 'repository', name, actions });

describe('tokens', () => {
  it('are asked for with everything that a mount needs', async () => {
    const { ask, tokens } = await startWithTokens();
    const digest = digestOf(Buffer.from('x'));
    const { headers } = await ask(
      undefined,
      'POST',
      `/v2/b/blobs/uploads/?mount=${digest}&from=a/a`,
    );
    expect(headers['www-authenticate']).toBe(
      `Bearer realm="${tokens.realm}",service="registry.test",scope="repository:b:pull,push repository:a/a:pull"`,
    );
    const odd = await ask(
      undefined,
      'POST',
      `/v2/b/blobs/uploads/?mount=${digest}&from=a%22,x=%22`,
    );
    expect(odd.headers['www-authenticate']).toContain(',scope="repository:b:pull,push"');
  });

  it('say who may see all names', async () => {
    const { ask, withToken } = await startWithTokens();
    const path = `/v2/a/blobs/uploads/?digest=${digestOf(Buffer.from('x'))}`;
    await withToken([to('a', 'push')], 'POST', path, { body: 'x' });
    const asked = await ask(undefined, 'GET', '/v2/_catalog');
    expect(asked.headers['www-authenticate']).toContain('scope="registry:catalog:*"');
    const lacking = await withToken([to('a', '*')], 'GET', '/v2/_catalog');
    expect(lacking.status).toBe(401);
    expect(lacking.headers['www-authenticate']).toContain('error="insufficient_scope"');
    const all = [{ type: 'registry', name: 'catalog', actions: ['*'] }];
    expect((await withToken(all, 'GET', '/v2/_catalog')).json).toEqual({ repositories: ['a'] });
  });

  it('add to what is public', async () => {
    const { ask, withToken } = await startWithTokens('@anonymous read public/**\n');
    const digest = digestOf(Buffer.from('x'));
    const path = `/v2/public/a/blobs/uploads/?digest=${digest}`;
    expect((await ask(undefined, 'POST', path, { body: 'x' })).status).toBe(401);
    expect((await withToken([to('public/a', 'push')], 'POST', path, { body: 'x' })).status).toBe(
      201,
    );
    expect((await ask(undefined, 'GET', `/v2/public/a/blobs/${digest}`)).status).toBe(200);
    expect((await withToken([], 'GET', `/v2/public/a/blobs/${digest}`)).status).toBe(200);
    const bad = await ask('Bearer x.y.z', 'GET', `/v2/public/a/blobs/${digest}`);
    expect(bad.status).toBe(401);
    expect(bad.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('exclude passwords', async () => {
    const folder = await tempFolder();
    const tokensFile = join(folder, 'tokens.json');
    await writeFile(tokensFile, '{}');
    const attempt = startServer({ folder: join(folder, 'served'), htpasswdFile: 'a', tokensFile });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_SERVER_TOKENS' });
  });

  it('are judged by the new keys when the old ones are replaced', async () => {
    const { tokens, folder, server, withToken } = await startWithTokens();
    const next = await startTokenServer({ service: 'registry.test' });
    onTestFinished(() => next.close());
    const probe = async () => (await withToken([], 'GET', '/v2/')).status;
    expect(await probe()).toBe(200);
    const file = join(folder, 'keys.pem');
    await writeFile(file, tokens.publicKey + next.publicKey);
    await server.reload();
    expect(await probe()).toBe(200);
    await writeFile(file, next.publicKey);
    await server.reload();
    expect(await probe()).toBe(401);
  });
});
