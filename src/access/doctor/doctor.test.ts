import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedRegistries } from '../../../test/support/named-registries.ts';
import {
  type Reply,
  type ScriptedPeer,
  type SeenRequest,
  usePeers,
} from '../../../test/support/scripted-peer.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { nodeFiles } from '../../base/index.ts';
import { parseProviderAddress, type ProviderAddress } from '../../domain/index.ts';
import { digestOf, mediaTypes } from '../../spec/index.ts';
import type { Check } from './check.ts';
import { doctor, type DoctorSummary } from './doctor.ts';
import { knownRefusals } from './known-refusals.ts';

const peers = usePeers();
const template = '{hostname}/{namespace}/{type}';
const types = {
  provider: 'application/vnd.opentofu.provider',
  target: 'application/vnd.opentofu.provider-target',
  packageLayer: 'archive/zip',
  evidence: 'application/vnd.example.evidence',
};

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  /** A login for this registry: `USER:PASSWORD`. */
  readonly login?: string;
  readonly write?: boolean;
  readonly named?: readonly ProviderAddress[];
  readonly platform?: string;
}

interface Examined {
  readonly checks: readonly Check[];
  readonly summary: DoctorSummary;
  /** `STATUS TOPIC: TEXT` of each. */
  readonly lines: readonly string[];
}

async function examine(
  location: string | undefined,
  peer: ScriptedPeer,
  world: World = {},
): Promise<Examined> {
  const home = await tempFolder();
  if (world.config !== undefined) await writeFile(join(home, '.tofurc'), world.config);
  if (world.login !== undefined) {
    const auth = Buffer.from(world.login).toString('base64');
    const registry = (location ?? '').split('/', 1)[0] ?? '';
    await mkdir(join(home, '.docker'));
    const content = { auths: { [registry]: { auth } } };
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify(content));
  }
  const checks: Check[] = [];
  const summary = await doctor(
    { location, write: world.write ?? false, named: world.named, providers: [] },
    {
      surroundings: {
        env: { HOME: home, ...world.env },
        cwd: home,
        home,
        platform: world.platform ?? 'linux',
      },
      files: nodeFiles,
      resolve: (path) => resolve(home, path),
      openRegistries: (policy) => Promise.resolve(namedRegistries(peer, policy)),
      types,
    },
    { onCheck: (check) => checks.push(check) },
  );
  const lines = checks.map(({ status, text, topic }) => `${status} ${topic}: ${text}`);
  return { checks, summary, lines };
}

const error = (status: number, code: string, message: string): Reply => ({
  status,
  body: { errors: [{ code, message }] },
});
const unauthorized = (challenge: string): Reply => ({
  ...error(401, 'UNAUTHORIZED', 'authentication required'),
  headers: { 'www-authenticate': challenge },
});
const notFound: Reply = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: '404 page not found',
};

/** What a request is for, in the words of the table below. */
function stepOf({ method, path }: Pick<SeenRequest, 'method' | 'path'>): string {
  if (/^\/v2\/?$/u.test(path)) return 'base';
  if (!path.startsWith('/v2/') || path.startsWith('/v2/auth')) return 'token';
  if (path.includes('/tags/list')) return 'tags';
  if (path.includes('/referrers/')) return 'referrers';
  if (path.includes('/manifests/')) return method === 'PUT' ? 'push' : 'manifest';
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? 'upload' : 'blob';
}

const index = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    artifactType: types.provider,
    manifests: [],
  }),
);
/** An open registry that has everything it is asked for, has no referrers, and takes everything. */
const benign: Readonly<Record<string, (request: SeenRequest) => Reply>> = {
  base: () => ({}),
  token: () => ({ body: { token: 'T' } }),
  tags: () => ({ body: { name: 'x', tags: ['1.0.0', '1.2.0', 'sha256-abc'] } }),
  manifest: ({ path }) =>
    path.includes('doctor') || path.includes('manifests/sha256')
      ? notFound
      : {
          headers: { 'content-type': mediaTypes.index, 'docker-content-digest': digestOf(index) },
          body: index,
        },
  referrers: () => ({
    headers: { 'content-type': mediaTypes.index },
    body: Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }),
    ),
  }),
  blob: () => ({ status: 404 }),
  upload: ({ method }) =>
    method === 'POST' ? { status: 202, headers: { location: '/v2/up/loads/1' } } : { status: 201 },
  push: ({ body }) => ({ status: 201, headers: { 'docker-content-digest': digestOf(body) } }),
};

