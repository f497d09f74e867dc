import { describe, expect, it } from 'vitest';
import { isTofuOciError } from '../../src/base/index.ts';
import type { Credentials } from '../../src/oci/index.ts';
import { mediaTypes } from '../../src/spec/index.ts';
import {
  expectNothing,
  expectShown,
  type HoneypotWorld,
  type LureName,
  lureNames,
  secrets,
  useHoneypots,
} from '../support/honeypot-world.ts';
import { failureOf } from '../support/http-client.ts';
import type { Reply } from '../support/scripted-peer.ts';
import {
  asks,
  blob,
  brokenPut,
  drain,
  halfThere,
  index,
  type Kind,
  kinds,
  manifest,
  notThere,
  opened,
  type Repository,
} from './request-kinds.ts';

const honeypots = useHoneypots();
interface Login {
  readonly credentials: Credentials;
  /** What the registry, or its token server, is shown of it. */
  readonly shown: readonly string[];
}

const ann: Credentials = { kind: 'basic', username: 'ann', password: secrets.password };
const bearer: Login = { credentials: ann, shown: [secrets.password, secrets.token] };
const logins: Readonly<Record<string, Login>> = {
  Basic: { credentials: ann, shown: [secrets.password] },
  Bearer: bearer,
};

/** Asks everybody to log in, with a token unless told otherwise. */
function guard({ registry, registryHost }: HoneypotWorld, login: string): void {
  const realm = `https://${registryHost}/token`;
  const challenge =
    login === 'Basic' ? 'Basic realm="r"' : `Bearer realm="${realm}",service="registry"`;
  registry.always(
    ({ headers, path }) => path.startsWith('/v2/') && headers.authorization === undefined,
    { status: 401, headers: { 'www-authenticate': challenge }, early: true },
  );
}

const tokenAnswer: Reply = { body: { token: secrets.token } };

/** Where a lure is followed, it is by somebody without a name; to the others nobody goes. */
const followed: ReadonlySet<LureName> = new Set([
  'another host',
  'another port of the same host',
  'another host, by a second hop',
]);

async function spring(
  world: HoneypotWorld,
  lure: LureName,
  {
    isFollowed,
    run,
    shown,
  }: {
    readonly isFollowed: boolean;
    readonly run: () => Promise<unknown>;
    readonly shown: readonly string[];
  },
): Promise<void> {
  const { honeypot } = world.lures[lure];
  const outcome = await failureOf(run());
  expect(outcome === 'no error' || isTofuOciError(outcome), String(outcome)).toBe(true);
  for (const secret of Object.values(secrets)) expect(String(outcome)).not.toContain(secret);
  expectShown(world, shown);
  expect(honeypot.connections > 0).toBe(isFollowed);
  expect(honeypot.requests.length > 0).toBe(isFollowed);
  expectNothing(honeypot);
}

/** Every pair, by a name. */
function table<A, B>(
  rows: Readonly<Record<string, A>>,
  columns: Readonly<Record<string, B>>,
): (readonly [string, LureName, A, B])[] {
  return Object.entries(rows).flatMap(([row, a]) =>
    Object.entries(columns).flatMap(([column, b]) =>
      lureNames.map((lure) => [`${row} (${column})`, lure, a, b] as const),
    ),
  );
}

describe('a redirect', () => {
  it.each(table(kinds, logins))(
    'of %s to %s takes nothing along',
    async (name, lure, kind, login) => {
      const world = await honeypots.open(login.credentials);
      const { registry, repository } = world;
      guard(world, name.includes('Basic') ? 'Basic' : 'Bearer');
      const { url } = world.lures[lure];
      registry.always(kind.isLured, { status: 307, headers: { location: url }, early: true });
      for (const [match, reply] of kind.before ?? []) registry.always(match, reply);
      registry.always(({ path }) => path.startsWith('/token'), tokenAnswer);
      await spring(world, lure, {
        run: () => kind.run(repository, world),
        isFollowed: kind.staysHome !== true && followed.has(lure),
        shown: login.shown,
      });
    },
  );
});

