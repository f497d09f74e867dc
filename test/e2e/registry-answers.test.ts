import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  address,
  answerOf,
  filesIn,
  findRelease,
  locationAt,
  makeProject,
  passOn,
  type PublishedRegistry,
  repositoryPath,
  requiring,
  startPublishedRegistry,
  version,
  wireError,
} from '../support/published-registry.ts';
import { type Finished, runCli, type RunOptions } from '../support/run-cli.ts';
import { type Match, type Reply, type ScriptedPeer, usePeers } from '../support/scripted-peer.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';

const peers = usePeers();
let published: PublishedRegistry;

/** Large enough that an upload is under way when it breaks. */
const binary = Buffer.alloc(700_000, 'provider').fill(0xff, 100, 200);

beforeAll(async () => {
  published = await startPublishedRegistry({ binary });
});
afterAll(() => published.close());

const anything: Match = () => true;
const isUpload: Match = ({ method, path }) => method === 'PUT' && path.includes('/blobs/uploads/');
const opensUpload: Match = ({ method, path }) =>
  method === 'POST' && path.endsWith('/blobs/uploads/');
const putsManifest: Match = ({ method, path }) => method === 'PUT' && path.includes('/manifests/');

let prefixes = 0;
/** A repository that nothing was pushed to yet. */
const freshPrefix = (): string => `fresh${String(prefixes++)}`;

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
  readonly prefix?: string;
}

type Host = Pick<ScriptedPeer, 'host'>;

async function push(peer: Host, run: Run = {}): Promise<Finished> {
  const to = locationAt(peer.host, run.prefix ?? freshPrefix());
  const { folder } = published.release;
  const args = ['push', address, folder, '--to', to, ...(run.options ?? [])];
  return await runCli(args, runOptions(await tempFolder(), run));
}

async function init(peer: Host, run: Run & { project?: string } = {}): Promise<Finished> {
  const project = run.project ?? (await makeProject());
  const args = ['init', '--from', locationAt(peer.host), ...(run.options ?? [])];
  const result = await runCli(args, runOptions(project, run));
  const left = await filesIn(project);
  if (result.code === 0) expect(left).toContain('.terraform.lock.hcl');
  else expect(left.filter((path) => path !== '.terraform')).toEqual(['main.tf']);
  return result;
}

const runOptions = (cwd: string, { env = {} }: Run): RunOptions => ({ cwd, env });
const commands = { push, init };
const both = ['push', 'init'] as const;

