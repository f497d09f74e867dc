import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyGraph, type TargetRepository } from '../../src/content/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import { anonymousCredentials, createRegistryClient } from '../../src/oci/index.ts';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { startZot, zot } from '../support/zot.ts';
import { dataSets } from './data-sets.ts';
import type { DataSet } from './set-parts.ts';
import { load } from './data-set-reads.ts';
import { referenceTo } from './documents.ts';
import { expectWhole } from './whole-set.ts';
import { anonymous, openStage, type Running, type Stage } from './setups.ts';

interface Peer {
  readonly name: string;
  /** Why it can not be tried here. */
  readonly missing?: string | undefined;
  readonly start: () => Promise<{ readonly host: string; stop(): Promise<void> }>;
  /** Data sets that the peer itself does not take, each with what it says. */
  readonly refuses: Readonly<Record<string, string>>;
}

const peers: readonly Peer[] = [
  {
    name: 'serve',
    start: async () => {
      const stage = await openStage(anonymous);
      const running = await stage.start();
      const stop = async () => {
        await running.close();
        await stage.close();
      };
      return { host: new URL(running.tolerant.url).host, stop };
    },
    refuses: {},
  },
  {
    name: 'docker-registry',
    missing: whyNoDockerRegistry(),
    start: startDockerRegistry,
    refuses: {
      'Non-distributable Layers': 'docker-registry takes such layers with urls that it was told of',
      'Digest Algorithm sha512': 'docker-registry has no manifests with sha512 digests',
      'Tag Param sha512': 'docker-registry has no manifests with sha512 digests',
    },
  },
  {
    name: 'zot',
    missing: zot.path === undefined ? zot.reason : undefined,
    start: () => startZot(),
    refuses: {},
  },
];

/** All of a set with our own copy, children first, tags last. */
async function copySet(from: TargetRepository, to: TargetRepository, set: DataSet): Promise<void> {
  for (const { bytes, digest } of set.blobs) {
    const mediaType = 'application/octet-stream';
    const descriptor = { mediaType, digest, size: bytes.length };
    await to.push({ descriptor, open: (options) => from.fetch(descriptor, options) });
  }
  for (const manifest of set.manifests) {
    await copyGraph(from, to, referenceTo(manifest));
    const content = await from.readManifest(manifest.digest);
    expect(content.bytes.equals(manifest.bytes)).toBe(true);
    await to.tag(content, manifest.tag);
  }
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Everything that our client can ask of a repository, about a set. */
async function expectRead(repository: TargetRepository, set: DataSet): Promise<void> {
  for (const { bytes, digest } of set.blobs) {
    const blob = { mediaType: 'application/octet-stream', digest, size: bytes.length };
    expect(await repository.exists(blob)).toBe(true);
    const chunks = await listed((await repository.fetch(blob)) as AsyncIterable<Buffer>);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  }
  for (const manifest of set.manifests) {
    const { digest, mediaType, bytes, tag } = manifest;
    expect(await repository.exists(referenceTo(manifest))).toBe(true);
    expect((await repository.readManifest(digest)).descriptor).toMatchObject({ digest, mediaType });
    expect((await repository.readManifest(tag)).bytes.equals(bytes)).toBe(true);
    const referrers = set.manifests.filter(({ subject }) => subject === digest);
    const found = await listed(repository.referrers(referenceTo(manifest)));
    // A push by tag has the registry's usual digest, so that with another algorithm there are two of it.
    const twins = digest.startsWith('sha512:') ? /^sha512:/u : /^sha/u;
    const digests = found.map((each) => each.digest).filter((each) => twins.test(each));
    expect(new Set(digests)).toEqual(new Set(referrers.map((each) => each.digest)));
  }
}

describe.each(peers)(
  'the client, with $name and back',
  { concurrent: true },
  ({ missing, start, refuses }) => {
    let stage: Stage;
    let running: Running;
    let peer: Awaited<ReturnType<Peer['start']>>;
    const http = createHttpClient();
    const client = createRegistryClient({ http, credentials: anonymousCredentials });
    const repositoryAt = (registry: string, path: string) => client.repository({ registry, path });

    beforeAll(async () => {
      if (missing !== undefined) return;
      stage = await openStage(anonymous);
      running = await stage.start();
      peer = await start();
    });
    afterAll(async () => {
      http.close();
      if (missing !== undefined) return;
      await peer.stop();
      await running.close();
      await stage.close();
    });

    const whole = dataSets.filter(({ sparse = false }) => !sparse);
    const rows = whole.map((set) => {
      const reason = missing ?? refuses[set.name];
      const title = reason === undefined ? set.name : `${set.name} (skipped: ${reason})`;
      return [title, set, reason] as const;
    });

    it.for(rows)('copies every byte: %s', async ([, set, reason], { skip }) => {
      if (reason !== undefined) skip(reason);
      const { host } = new URL(running.registry.url);
      const name = await load(running.registry, set);
      const [away, home] = [`away/${name}`, `home/${name}`];
      await copySet(repositoryAt(host, name), repositoryAt(peer.host, away), set);
      await expectWhole(peer.host, away, set);
      await expectRead(repositoryAt(peer.host, away), set);
      await copySet(repositoryAt(peer.host, away), repositoryAt(host, home), set);
      await expectWhole(host, home, set);
    });

    it.skipIf(missing !== undefined)('copies no manifest whose content is missing', async () => {
      for (const set of dataSets.filter(({ sparse }) => sparse === true)) {
        const { host } = new URL(running.tolerant.url);
        const from = repositoryAt(host, await load(running.tolerant, set));
        const to = repositoryAt(peer.host, 'away/sparse');
        for (const manifest of set.manifests) {
          const attempt = copyGraph(from, to, referenceTo(manifest));
          await expect(attempt).rejects.toMatchObject({ code: 'ERR_CONTENT_COPY', side: 'source' });
          expect(await to.exists(referenceTo(manifest))).toBe(false);
        }
      }
    });
  },
);
