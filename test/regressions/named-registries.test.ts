import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { bytesSource, type Remover, type TargetRepository } from '../../src/content/index.ts';
import type { Credentials } from '../../src/oci/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../src/spec/index.ts';
import { amazonEcr } from '../support/emulations/amazon-ecr.ts';
import { artifactory } from '../support/emulations/artifactory.ts';
import { azureContainerRegistry } from '../support/emulations/azure-container-registry.ts';
import { dockerHub } from '../support/emulations/docker-hub.ts';
import { dockerRegistry2 } from '../support/emulations/docker-registry-2.ts';
import { type Emulated, useEmulations } from '../support/emulations/emulated-client.ts';
import type { Emulation, Handler } from '../support/emulations/emulation.ts';
import { ghcr } from '../support/emulations/ghcr.ts';
import { gitlab } from '../support/emulations/gitlab.ts';
import { googleArtifactRegistry } from '../support/emulations/google-artifact-registry.ts';
import { harbor } from '../support/emulations/harbor.ts';
import { quay } from '../support/emulations/quay.ts';
import { failureOf } from '../support/http-client.ts';

const emulations = useEmulations();
type Repository = TargetRepository & Remover;

const types = {
  provider: 'application/vnd.opentofu.provider',
  target: 'application/vnd.opentofu.provider-target',
};
const layer = bytesSource(Buffer.alloc(20_000, 'provider'), 'archive/zip');
const config = bytesSource(emptyBlob(), mediaTypes.empty);

function manifestSource(fields: Readonly<Record<string, unknown>>) {
  const bytes = canonicalJson({ schemaVersion: 2, ...fields });
  const mediaType = String(fields['mediaType']);
  const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { bytes, descriptor };
}

const image = manifestSource({
  mediaType: mediaTypes.manifest,
  artifactType: types.target,
  config: emptyDescriptor,
  layers: [layer.descriptor],
});
const platform = { os: 'linux', architecture: 'amd64' };
const index = manifestSource({
  mediaType: mediaTypes.index,
  artifactType: types.provider,
  manifests: [{ ...image.descriptor, artifactType: types.target, platform }],
});
const referrer = manifestSource({
  mediaType: mediaTypes.manifest,
  artifactType: 'application/vnd.example.evidence',
  config: emptyDescriptor,
  layers: [layer.descriptor],
  subject: index.descriptor,
});
const tags = ['0.9.0', '1.0.0', '1.1.0', '1.2.0', '1.2.0_build.1'];

async function push(repository: Repository): Promise<void> {
  await repository.push(config);
  await repository.push(layer);
  for (const { bytes, descriptor } of [image, index]) {
    await repository.push(bytesSource(bytes, descriptor.mediaType));
  }
  for (const tag of tags) await repository.tag(index, tag);
}

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** What every registry can do, one way or the other. */
async function useAll(repository: Repository): Promise<void> {
  await push(repository);
  expect(await repository.push(layer)).toBe('exists');
  expect((await repository.readManifest('1.0.0')).bytes.equals(index.bytes)).toBe(true);
  expect((await buffer(await repository.fetch(image.descriptor))).equals(image.bytes)).toBe(true);
  expect((await buffer(await repository.fetch(layer.descriptor))).byteLength).toBe(20_000);
  expect(await list(repository.tags())).toEqual(tags);
  expect(await list(repository.referrers(index.descriptor))).toEqual([]);
  await repository.push(bytesSource(referrer.bytes, mediaTypes.manifest));
  expect(await list(repository.referrers(index.descriptor))).toMatchObject([
    { digest: referrer.descriptor.digest, artifactType: 'application/vnd.example.evidence' },
  ]);
}

/** Where there are no referrers they are listed under a tag, which is a tag like others. */
const fallbackTag = index.descriptor.digest.replace(':', '-');

interface Row {
  readonly make: (backing: Handler) => Emulation;
  /** Whether it has the referrers API. */
  readonly hasReferrers: boolean;
  /** Hosts besides its own that something is got from, by whoever comes. */
  readonly storage?: readonly string[];
}

const rows: Readonly<Record<string, Row>> = {
  'Amazon ECR': {
    make: (backing) => amazonEcr(backing, { repositories: ['tf/null'] }),
    hasReferrers: true,
  },
  GHCR: { make: ghcr, hasReferrers: false },
  'Docker Hub': {
    make: (backing) => dockerHub(backing),
    hasReferrers: false,
    storage: ['production.cloudflare.docker.com'],
  },
  'GitLab, with the types of OpenTofu allowed': {
    make: (backing) => gitlab(backing, 'all'),
    hasReferrers: false,
  },
  'Quay, with the types of OpenTofu allowed': {
    make: (backing) =>
      quay(backing, [types.provider, types.target, 'application/vnd.example.evidence']),
    hasReferrers: true,
  },
  'Google Artifact Registry': {
    make: (backing) => googleArtifactRegistry(backing),
    hasReferrers: true,
  },
  'Azure Container Registry, by an identity token': {
    make: (backing) => azureContainerRegistry(backing),
    hasReferrers: true,
    storage: ['weumanaged12.blob.core.windows.net'],
  },
  'Azure Container Registry, by the password of nobody': {
    make: (backing) => azureContainerRegistry(backing, 'password'),
    hasReferrers: true,
    storage: ['weumanaged12.blob.core.windows.net'],
  },
  Artifactory: { make: artifactory, hasReferrers: true },
  Harbor: { make: (backing) => harbor(backing), hasReferrers: true },
  'docker-registry 2.8': { make: dockerRegistry2, hasReferrers: false },
};

