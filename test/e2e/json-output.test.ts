import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  address,
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
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, startCli } from '../support/run-cli.ts';
import { usePeers } from '../support/scripted-peer.ts';
import { tempFolder } from '../support/temp-folder.ts';

const peers = usePeers();
let published: PublishedRegistry;
beforeAll(async () => {
  published = await startPublishedRegistry();
});
afterAll(() => published.close());

type Line = Readonly<Record<string, unknown>>;

/** Every line of the output; fails when one is not a JSON object. */
function linesOf(stdout: string): readonly Line[] {
  expect(stdout).toMatch(/^$|\n$/u);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new Error(`not an object: ${line}`);
      }
      return value as Line;
    });
}

interface Failure {
  readonly args: (host: string) => readonly string[];
  readonly exit: number;
  readonly code: string;
  readonly category: string;
  readonly hint?: RegExp;
}

const nobody = locationAt('127.0.0.1:1');

const failures: readonly (readonly [string, Failure])[] = [
  [
    'usage',
    {
      args: () => ['push', 'acme/thing', '.', '--to', nobody],
      exit: 2,
      code: 'ERR_DOMAIN_HOST_REQUIRED',
      category: 'usage',
      hint: /--default-host/u,
    },
  ],
  [
    'an unknown command',
    {
      args: () => ['frobnicate'],
      exit: 2,
      code: 'ERR_CLI_USAGE',
      category: 'usage',
      hint: /"tofu-oci --help"/u,
    },
  ],
  [
    'an unknown option, after one with a value',
    {
      args: () => ['--chdir', '.', 'push', '--frob'],
      exit: 2,
      code: 'ERR_CLI_USAGE',
      category: 'usage',
      hint: /"tofu-oci help push"/u,
    },
  ],
  [
    'not found',
    {
      args: () => ['push', address, '.', '--to', nobody],
      exit: 3,
      code: 'ERR_PUBLISH_NO_PACKAGES',
      category: 'not-found',
      hint: /folder/u,
    },
  ],
  [
    'network',
    {
      args: () => ['push', address, published.release.folder, '--to', nobody],
      exit: 6,
      code: 'ERR_HTTP_CONNECTION',
      category: 'remote',
      hint: /host and port/u,
    },
  ],
];

describe('push --json', () => {
  it.each(failures)('ends with one object about %s', async (_, failure) => {
    const folder = await tempFolder();
    const result = await runCli([...failure.args(published.host), '--json'], { cwd: folder });
    const last = linesOf(result.stdout).at(-1);
    const { category, code } = failure;
    expect(last).toMatchObject({ type: 'error', code, category });
    expect(last?.message).toBeTypeOf('string');
    if (failure.hint !== undefined) expect(last?.hint).toMatch(failure.hint);
    expect(result.code).toBe(failure.exit);
  });

  it.each([
    [401, 'UNAUTHORIZED', 'ERR_OCI_UNAUTHORIZED', 'auth', 4],
    [403, 'DENIED', 'ERR_OCI_DENIED', 'auth', 4],
    [413, 'SIZE_TOO_LARGE', 'ERR_CONTENT_COPY', 'unsupported', 6],
    [400, 'DIGEST_INVALID', 'ERR_CONTENT_COPY', 'integrity', 5],
  ])('classes an answer of %i %s', async (status, wireCode, code, category, exit) => {
    const peer = await peers.start();
    peer.always(({ method }) => method === 'PUT', wireError(status, wireCode, 'no'));
    passOn(peer, published.registry);
    const to = locationAt(peer.host, `refused${String(status)}`);
    const result = await runCli(['push', address, published.release.folder, '--to', to, '--json']);
    const last = linesOf(result.stdout).at(-1);
    expect(last).toMatchObject({ type: 'error', category });
    expect([code, 'ERR_CONTENT_COPY']).toContain(last?.code);
    expect(last?.message).toContain(`answered ${String(status)}`);
    expect(result.code).toBe(exit);
  });

  it('classes a conflict', async () => {
    const folder = await tempFolder();
    const changed = { type: 'thing', version, platforms: ['windows_amd64'], salt: 'changed' };
    await makeReleaseFolder(folder, changed);
    const result = await runCli([
      ...['push', address, folder, '--to', locationAt(published.host), '--json'],
    ]);
    expect(linesOf(result.stdout).at(-1)).toMatchObject({
      type: 'error',
      code: 'ERR_PUBLISH_CONFLICT',
      category: 'conflict',
      hint: expect.stringContaining('--replace') as unknown,
    });
    expect(result.code).toBe(7);
  });

  it('says that it was interrupted', async () => {
    const peer = await peers.start();
    const running = startCli([
      ...['push', address, published.release.folder, '--to', locationAt(peer.host), '--json'],
    ]);
    peer.always(
      () => running.child.kill('SIGINT'),
      async () => {
        await running.finished;
        return { fault: { kind: 'drop' } };
      },
    );
    const result = await running.finished;
    expect(linesOf(result.stdout).at(-1)).toMatchObject({
      type: 'error',
      code: 'ERR_BASE_INTERRUPTED',
      category: 'interrupted',
    });
    expect(result.code).toBe(130);
  });

  it('tells of warnings and packages on the way, and of the release at the end', async () => {
    const peer = await peers.start();
    peer.always(
      ({ headers, method, path }) =>
        method === 'PUT' &&
        path.includes('/manifests/') &&
        headers['content-type'] === 'application/vnd.oci.image.manifest.v1+json' &&
        evidenceComes(peer.requests.map((one) => one.body.toString('latin1'))),
      wireError(400, 'MANIFEST_INVALID', 'unknown artifact type'),
    );
    passOn(peer, published.registry);
    const to = locationAt(peer.host, 'warned');
    const result = await runCli(['push', address, published.release.folder, '--to', to, '--json']);
    const lines = linesOf(result.stdout);
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['package', 'package', 'warning', 'summary']),
    );
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      command: 'push',
      action: 'published',
      evidence: 'refused',
      version,
    });
    expect(result.code).toBe(0);
  });

  /** Once the index has been stored, what follows is said about it. */
  const evidenceComes = (bodies: readonly string[]): boolean =>
    bodies.some((body) => body.includes('"manifests"'));
});

