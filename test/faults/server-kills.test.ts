import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { send } from '../support/http-request.ts';
import { isProof, proofSeed } from '../support/proof.ts';
import { Random } from '../support/random.ts';
import {
  bundleServer,
  killChild,
  type ServerChild,
  startServerChild,
} from '../support/server-child.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { checkSurvivors, resumeUploads } from './check-survivors.ts';
import { KilledClient } from './killed-client.ts';

/**
 * A server is killed with SIGKILL while clients push, move and delete, and while it collects garbage, again and
 * again over the same folder; sometimes again while it starts. `npm test` does it 20 times, `npm run proof` 2,000
 * times, 250 in a part.
 */
const rounds = isProof ? 250 : 20;
/** Servers side by side, each with a folder of its own. */
const lanes = isProof ? 3 : 2;
const clientsPerLane = 4;
/** Less than some pushes take, so that they meet what a collection does to slow ones. */
const graceMs = 12;
const longestMs = 150;
/** Promised of a machine that has nothing else to do; this one has. Nothing depends on time in `npm test`. */
const longestStartMs = isProof ? 2000 * lanes : Infinity;

interface Lane {
  readonly file: string;
  readonly folder: string;
  readonly random: Random;
  readonly clients: readonly KilledClient[];
  readonly startsMs: number[];
  collected: number;
}

async function makeLane(file: string, seed: number, number: number): Promise<Lane> {
  const folder = join(await tempFolder(), 'served');
  const random = new Random(seed, number);
  const sizes = [0, 1, 700, 20_000, 300_000];
  const shared = sizes.map((size) => Buffer.alloc(size, `shared ${size} `));
  const clients = Array.from({ length: clientsPerLane }, (_, index) => {
    const repositories = ['kill/one', 'kill/one/two'] as const;
    return new KilledClient({
      repository: repositories[index % 2]!,
      sibling: repositories[(index + 1) % 2]!,
      name: `c${index}`,
      random: new Random(seed, number, index),
      shared,
    });
  });
  return { file, folder, random, clients, startsMs: [], collected: 0 };
}

async function startServer({ file, folder }: Lane): Promise<ServerChild> {
  const server = await startServerChild(file, [folder, String(graceMs)]);
  onTestFinished(() => killChild(server.child));
  return server;
}

/** Starts, is asked for what makes it read its folders, and is killed before it can have answered. */
async function killWhileStarting(lane: Lane): Promise<void> {
  const { child, url } = await startServer(lane);
  for (const { place } of lane.clients.slice(0, 2)) {
    send('GET', url, `/v2/${place.repository}/tags/list`).catch(() => undefined);
  }
  await sleep(lane.random.below(12));
  await killChild(child);
}

/** Checks what is there, then lets the clients work and kills the server. @returns what is wrong */
async function round(lane: Lane, isLast: boolean): Promise<readonly string[]> {
  if (lane.random.below(6) === 0) await killWhileStarting(lane);
  const started = performance.now();
  const server = await startServer(lane);
  const { status } = await send('GET', server.url, '/v2/');
  lane.startsMs.push(performance.now() - started);
  const agent = new Agent({ keepAlive: true });
  try {
    const place = { url: server.url, agent, folder: lane.folder };
    const problems = status === 200 ? [] : [`the first answer: ${String(status)}`];
    for (const repository of new Set(lane.clients.map((client) => client.place.repository))) {
      const clients = lane.clients.filter((client) => client.place.repository === repository);
      problems.push(...(await checkSurvivors(place, repository, clients)));
    }
    problems.push(...(await resumeUploads(place, lane.clients)));
    await countCollected(lane, place);
    if (problems.length > 0 || isLast) return problems;
    let isKilled = false;
    const working = lane.clients.map((client) =>
      client.work(place).catch((error: unknown) => {
        // Whose connection went before the server did has found a server that fails by itself.
        const isOver = isKilled && error instanceof Error && 'code' in error;
        if (!isOver) problems.push(String(error));
      }),
    );
    await sleep(lane.random.below(longestMs));
    isKilled = true;
    await killChild(server.child);
    await Promise.all(working);
    if (server.complaints() !== '') problems.push(server.complaints());
    return problems;
  } finally {
    agent.destroy();
    await killChild(server.child);
  }
}

async function countCollected(lane: Lane, { url, agent }: { url: string; agent: Agent }) {
  for (const { orphans, place } of lane.clients) {
    for (const digest of orphans) {
      const path = `/v2/${place.repository}/blobs/${digest}`;
      if ((await send('HEAD', url, path, { agent })).status === 404) lane.collected += 1;
    }
    orphans.clear();
  }
}

it(
  'has after kill -9 everything that it acknowledged before, and nothing else',
  async () => {
    const seed = proofSeed();
    const file = await bundleServer(await tempFolder());
    const made = await Promise.all(
      Array.from({ length: lanes }, (_, number) => makeLane(file, seed, number)),
    );
    let passed = 0;
    let left = rounds;
    await Promise.all(
      made.map(async (lane, number) => {
        for (let nth = 1; left > 0; nth++) {
          left -= 1;
          const problems = await round(lane, false);
          expect(problems, `seed ${seed}, lane ${number}, round ${nth}`).toEqual([]);
          passed += 1;
        }
        expect(await round(lane, true), `seed ${seed}, lane ${number}, at the end`).toEqual([]);
      }),
    );
    const total = (count: (lane: Lane) => number) =>
      made.reduce((sum, lane) => sum + count(lane), 0);
    const acknowledged = total(({ clients }) =>
      clients.reduce((sum, client) => sum + client.acknowledged, 0),
    );
    const collected = total((lane) => lane.collected);
    // That it was not for nothing.
    expect(Math.min(acknowledged, collected)).toBeGreaterThan(0);
    const startsMs = made.flatMap((lane) => lane.startsMs).sort((a, b) => a - b);
    const [median, slowest] = [startsMs[startsMs.length >> 1]!, startsMs.at(-1)!];
    expect(slowest, `seed ${seed}, milliseconds from start to first answer`).toBeLessThan(
      longestStartMs,
    );
    if (isProof) {
      const times = `first answer after ${Math.round(median)} ms, at most ${Math.round(slowest)} ms`;
      console.log(
        `PROOF ${passed} kill -9 of the server; ${acknowledged} changes acknowledged; ${times}`,
      );
    }
  },
  10 * 60_000,
);