/** Nobody but the registry and its token server was shown anything of the login. */
function expectKept(emulated: Emulated, ownHosts: readonly string[]): void {
  const { kind, ...secrets } = emulated.login;
  expect(kind).toBeDefined();
  for (const host of emulated.hosts().filter((one) => !ownHosts.includes(one))) {
    for (const { headers, text } of emulated.requests(host)) {
      expect(headers.authorization).toBeUndefined();
      for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    }
  }
}

describe.each(Object.entries(rows))('%s', (_, { hasReferrers, make, storage = [] }) => {
  it('takes a release, gives it back, lists it, and what is said about it', async () => {
    let ownHosts: readonly string[] = [];
    const emulated = await emulations.start((backing) => {
      const emulation = make(backing);
      ({ ownHosts } = emulation);
      return emulation;
    });
    await useAll(emulated.open(emulated.repository.path));
    expectKept(emulated, ownHosts);
    expect([...emulated.hosts()].sort()).toEqual([...ownHosts, ...storage].sort());
    const stored = await list(emulated.open(emulated.repository.path).tags());
    expect(stored.includes(fallbackTag)).toBe(!hasReferrers);
  });
});

describe('what registries do not take, and what is said then', () => {
  interface Refusal {
    readonly make: (backing: Handler) => Emulation;
    readonly run: (repository: Repository) => Promise<unknown>;
    readonly path?: string;
    readonly login?: Credentials;
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
  }
  const stranger: Credentials = { kind: 'anonymous' };
  const refusals: Readonly<Record<string, Refusal>> = {
    'ECR makes no repository by itself': {
      make: (backing) => amazonEcr(backing, { repositories: [] }),
      run: push,
      code: 'ERR_CONTENT_REPOSITORY_NOT_FOUND',
      message: 'amazonaws.com/tf/null',
      hint: 'create the repository',
    },
    'ECR loses what comes in parts': {
      make: (backing) =>
        amazonEcr(backing, { repositories: ['tf/null'], maxRequestBytes: 8 * 1024 * 1024 }),
      run: (repository) =>
        repository.push(bytesSource(Buffer.alloc(20 * 1024 * 1024, 'p'), 'archive/zip')),
      code: 'ERR_OCI_INVALID_ANSWER',
      message: 'it has kept the bytes 0 to 8388607',
      hint: 'does not take blobs in parts as it should',
    },
    'ECR wants a login': {
      make: (backing) => amazonEcr(backing, { repositories: ['tf/null'] }),
      run: (repository) => list(repository.tags()),
      login: stranger,
      code: 'ERR_OCI_UNAUTHORIZED',
      message: 'it wants a user name and password',
      hint: 'tofu-oci login 123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    },
    'Docker Hub has a limit': {
      make: (backing) => dockerHub(backing, { pulls: 0 }),
      run: (repository) => repository.readManifest('1.0.0'),
      login: stranger,
      code: 'ERR_OCI_RESPONSE',
      message: 'You have reached your unauthenticated pull rate limit',
      hint: 'log in for a higher limit',
    },
    'Docker Hub lets no stranger push': {
      make: (backing) => dockerHub(backing),
      run: push,
      login: stranger,
      code: 'ERR_OCI_UNAUTHORIZED',
      message: 'docker.io: not authorized',
      hint: '"tofu-oci login docker.io"',
    },
    'GitLab has a list of types': {
      make: (backing) => gitlab(backing),
      run: push,
      code: 'ERR_OCI_TYPE_REFUSED',
      message: `unknown media type: ${types.target}`,
      hint: 'ask the administrator to allow application/vnd.opentofu.provider',
    },
    'Quay has a list of types': {
      make: (backing) => quay(backing),
      run: push,
      code: 'ERR_OCI_TYPE_REFUSED',
      message: types.target,
      hint: 'ALLOWED_OCI_ARTIFACT_TYPES',
    },
    'Google sends a page where tags should be': {
      make: (backing) => googleArtifactRegistry(backing, 'as a page'),
      run: (repository) => list(repository.tags()),
      code: 'ERR_OCI_INVALID_ANSWER',
      message: 'it is not JSON',
    },
    'Azure does not know an old token': {
      make: (backing) => azureContainerRegistry(backing),
      run: (repository) => list(repository.tags()),
      login: { kind: 'identity-token', refreshToken: 'expired' },
      code: 'ERR_OCI_UNAUTHORIZED',
      message: 'acme.azurecr.io: not authorized',
      hint: 'identity token',
    },
    'Artifactory takes no identity tokens': {
      make: artifactory,
      run: (repository) => list(repository.tags()),
      login: { kind: 'identity-token', refreshToken: 'any' },
      code: 'ERR_OCI_UNAUTHORIZED',
      message: 'answered 401 to POST',
      hint: 'identity token',
    },
    'Harbor has no such project': {
      make: (backing) => harbor(backing),
      run: push,
      path: 'other/null',
      code: 'ERR_CONTENT_REPOSITORY_NOT_FOUND',
      message: 'harbor.example.com/other/null',
      hint: 'create the repository (or its project) first',
    },
    'Harbor knows robots by their whole names': {
      make: (backing) => harbor(backing),
      run: push,
      login: { kind: 'basic', username: 'robot%24tf%2Bci', password: 'Secret:with:colons' },
      code: 'ERR_OCI_UNAUTHORIZED',
      message: 'incorrect username or password',
      hint: 'The configured user name and password for harbor.example.com were used',
    },
    'docker-registry 2.8 fails at sha512': {
      make: dockerRegistry2,
      run: async (repository) => {
        await repository.push(config);
        const bytes = canonicalJson({
          schemaVersion: 2,
          mediaType: mediaTypes.manifest,
          config: emptyDescriptor,
          layers: [],
        });
        const digest = digestOf(bytes, 'sha512');
        const descriptor = { mediaType: mediaTypes.manifest, digest, size: bytes.length };
        return await repository.push({
          descriptor,
          open: (call) => bytesSource(bytes, mediaTypes.manifest).open(call),
        });
      },
      code: 'ERR_OCI_RESPONSE',
      message: 'answered 500 to PUT',
      hint: 'The registry has a problem of its own',
    },
  };

  it.each(Object.entries(refusals))('%s', async (_, refusal) => {
    const emulated = await emulations.start(refusal.make);
    const repository = emulated.open(refusal.path ?? emulated.repository.path, refusal.login);
    const error = await failureOf(refusal.run(repository));
    expect(error).toMatchObject({ code: refusal.code });
    expect(String(error)).toContain(refusal.message);
    if (refusal.hint === undefined) return;
    expect(error).toHaveProperty('hint', expect.stringContaining(refusal.hint));
  });
});

describe('habits of registries', () => {
  it('GHCR is not followed to github.com, and asked for referrers once', async () => {
    const emulated = await emulations.start(ghcr);
    const repository = emulated.open(emulated.repository.path);
    await push(repository);
    for (let turn = 0; turn < 3; turn++) await list(repository.referrers(index.descriptor));
    expect(emulated.requests('github.com')).toEqual([]);
    const asked = emulated.requests('ghcr.io').filter(({ path }) => path.includes('/referrers/'));
    expect(asked).toHaveLength(1);
  });

  it('Harbor gets a token for each repository, and one for both of a mount', async () => {
    const emulated = await emulations.start((backing) => harbor(backing));
    const other = emulated.open('tf/other');
    await push(other);
    const repository = emulated.open('tf/null');
    const mountFrom = { registry: emulated.repository.registry, path: 'tf/other' };
    expect(await repository.push({ ...layer, mountFrom })).toBe('mounted');
    const scopes = emulated
      .requests()
      .filter(({ path }) => path.startsWith('/service/token'))
      .map(({ path }) => new URL(path, 'http://x').searchParams.getAll('scope'));
    expect(scopes).toEqual([
      ['repository:tf/other:pull'],
      ['repository:tf/other:pull,push'],
      ['repository:tf/null:pull,push', 'repository:tf/other:pull'],
    ]);
  });

  it('docker-registry 2.8 sends no tag twice, though a page begins where one ended', async () => {
    const emulated = await emulations.start(dockerRegistry2);
    const repository = emulated.open(emulated.repository.path);
    await push(repository);
    expect(await list(repository.tags())).toEqual(tags);
    const pages = emulated.requests().filter(({ path }) => path.includes('/tags/list'));
    expect(pages.length).toBeGreaterThan(2);
  });

  it('docker-registry 2.8 may name a sha512 blob by another digest', async () => {
    const emulated = await emulations.start(dockerRegistry2);
    const repository = emulated.open(emulated.repository.path);
    const bytes = Buffer.from('other');
    const digest = digestOf(bytes, 'sha512');
    const descriptor = { mediaType: 'archive/zip', digest, size: bytes.length };
    await repository.push({ descriptor, open: (call) => bytesSource(bytes, 'x/y').open(call) });
    expect((await buffer(await repository.fetch(descriptor))).toString()).toBe('other');
  });

  it('Azure’s storage gets no credentials, which it would refuse', async () => {
    const emulated = await emulations.start((backing) => azureContainerRegistry(backing));
    const repository = emulated.open(emulated.repository.path);
    await push(repository);
    await buffer(await repository.fetch(layer.descriptor));
    const [request] = emulated.requests('weumanaged12.blob.core.windows.net');
    expect(request?.path).toContain('sig=s1gned%2Bsecret');
    expect(request?.headers.authorization).toBeUndefined();
  });
});
