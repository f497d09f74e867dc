import { afterEach, describe, expect, it } from 'vitest';
import {
  errorOf,
  imageManifest,
  type RunningRegistry,
  startRegistry,
} from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import type { HostedRepository, RegistryStorage } from '../../content/index.ts';
import { mediaTypes } from '../../spec/index.ts';
import type { RegistryOptions } from './registry.ts';

const open: RunningRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

async function start(options: RegistryOptions, storage?: RegistryStorage) {
  const registry = await startRegistry(storage ?? (await temporaryStorage()), options);
  open.push(registry);
  await registry.pushBlob('a', '{}');
  return registry;
}

/** The storage, whose repositories tell before each of their methods is called. */
function watched(
  storage: RegistryStorage,
  before: (method: keyof HostedRepository) => Promise<void>,
): RegistryStorage {
  const watch = (repository: HostedRepository) =>
    new Proxy(repository, {
      get: (target, key: keyof HostedRepository) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...given: unknown[]) => unknown;
        if (key !== 'putManifest' && key !== 'openBlob') return method;
        return async (...given: unknown[]) => {
          await before(key);
          return method(...given);
        };
      },
    });
  return {
    findRepository: async (name, options) => {
      const found = await storage.findRepository(name, options);
      return found === undefined ? undefined : watch(found);
    },
    createRepository: async (name, options) => watch(await storage.createRepository(name, options)),
    repositories: (options) => storage.repositories(options),
    collectGarbage: (options) => storage.collectGarbage(options),
    close: () => storage.close(),
  };
}

describe('the memory of a registry', () => {
  it('holds no more manifests than it may, also while they are looked at and stored', async () => {
    let storing = 0;
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const storage = watched(await temporaryStorage(), (method) => {
      if (method === 'putManifest') storing++;
      return gate;
    });
    const registry = await start({ limits: { maxManifestBytesAtOnce: 1000 } }, storage);
    const first = registry.pushManifest('a', '1', imageManifest({ note: 'x'.repeat(500) }));
    await expect.poll(() => storing).toBe(1);
    const second = await registry.pushManifest('a', '2', imageManifest({ note: 'y'.repeat(500) }));
    expect([second.status, errorOf(second).code]).toEqual([429, 'TOOMANYREQUESTS']);
    go();
    expect((await first).status).toBe(201);
    const again = await registry.pushManifest('a', '2', imageManifest({ note: 'y'.repeat(500) }));
    expect(again.status).toBe(201);
  });

  it('has room for manifests of unknown length once their length is known', async () => {
    let storing = 0;
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const storage = watched(await temporaryStorage(), () => {
      storing++;
      return gate;
    });
    const limits = { maxManifestBytesAtOnce: 4 * 1024 ** 2 + 1000 };
    const registry = await start({ limits }, storage);
    const push = (tag: string) =>
      registry.send('PUT', `/v2/a/manifests/${tag}`, {
        body: JSON.stringify(imageManifest({ note: tag })),
        headers: { 'Content-Type': mediaTypes.manifest },
        chunked: true,
      });
    const pushes = [];
    for (const tag of ['1', '2', '3']) {
      pushes.push(push(tag));
      await expect.poll(() => storing).toBe(pushes.length);
    }
    go();
    const statuses = (await Promise.all(pushes)).map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 201]);
  });

  it('does not keep large manifests for clients that read slowly', async () => {
    const opened: string[] = [];
    const storage = watched(await temporaryStorage(), (method) => {
      opened.push(method);
      return Promise.resolve();
    });
    const registry = await start({}, storage);
    const [small, large] = ['x', 'x'.repeat(2 * 1024 ** 2)].map((note) => imageManifest({ note }));
    for (const manifest of [small ?? {}, large ?? {}]) {
      expect((await registry.pushManifest('a', 'tag', manifest)).status).toBe(201);
      opened.length = 0;
      const { status, headers, body, json } = await registry.send('GET', '/v2/a/manifests/tag');
      expect([status, json]).toEqual([200, manifest]);
      expect(headers['content-type']).toBe(mediaTypes.manifest);
      expect(headers['content-length']).toBe(String(body.length));
      expect(opened).toEqual(manifest === large ? ['openBlob'] : []);
      const head = await registry.send('HEAD', '/v2/a/manifests/tag');
      expect([head.headers['content-length'], head.body.length]).toEqual([`${body.length}`, 0]);
    }
  });

  it('reads four large manifests at once, whoever asks for them', async () => {
    let [reading, most] = [0, 0];
    const storage = watched(await temporaryStorage(), async (method) => {
      if (method !== 'openBlob') return;
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setTimeout(resolve, 5));
      reading--;
    });
    const registry = await start({}, storage);
    await registry.pushManifest('a', 'tag', imageManifest({ note: 'x'.repeat(100_000) }));
    const reads = Array.from({ length: 20 }, () => registry.send('GET', '/v2/a/manifests/tag'));
    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
    expect(most).toBe(4);
  });

  it.each([
    [70_000, 429],
    [100_000, 200],
  ])('keeps at most %i bytes of long lists for clients to read', async (most, expected) => {
    const registry = await start({ limits: { maxListBytesAtOnce: most } });
    for (let from = 0; from < 600; from += 100) {
      const tags = Array.from({ length: 100 }, (_, at) => String(from + at).padStart(128, '0'));
      const manifest = imageManifest();
      const { digest } = await registry.pushManifest('a', undefined, manifest);
      const query = tags.map((tag) => `tag=${tag}`).join('&');
      const { status } = await registry.pushManifest('a', `${digest}?${query}`, manifest);
      expect(status).toBe(201);
    }
    for (let again = 0; again < 3; again++) {
      const { status, headers, json } = await registry.send('GET', '/v2/a/tags/list');
      expect(status).toBe(expected);
      if (expected === 200) expect((json as { tags: unknown[] }).tags).toHaveLength(600);
      else expect(headers['retry-after']).toBe('1');
    }
    expect((await registry.send('GET', '/v2/a/tags/list?n=100')).status).toBe(200);
  });
});
