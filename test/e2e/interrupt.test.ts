import { once } from 'node:events';
import { request } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  address,
  answerOf,
  filesIn,
  findRelease,
  locationAt,
  makeProject,
  passOn,
  platform,
  type PublishedRegistry,
  repositoryPath,
  startPublishedRegistry,
  version,
} from '../support/published-registry.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import {
  type Finished,
  runCli,
  type RunningCli,
  startCli,
  startServe,
} from '../support/run-cli.ts';
import { type Match, usePeers } from '../support/scripted-peer.ts';
import { tempFolder } from '../support/temp-folder.ts';

const peers = usePeers();
let published: PublishedRegistry;

/** Many chunks of the network, so that a transfer can be stopped in the middle of many places. */
const binary = Buffer.from(Array.from({ length: 600_000 }, (_, index) => (index * index) >>> 3));

beforeAll(async () => {
  published = await startPublishedRegistry({ binary });
});
afterAll(() => published.close());

/** Dozens of processes one after the other: some 8 s on two idle cores. */
const sweepMs = 120_000;

/** Runs side by side as many as keep two cores busy while some of them wait. */
const limit = pLimit(3);

interface Stopped {
  readonly result: Finished;
  /** Requests that came before the signal. */
  readonly seen: number;
}

/**
 * Runs a command and interrupts it at its n-th request: before the registry hears of it, or after it did
 * what was asked, its answer withheld.
 */
async function stopAt(
  n: number,
  when: 'before' | 'after',
  start: (host: string) => RunningCli,
): Promise<Stopped> {
  const peer = await peers.start();
  const running = start(peer.host);
  let count = 0;
  const isNth: Match = () => ++count === n;
  peer.always(isNth, async (seen) => {
    if (when === 'after') await answerOf(published.registry)(seen);
    running.child.kill('SIGINT');
    await running.finished;
    return { fault: { kind: 'drop' } };
  });
  passOn(peer, published.registry);
  const result = await running.finished;
  return { result, seen: count };
}

/** Stops at every request in turn, until a run is over before its turn comes. */
async function sweep(step: (n: number) => Promise<'stopped' | 'done'>): Promise<number> {
  let stopped = 0;
  for (let from = 1, isOver = false; !isOver; from += 6) {
    const turns = Array.from({ length: 6 }, (_, index) => from + index);
    const outcomes = await Promise.all(turns.map((n) => limit(() => step(n))));
    stopped += outcomes.filter((outcome) => outcome === 'stopped').length;
    isOver = outcomes.includes('done');
  }
  return stopped;
}

function expectInterrupted({ code, stderr, stdout }: Finished): void {
  expect(stderr).toMatch(/^Error: the command was interrupted$/mu);
  expect(stderr.match(/Error:/gu)).toHaveLength(1);
  expect(stderr).not.toContain('    at ');
  expect(stdout).not.toMatch(/Published|Installed .* v1|are installed/u);
  expect(code).toBe(130);
}

