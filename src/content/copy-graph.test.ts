import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { FileAccessError, LimitExceededError } from '../base/index.ts';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../spec/index.ts';
import {
  type BlobSource,
  bytesSource,
  ContentNotFoundError,
  CopyError,
  copyGraph,
  type CopySource,
  createMemoryRepository,
  DigestMismatchError,
  type TargetRepository,
  type WritableStore,
} from './index.ts';

/** An index of two images; both have the empty config, and they share a layer. */
async function release(to: TargetRepository): Promise<Record<string, Descriptor>> {
  const empty = bytesSource(emptyBlob(), mediaTypes.empty);
  const shared = bytesSource(Buffer.from('shared'), 'archive/zip');
  const image = (layers: BlobSource[]) =>
    bytesSource(
      canonicalJson({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: emptyDescriptor,
        layers: layers.map(({ descriptor }) => descriptor),
      }),
      mediaTypes.manifest,
    );
  const own = bytesSource(Buffer.from('own'), 'archive/zip');
  const a = image([shared]);
  const b = image([shared, own]);
  const index = bytesSource(
    canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [a.descriptor, b.descriptor, a.descriptor],
    }),
    mediaTypes.index,
  );
  for (const source of [empty, shared, own, a, b, index]) await to.push(source);
  const entries = Object.entries({ empty, shared, own, a, b, index });
  return Object.fromEntries(entries.map(([name, { descriptor }]) => [name, descriptor]));
}

