import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import {
  answerOf,
  findRelease,
  locationAt,
  passOn,
  type PublishedRegistry,
  startPublishedRegistry,
} from '../support/published-registry.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, startCli, startServe } from '../support/run-cli.ts';
import { type Match, type ScriptedPeer, usePeers } from '../support/scripted-peer.ts';
import { tempFolder } from '../support/temp-folder.ts';

const peers = usePeers();
let published: PublishedRegistry;

/** Many chunks of the network. */
const binary = Buffer.from(Array.from({ length: 600_000 }, (_, index) => (index * index) >>> 3));

beforeAll(async () => {
  published = await startPublishedRegistry({ binary });
});
afterAll(() => published.close());

async function serve(folder: string): Promise<string> {
  const server = await startServe([folder, '--listen', '127.0.0.1:0'], { cwd: folder });
  return locationAt(server.hosts[0] ?? '');
}

const noDocker = whyNoDockerRegistry();

describe('a bundle', () => {
  async function carryTo(place: string): Promise<void> {
    const cwd = await tempFolder();
    const from = await serve(await tempFolder());
    const run = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await runCli([...args, '--quiet'], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    };
    for (const version of ['1.0.0', '1.1.0']) {
      const dist = join(cwd, version);
      await makeReleaseFolder(dist, { type: 'thing', version });
      await run('push', `example.com/acme/thing@${version}`, dist, '--to', from);
      const since = version === '1.0.0' ? [] : ['--since', '1.0.0.tar.receipt.json'];
      await run('export', '--from', from, '-o', `${version}.tar`, ...since);
    }
    const size = async (name: string) => (await readFile(join(cwd, name))).length;
    // Not both versions.
    expect(await size('1.1.0.tar')).toBeLessThan(1.2 * (await size('1.0.0.tar')));
    for (const version of ['1.0.0', '1.1.0']) {
      const receipt = ['--receipt', `${version}.tar.receipt.json`];
      await run('import', `${version}.tar`, '--to', place, ...receipt);
    }
    await run('verify', 'example.com/acme/thing', '--from', place);
    const listed = await runCli(['list', 'example.com/acme/thing', '--from', place], { cwd });
    expect(listed.stdout).toMatch(/1\.1\.0[^]*1\.0\.0|1\.0\.0[^]*1\.1\.0/u);
  }

  it('and its delta go from one server to another', async () => {
    await carryTo(await serve(await tempFolder()));
  });

  it.skipIf(noDocker !== undefined)('and its delta go into docker-registry', async () => {
    const docker = await startDockerRegistry();
    try {
      await carryTo(locationAt(docker.host));
    } finally {
      await docker.stop();
    }
  });
});

/** A command is killed when this request comes, which is never answered. */
async function killedAt(
  isFatal: Match,
  signal: NodeJS.Signals,
  start: (host: string) => readonly string[],
  cwd: string,
): Promise<{ readonly peer: ScriptedPeer; readonly wasKilled: boolean }> {
  const peer = await peers.start();
  const running = startCli(start(peer.host), { cwd });
  let wasKilled = false;
  peer.always(isFatal, async () => {
    wasKilled = true;
    running.child.kill(signal);
    await running.finished;
    return { fault: { kind: 'drop' } };
  });
  passOn(peer, published.registry);
  await running.finished;
  return { peer, wasKilled };
}

describe('export', () => {
  const packageIn = ({ path }: { readonly path: string }): boolean =>
    path.includes('/blobs/') && !path.includes('44136fa355b3678a');

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'that ends by %s leaves no bundle, and the next run fetches the rest only',
    async (signal) => {
      const cwd = await tempFolder();
      const command = (host: string, file = 'x.tar'): string[] => [
        ...['export', '--from', locationAt(host), 'example.com/acme/thing'],
        ...['-o', file, '--concurrency', '1'],
      ];
      await runCli(command(published.host, 'whole.tar'), { cwd });

      const counting = await peers.start();
      passOn(counting, published.registry);
      await runCli(command(counting.host, 'counted.tar'), { cwd });
      const blobs = counting.requests.filter(packageIn);
      const large = blobs.findLastIndex(({ method }) => method === 'GET');
      const last = blobs[large]?.path ?? '';
      const { peer, wasKilled } = await killedAt(
        ({ method, path }) => method === 'GET' && path === last,
        signal,
        (host) => command(host),
        cwd,
      );
      expect(wasKilled).toBe(true);
      expect(existsSync(join(cwd, 'x.tar'))).toBe(false);
      expect(existsSync(join(cwd, 'x.tar.part'))).toBe(true);
      const finished = peer.requests.filter(
        ({ method, path }) => method === 'GET' && packageIn({ path }) && path !== last,
      );

      const second = await peers.start();
      passOn(second, published.registry);
      const again = await runCli(command(second.host), { cwd });
      expect(again.code).toBe(0);
      expect(again.stderr).toContain('from a run that was interrupted');
      const fetched = second.requests.filter(({ method }) => method === 'GET').map((r) => r.path);
      expect(finished.length).toBeGreaterThan(0);
      expect(fetched.filter((path) => finished.some((one) => one.path === path))).toEqual([]);
      expect(await readFile(join(cwd, 'x.tar'))).toEqual(await readFile(join(cwd, 'whole.tar')));
      expect((await readdir(cwd)).filter((name) => name.includes('.part'))).toEqual([]);
    },
  );
});

describe('import', () => {
  it(
    'shows a version when it is complete, wherever it is killed, and the next run ends the work',
    { timeout: 120_000 },
    async () => {
      const cwd = await tempFolder();
      const from = locationAt(published.host);
      await runCli(['export', '--from', from, 'example.com/acme/thing', '-o', 'x.tar'], { cwd });
      let stopped = 0;
      for (let n = 2, isOver = false; !isOver; n += 4) {
        const prefix = `import${String(n)}`;
        let count = 0;
        const { wasKilled } = await killedAt(
          () => ++count === n,
          'SIGKILL',
          (host) => ['import', 'x.tar', '--to', locationAt(host, prefix)],
          cwd,
        );
        const found = await findRelease(published.registry, prefix);
        expect(found).not.toBe('broken');
        isOver = !wasKilled;
        if (isOver) {
          expect(found).toBe('complete');
          continue;
        }
        stopped += 1;
        const to = locationAt(published.host, prefix);
        expect(await runCli(['import', 'x.tar', '--to', to], { cwd })).toMatchObject({ code: 0 });
        expect(await findRelease(published.registry, prefix)).toBe('complete');
      }
      expect(stopped).toBeGreaterThan(3);
    },
  );

  it('sends no blob again that had arrived', async () => {
    const cwd = await tempFolder();
    const from = locationAt(published.host);
    await runCli(['export', '--from', from, 'example.com/acme/thing', '-o', 'x.tar'], { cwd });
    const to = (host: string): string[] => ['import', 'x.tar', '--to', locationAt(host, 'again')];
    const isTag: Match = ({ method, path }) => method === 'PUT' && path.endsWith('/1.2.3');
    expect(await killedAt(isTag, 'SIGKILL', to, cwd)).toMatchObject({ wasKilled: true });
    expect(await findRelease(published.registry, 'again')).toBe('absent');
    const second = await peers.start();
    second.always(() => true, answerOf(published.registry));
    expect(await runCli(to(second.host), { cwd })).toMatchObject({ code: 0 });
    const uploads = second.log().filter((line) => line.includes('/blobs/uploads/'));
    expect(uploads).toEqual([]);
    expect(await findRelease(published.registry, 'again')).toBe('complete');
  });
});
