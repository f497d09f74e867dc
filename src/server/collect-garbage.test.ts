import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../test/support/http-request.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import type { Clock } from '../base/index.ts';
import { digestOf } from '../spec/index.ts';
import { startServer } from './app.ts';

const hour = 3_600_000;

/** Time passes when the test says so; whoever sleeps long enough wakes up then. */
function manualClock() {
  let now = 1_000_000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason as Error);
        });
      }),
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= hour) {
      now += Math.min(left, hour);
      for (const sleeper of [...sleepers].filter(({ at }) => at <= now)) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      await turnOfLoop();
    }
  };
  return { clock, pass };
}

async function serve(options: { readonly graceMs?: number; readonly readOnly?: boolean }) {
  const { clock, pass } = manualClock();
  const folder = await tempFolder();
  const server = await startServer({ folder, listen: '127.0.0.1:0', clock, ...options });
  onTestFinished(() => server.close());
  const url = server.addresses[0]?.url ?? '';
  const blobs = () => readdir(join(folder, 'acme/null/blobs/sha256'));
  return { url, pass, blobs, server };
}

async function pushBlob(url: string, bytes: Buffer): Promise<void> {
  const path = `/v2/acme/null/blobs/uploads/?digest=${digestOf(bytes)}`;
  expect((await send('POST', url, path, { body: bytes })).status).toBe(201);
}

describe('a running server', () => {
  it('removes blobs that nothing has needed for a day, and no others', async () => {
    const { url, pass, blobs } = await serve({});
    await pushBlob(url, Buffer.from('first'));
    await pass(20 * hour);
    await pushBlob(url, Buffer.from('second'));
    expect(await blobs()).toHaveLength(2);
    await pass(6 * hour);
    await expect.poll(blobs).toEqual([digestOf(Buffer.from('second')).slice(7)]);
    await pass(24 * hour);
    await expect.poll(blobs).toEqual([]);
  });

  it('removes nothing where the grace period is endless', async () => {
    const { url, pass, blobs, server } = await serve({ graceMs: Infinity });
    await pushBlob(url, Buffer.from('first'));
    await pass(1000 * hour);
    await server.close();
    expect(await blobs()).toHaveLength(1);
  });
});