type Answers = Readonly<Record<string, Reply>>;

/** A registry that answers as given in some steps, and is benign in the others. */
async function registryThat(answers: Answers): Promise<ScriptedPeer> {
  const peer = await peers.start();
  return peer.always(
    () => true,
    (request) => {
      const step = stepOf(request);
      return answers[step] ?? benign[step]?.(request) ?? { status: 500 };
    },
  );
}

/** A registry with a token server, whose tokens it takes. */
async function guardedRegistry(challenge: string, answers: Answers): Promise<ScriptedPeer> {
  const peer = await peers.start();
  return peer.always(
    () => true,
    (request) => {
      const step = stepOf(request);
      if (step !== 'token' && request.headers.authorization === undefined) {
        return unauthorized(challenge);
      }
      return answers[step] ?? benign[step]?.(request) ?? { status: 500 };
    },
  );
}

const basic = 'Basic realm="r"';
const bearer = (realm: string, service = 's'): string =>
  `Bearer realm="${realm}",service="${service}",scope="repository:x:pull"`;

interface Refusal {
  readonly registry: string;
  readonly challenge?: string;
  readonly answers: Answers;
  readonly world?: World;
  /** Part of what is advised, names filled in. */
  readonly advised?: string;
  readonly exit: number;
}

const denied = error(403, 'DENIED', 'requested access to the resource is denied');
const ecr = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const write = { write: true };
const login = { login: 'ann:hunter2' };