/** A loopback port that nothing listens at. */
async function unusedHost(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${String(port)}`;
}

/** Answers that end a command whatever it asked for, when they do not change. */
const refusals: readonly (readonly [
  string,
  { readonly reply: Reply; readonly code: number; readonly message: RegExp; readonly hint: RegExp },
])[] = [
  [
    '401 that offers no way to log in',
    {
      reply: wireError(401, 'UNAUTHORIZED', 'authentication required'),
      code: 4,
      message: /not authorized: it answered 401/u,
      hint: /credentials|log ?in/iu,
    },
  ],
  [
    '401 with a challenge',
    {
      reply: {
        ...wireError(401, 'UNAUTHORIZED', 'authentication required'),
        headers: { 'www-authenticate': 'Basic realm="x"' },
      },
      code: 4,
      message: /127\.0\.0\.1:\d+: /u,
      hint: /credentials|log ?in/iu,
    },
  ],
  [
    '403',
    {
      reply: wireError(403, 'DENIED', 'requested access is denied'),
      code: 4,
      message: /access denied: .*answered 403 .*DENIED: requested access is denied/u,
      hint: /credentials|log ?in/iu,
    },
  ],
  [
    '429 that asks for a day',
    {
      reply: {
        ...wireError(429, 'TOOMANYREQUESTS', 'slow down'),
        headers: { 'retry-after': '86400' },
      },
      code: 6,
      message: /answered 429 and asks to wait 86400 s before trying again; we wait 60 s at most/u,
      hint: /in 86400 s or later/u,
    },
  ],
  [
    '418, which means nothing to us',
    {
      reply: { status: 418, body: 'I am a teapot \u001b[2J' },
      code: 6,
      message: /answered 418 to .*I am a teapot/u,
      hint: /^/u,
    },
  ],
];

describe.each(both)('%s', (command) => {
  const run = commands[command];

  it.each(refusals)('ends at %s', async (_, { code, hint, message, reply }) => {
    const peer = await peers.start();
    peer.always(anything, reply);
    const result = await run(peer);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(hint);
    expect(result.stderr).not.toContain('\u001b');
    expect(result.code).toBe(code);
  });

  it('says which credentials were refused, and never shows them', async () => {
    const home = await tempFolder();
    await mkdir(join(home, '.docker'));
    const peer = await peers.start();
    const secret = 'correct-horse-battery';
    const auth = Buffer.from(`jane:${secret}`).toString('base64');
    const config = JSON.stringify({ auths: { [peer.host]: { auth } } });
    await writeFile(join(home, '.docker', 'config.json'), config);
    peer.always(anything, {
      ...wireError(401, 'UNAUTHORIZED', 'authentication required'),
      headers: { 'www-authenticate': 'Basic realm="x"' },
    });
    const env = { DOCKER_CONFIG: join(home, '.docker') };
    const result = await run(peer, { env, options: ['--debug'] });
    expect(peer.requests.at(-1)?.headers.authorization).toBe(`Basic ${auth}`);
    expect(result.stderr).toMatch(/not authorized|refused/u);
    expect(result.stderr).toContain(`credentials for ${peer.host}`);
    expect(result.stdout + result.stderr).not.toContain(secret);
    expect(result.stdout + result.stderr).not.toContain(auth);
    expect(result.code).toBe(4);
  });

  it('waits as long as a 429 asks, and goes on', async () => {
    const peer = await peers.start();
    peer.once(anything, {
      ...wireError(429, 'TOOMANYREQUESTS', 'slow down'),
      headers: { 'retry-after': '1' },
    });
    const result = await run(passOn(peer, published.registry));
    expect(result).toMatchObject({ code: 0 });
    expect(peer.log()[1]).toBe(peer.log()[0]);
  });

  it('tries again after a 503 and a connection that was cut', async () => {
    const peer = await peers.start();
    peer.once(anything, { status: 503 });
    peer.once(anything, { fault: { kind: 'drop' } });
    const result = await run(passOn(peer, published.registry));
    expect(result).toMatchObject({ code: 0 });
  });

  it('says that nothing listens', async () => {
    const result = await run({ host: await unusedHost() });
    expect(result.stderr).toMatch(/127\.0\.0\.1:\d+: connection refused, nothing listens there/u);
    expect(result.stderr).toContain('that the server is running');
    expect(result.code).toBe(6);
  });

  it('refuses a certificate of an unknown authority, and takes it when it is named', async () => {
    const { ca, cert, key } = await makeTestCertificate();
    const peer = passOn(await peers.start({ tls: { key, cert } }), published.registry);
    const refused = await run(peer);
    expect(refused.stderr).toContain('signed by an authority not known here');
    expect(refused.stderr).toContain('SSL_CERT_FILE or --ca-file');
    expect(refused.code).toBe(5);
    expect(peer.requests).toEqual([]);

    const file = join(await tempFolder(), 'ca.pem');
    await writeFile(file, ca);
    expect(await run(peer, { options: ['--ca-file', file] })).toMatchObject({ code: 0 });
    expect(await run(peer, { env: { SSL_CERT_FILE: file } })).toMatchObject({ code: 0 });
  });

  it('refuses a certificate that has expired or is of another host', async () => {
    for (const [options, message] of [
      [{ notAfter: new Date('2021-01-01T00:00:00Z') }, /expired or not valid yet/u],
      [{ names: ['elsewhere.example'], addresses: ['127.0.0.9'] }, /for another host name/u],
    ] as const) {
      const { ca, cert, key } = await makeTestCertificate(options);
      const peer = await peers.start({ tls: { key, cert } });
      const file = join(await tempFolder(), 'ca.pem');
      await writeFile(file, ca);
      const result = await run(peer, { options: ['--ca-file', file] });
      expect(result.stderr).toMatch(message);
      expect(result.code).toBe(5);
      expect(peer.requests).toEqual([]);
    }
  });

  it('does not follow a registry to plain HTTP elsewhere', async () => {
    const { cert, key, ca } = await makeTestCertificate();
    const file = join(await tempFolder(), 'ca.pem');
    await writeFile(file, ca);
    const peer = await peers.start({ tls: { key, cert } });
    peer.always('GET /v2/', { status: 200 });
    peer.always(anything, {
      status: 307,
      headers: { location: 'http://registry.invalid/v2/x' },
    });
    const result = await run(peer, { options: ['--ca-file', file] });
    expect(result.stderr).toMatch(/refusing (the redirect|plain HTTP)/u);
    expect(result.code).toBe(6);
  });

  it('uses no plain HTTP for a host that is not this machine, unless it is named', async () => {
    const host = 'registry.invalid:5000';
    const secure = await run({ host }, { options: ['--debug'] });
    expect(secure.stderr).toContain(`https://${host}/v2/`);
    expect(secure.stderr).not.toContain(`http://${host}`);
    expect(secure.code).toBe(6);
    const options = ['--debug', '--plain-http', host];
    const plain = await run({ host }, { options });
    expect(plain.stderr).toContain(`http://${host}/v2/`);
    expect(plain.code).toBe(6);
  });
});