describe('a Location', () => {
  const ways: Readonly<Record<string, (url: string) => NonNullable<Kind['before']>>> = {
    'of an upload that is opened': (url) => [
      notThere,
      [opened[0], { status: 202, headers: { location: url } }],
    ],
    'of a mount that became an upload': (url) => [
      notThere,
      [asks('POST', 'mount='), { status: 202, headers: { location: url } }],
    ],
    'of an upload that is taken up': (url) => [
      notThere,
      opened,
      [asks('GET', '/v2/up'), { status: 204, headers: { location: url, range: '0-4' } }],
      brokenPut,
    ],
    'of a part that was taken': (url) => [
      notThere,
      opened,
      halfThere,
      [asks('PATCH', '/v2/up'), { status: 202, headers: { location: url, range: '0-9' } }],
      brokenPut,
    ],
  };

  it.each(table(ways, { Bearer: bearer }))('%s at %s is given nothing', async (name, lure, way) => {
    const world = await honeypots.open(ann);
    const { registry, registryHost, repository } = world;
    guard(world, 'Bearer');
    for (const [match, reply] of way(world.lures[lure].url)) {
      registry.always(match, reply);
    }
    registry.always(({ path }) => path.startsWith('/token'), tokenAnswer);
    const mountFrom = { registry: registryHost, path: 'acme/other' };
    await spring(world, lure, {
      run: () => repository.push(name.includes('mount') ? { ...blob, mountFrom } : blob),
      isFollowed: followed.has(lure),
      shown: [secrets.password, secrets.token],
    });
  });
});

describe('a Link', () => {
  const lists: Readonly<
    Record<string, readonly [string, (repository: Repository) => Promise<void>, Reply]>
  > = {
    'the next page of tags': [
      '/tags/list',
      (repository) => drain(repository.tags()),
      { body: { name: 'acme/null', tags: ['1.0.0'] } },
    ],
    'the next page of referrers': [
      `/referrers/${manifest.descriptor.digest}`,
      (repository) => drain(repository.referrers(manifest.descriptor)),
      { headers: { 'content-type': mediaTypes.index }, body: index },
    ],
  };

  it.each(table(lists, { Bearer: bearer }))(
    'to %s at %s is not followed',
    async (_, lure, list) => {
      const world = await honeypots.open(ann);
      guard(world, 'Bearer');
      const [part, run, reply] = list;
      const next = world.lures[lure].url.replace('/trap', `/v2/acme/null${part}?last=1`);
      const link = { link: `<${next}>; rel="next"` };
      world.registry
        .always(asks('GET', part), { ...reply, headers: { ...reply.headers, ...link } })
        .always(({ path }) => path.startsWith('/token'), tokenAnswer);
      await spring(world, lure, {
        run: () => run(world.repository),
        isFollowed: false,
        shown: [secrets.password, secrets.token],
      });
    },
  );
});

describe('a token server', () => {
  const identity: Credentials = { kind: 'identity-token', refreshToken: secrets.refreshToken };
  const forms: Readonly<Record<string, Credentials>> = { GET: ann, POST: identity };
  const tokenCells = table(forms, { Bearer: bearer });

  it.each(tokenCells)('that redirects %s to %s is not followed', async (_, lure, credentials) => {
    const world = await honeypots.open(credentials);
    guard(world, 'Bearer');
    // The form is read, so that it is sure to have been shown.
    world.registry.always(
      ({ path }) => path.startsWith('/token'),
      () => ({ status: 307, headers: { location: world.lures[lure].url } }),
    );
    await spring(world, lure, {
      run: () => world.repository.readManifest('1.0.0'),
      isFollowed: false,
      shown: [credentials === ann ? secrets.password : secrets.refreshToken],
    });
  });

  // Another port of the registry's own host may well be its token server: see the next test.
  const foreign = tokenCells.filter(([, lure]) => lure !== 'another port of the same host');

  it.each(foreign)('for %s that is said to be at %s is not asked', async (_, lure, credentials) => {
    const world = await honeypots.open(credentials);
    const { url } = world.lures[lure];
    world.registry.always(({ path }) => path.startsWith('/v2/'), {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${url}",service="registry"` },
    });
    await spring(world, lure, {
      run: () => world.repository.readManifest('1.0.0'),
      isFollowed: false,
      shown: [],
    });
  });

  it('at another port of the registry is given the password, and nothing else', async () => {
    const world = await honeypots.open(ann);
    const { honeypot, url } = world.lures['another port of the same host'];
    world.registry.always(({ path }) => path.startsWith('/v2/'), {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${url}",service="registry"` },
    });
    expect(await failureOf(world.repository.readManifest('1.0.0'))).toMatchObject({
      code: 'ERR_OCI_UNAUTHORIZED',
    });
    expect(honeypot.requests.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from(`ann:${secrets.password}`).toString('base64')}`,
    ]);
    for (const secret of [secrets.header, secrets.cookie]) honeypot.expectNeverSaw(secret);
    expect(honeypot.requests[0]?.certificate).toBeUndefined();
  });
});