/** How the registries themselves would answer. */
const refusals: Readonly<Record<string, Refusal>> = {
  'ecr-create-first': {
    registry: ecr,
    challenge: basic,
    answers: {
      upload: error(
        404,
        'NAME_UNKNOWN',
        "The repository with name 'tf/x' does not exist in the registry with id '123456789012'",
      ),
    },
    world: { ...write, ...login },
    advised:
      'aws ecr create-repository --repository-name tf/registry.opentofu.org/tofu-oci/doctor;',
    exit: 3,
  },
  'ecr-token-expired': {
    registry: ecr,
    challenge: basic,
    answers: {
      tags: error(
        403,
        'DENIED',
        'Your authorization token has expired. Reauthenticate and try again.',
      ),
    },
    world: login,
    advised: `tofu-oci login ${ecr} -u AWS --password-stdin`,
    exit: 4,
  },
  'ecr-no-login': { registry: ecr, challenge: basic, answers: {}, advised: 'ecr-login', exit: 4 },
  'ghcr-referrers-redirect': {
    registry: 'ghcr.io',
    answers: {
      referrers: { status: 303, headers: { location: 'https://github.com/-/v2/packages/x' } },
    },
    exit: 0,
  },
  'ghcr-token-scopes': {
    registry: 'ghcr.io',
    answers: {
      upload: error(
        403,
        'DENIED',
        'permission_denied: The token provided does not match expected scopes.',
      ),
    },
    world: write,
    advised: 'write:packages',
    exit: 4,
  },
  'ghcr-denied': {
    registry: 'ghcr.io',
    challenge: bearer('https://ghcr.io/token'),
    answers: { token: error(403, 'DENIED', 'requested access to the resource is denied') },
    advised: 'classic, with read:packages',
    exit: 4,
  },
  'docker-hub-rate-limit': {
    registry: 'docker.io',
    answers: {
      manifest: error(
        429,
        'TOOMANYREQUESTS',
        'You have reached your unauthenticated pull rate limit.',
      ),
    },
    advised: 'tofu-oci login docker.io',
    exit: 6,
  },
  'docker-hub-referrers': { registry: 'docker.io', answers: { referrers: notFound }, exit: 0 },
  'docker-hub-denied': {
    registry: 'docker.io',
    challenge: bearer('https://auth.docker.io/token', 'registry.docker.io'),
    answers: { tags: error(401, 'UNAUTHORIZED', 'authentication required') },
    advised: 'docker.io/ACCOUNT/provider_{namespace}_{type}',
    exit: 4,
  },
  'gitlab-artifact-type': {
    registry: 'registry.gitlab.com',
    challenge: bearer('https://gitlab.com/jwt/auth', 'container_registry'),
    answers: { push: error(400, 'MANIFEST_INVALID', `unknown media type: ${types.target}`) },
    world: write,
    advised: 'application/vnd.opentofu.provider',
    exit: 6,
  },
  'gitlab-no-project': {
    registry: 'registry.gitlab.example.com',
    challenge: bearer('https://gitlab.example.com/jwt/auth', 'container_registry'),
    answers: { token: error(403, 'DENIED', 'access forbidden') },
    advised: 'registry.gitlab.example.com/GROUP/PROJECT/',
    exit: 4,
  },
  'quay-artifact-type': {
    registry: 'quay.io',
    challenge: bearer('https://quay.io/v2/auth', 'quay.io'),
    answers: { push: error(400, 'MANIFEST_INVALID', 'manifest invalid') },
    world: write,
    advised: 'ALLOWED_OCI_ARTIFACT_TYPES',
    exit: 6,
  },
  'artifact-type': {
    registry: 'registry.example.com',
    answers: { push: error(400, 'MANIFEST_INVALID', 'unsupported artifact type') },
    world: write,
    advised: 'application/vnd.opentofu.provider',
    exit: 6,
  },
  'gar-no-repository': {
    registry: 'europe-docker.pkg.dev',
    answers: { upload: error(404, 'NAME_UNKNOWN', 'Repository "tf" not found') },
    world: write,
    advised: 'europe-docker.pkg.dev/PROJECT/REPOSITORY/',
    exit: 3,
  },
  'gar-denied': {
    registry: 'europe-docker.pkg.dev',
    answers: {
      tags: error(
        403,
        'DENIED',
        'Permission "artifactregistry.repositories.downloadArtifacts" denied',
      ),
    },
    advised: 'tofu-oci login europe-docker.pkg.dev -u oauth2accesstoken --password-stdin',
    exit: 4,
  },
  'acr-login': {
    registry: 'acme.azurecr.io',
    challenge: bearer('https://acme.azurecr.io/oauth2/token', 'acme.azurecr.io'),
    answers: { token: error(401, 'UNAUTHORIZED', 'authentication required') },
    world: login,
    advised: 'tofu-oci login acme.azurecr.io -u 00000000-0000-0000-0000-000000000000',
    exit: 4,
  },
  'harbor-no-project': {
    registry: 'harbor.example.com',
    challenge: bearer('https://harbor.example.com/service/token', 'harbor-registry'),
    answers: { upload: error(404, 'NOT_FOUND', 'project tf not found') },
    world: write,
    advised: 'harbor.example.com/PROJECT/',
    exit: 3,
  },
  'harbor-robot': {
    registry: 'harbor.example.com',
    challenge: bearer('https://harbor.example.com/service/token', 'harbor-registry'),
    answers: { token: error(401, 'UNAUTHORIZED', 'unauthorized') },
    world: { login: 'robot+ci:x' },
    advised: "-u 'robot$PROJECT+NAME'",
    exit: 4,
  },
  'artifactory-denied': {
    registry: 'artifacts.example.com',
    answers: {
      base: { headers: { 'x-jfrog-version': 'Artifactory/7.90.1' } },
      upload: denied,
    },
    world: write,
    advised: 'permission target',
    exit: 4,
  },
  'no-referrers-api': {
    registry: 'registry.example.com',
    answers: { referrers: notFound },
    exit: 0,
  },
  'header-too-large': {
    registry: 'registry.example.com',
    answers: { tags: { headers: { 'x-filler': 'x'.repeat(70_000) }, body: {} } },
    advised: 'proxy',
    exit: 6,
  },
  'body-limit': {
    registry: 'registry.example.com',
    answers: { upload: { status: 413, body: '<html>413 Request Entity Too Large</html>' } },
    world: write,
    advised: 'client_max_body_size',
    exit: 6,
  },
  'read-only': {
    registry: 'registry.example.com',
    answers: { upload: error(405, 'UNSUPPORTED', 'the operation is unsupported') },
    world: write,
    advised: 'mirror of',
    exit: 6,
  },
};

