import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock, useRemotes } from '../../test/support/remote-repository.ts';
import { type Fault, type Reply, usePeers } from '../../test/support/scripted-peer.ts';
import type { TargetRepository } from '../content/index.ts';
import { digestOf, mediaTypes } from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const base = '/v2/acme/null';

const bytes = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }),
);
const descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const questions: readonly {
  readonly name: string;
  readonly path: string;
  readonly reply: Reply;
  readonly ask: (repository: TargetRepository) => Promise<unknown>;
  readonly answer: unknown;
}[] = [
  {
    name: 'a manifest',
    path: `${base}/manifests/1.0.0`,
    reply: { headers: { 'content-type': mediaTypes.index }, body: bytes },
    ask: (repository) => repository.readManifest('1.0.0'),
    answer: { bytes, descriptor },
  },
  {
    name: 'a page of tags',
    path: `${base}/tags/list`,
    reply: { body: { name: 'acme/null', tags: ['1.0.0'] } },
    ask: (repository) => all(repository.tags()),
    answer: ['1.0.0'],
  },
  {
    name: 'a page of referrers',
    path: `${base}/referrers/${descriptor.digest}`,
    reply: { headers: { 'content-type': mediaTypes.index }, body: bytes },
    ask: (repository) => all(repository.referrers(descriptor)),
    answer: [],
  },
];

describe.each(questions)('$name', ({ answer, ask, path, reply }) => {
  it.each<Fault>([
    { kind: 'drop-after', bytes: 5 },
    { kind: 'stall-after', bytes: 5 },
  ])('is asked for again after %o', async (fault) => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, { ...reply, fault }).once(`GET ${path}`, reply);
    const limits = { connectMs: 2000, firstByteMs: 2000, idleMs: 50 };
    const retry = { maxAttempts: 3, baseDelayMs: 1 };
    const clock = makeManualClock();
    const repository = remotes.repository(peer, { clock, httpOptions: { clock, limits, retry } });
    expect(await ask(repository)).toEqual(answer);
    expect(clock.slept).toHaveLength(1);
  });

  it('is given up when it breaks off each time', async () => {
    const peer = await peers.start();
    peer.times(3, `GET ${path}`, { ...reply, fault: { kind: 'drop-after', bytes: 5 } });
    expect(await failureOf(ask(remotes.repository(peer)))).toMatchObject({
      code: 'ERR_HTTP_CONNECTION',
    });
  });

  it('is not asked for as often again when there is no answer at all', async () => {
    const peer = await peers.start();
    peer.times(3, `GET ${path}`, { fault: { kind: 'drop' } });
    expect(await failureOf(ask(remotes.repository(peer)))).toMatchObject({
      code: 'ERR_HTTP_CONNECTION',
    });
  });
});