describe('Ctrl-C during push', () => {
  async function oneZip(): Promise<string> {
    const folder = join(await tempFolder(), 'dist');
    await makeReleaseFolder(folder, { type: 'thing', version, platforms: [platform] });
    return folder;
  }

  it(
    'leaves no tag without content, at whatever request it comes, and a second run ends the work',
    { timeout: sweepMs },
    async () => {
      const folder = await oneZip();
      const push = (host: string, prefix: string): string[] => [
        ...['push', address, folder, '--to', locationAt(host, prefix)],
      ];
      const stopped = await sweep(async (n) => {
        const prefix = `sweep${String(n)}`;
        const { registry, host } = published;
        const when = n % 2 === 0 ? 'before' : 'after';
        const { result, seen } = await stopAt(n, when, (through) =>
          startCli(push(through, prefix)),
        );
        if (seen < n) {
          expect(result.code).toBe(0);
          return 'done';
        }
        expectInterrupted(result);
        expect(await findRelease(registry, prefix)).not.toBe('broken');
        // A full push takes far longer than a stopped one; every third state is enough of them.
        if (n % 3 !== 0) return 'stopped';
        const again = await runCli(push(host, prefix));
        expect(again).toMatchObject({ code: 0 });
        expect(await findRelease(registry, prefix)).toBe('complete');
        return 'stopped';
      });
      // Looking, sending, attaching evidence, moving the tag and making sure are some 30 requests.
      expect(stopped).toBeGreaterThan(20);
    },
  );

  it('has made the tag or not when it comes while the tag is moved', async () => {
    const folder = await oneZip();
    for (const [when, expected] of [
      ['before', 'absent'],
      ['after', 'complete'],
    ] as const) {
      const prefix = `tag-${when}`;
      const peer = await peers.start();
      const to = locationAt(peer.host, prefix);
      const running = startCli(['push', address, folder, '--to', to]);
      peer.always(`PUT ${repositoryPath(prefix)}/manifests/${version}`, async (seen) => {
        if (when === 'after') await answerOf(published.registry)(seen);
        running.child.kill('SIGINT');
        await running.finished;
        return { fault: { kind: 'drop' } };
      });
      passOn(peer, published.registry);
      expectInterrupted(await running.finished);
      expect(await findRelease(published.registry, prefix)).toBe(expected);
    }
  });

  it('stops an upload that nobody reads, at once', async () => {
    const peer = await peers.start();
    const running = startCli([
      ...['push', address, published.release.folder, '--to', locationAt(peer.host, 'deaf')],
    ]);
    const isUpload: Match = ({ method, path }) => {
      const matches = method === 'PUT' && path.includes(encodeURIComponent(published.layer.digest));
      if (matches) setTimeout(() => running.child.kill('SIGINT'), 20);
      return matches;
    };
    peer.always(isUpload, { fault: { kind: 'deaf' } });
    passOn(peer, published.registry);
    expectInterrupted(await running.finished);
    expect(await findRelease(published.registry, 'deaf')).toBe('absent');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops reading the packages, by %s too, and a layout folder can be written afterwards',
    async (signal) => {
      const folder = await tempFolder();
      const args = ['push', address, published.release.folder, '--to'];
      const to = `oci-layout:${join(folder, 'layouts')}/{hostname}/{namespace}/{type}`;
      const running = startCli([...args, to]);
      running.child.stderr?.once('data', () => running.child.kill(signal));
      const result = await running.finished;
      expect(result.stdout).toBe('');
      expect(result.code).toBe(130);
      expect(await runCli([...args, to])).toMatchObject({ code: 0 });
    },
  );
});

describe('Ctrl-C during init', () => {
  async function expectNothingLeft(project: string): Promise<void> {
    const left = await filesIn(project);
    expect(left.filter((path) => path !== '.terraform')).toEqual(['main.tf']);
  }

  it(
    'leaves nothing, at whatever request it comes, and a second run installs',
    { timeout: sweepMs },
    async () => {
      const { host } = published;
      const stopped = await sweep(async (n) => {
        const project = await makeProject();
        const init = (from: string): string[] => ['init', '--from', locationAt(from)];
        const { result, seen } = await stopAt(n, n % 2 === 0 ? 'before' : 'after', (through) =>
          startCli(init(through), { cwd: project }),
        );
        if (seen < n) {
          expect(result.code).toBe(0);
          return 'done';
        }
        expectInterrupted(result);
        await expectNothingLeft(project);
        expect(await runCli(init(host), { cwd: project })).toMatchObject({ code: 0 });
        return 'stopped';
      });
      expect(stopped).toBeGreaterThanOrEqual(4);
    },
  );

  it('leaves nothing of a package, wherever in it the transfer stands', async () => {
    const { bytes, digest } = published.layer;
    const stop = async (tenths: number): Promise<void> => {
      const project = await makeProject();
      const peer = await peers.start();
      const running = startCli(['init', '--from', locationAt(peer.host)], { cwd: project });
      const isPackage: Match = ({ method, path }) => {
        const matches = method === 'GET' && path.endsWith(digest);
        // Time for the part to arrive and be written; the rest never comes.
        if (matches) setTimeout(() => running.child.kill('SIGINT'), 60);
        return matches;
      };
      const part = Math.min(bytes.length - 1, Math.round((bytes.length * tenths) / 10));
      peer.always(isPackage, { body: bytes, fault: { kind: 'stall-after', bytes: part } });
      passOn(peer, published.registry);
      expectInterrupted(await running.finished);
      await expectNothingLeft(project);
    };
    await Promise.all([0, 1, 3, 5, 7, 9, 10].map((tenths) => limit(() => stop(tenths))));
  });
});

describe('serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends with exit code 0 on %s', async (signal) => {
    const folder = await tempFolder();
    const server = await startServe([folder, '--listen', '127.0.0.1:0'], { cwd: folder });
    await server.stop(signal);
    expect(server.child.exitCode).toBe(0);
  });

  /** An upload of which only the first half was sent. */
  async function halfUpload(host: string) {
    const base = `http://${host}/v2/acme/thing/blobs/uploads/`;
    const { bytes, digest } = published.layer;
    const upload = request(`${base}?digest=${digest}`, {
      method: 'POST',
      headers: { 'content-length': bytes.length, 'content-type': 'application/octet-stream' },
      agent: false,
    });
    const outcome = new Promise<number | string>((resolve) => {
      upload.once('response', (response) => resolve(response.resume().statusCode ?? 0));
      upload.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    await new Promise((resolve) => upload.write(bytes.subarray(0, bytes.length / 2), resolve));
    await serverHasSeenIt(host);
    return {
      outcome,
      finish: () => void upload.end(bytes.subarray(bytes.length / 2)),
    };
  }

  /** A whole request on another connection takes longer than the header of one that was sent before. */
  async function serverHasSeenIt(host: string): Promise<void> {
    for (let count = 0; count < 3; count++) await fetch(`http://${host}/v2/`);
  }

  async function noLongerListens(host: string): Promise<void> {
    for (;;) {
      try {
        await fetch(`http://${host}/v2/`, { headers: { connection: 'close' } });
      } catch {
        return;
      }
    }
  }

  it('finishes the upload under way before it ends', async () => {
    const folder = await tempFolder();
    const server = await startServe([folder, '--listen', '127.0.0.1:0'], { cwd: folder });
    const host = server.hosts[0] ?? '';
    const upload = await halfUpload(host);
    const stopped = server.stop('SIGTERM');
    await noLongerListens(host);
    expect(server.child.exitCode).toBe(null);
    upload.finish();
    expect(await upload.outcome).toBe(201);
    await stopped;
    expect(server.child.exitCode).toBe(0);
    const hex = published.layer.digest.slice('sha256:'.length);
    expect(await filesIn(join(folder, 'acme/thing'))).toContain(`blobs/sha256/${hex}`);
  });

  it('ends at once when it is interrupted a second time, and the folder stays sound', async () => {
    const folder = join(await tempFolder(), 'registry');
    await mkdir(folder);
    const server = await startServe([folder, '--listen', '127.0.0.1:0'], { cwd: folder });
    const host = server.hosts[0] ?? '';
    const upload = await halfUpload(host);
    server.child.kill('SIGINT');
    await noLongerListens(host);
    server.child.kill('SIGINT');
    await once(server.child, 'exit');
    expect(server.child.exitCode).toBe(130);
    expect(await upload.outcome).toBe('ECONNRESET');
    const again = await startServe([folder, '--listen', '127.0.0.1:0'], { cwd: folder });
    const to = locationAt(again.hosts[0] ?? '');
    const pushed = await runCli(['push', address, published.release.folder, '--to', to]);
    expect(pushed).toMatchObject({ code: 0 });
  });
});