describe('init', () => {
  it('gives up on a registry that only answers 500, after five tries', async () => {
    const peer = await peers.start();
    peer.always(anything, { status: 500, body: 'boom' });
    const result = await init(peer);
    expect(result.stderr).toMatch(/answered 500 to GET .*boom/u);
    expect(result.stderr).toContain('run the same command again later');
    expect(result.code).toBe(6);
    expect(peer.requests).toHaveLength(5);
  });

  it("reports a repository that is not there in OpenTofu's words", async () => {
    const peer = await peers.start();
    peer.always(anything, wireError(404, 'NAME_UNKNOWN', 'repository name not known to registry'));
    const result = await init(peer);
    expect(result.stderr).toContain('Error: Failed to query available provider packages');
    expect(result.stderr).toContain(
      'Could not retrieve the list of available versions for provider example.com/acme/thing: provider example.com/acme/thing was not found in any of the search locations',
    );
    expect(result.stderr).toContain('- OCI registry provider mirror');
    expect(result.code).toBe(3);
  });

  it('says which versions there are when none fits', async () => {
    const project = await makeProject();
    const main = join(project, 'main.tf');
    await writeFile(main, requiring(address, '~> 2.0'));
    const result = await init(passOn(await peers.start(), published.registry), { project });
    expect(result.stderr).toContain('no available releases match the given constraints ~> 2.0');
    expect(result.stderr).toContain(`The newest release on offer is ${version}.`);
    expect(result.code).toBe(3);
  });

  it.each([
    ['cut', 'drop-after'],
    ['closed early', 'wrong-length'],
  ] as const)('leaves nothing of a package whose transfer is %s', async (_, kind) => {
    const { layer, registry } = published;
    const peer = await peers.start();
    const part = layer.bytes.subarray(0, layer.bytes.length / 2);
    peer.always(
      `GET ${repositoryPath()}/blobs/${layer.digest}`,
      kind === 'drop-after'
        ? { body: layer.bytes, fault: { kind, bytes: part.length } }
        : { body: part, fault: { kind, declared: layer.bytes.length } },
    );
    const project = await makeProject();
    const result = await init(passOn(peer, registry), { project });
    expect(result.stderr).toContain('the connection was cut before the answer was complete');
    expect(result.code).toBe(6);
    expect(await init(passOn(await peers.start(), registry), { project })).toMatchObject({
      code: 0,
    });
  });
});