describe('a refusal that is known', () => {
  it.each(Object.entries(refusals))('%s is explained in plain words', async (id, refusal) => {
    const { answers, challenge, registry, world } = refusal;
    const peer = await (challenge === undefined
      ? registryThat(answers)
      : guardedRegistry(challenge, answers));
    const path = registry === 'docker.io' ? 'acme/provider_{namespace}_{type}' : `tf/${template}`;
    const { checks, summary } = await examine(`${registry}/${path}`, peer, world);
    const found = checks.find((check) => check.refusal === id);
    expect(found, checks.map(({ text }) => text).join('\n')).toBeDefined();
    const known = knownRefusals.find((each) => each.id === id);
    expect(found?.text).toContain(known?.means ?? 'nothing');
    expect(found?.status).toBe(known?.weight === 'problem' ? 'problem' : 'ok');
    if (refusal.advised !== undefined) expect(found?.advice).toContain(refusal.advised);
    expect(summary.error === undefined ? 0 : exitOf(summary)).toBe(refusal.exit);
    expect(JSON.stringify(checks)).not.toContain('hunter2');
    peer.expectNeverSaw('hunter3');
  });

  it('is in this table, or tried with a registry that deletes nothing', () => {
    const tried = [...Object.keys(refusals), 'docker-registry-no-delete'];
    expect(knownRefusals.map(({ id }) => id).sort()).toEqual(tried.sort());
  });
});

const exits: Readonly<Record<string, number>> = {
  usage: 2,
  'not-found': 3,
  auth: 4,
  integrity: 5,
  trust: 5,
  remote: 6,
  unsupported: 6,
};
const exitOf = ({ error }: DoctorSummary): number => exits[error?.category ?? ''] ?? -1;