/** A store with some of its methods replaced. */
function altered<T extends object>(store: T, changes: Partial<T>): T {
  return new Proxy(store, {
    get(target, key) {
      if (Object.hasOwn(changes, key)) return Reflect.get(changes, key) as unknown;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function failureOf(task: Promise<unknown>): Promise<unknown> {
  return await task.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

describe('copying a graph', () => {
  it('puts children before parents and every node once', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const nodes = await release(from);
    const order: string[] = [];
    const nameOf = (descriptor: Descriptor) =>
      Object.keys(nodes).find((name) => nodes[name]?.digest === descriptor.digest) ?? '?';
    await copyGraph(from, to, nodes['index']!, {
      events: { copied: (descriptor) => order.push(nameOf(descriptor)) },
    });
    expect([...order].sort()).toEqual(['a', 'b', 'empty', 'index', 'own', 'shared']);
    expect(order.at(-1)).toBe('index');
    for (const [child, parent] of [
      ['shared', 'a'],
      ['empty', 'a'],
      ['own', 'b'],
    ]) {
      expect(order.indexOf(child!)).toBeLessThan(order.indexOf(parent!));
    }
  });

  it('skips what is there, and asks for nothing below it', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const nodes = await release(from);
    await copyGraph(from, to, nodes['a']!);
    const asked: Digest[] = [];
    const skipped: Digest[] = [];
    const traced = altered<WritableStore>(to, {
      exists: (target) => {
        asked.push(target.digest);
        return to.exists(target);
      },
    });
    await copyGraph(from, traced, nodes['index']!, {
      events: { skipped: ({ digest }) => skipped.push(digest) },
    });
    expect(skipped).toContain(nodes['a']?.digest);
    expect(new Set(asked).size).toBe(asked.length);
    const again: Digest[] = [];
    await copyGraph(altered(from, { fetch: () => expect.fail() }), to, nodes['own']!, {
      events: { skipped: ({ digest }) => again.push(digest) },
    });
    expect(again).toEqual([nodes['own']?.digest]);
  });

  it('asks nothing about what it was told is there, and tells what it found', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const nodes = await release(from);
    const present = new Set<Digest>();
    await copyGraph(from, to, nodes['a']!, { present });
    expect([...present].sort()).toEqual(
      [nodes['a'], nodes['empty'], nodes['shared']].map((one) => one?.digest).sort(),
    );
    const offered: Digest[] = [];
    const watched = altered<WritableStore>(to, {
      exists: (target) => (offered.push(target.digest), to.exists(target)),
      push: (source) => (offered.push(source.descriptor.digest), to.push(source)),
    });
    await copyGraph(from, watched, nodes['index']!, { present });
    const once = [nodes['own'], nodes['b'], nodes['b'], nodes['index'], nodes['index']];
    expect([...offered].sort()).toEqual(once.map((one) => one?.digest).sort());
  });

  it('offers the root again when it is told to, and nothing below it', async () => {
    const from = createMemoryRepository('from');
    const to = createMemoryRepository('to');
    const nodes = await release(from);
    await copyGraph(from, to, nodes['a']!);
    const offered: Digest[] = [];
    const watched = altered<WritableStore>(to, {
      push: (source) => (offered.push(source.descriptor.digest), to.push(source)),
    });
    await copyGraph(from, watched, nodes['a']!, { offerRoot: true });
    expect(offered).toEqual([nodes['a']?.digest]);
    await copyGraph(from, watched, nodes['index']!, { offerRoot: true });
    expect(offered.filter((digest) => digest === nodes['a']?.digest)).toHaveLength(1);
  });

  it('says of blobs, and of nothing else, where the registry has them', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const address = { registry: 'registry.example.com', path: 'acme/null' };
    const to = createMemoryRepository('to');
    const seen = new Map<Digest, unknown>();
    const watched = altered<WritableStore>(to, {
      push: (source) => {
        seen.set(source.descriptor.digest, source.mountFrom);
        return to.push(source);
      },
    });
    await copyGraph(altered<CopySource>(from, { address }), watched, nodes['index']!);
    expect(seen.get(nodes['own']!.digest)).toEqual(address);
    expect(seen.get(nodes['empty']!.digest)).toEqual(address);
    expect(seen.get(nodes['a']!.digest)).toBeUndefined();
    expect(seen.get(nodes['index']!.digest)).toBeUndefined();
  });

  it('keeps to one number together with other copies', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    let running = 0;
    let most = 0;
    const limiter = pLimit(2);
    const counted = (to: WritableStore) =>
      altered<WritableStore>(to, {
        push: async (source, options) => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          return await to.push(source, options);
        },
      });
    await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        copyGraph(from, counted(createMemoryRepository(name)), nodes['index']!, { limiter }),
      ),
    );
    expect(most).toBe(2);
  });

  it('reports progress and mounts', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const to = createMemoryRepository('to');
    const events: string[] = [];
    await copyGraph(
      from,
      altered<WritableStore>(to, { push: () => Promise.resolve('mounted') }),
      nodes['own']!,
      {
        events: { mounted: () => events.push('mounted') },
      },
    );
    await copyGraph(from, to, nodes['own']!, {
      events: { progress: (_, sent) => events.push(String(sent)) },
    });
    expect(events).toEqual(['mounted', '3']);
  });

  it('moves no more contents at once than it is allowed to', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    let running = 0;
    let most = 0;
    const to = createMemoryRepository('to');
    const counted = altered<WritableStore>(to, {
      push: async (source, options) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return await to.push(source, options);
      },
    });
    await copyGraph(from, counted, nodes['index']!, { concurrency: 1 });
    expect(most).toBe(1);
  });

  it('blames the source for content that is missing there', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const holed = altered(from, {
      fetch: (target) =>
        target.digest === nodes['own']?.digest
          ? Promise.reject(new ContentNotFoundError('from', target.digest))
          : from.fetch(target),
    });
    const to = createMemoryRepository('to');
    const error = await failureOf(copyGraph(holed, to, nodes['index']!));
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({
      code: 'ERR_CONTENT_COPY',
      side: 'source',
      category: 'integrity',
      descriptor: { digest: nodes['own']?.digest },
    });
    expect(await to.exists(nodes['b']!)).toBe(false);
    expect(await to.exists(nodes['index']!)).toBe(false);
  });

  it('blames the source for a stream that breaks or lies', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const broken = altered(from, {
      fetch: () => {
        const stream = new PassThrough();
        stream.write('o');
        setImmediate(() => stream.destroy(new Error('the cable was cut')));
        return Promise.resolve<Readable>(stream);
      },
    });
    const error = await failureOf(copyGraph(broken, createMemoryRepository('to'), nodes['own']!));
    expect(error).toMatchObject({
      side: 'source',
      message: expect.stringContaining('cable') as string,
    });
  });

  it('blames the destination for content it does not take', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const full = new Error('no space');
    const to = createMemoryRepository('to');
    const refusing = altered<WritableStore>(to, {
      push: async (source) => {
        const stream = await source.open();
        stream.on('error', () => undefined).destroy(full);
        throw full;
      },
    });
    const error = await failureOf(copyGraph(from, refusing, nodes['own']!));
    expect(error).toMatchObject({ side: 'destination', cause: full });
    const blind = altered<WritableStore>(to, { exists: () => Promise.reject(full) });
    expect(await failureOf(copyGraph(from, blind, nodes['index']!))).toMatchObject({
      side: 'destination',
    });
  });

  it('blames the destination for a disk that is full in the middle of a large content', async () => {
    const from = createMemoryRepository('from');
    const large = bytesSource(Buffer.alloc(2_000_000), 'archive/zip');
    const chunked: CopySource = altered<CopySource>(from, {
      fetch: () =>
        Promise.resolve(Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(100_000)))),
    });
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    const to = altered<WritableStore>(createMemoryRepository('to'), {
      push: async (source) => {
        const disk = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, full) });
        try {
          await pipeline(await source.open(), disk);
        } catch (error) {
          throw new FileAccessError('write', '/registry/blob', error);
        }
        return 'pushed';
      },
    });
    await expect(copyGraph(chunked, to, large.descriptor)).rejects.toMatchObject({
      code: 'ERR_CONTENT_COPY',
      side: 'destination',
      message: expect.stringContaining('no space left on device') as unknown,
      hint: expect.stringContaining('Free some space') as unknown,
    });
  });

  it('keeps what a failure means: a changed blob is an integrity error', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const to = createMemoryRepository('to');
    const lying = altered(from, {
      fetch: () => Promise.resolve(Readable.from([Buffer.from('0wn')])),
    });
    const error = await failureOf(copyGraph(lying, to, nodes['own']!));
    expect(error).toMatchObject({
      category: 'integrity',
      cause: expect.any(DigestMismatchError) as unknown,
    });
    expect(await to.exists(nodes['own']!)).toBe(false);
  });

  it('bounds manifests, depth and cycles', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const huge = { ...nodes['index']!, size: 2 ** 50 };
    const to = createMemoryRepository('to');
    const tooLarge = await failureOf(copyGraph(from, to, huge));
    expect(tooLarge).toMatchObject({
      side: 'source',
      cause: expect.any(LimitExceededError) as unknown,
    });
    const cyclic = { childrenOf: () => [nodes['a']!] };
    expect(await failureOf(copyGraph(from, to, nodes['a']!, cyclic))).toBeInstanceOf(
      LimitExceededError,
    );

    let inner = nodes['index']!;
    for (let level = 0; level < 20; level++) {
      const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [inner] };
      const source = bytesSource(canonicalJson(document), mediaTypes.index);
      await from.push(source);
      inner = source.descriptor;
    }
    expect(await failureOf(copyGraph(from, to, inner))).toBeInstanceOf(LimitExceededError);
  });

  it('keeps no more manifests waiting than fit into memory', async () => {
    const to = createMemoryRepository('to');
    const manifests = Array.from({ length: 300 }, (_, i): Descriptor => {
      const digest = `sha256:${String(i).padStart(64, '0')}` as Digest;
      return { mediaType: mediaTypes.index, digest, size: 4 * 1024 * 1024 };
    });
    const root = bytesSource(
      canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }),
      mediaTypes.index,
    );
    // As large as they may be, all of the same memory.
    const large = Buffer.alloc(4 * 1024 * 1024, ' ');
    let read = 0;
    const from: CopySource = {
      exists: () => Promise.resolve(true),
      fetch: (target) => {
        if (target.digest === root.descriptor.digest) return root.open();
        read++;
        return Promise.resolve(Readable.from([large]));
      },
    };
    const below: Descriptor = { ...root.descriptor, mediaType: 'archive/zip' };
    const childrenOf = (descriptor: Descriptor) =>
      descriptor.digest === root.descriptor.digest ? manifests : [below];
    const blocked = altered<WritableStore>(to, {
      push: (_, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    });
    const error = await failureOf(copyGraph(from, blocked, root.descriptor, { childrenOf }));
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(read).toBeLessThan(70);
  });

  it('stops with the reason of the signal, and waits for what is running', async () => {
    const from = createMemoryRepository('from');
    const nodes = await release(from);
    const controller = new AbortController();
    const reason = new Error('enough');
    let running = 0;
    const to = createMemoryRepository('to');
    const slow = altered<WritableStore>(to, {
      push: async (_, options) => {
        running++;
        controller.abort(reason);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        throw options?.signal?.reason;
      },
    });
    const task = copyGraph(from, slow, nodes['index']!, { signal: controller.signal });
    expect(await failureOf(task)).toBe(reason);
    expect(running).toBe(0);
    expect(await failureOf(copyGraph(from, to, nodes['a']!, { signal: controller.signal }))).toBe(
      reason,
    );
  });
});
