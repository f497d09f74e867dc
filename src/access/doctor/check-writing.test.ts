import { describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { FileAccessError } from '../../base/index.ts';
import {
  type HostedRepository,
  openLayoutRepository,
  type Remover,
  type TargetRepository,
} from '../../content/index.ts';
import type { RegistryPower, SeenExchange } from '../registry-power.ts';
import type { Check } from './check.ts';
import { checkWriting } from './check-writing.ts';

const repository = { registry: 'registry.example.com', path: 'tf/doctor' };
const types = {
  provider: 'application/vnd.opentofu.provider',
  target: 'application/vnd.opentofu.provider-target',
  packageLayer: 'archive/zip',
  evidence: 'application/vnd.example.evidence',
};

async function hosted(): Promise<HostedRepository> {
  const repository = await openLayoutRepository(await tempFolder(), { mode: 'create' });
  onTestFinished(() => repository.close());
  return repository;
}

function powerOver(
  remote: TargetRepository & Remover,
  seen: readonly SeenExchange[] = [],
): RegistryPower {
  return {
    knock: () => expect.unreachable(),
    checkLogin: () => expect.unreachable(),
    repository: () => remote,
    takeSeen: () => seen,
    close: () => undefined,
  };
}

async function write(power: RegistryPower): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const { registry } = repository;
  const met = { product: undefined, productName: undefined, wantsLogin: false };
  await checkWriting({ power, registry, repository, types, ...met }, (check) => checks.push(check));
  return checks;
}

async function tagsOf(remote: TargetRepository): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const tag of remote.tags()) tags.push(tag);
  return tags;
}

describe('a probe by writing', () => {
  it('takes away what it has made', async () => {
    const remote = await hosted();
    const checks = await write(powerOver(remote));
    expect(checks.at(-1)).toMatchObject({ topic: 'writing', status: 'ok' });
    expect(checks.at(-1)?.text).toContain('it deletes what was pushed');
    expect(await tagsOf(remote)).toEqual([]);
  });

  it('names what is left by a registry that does not delete, and how to make it', async () => {
    const stored = await hosted();
    const refusal = new FileAccessError('delete', 'x', new Error('405'));
    const remote = { ...bound(stored), deleteManifest: () => Promise.reject(refusal) };
    const checks = await write(powerOver(remote, [deleteRefused]));
    const [tag = ''] = await tagsOf(remote);
    expect(tag).toMatch(/^tofu-oci-doctor-[0-9a-f]{12}$/u);
    expect(checks.at(-1)).toMatchObject({
      status: 'warning',
      text: `the tag ${tag} and some hundred bytes are left in registry.example.com/tf/doctor: the registry does not delete`,
      refusal: 'docker-registry-no-delete',
    });
    expect(checks.at(-1)?.advice).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true');
  });

  it('finds content that comes back changed', async () => {
    const stored = await hosted();
    const remote = {
      ...bound(stored),
      readManifest: async (reference: string) => {
        const { bytes, descriptor } = await stored.readManifest(reference);
        return { bytes: Buffer.concat([bytes, Buffer.from('\n')]), descriptor };
      },
    };
    const checks = await write(powerOver(remote));
    expect(checks.find(({ status }) => status === 'problem')).toMatchObject({
      category: 'integrity',
      text: 'the index that was pushed comes back changed',
    });
  });
});

const deleteRefused: SeenExchange = {
  method: 'DELETE',
  url: 'https://registry.example.com/v2/tf/doctor/manifests/sha256:0',
  answeredBy: undefined,
  status: 405,
  failure: undefined,
  headerBytes: 100,
  headers: new Map(),
  challenge: undefined,
  token: undefined,
  errors: [{ code: 'UNSUPPORTED', message: 'The operation is unsupported.' }],
  text: '',
};

type Functions<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (this: void, ...args: A) => R
    : T[K];
};

/** The same as an object of functions, some of which a test may replace. */
function bound(stored: HostedRepository): Functions<TargetRepository & Remover> {
  return {
    name: stored.name,
    fetch: (...args) => stored.fetch(...args),
    exists: (...args) => stored.exists(...args),
    readManifest: (...args) => stored.readManifest(...args),
    resolve: (...args) => stored.resolve(...args),
    tags: (...args) => stored.tags(...args),
    referrers: (...args) => stored.referrers(...args),
    push: (...args) => stored.push(...args),
    tag: (...args) => stored.tag(...args),
    deleteManifest: (...args) => stored.deleteManifest(...args),
    deleteTag: (...args) => stored.deleteTag(...args),
  };
}