describe('init --json', () => {
  const envelope = {
    '@level': expect.stringMatching(/^(?:info|warn|error)$/u) as unknown,
    '@message': expect.any(String) as unknown,
    '@module': 'tofu.ui',
    '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT/u) as unknown,
  };

  it.each(['--json', '-json'])(
    "follows OpenTofu's machine-readable interface (%s)",
    async (flag) => {
      const project = await makeProject();
      const from = locationAt(published.host);
      const result = await runCli(['init', '--from', from, flag], { cwd: project });
      const lines = linesOf(result.stdout);
      for (const line of lines) expect(line).toMatchObject(envelope);
      expect(lines[0]).toMatchObject({ type: 'version', ui: '1.2' });
      const said = lines.slice(1).filter(({ type }) => type === undefined);
      expect(said.map((line) => line['@message'])).toEqual(
        expect.arrayContaining([
          'Initializing provider plugins...',
          'Finding example.com/acme/thing versions matching "1.2.3"...',
          'Installing example.com/acme/thing v1.2.3...',
          'Installed example.com/acme/thing v1.2.3 (verified checksum)',
        ]),
      );
      expect(lines.filter(({ type }) => type === 'diagnostic')).toMatchObject([
        { '@level': 'warn', diagnostic: { severity: 'warning' } },
      ]);
      expect(result.stderr).toBe('');
      expect(result.code).toBe(0);
    },
  );

  interface Broken {
    readonly prepare?: (project: string) => Promise<unknown>;
    readonly args?: () => readonly string[];
    readonly exit: number;
    readonly last: Line;
  }

  const from = (): readonly string[] => ['--from', locationAt(published.host)];

  const broken: readonly (readonly [string, Broken])[] = [
    [
      'a configuration with errors',
      {
        prepare: (project) => writeFile(join(project, 'main.tf'), 'terraform {\n'),
        exit: 2,
        last: {
          code: 'ERR_CLI_CONFIGURATION',
          category: 'usage',
          diagnostic: {
            severity: 'error',
            summary: 'Unclosed configuration block',
            range: { filename: 'main.tf', start: { line: 1 } },
          },
        },
      },
    ],
    [
      'a lock file with errors',
      {
        prepare: (project) => writeFile(join(project, '.terraform.lock.hcl'), 'provider {}\n'),
        exit: 2,
        last: {
          code: 'ERR_INSTALL_INVALID_LOCK_FILE',
          category: 'usage',
          diagnostic: { severity: 'error', range: { filename: '.terraform.lock.hcl' } },
        },
      },
    ],
    [
      'a folder to install from that is not there',
      {
        args: () => ['-plugin-dir=/nowhere/plugins'],
        exit: 1,
        last: {
          code: 'ERR_BASE_FILE_ACCESS',
          diagnostic: { severity: 'error', summary: 'Failed to resolve provider packages' },
        },
      },
    ],
    [
      'a bad option',
      {
        args: () => [...from(), '--lockfile=x'],
        exit: 2,
        last: { code: 'ERR_CLI_USAGE', category: 'usage' },
      },
    ],
    [
      'a version that is not there',
      {
        prepare: (project) => writeFile(join(project, 'main.tf'), requiring(address, '9.0.0')),
        exit: 3,
        last: {
          code: 'ERR_INSTALL_NO_MATCHING_VERSION',
          category: 'not-found',
          hint: `The newest release on offer is ${version}.`,
          diagnostic: { severity: 'error', summary: 'Failed to resolve provider packages' },
        },
      },
    ],
    [
      'a registry that is not there',
      {
        args: () => ['--from', nobody],
        exit: 6,
        last: {
          code: 'ERR_HTTP_CONNECTION',
          category: 'remote',
          diagnostic: { severity: 'error', summary: 'Failed to resolve provider packages' },
        },
      },
    ],
    [
      'a data folder that can not be',
      {
        prepare: (project) => writeFile(join(project, '.terraform'), ''),
        exit: 1,
        last: { code: 'ERR_BASE_FILE_ACCESS', diagnostic: { severity: 'error' } },
      },
    ],
  ];

  it.each(broken)(
    'ends with a diagnostic about %s',
    async (_, { args = from, exit, last, prepare }) => {
      const project = await makeProject();
      await prepare?.(project);
      const result = await runCli(['init', ...args(), '--json'], { cwd: project });
      const lines = linesOf(result.stdout);
      for (const line of lines) expect(line).toMatchObject(envelope);
      expect(lines.at(-1)).toMatchObject({ '@level': 'error', type: 'diagnostic', ...last });
      expect(result.stderr).toBe('');
      expect(result.code).toBe(exit);
    },
  );

  it('ends with a diagnostic about content that was changed', async () => {
    const project = await makeProject();
    const peer = await peers.start();
    const { layer, registry } = published;
    peer.always(`GET ${repositoryPath()}/blobs/${layer.digest}`, {
      body: Buffer.alloc(layer.bytes.length),
    });
    passOn(peer, registry);
    const result = await runCli(['init', '--from', locationAt(peer.host), '--json'], {
      cwd: project,
    });
    expect(linesOf(result.stdout).at(-1)).toMatchObject({
      type: 'diagnostic',
      category: 'integrity',
      diagnostic: { summary: 'Failed to install provider' },
    });
    expect(result.code).toBe(5);
  });

  it('ends with a diagnostic when it was interrupted', async () => {
    const project = await makeProject();
    const peer = await peers.start();
    const running = startCli(['init', '--from', locationAt(peer.host), '--json'], { cwd: project });
    peer.always(
      () => running.child.kill('SIGINT'),
      async () => {
        await running.finished;
        return { fault: { kind: 'drop' } };
      },
    );
    const result = await running.finished;
    expect(linesOf(result.stdout).at(-1)).toMatchObject({
      type: 'diagnostic',
      code: 'ERR_BASE_INTERRUPTED',
      diagnostic: { severity: 'error' },
    });
    expect(result.code).toBe(130);
  });

  it("ends with OpenTofu's exit code where its spelling was used", async () => {
    const project = await makeProject();
    await mkdir(join(project, 'empty'));
    const result = await runCli(['init', '-json', '--from', nobody], { cwd: project });
    expect(linesOf(result.stdout).at(-1)).toMatchObject({ code: 'ERR_HTTP_CONNECTION' });
    expect(result.code).toBe(1);
  });
});

describe('other commands with --json', () => {
  it.each([
    ['serve', ['serve', '.', '--listen', '0.0.0.0:0'], 2],
    ['serve', ['serve', '.', '--tls-cert', 'x.pem'], 2],
    ['serve', ['serve', '.', '--htpasswd', 'nobody'], 2],
    ['config', ['config', 'registry.example.com/tf//'], 2],
    ['config', ['config', 'oci-layout:./x/{type}'], 2],
  ])('%s ends with one object about its failure (%j)', async (_, args, exit) => {
    const result = await runCli([...args, '--json'], { cwd: await tempFolder() });
    expect(linesOf(result.stdout).at(-1)).toMatchObject({
      type: 'error',
      code: expect.stringMatching(/^ERR_/u) as unknown,
      category: 'usage',
    });
    expect(result.code).toBe(exit);
  });
});
