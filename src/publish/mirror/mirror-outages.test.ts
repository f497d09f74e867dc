import { readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { boundRepository } from '../../../test/support/bound-repository.ts';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import {
  makeMirrorPlace,
  type MirrorRun,
  type MirrorTestPlace,
  newest,
} from '../../../test/support/mirror-place.ts';
import type { OriginAnswer } from '../../../test/support/origin-registry.ts';
import { type Relay, type RelayedRequest, startRelay } from '../../../test/support/relay.ts';
import { makeManualClock, type ManualClock } from '../../../test/support/remote-repository.ts';
import { startRegistry } from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import {
  type RegistryStorage,
  RepositoryNotFoundError,
  type TargetRepository,
} from '../../content/index.ts';
import { parseVersion } from '../../domain/index.ts';
import { createHttpClient, type HttpClient } from '../../http/index.ts';
import { anonymousCredentials, createRegistryClient } from '../../oci/index.ts';
import {
  createDownload,
  createProviderRegistry,
  createServiceDiscovery,
} from '../../origin/index.ts';
import { createRegistryOrigin } from './registry-origin.ts';
import { createRepositoryOrigin } from './repository-origin.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

const rules = { enforceSignatures: false, enforceExpiration: false };
const all = [{ ...newest, newest: 'all' as const }];
const pushed = (count: number) => ({ packages: { pushed: count }, failures: [] });

/** A client that waits for nobody longer than half a second, and sleeps in no time. */
function client(clock: ManualClock): HttpClient {
  const http = createHttpClient({
    ca: [world.certificate.ca],
    clock,
    limits: { connectMs: 2000, firstByteMs: 2000, idleMs: 500 },
  });
  onTestFinished(() => http.close());
  return http;
}

interface Place extends MirrorTestPlace {
  readonly clock: ManualClock;
  /** Both versions of the provider. */
  readonly both: () => Promise<MirrorRun>;
}

async function place(to?: TargetRepository): Promise<Place> {
  const clock = makeManualClock();
  const http = client(clock);
  const made = await makeMirrorPlace(world, {
    origin: () =>
      createRegistryOrigin({
        registry: createProviderRegistry({ http, discovery: createServiceDiscovery({ http }) }),
        download: createDownload(http),
        rules,
      }),
    ...(to === undefined ? {} : { to }),
  });
  const providers = [{ provider: made.provider, versions: [], wanted: all }];
  return { ...made, clock, both: () => made.run({ providers }) };
}

/** What is wrong with the first answers at a path. */
function spoil(
  { registry: { faults } }: Pick<Place, 'registry'>,
  path: RegExp,
  answers: readonly OriginAnswer[],
): void {
  const left = [...answers];
  faults.change = (asked) => (path.test(asked) ? left.shift() : undefined);
}

const files = [
  ['the list of versions', /\/versions$/u],
  ['a download document', /\/1\.0\.0\/download\/linux/u],
  ['SHA256SUMS', /1\.1\.0\/SHA256SUMS$/u],
  ['a signature', /1\.1\.0\/SHA256SUMS\.sig$/u],
  ['a package', /1\.1\.0_linux_amd64\.zip$/u],
] as const;

describe('an origin that limits its rate', () => {
  it.each(files)('is waited for as long as it asks, at %s', async (_name, path) => {
    const here = await place();
    spoil(here, path, [{ status: 429, headers: { 'retry-after': '7' }, body: '' }]);
    expect(await here.both()).toMatchObject(pushed(4));
    expect(Math.max(...here.clock.slept)).toBe(7000);
  });

  it('is waited for until the time that it names', async () => {
    const here = await place();
    const until = new Date(here.clock.now() + 30_000).toUTCString();
    spoil(here, /SHA256SUMS$/u, [{ status: 429, headers: { 'retry-after': until }, body: '' }]);
    expect(await here.both()).toMatchObject(pushed(4));
    expect(Math.max(...here.clock.slept)).toBe(30_000);
  });

  it('is not waited for until tomorrow: the job says what is missing, and a second run brings it', async () => {
    const here = await place();
    spoil(here, /1\.0\.0\/SHA256SUMS$/u, [
      { status: 429, headers: { 'retry-after': '86400' }, body: '' },
    ]);
    const first = await here.both();
    expect(first).toMatchObject({ packages: { pushed: 2 }, failures: [{ version: '1.0.0' }] });
    expect(String(first.failures[0]?.error)).toMatch(/86400 s|24 h|Retry-After/iu);
    expect(here.clock.slept.filter((ms) => ms > 60_000)).toEqual([]);
    here.asked();
    const second = await here.both();
    expect(second).toMatchObject({ packages: { pushed: 2, present: 2 }, failures: [] });
    expect(here.asked().filter((line) => line.includes('.zip'))).toHaveLength(2);
  });
});

describe('an origin that fails for a while', () => {
  it.each(files)('is asked again at %s', async (_name, path) => {
    const here = await place();
    spoil(here, path, [{ status: 503, body: '' }]);
    expect(await here.both()).toMatchObject(pushed(4));
  });

  it.each(files)('is asked again when it hangs up at %s', async (_name, path) => {
    const here = await place();
    spoil(here, path, [{ cutAfter: -1 }]);
    expect(await here.both()).toMatchObject(pushed(4));
  });

  it('and does not come back loses that release and no other', async () => {
    const here = await place();
    spoil(here, /1\.0\.0_linux_amd64\.zip$/u, Array<OriginAnswer>(9).fill({ status: 502 }));
    const first = await here.both();
    expect(first).toMatchObject({ packages: { pushed: 2 }, failures: [{ version: '1.0.0' }] });
    expect(String(first.failures[0]?.error)).toContain('502 Bad Gateway');
    expect(await here.tags()).toEqual(['1.1.0']);
    expect(await readdir(here.folder)).toEqual([]);
    spoil(here, /^$/u, []);
    expect(await here.both()).toMatchObject({ packages: { pushed: 2, present: 2 }, failures: [] });
  });
});

describe('a package that breaks off', () => {
  const path = /1\.1\.0_linux_amd64\.zip$/u;
  const zips = (lines: readonly string[]): number => lines.filter((one) => path.test(one)).length;

  it.each<readonly [string, boolean, OriginAnswer]>([
    ['goes on where it was cut', true, { cutAfter: 100 }],
    ['goes on where it stalled', true, { stallAfter: 100 }],
    ['starts again where the server can do no better', false, { cutAfter: 100 }],
  ])('%s', async (_name, ranges, fault) => {
    const here = await place();
    here.registry.faults.ranges = ranges;
    spoil(here, path, [fault, fault]);
    expect(await here.both()).toMatchObject(pushed(4));
    expect(zips(here.asked())).toBe(3);
  });

  it('for good is given up, and nothing of it stays', async () => {
    const here = await place();
    spoil(here, path, Array<OriginAnswer>(9).fill({ cutAfter: 100 }));
    const first = await here.both();
    expect(first).toMatchObject({ packages: { pushed: 2 }, failures: [{ version: '1.1.0' }] });
    expect(await readdir(here.folder)).toEqual([]);
    expect(await here.tags()).toEqual(['1.0.0']);
  });
});

describe('an address of a package whose time is over', () => {
  const path = /1\.1\.0_linux_amd64\.zip$/u;
  const documents = (lines: readonly string[]): number =>
    lines.filter((one) => one.includes('1.1.0/download/linux/amd64')).length;

  it('is asked for anew, once', async () => {
    const here = await place();
    spoil(here, path, [{ status: 403, body: 'Request has expired' }]);
    expect(await here.both()).toMatchObject(pushed(4));
    expect(documents(here.asked())).toBe(2);
  });

  it('and is not better then is a failure that names it', async () => {
    const here = await place();
    spoil(here, path, Array<OriginAnswer>(9).fill({ status: 403, body: '' }));
    const { failures } = await here.both();
    expect(failures).toMatchObject([{ version: '1.1.0' }]);
    expect(String(failures[0]?.error)).toContain('403 Forbidden');
    expect(documents(here.asked())).toBe(2);
  });
});

/** A registry behind a relay, through which it can fail and be started again. */
interface Target {
  readonly relay: Relay;
  readonly storage: RegistryStorage;
  readonly repository: TargetRepository;
  readonly clock: ManualClock;
}

async function target(): Promise<Target> {
  const storage = await temporaryStorage();
  const registry = await startRegistry(storage);
  onTestFinished(() => registry.close());
  const relay = await startRelay({ to: new URL(registry.url).host });
  const clock = makeManualClock();
  const registries = createRegistryClient({
    http: client(clock),
    clock,
    plainHttpHosts: [relay.host],
    credentials: anonymousCredentials,
  });
  const repository = registries.repository({ registry: relay.host, path: 'tf/thing' });
  return { relay, storage, clock, repository };
}

/** Answers the first requests of a kind in another way. */
function interrupt(
  relay: Relay,
  isMeant: (request: RelayedRequest) => boolean,
  answers: readonly { readonly status: number; readonly headers?: Record<string, string> }[],
): void {
  const left = [...answers];
  relay.before = (request) => (isMeant(request) ? left.shift() : undefined);
}

const isUpload = ({ method, path }: RelayedRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && path.includes('/blobs/uploads/');
const isManifest = ({ method, path }: RelayedRequest): boolean =>
  method === 'PUT' && path.includes('/manifests/');
const isTag = (request: RelayedRequest): boolean =>
  isManifest(request) && /\/manifests\/\d/u.test(request.path);
/** The blobs that the registry took since the last time, by their digests. */
const finished = (relay: Relay): readonly string[] =>
  relay
    .asked()
    .filter((one) => isUpload(one) && one.status === 201)
    .map(({ path }) => new URL(path, 'http://x').searchParams.get('digest') ?? '');

describe('a registry that is mirrored into', () => {
  it.each<readonly [string, (request: RelayedRequest) => boolean, number]>([
    ['limits its rate at blobs', isUpload, 429],
    ['limits its rate at manifests', isManifest, 429],
    ['fails for a while at blobs', isUpload, 503],
    ['fails for a while at manifests', isManifest, 500],
    ['fails for a while at the tag', isTag, 502],
  ])('and %s is asked again', async (_name, isMeant, status) => {
    const { clock, relay, repository } = await target();
    const here = await place(repository);
    interrupt(relay, isMeant, Array(2).fill({ status, headers: { 'retry-after': '3' } }));
    expect(await here.both()).toMatchObject(pushed(4));
    expect(clock.slept).toContain(3000);
  });

  it('and wants nothing more today keeps the job from nothing but what is missing', async () => {
    const { relay, repository } = await target();
    const here = await place(repository);
    const until = Array(99).fill({ status: 429, headers: { 'retry-after': '86400' } });
    interrupt(relay, (one) => isTag(one) && one.path.endsWith('1.0.0'), until);
    const first = await here.both();
    expect(first).toMatchObject({ packages: { pushed: 2 }, failures: [{ version: '1.0.0' }] });
    const before = finished(relay);
    relay.before = undefined;
    const second = await here.both();
    expect(second).toMatchObject({ packages: { pushed: 2, present: 2 }, failures: [] });
    expect(finished(relay).filter((digest) => before.includes(digest))).toEqual([]);
  });

  it('and is gone in the middle gets the rest from a second run, and no finished blob again', async () => {
    const { relay, repository, storage } = await target();
    const here = await place(repository);
    let uploads = 0;
    // Nobody listens at the port of a service that does not run.
    relay.before = (request) => {
      if (isUpload(request) && request.method !== 'POST') uploads += 1;
      if (uploads > 2) relay.to = '127.0.0.1:1';
      return undefined;
    };
    const first = await here.both();
    expect(first.failures.length).toBeGreaterThan(0);
    for (const { version } of first.failures) expect(version).toMatch(/^1\.[01]\.0$/u);
    const before = finished(relay);
    expect(before.length).toBeGreaterThan(0);
    relay.before = undefined;
    const again = await startRegistry(storage);
    onTestFinished(() => again.close());
    relay.to = new URL(again.url).host;
    expect(await here.both()).toMatchObject({ failures: [] });
    const after = finished(relay);
    expect(after.filter((digest) => before.includes(digest))).toEqual([]);
    expect(await here.both()).toMatchObject({ packages: { pushed: 0, present: 4 }, failures: [] });
    expect(finished(relay)).toEqual([]);
  });

  it('and takes each token for a few requests only is given new ones', async () => {
    const { relay, repository } = await target();
    const here = await place(repository);
    const [tokens, refused] = [new Map<string, number>(), [] as string[]];
    relay.before = ({ headers: { authorization = '' }, method, path }) => {
      if (path.startsWith('/token')) {
        const token = `t${String(tokens.size)}`;
        // More than are under way at once: else the others use up what one of them was given.
        tokens.set(`Bearer ${token}`, 12);
        return { status: 200, body: JSON.stringify({ token, expires_in: 300 }) };
      }
      const left = tokens.get(authorization) ?? 0;
      tokens.set(authorization, left - 1);
      if (left > 0) return undefined;
      if (authorization !== '') refused.push(`${method} ${path}`);
      const challenge = `Bearer realm="http://${relay.host}/token",service="registry"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    };
    expect(await here.both()).toMatchObject(pushed(4));
    expect(refused.length).toBeGreaterThan(2);
  });
});

describe('a registry that lists only what it has cached', () => {
  async function cached(listed: readonly string[] | undefined) {
    const first = await place();
    await first.both();
    const repository = boundRepository(first.to, {
      async *tags() {
        await Promise.resolve();
        if (listed === undefined) throw new RepositoryNotFoundError('tf/thing');
        yield* listed;
      },
    });
    const second = await makeMirrorPlace(world, {
      origin: () =>
        createRepositoryOrigin({ repositoryFor: () => Promise.resolve(repository), rules }),
    });
    const run = (...versions: string[]) =>
      second.run({
        providers: [
          {
            provider: first.provider,
            versions: versions.map((one) => parseVersion(one)),
            wanted: [],
          },
        ],
      });
    return { run, tags: second.tags };
  }

  it.each([
    ['some versions', ['1.1.0']],
    ['none', []],
    ['not even the repository', undefined],
  ])('gives the versions that are named, listing %s', async (_name, listed) => {
    const { run, tags } = await cached(listed);
    expect(await run('1.0.0', '1.1.0')).toMatchObject(pushed(4));
    expect(await tags()).toEqual(['1.0.0', '1.1.0']);
  });

  it('says which versions it does not have', async () => {
    const { run, tags } = await cached(['1.1.0']);
    const { failures } = await run('1.0.0', '7.0.0', '8.0.0');
    const told = failures.map(({ error }) => String(error)).join('\n');
    expect(told).toMatch(/no version 7\.0\.0[^]*no version 8\.0\.0/u);
    expect(await tags()).toEqual(['1.0.0']);
  });
});