describe('push', () => {
  it('explains a registry that does not take the artifact type, and makes no tag', async () => {
    const prefix = freshPrefix();
    const peer = await peers.start();
    peer.always(putsManifest, wireError(400, 'MANIFEST_INVALID', 'unknown media type'));
    const result = await push(passOn(peer, published.registry), { prefix });
    expect(result.stderr).toContain('does not take manifests of this type');
    expect(result.stderr).toMatch(/Hint: GitLab and Quay keep a list of allowed artifact types/u);
    expect(result.code).toBe(6);
    expect(await findRelease(published.registry, prefix)).toBe('absent');
    expect(peer.log()).not.toContain(`PUT ${repositoryPath(prefix)}/manifests/${version}`);
  });

  it('makes no tag when only the index is refused', async () => {
    const prefix = freshPrefix();
    const peer = await peers.start();
    peer.always(
      (request) =>
        request.method === 'PUT' &&
        request.headers['content-type'] === 'application/vnd.oci.image.index.v1+json',
      wireError(
        415,
        'UNSUPPORTED',
        'media type not allowed: application/vnd.oci.image.index.v1+json',
      ),
    );
    const result = await push(passOn(peer, published.registry), { prefix });
    expect(result.stderr).toContain('GitLab and Quay');
    expect(result.code).toBe(6);
    expect(await findRelease(published.registry, prefix)).toBe('absent');
  });

  it('publishes with a warning when only the evidence is refused', async () => {
    const { registry } = published;
    const prefix = freshPrefix();
    const peer = await peers.start();
    let refused = 0;
    peer.always(putsManifest, async (seen) => {
      if (!seen.body.includes('"subject"')) return await answerOf(registry)(seen);
      refused += 1;
      return wireError(400, 'MANIFEST_INVALID', 'invalid artifact type');
    });
    const result = await push(passOn(peer, registry), { prefix });
    expect(refused).toBe(1);
    expect(result.stderr).toMatch(/^Warning: .*does not take the evidence/mu);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Published ');
    expect(await findRelease(registry, prefix)).toBe('complete');
  });

  it('says what to do about a repository that must be made first', async () => {
    const peer = await peers.start();
    peer.always(opensUpload, wireError(404, 'NAME_UNKNOWN', 'The repository does not exist'));
    const result = await push(passOn(peer, published.registry));
    expect(result.stderr).toContain('there is no repository 127.0.0.1:');
    expect(result.stderr).toContain('create the repository (or its project) first');
    expect(result.code).toBe(3);
  });

  it.each(['read', 'unread'])('explains a 413, the package %s', async (read) => {
    const peer = await peers.start();
    const reply = { status: 413, body: '<html>Request Entity Too Large</html>' };
    peer.always(isUpload, read === 'read' ? reply : { ...reply, early: true });
    const result = await push(passOn(peer, published.registry));
    expect(result.stderr).toMatch(/answered 413 to PUT|connection was cut/u);
    expect(result.stderr).toContain('limits the size of uploads');
    expect(result.code).toBe(6);
  });

  it.each([
    ['hangs up in the middle of an upload', { early: true, fault: { kind: 'drop' } }],
    ['hangs up at the end of an upload', { fault: { kind: 'drop' } }],
    ['fails with a 502 after an upload', { status: 502 }],
    ['forgets the session', wireError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown')],
  ] as const)('starts an upload again when the registry %s', async (_, reply) => {
    const { layer, registry } = published;
    const prefix = freshPrefix();
    const peer = await peers.start();
    const ofLayer: Match = ({ method, path }) =>
      method === 'PUT' && path.includes(encodeURIComponent(layer.digest));
    peer.once(ofLayer, reply);
    const result = await push(passOn(peer, registry), { prefix });
    expect(result).toMatchObject({ code: 0 });
    const sent = peer.requests.filter(ofLayer);
    expect(sent.at(-1)?.body.equals(layer.bytes)).toBe(true);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.path).not.toBe(sent[0]?.path);
    expect(await findRelease(registry, prefix)).toBe('complete');
  });

  it('gives up on uploads that always fail, after as many tries as for anything else', async () => {
    const prefix = freshPrefix();
    const peer = await peers.start();
    peer.always(opensUpload, { status: 500 });
    const result = await push(passOn(peer, published.registry), { prefix });
    expect(result.stderr).toMatch(/answered 500 to POST/u);
    expect(result.code).toBe(6);
    // Three contents are under way at a time.
    expect(peer.requests.filter(opensUpload).length).toBeLessThanOrEqual(3 * 5);
    expect(await findRelease(published.registry, prefix)).toBe('absent');
  });

  it('keeps what was sent before it failed', async () => {
    const { layer, registry } = published;
    const prefix = freshPrefix();
    const failing = await peers.start();
    failing.always(putsManifest, wireError(403, 'DENIED', 'no'));
    expect(await push(passOn(failing, registry), { prefix })).toMatchObject({ code: 4 });
    const working = passOn(await peers.start(), registry);
    expect(await push(working, { prefix })).toMatchObject({ code: 0 });
    const sent = working.log().filter((line) => line.includes(encodeURIComponent(layer.digest)));
    expect(sent).toEqual([]);
  });
});
