import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoGpg } from '../support/gpg.ts';
import {
  addressOf,
  goodProviders,
  type OriginWorld,
  startOriginWorld,
} from '../support/origin-world.ts';
import { type Relay, type RelayedRequest, startRelay } from '../support/relay.ts';
import { type RunningCli, type ServeProcess, startCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type ShownVersion, walkRegistry } from '../support/walk-registry.ts';

const noGpg = whyNoGpg();
const platforms = ['darwin_arm64', 'linux_amd64', 'windows_amd64'];
const versions = ['1.0.0', '1.1.0'];
const providers = [goodProviders[0], goodProviders[4]].filter((one) => one !== undefined);
const repositories = providers.map((one) => `tf/${addressOf(one)}`);
const releases = providers.length * versions.length;

let world: OriginWorld;
beforeAll(async () => {
  if (noGpg !== undefined) return;
  world = await startOriginWorld({ providers, platforms, versions, binary: noise });
});
afterAll(async () => {
  if (noGpg === undefined) await world.close();
});

/** Many chunks of the network, so that a transfer can be stopped in the middle. */
function noise(name: string): Buffer {
  const blocks = Array.from({ length: 4000 }, (_, index) =>
    createHash('sha256')
      .update(`${name} ${String(index)}`)
      .digest(),
  );
  return Buffer.concat(blocks);
}

interface Place {
  readonly relay: Relay;
  readonly start: (...more: string[]) => RunningCli;
  readonly shown: () => Promise<readonly ShownVersion[]>;
  /** Kills the registry, and starts another one on the same folder. */
  readonly restart: () => Promise<void>;
}

/** An empty registry with a relay before it. */
async function place(): Promise<Place> {
  const home = await tempFolder();
  const folder = join(home, 'registry');
  await mkdir(folder);
  const serve = (): Promise<ServeProcess> =>
    startServe([folder, '--listen', '127.0.0.1:0'], { cwd: home });
  let server = await serve();
  const relay = await startRelay({ to: server.hosts[0] ?? '' });
  await writeFile(join(home, 'ca.crt'), world.certificate.ca);
  const addresses = providers.map((one) => addressOf(one));
  const to = `${relay.host}/tf/{hostname}/{namespace}/{type}`;
  const env = { ...world.env, SSL_CERT_FILE: join(home, 'ca.crt'), TMPDIR: home };
  return {
    relay,
    start: (...more) =>
      startCli(['mirror', ...addresses, '--select', 'all', '--to', to, ...more], {
        cwd: home,
        env,
      }),
    shown: () => walkRegistry(relay.to, repositories),
    restart: async () => {
      await server.stop('SIGKILL');
      server = await serve();
      relay.to = server.hosts[0] ?? '';
    },
  };
}

/** Whatever can be seen is whole, and has every platform. */
function expectWhole(shown: readonly ShownVersion[]): void {
  for (const version of shown) expect(version).toMatchObject({ missing: [], platforms });
}

/** The blobs that the registry took, with their repositories. */
function sentBlobs(requests: readonly RelayedRequest[]): readonly string[] {
  return requests.flatMap(({ path, status }) => {
    const found = /^\/v2\/(.+)\/blobs\/uploads\/[^?]*\?.*digest=([^&]+)/u.exec(path);
    return found === null || status !== 201
      ? []
      : [`${found[1] ?? ''} ${decodeURIComponent(found[2] ?? '')}`];
  });
}

/** Runs it once more: it ends the work, and sends nothing again that had arrived. */
async function expectCompletion({ relay, shown, start }: Place): Promise<void> {
  const arrived = new Set(sentBlobs(relay.asked()));
  relay.before = undefined;
  const again = await start().finished;
  expect(again.stderr).not.toContain('Error');
  expect(again.code).toBe(0);
  expect(sentBlobs(relay.asked()).filter((blob) => arrived.has(blob))).toEqual([]);
  const all = await shown();
  expect(all).toHaveLength(releases);
  expectWhole(all);
  for (const version of all) expect(version.referrers).toBe(1);
}

/** Calls back at the n-th request, which waits for it. */
function atRequest(relay: Relay, n: number, action: () => unknown): void {
  let count = 0;
  relay.before = async () => {
    count += 1;
    if (count === n) await action();
    return undefined;
  };
}

/** A whole run takes a few more. */
const requestsOfRun = 120;

const moments = (count: number): readonly number[] =>
  Array.from({ length: count }, () => 1 + Math.floor(Math.random() * requestsOfRun));

describe.skipIf(noGpg !== undefined)(
  `mirror, interrupted${noGpg === undefined ? '' : ` (${noGpg})`}`,
  { timeout: 120_000 },
  () => {
    it('shows no version at any moment that is not whole', async () => {
      const { relay, shown, start } = await place();
      let walk: Promise<void> | undefined;
      let seen = 0;
      relay.before = async ({ method }) => {
        if (method !== 'PUT') return undefined;
        walk ??= shown().then((found) => {
          expectWhole(found);
          seen = Math.max(seen, found.length);
          walk = undefined;
        });
        await walk;
        return undefined;
      };
      // One after the other: otherwise all tags come at the very end.
      const result = await start('--concurrency', '1').finished;
      expect(result.code).toBe(0);
      expect(seen).toBe(releases - 1);
      expect(new Set(sentBlobs(relay.requests)).size).toBeGreaterThan(releases * platforms.length);
      expect(relay.requests.length).toBeGreaterThan(requestsOfRun);
    });

    it.each(moments(3))(
      'is stopped by Ctrl-C at request %i, and goes on where it was',
      async (n) => {
        const here = await place();
        const running = here.start();
        atRequest(here.relay, n, () => running.child.kill('SIGINT'));
        const { code } = await running.finished;
        expect([0, 130]).toContain(code);
        expectWhole(await here.shown());
        await expectCompletion(here);
      },
    );

    it.each(moments(4))('is killed at request %i, and goes on where it was', async (n) => {
      const here = await place();
      const running = here.start();
      atRequest(here.relay, n, () => running.child.kill('SIGKILL'));
      await running.finished;
      expectWhole(await here.shown());
      await expectCompletion(here);
    });

    it.each(moments(2))('outlives a restart of the registry at request %i', async (n) => {
      const here = await place();
      const running = here.start();
      atRequest(here.relay, n, () => here.restart());
      const { code } = await running.finished;
      expect([0, 6]).toContain(code);
      expectWhole(await here.shown());
      await expectCompletion(here);
    });
  },
);