describe('an examination of a registry', () => {
  const location = `registry.example.com/tf/${template}`;
  const configured = `provider_installation {\n  oci_mirror {\n    repository_template = "registry.example.com/tf/\${hostname}/\${namespace}/\${type}"\n    include = ["*/*/*"]\n  }\n}\n`;

  it('reads as an installation does', async () => {
    const { lines, summary } = await examine(location, await registryThat({}), {
      config: configured,
    });
    expect(lines).toEqual([
      'ok configuration: the CLI configuration is ~/.tofurc',
      'ok configuration: OpenTofu installs from: oci_mirror registry.example.com/tf/${hostname}/${namespace}/${type}',
      `ok location: ${location} gives every provider a repository of its own`,
      'ok location: OpenTofu is configured to install from there',
      'ok connection: registry.example.com answers by HTTPS, with a certificate that is trusted here',
      'ok connection: GET /v2/ is open to everybody',
      'ok credentials: for registry.example.com/tf/registry.opentofu.org/hashicorp/null: none, so it is asked anonymously',
      'ok reading: registry.example.com/tf/registry.opentofu.org/hashicorp/null has 3 tags',
      'ok reading: registry.example.com/tf/registry.opentofu.org/hashicorp/null:1.2.0 is the index of a provider',
      'ok reading: the referrers API is there; the index has 0 referrers',
    ]);
    expect(summary).toEqual({ checks: 10, warnings: 0, problems: 0, error: undefined });
  });

  it('sends nothing but questions, unless it may write', async () => {
    const peer = await registryThat({});
    await examine(location, peer, login);
    expect(new Set(peer.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    peer.expectNeverSaw('hunter2');
  });

  it('tries what the CLI configuration installs from when no location is given', async () => {
    const { lines } = await examine(undefined, await registryThat({}), { config: configured });
    expect(lines).toContain('ok connection: GET /v2/ is open to everybody');
  });

  it('has nothing to try where nothing is configured', async () => {
    const { checks, summary } = await examine(undefined, await peers.start());
    expect(checks.map(({ status, topic }) => `${status} ${topic}`)).toEqual([
      'ok configuration',
      'skipped location',
    ]);
    expect(summary.error).toBeUndefined();
  });

  it('of a registry alone tries the login', async () => {
    const peer = await guardedRegistry('Basic', {});
    const { lines } = await examine('registry.example.com', peer, login);
    expect(lines.slice(-3)).toEqual([
      'ok connection: GET /v2/ asks for authentication by basic',
      'ok credentials: for registry.example.com: the user name and password of ann, from auths entry "registry.example.com" in ~/.docker/config.json; it is for this registry',
      'ok authentication: it takes the login',
    ]);
  });

  it.each([
    [
      'Basic',
      'warning credentials: for registry.example.com: none, and it asks for a user name and password',
    ],
    [
      bearer('https://auth.example.com/token'),
      'ok credentials: for registry.example.com: none, so it is asked anonymously',
    ],
  ])('of a registry that asks for %s, without a login', async (challenge, line) => {
    const { lines } = await examine('registry.example.com', await guardedRegistry(challenge, {}));
    expect(lines).toContain(line);
  });

  it('of a registry alone says that the login is refused', async () => {
    const peer = await peers.start();
    peer.always('GET /v2/', unauthorized('Basic'));
    const { lines, summary } = await examine('registry.example.com', peer, login);
    expect(lines.at(-1)).toContain('the user name or the password is not right');
    expect(exitOf(summary)).toBe(4);
  });

  it('tells what tokens are asked for and given, and never the token', async () => {
    const access = [{ type: 'repository', name: 'x', actions: ['pull'] }];
    const payload = Buffer.from(JSON.stringify({ access })).toString('base64url');
    const token = `e30.${payload}.sig`;
    const peer = await guardedRegistry(bearer('https://auth.example.com/token', 'svc'), {
      token: { body: { access_token: token } },
    });
    const { checks, lines } = await examine(location, peer, login);
    expect(lines).toContain(
      'ok connection: GET /v2/ asks for authentication by bearer, with tokens of auth.example.com for svc',
    );
    const told = lines.find((line) => line.includes('gives the user a token'));
    expect(told).toContain('warning authentication: auth.example.com gives the user a token for');
    expect(told).toContain('and grants repository:x:pull; not repository:tf/');
    expect(JSON.stringify(checks)).not.toContain(payload);
  });

  it('goes on to the next repository where one is missing or denied', async () => {
    const peer = await peers.start();
    peer
      .once((request) => stepOf(request) === 'tags', error(404, 'NAME_UNKNOWN', 'no'))
      .once((request) => stepOf(request) === 'tags', denied)
      .always(
        () => true,
        (request) => benign[stepOf(request)]?.(request) ?? { status: 500 },
      );
    const { lines, summary } = await examine(location, peer);
    expect(lines).toContain(
      'ok reading: registry.example.com/tf/registry.opentofu.org/hashicorp/aws has 3 tags',
    );
    expect(summary.problems).toBe(0);
  });

  it('says that there is nothing to read', async () => {
    const peer = await registryThat({ tags: error(404, 'NAME_UNKNOWN', 'no') });
    const { checks, summary } = await examine(location, peer);
    expect(checks.at(-1)).toMatchObject({ topic: 'reading', status: 'skipped' });
    expect(summary.error).toBeUndefined();
  });

  it('says that a tag is something else than a provider', async () => {
    const image = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: { mediaType: mediaTypes.empty, digest: digestOf(Buffer.from('{}')), size: 2 },
        layers: [],
      }),
    );
    const headers = { 'content-type': mediaTypes.manifest };
    const peer = await registryThat({ manifest: { headers, body: image } });
    const { checks } = await examine(location, peer);
    const [warning] = checks.filter(({ status }) => status === 'warning');
    expect(warning?.topic).toBe('reading');
    expect(warning?.advice).toContain('Check the location');
  });

  it('tells of large headers', async () => {
    const tags = { headers: { 'x-filler': 'x'.repeat(20_000) }, body: { tags: ['1.0.0'] } };
    const { lines } = await examine(location, await registryThat({ tags }));
    expect(lines).toContain(
      'ok reading: answers have up to 20 KiB of header; tofu-oci takes 64, other programs on Node 16',
    );
  });

  it.each([
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'with a web page'],
    ['nothing', { status: 404 }, 'GET /v2/ answers 404, which a registry does not'],
    ['no way to log in', { status: 401 }, 'answers 401 without saying how to log in'],
    [
      'a way elsewhere',
      { status: 302, headers: { location: 'https://login.example.org/v2/' } },
      'GET /v2/ leads elsewhere, to login.example.org',
    ],
  ])('warns of a base that has %s', async (_, base, text) => {
    const peer = await peers.start();
    const isAskedFor = (host: string) => (request: Pick<SeenRequest, 'headers'>) =>
      request.headers['x-asked-for'] === host;
    peer
      .once(isAskedFor('registry.example.com'), base)
      .always(isAskedFor('login.example.org'), {})
      .always(
        () => true,
        (request) => benign[stepOf(request)]?.(request) ?? { status: 500 },
      );
    const { lines } = await examine(location, peer);
    expect(lines.filter((line) => line.startsWith('warning'))).toEqual([
      expect.stringContaining(text),
    ]);
  });

  it('writes, reads back, and names what is left', async () => {
    const stored = new Map<string, Buffer>();
    const peer = await peers.start();
    peer.always(
      () => true,
      (request) => {
        const { body, method, path } = request;
        if (stepOf(request) === 'push') {
          stored.set(path, body);
          stored.set(path.replace(/[^/]+$/u, digestOf(body)), body);
        }
        const known = method === 'GET' || method === 'HEAD' ? stored.get(path) : undefined;
        if (known !== undefined) {
          const { mediaType } = JSON.parse(known.toString()) as { mediaType: string };
          return { headers: { 'content-type': mediaType }, body: known };
        }
        if (path.startsWith('/uploads/')) return { status: 201 };
        if (method === 'POST') {
          return { status: 202, headers: { location: 'https://uploads.example.net/uploads/1' } };
        }
        return benign[stepOf(request)]?.(request) ?? { status: 500 };
      },
    );
    const { checks, lines } = await examine(location, peer, { ...write, ...login });
    const writing = lines.filter((line) => line.includes(' writing: '));
    expect(writing.slice(0, 3)).toEqual([
      'ok writing: it takes uploads, at uploads.example.net; credentials do not go there',
      'ok writing: it takes manifests and indexes of the types of providers',
      'ok writing: what was pushed comes back as it was',
    ]);
    expect(checks.filter(({ status }) => status === 'problem')).toEqual([]);
    const named = [parseProviderAddress('example.com/acme/null')];
    await examine(location, peer, { ...write, ...login, named });
    const asked = peer.requests
      .map(({ path }) => path)
      .filter((path) => path.startsWith('/v2/tf/'));
    const ours = asked.filter((path) => path.startsWith('/v2/tf/example.com/acme/null/'));
    expect(ours.some((path) => path.includes('/blobs/uploads/'))).toBe(true);
    expect(ours.some((path) => path.includes('/tags/list'))).toBe(true);
    expect(asked.lastIndexOf(asked.findLast((path) => !ours.includes(path)) ?? '')).toBeLessThan(
      asked.indexOf(ours[0] ?? ''),
    );
  });
});

describe('an examination of this machine', () => {
  const only = async (world: World): Promise<readonly Check[]> =>
    (await examine(undefined, await peers.start(), world)).checks;
  const told = (checks: readonly Check[], topic: string): readonly string[] =>
    checks.filter((check) => check.topic === topic).map(({ status, text }) => `${status} ${text}`);

  it('shows what is wrong in the CLI configuration, with its place', async () => {
    const checks = await only({ config: 'provider_installation {\n  nonsense {}\n}\n' });
    const [, problem] = checks;
    expect(problem).toMatchObject({ topic: 'configuration', status: 'problem', category: 'usage' });
    expect(problem?.text).toMatch(/nonsense.*\.tofurc:\d+:\d+\)$/u);
  });

  it('warns of a file that TF_CLI_CONFIG_FILE names and nobody has', async () => {
    const checks = await only({ env: { TF_CLI_CONFIG_FILE: '/no/such/file' } });
    expect(checks[0]).toMatchObject({ topic: 'configuration', status: 'warning' });
    expect(checks[0]?.advice).toContain('Unset TF_CLI_CONFIG_FILE');
  });

  const one = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
  it.each([
    [
      'SSL_CERT_FILE',
      one,
      'linux',
      ['ok SSL_CERT_FILE adds one certificate; OpenTofu reads it, too'],
    ],
    ['SSL_CERT_FILE', 'x', 'linux', [expect.stringMatching(/^problem .*holds no certificate/u)]],
    [
      'SSL_CERT_FILE',
      one,
      'darwin',
      [
        'ok SSL_CERT_FILE adds one certificate; OpenTofu reads it, too',
        'warning OpenTofu does not read SSL_CERT_FILE on this system, tofu-oci does',
      ],
    ],
    [
      'NODE_EXTRA_CA_CERTS',
      one.repeat(2),
      'linux',
      ['ok NODE_EXTRA_CA_CERTS adds 2 certificates; OpenTofu does not read it'],
    ],
    [
      'NODE_EXTRA_CA_CERTS',
      one.repeat(140),
      'linux',
      [expect.stringMatching(/^warning .*every start of Node takes longer/u)],
    ],
  ])('looks at %s', async (name, content, platform, expected) => {
    const folder = await tempFolder();
    const path = join(folder, 'ca.pem');
    await writeFile(path, content);
    expect(told(await only({ env: { [name]: path }, platform }), 'environment')).toEqual(expected);
  });

  it.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('misses the file of %s', async (name) => {
    const checks = await only({ env: { [name]: 'absent.pem' } });
    expect(told(checks, 'environment')).toEqual([
      expect.stringMatching(`^problem ${name}: cannot read .*absent.pem`),
    ]);
  });

  it('tells of proxies, without their passwords', async () => {
    const env = { HTTPS_PROXY: 'http://ann:hunter2@proxy.example:3128', NO_PROXY: '.internal' };
    const checks = await only({ env });
    expect(told(checks, 'environment')).toEqual([
      expect.stringContaining('http://proxy.example:3128 as the proxy, except for .internal'),
    ]);
    const wrong = await only({ env: { https_proxy: 'socks5://ann:hunter2@proxy.example' } });
    expect(told(wrong, 'environment')).toEqual([
      'problem https_proxy does not name a proxy that is spoken to by HTTP or HTTPS',
    ]);
    expect(told(await only({ env: { ALL_PROXY: 'http://p:1' } }), 'environment')).toEqual([
      'warning ALL_PROXY is read neither by OpenTofu nor by tofu-oci',
    ]);
    expect(JSON.stringify([checks, wrong])).not.toContain('hunter2');
  });

  it('finds that certificates are not checked at all', async () => {
    const { summary } = await examine(undefined, await peers.start(), {
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    expect(summary.error).toMatchObject({
      code: 'ERR_ACCESS_PROBLEMS',
      category: 'trust',
      message: 'one problem was found',
    });
  });
});

describe('an examination of a location', () => {
  const told = async (location: string): Promise<Check | undefined> => {
    const { checks } = await examine(location, await registryThat({}));
    return checks.find(({ topic }) => topic === 'location');
  };

  it('finds two providers in one repository', async () => {
    const check = await told('registry.example.com/tf-{namespace}-{type}');
    expect(check?.status).toBe('warning');
    expect(check?.text).toContain('into the same repository');
    expect(check?.advice).toContain('tf-{namespace}/{type}');
  });

  it.each([
    ['registry.example.com/tf///', 'Did your shell expand it?'],
    ['registry.example.com/TF/{namespace}/{type}', ''],
    ['https:', ''],
  ])('finds that %s is none', async (location, advice) => {
    const check = await told(location);
    expect(check).toMatchObject({ status: 'problem', category: 'usage' });
    expect(check?.advice ?? '').toContain(advice);
  });

  it('knows the form of names in Docker Hub', async () => {
    const { checks } = await examine(`docker.io/tf/${template}`, await registryThat({}));
    expect(checks.some(({ text }) => text.includes('names of Docker Hub have two parts'))).toBe(
      true,
    );
  });

  it.each([
    ['.', 'ok'],
    ['./absent', 'warning'],
    ['direct', 'skipped'],
    ['oci-archive:x.tar', 'skipped'],
  ])('has no registry to try at %s', async (location, status) => {
    const { checks } = await examine(location, await peers.start());
    expect(checks.at(-1)).toMatchObject({ topic: 'location', status });
  });
});

describe('an examination of credentials', () => {
  it('tells which are chosen, why, and which are not', async () => {
    const config =
      'oci_credentials "registry.example.com/tf" {\n  username = "bob"\n  password = "hunter2"\n}\n';
    const peer = await registryThat({});
    const { checks, lines } = await examine(`registry.example.com/tf/${template}`, peer, {
      ...login,
      config,
    });
    const repository = 'registry.example.com/tf/registry.opentofu.org/hashicorp/null';
    expect(lines.filter((line) => line.includes(' credentials: '))).toEqual([
      `ok credentials: for ${repository}: the user name and password of bob, from oci_credentials "registry.example.com/tf" block of the CLI configuration; it is for the first part of this path`,
      `ok credentials: not used for ${repository}: auths entry "registry.example.com" in ~/.docker/config.json; it is for this registry`,
    ]);
    expect(JSON.stringify(checks)).not.toContain('hunter2');
  });

  it('warns of those that OpenTofu does not see', async () => {
    const folder = await tempFolder();
    const auth = Buffer.from('ann:hunter2').toString('base64');
    const content = { auths: { 'registry.example.com': { auth } } };
    await writeFile(join(folder, 'config.json'), JSON.stringify(content));
    const peer = await registryThat({});
    const env = { DOCKER_CONFIG: folder };
    const { checks } = await examine(`registry.example.com/tf/${template}`, peer, { env });
    const warning = checks.find(({ status }) => status === 'warning');
    expect(warning?.text).toContain('OpenTofu itself does not use');
    expect(warning?.advice).toContain('without DOCKER_CONFIG');
  });

  it('warns of a robot of Harbor whose name a shell has eaten from', async () => {
    const peer = await guardedRegistry(
      bearer('https://harbor.example.com/service/token', 'harbor-registry'),
      {},
    );
    const world = { login: 'robot:x' };
    const { checks } = await examine(`harbor.example.com/tf/${template}`, peer, world);
    expect(checks.find(({ status }) => status === 'warning')?.text).toContain('without its "$"');
  });

  it('finds a helper that is not there, and a listed file', async () => {
    const location = `registry.example.com/tf/${template}`;
    const helper = await examine(location, await registryThat({}), {
      config: 'oci_default_credentials { docker_credentials_helper = "absent" }',
    });
    expect(exitOf(helper.summary)).toBe(4);
    expect(helper.lines).toContainEqual(
      expect.stringContaining('docker-credential-absent on PATH'),
    );
    const listed = await examine(location, await registryThat({}), {
      config: 'oci_default_credentials { docker_style_config_files = ["absent.json"] }',
    });
    expect(exitOf(listed.summary)).toBe(2);
    expect(listed.lines.at(-1)).toContain('absent.json');
  });
});
