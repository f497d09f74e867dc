import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { faultyFiles } from '../../../test/support/faulty-files.ts';
import type { TestAnswer, TestRequest } from '../../../test/support/http-request.ts';
import {
  absentDigest,
  errorOf,
  imageManifest,
  type RunningRegistry,
  startRegistry,
} from '../../../test/support/running-registry.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import {
  type HostedRepository,
  type OpenBlob,
  openLayoutRoot,
  type RegistryStorage,
  StoreLockedError,
  StoreReadOnlyError,
  UploadBusyError,
} from '../../content/index.ts';
import { digestOf, mediaTypes } from '../../spec/index.ts';
import type { RegistryOptions } from './registry.ts';

const open: RunningRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

async function start(options: RegistryOptions = {}, storage?: RegistryStorage) {
  const registry = await startRegistry(storage ?? (await temporaryStorage()), options);
  open.push(registry);
  return registry;
}

describe('a read-only registry', () => {
  it('serves and takes nothing', async () => {
    const storage = await temporaryStorage();
    const writable = await start({}, storage);
    const digest = await writable.pushBlob('a', '{}');
    await writable.pushManifest('a', 'x', imageManifest());
    const registry = await start({ readOnly: true }, storage);
    expect((await registry.send('GET', '/v2/a/manifests/x')).status).toBe(200);
    expect((await registry.send('GET', `/v2/a/blobs/${digest}`)).status).toBe(200);
    for (const [method, path] of [
      ['POST', '/v2/a/blobs/uploads/'],
      ['POST', `/v2/b/blobs/uploads/?mount=${digest}&from=a`],
      ['GET', '/v2/a/blobs/uploads/x'],
      ['PUT', '/v2/a/manifests/y'],
      ['DELETE', '/v2/a/manifests/x'],
      ['DELETE', `/v2/a/blobs/${digest}`],
    ] as const) {
      const answer = await registry.send(method, path);
      expect([method, path, answer.status, errorOf(answer).code]).toEqual([
        method,
        path,
        405,
        'UNSUPPORTED',
      ]);
    }
  });
});

describe('authorize', () => {
  it('decides about each repository and action, and about the sources of mounts', async () => {
    const asked: string[] = [];
    const registry = await start({
      authorize: ({ method }, { repository, action }) => {
        asked.push(`${method ?? ''} ${action} ${repository}`);
        return repository !== 'secret' || method === 'POST' ? action !== 'delete' : false;
      },
    });
    const digest = await registry.pushBlob('secret', 'hidden');
    expect((await registry.send('GET', `/v2/secret/blobs/${digest}`)).status).toBe(403);
    const deletion = await registry.send('DELETE', `/v2/open/blobs/${digest}`);
    expect([deletion.status, errorOf(deletion).code]).toEqual([403, 'DENIED']);
    expect(asked).toEqual(['POST push secret', 'GET pull secret', 'DELETE delete open']);
  });

  it.each(['&from=secret', ''])(
    'keeps a mount from a hidden repository from working (%j)',
    async (from) => {
      const registry = await start({
        authorize: (_, { repository, action }) => repository !== 'secret' || action === 'push',
      });
      const digest = await registry.pushBlob('secret', 'hidden');
      const answer = await registry.send('POST', `/v2/open/blobs/uploads/?mount=${digest}${from}`);
      expect(answer.status).toBe(202);
    },
  );

  it('hides repositories from the catalogue', async () => {
    const registry = await start({
      authorize: (_, { repository, action }) => repository !== 'secret' || action === 'push',
    });
    for (const name of ['secret', 'open']) {
      await registry.pushBlob(name, '{}');
      await registry.pushManifest(name, 'x', imageManifest());
    }
    expect((await registry.send('GET', '/v2/_catalog')).json).toEqual({ repositories: ['open'] });
  });
});

describe('limits', () => {
  const limits = { maxBlobBytes: 5 };

  it.each([
    [
      'whole',
      async (registry: RunningRegistry) => {
        const path = `/v2/a/blobs/uploads/?digest=${digestOf(Buffer.from('123456'))}`;
        return registry.send('POST', path, { body: '123456' });
      },
    ],
    [
      'in the closing request',
      async (registry: RunningRegistry) => {
        const { headers } = await registry.send('POST', '/v2/a/blobs/uploads/');
        const path = `${headers.location ?? ''}?digest=${absentDigest}`;
        return registry.send('PUT', path, { body: '123456' });
      },
    ],
    [
      'in pieces',
      async (registry: RunningRegistry) => {
        const { headers } = await registry.send('POST', '/v2/a/blobs/uploads/');
        await registry.send('PATCH', headers.location ?? '', { body: '123' });
        return registry.send('PATCH', headers.location ?? '', { body: '456' });
      },
    ],
  ])('refuse a blob that is too large, %s', async (_, push) => {
    const answer = await push(await start({ limits }));
    expect([answer.status, errorOf(answer).code]).toEqual([413, 'BLOB_UPLOAD_INVALID']);
  });

  it('never keep more of a stream of unknown length', async () => {
    const registry = await start({ limits });
    const { headers } = await registry.send('POST', '/v2/a/blobs/uploads/');
    const location = headers.location ?? '';
    const chunked = { body: 'x'.repeat(100_000), chunked: true };
    const outcome = await registry.send('PATCH', location, chunked).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(outcome);
    const status = await registry.send('GET', location);
    const [, end] = /^0-([0-9]+)$/u.exec(status.headers.range ?? '0-0') ?? [];
    expect(Number(end)).toBeLessThan(5);
  });

  it('refuse uploads while too many are open', async () => {
    const registry = await start();
    const path = '/v2/a/blobs/uploads/';
    const answers = [];
    for (let n = 0; n < 513; n++) answers.push(await registry.send('POST', path));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(512);
    const last = answers.at(-1)!;
    expect([last.status, errorOf(last).code, last.headers['retry-after']]).toEqual([
      429,
      'TOOMANYREQUESTS',
      '60',
    ]);
    const [first] = answers;
    await registry.send('DELETE', first!.headers.location!);
    expect((await registry.send('POST', path)).status).toBe(202);
    // Another is open now in its place: back at the limit, until uploads have been idle for an hour.
    expect((await registry.send('POST', path)).status).toBe(429);
  });

  it('count an upload that is closed too early, while another request writes into it', async () => {
    const registry = await start();
    const path = '/v2/a/blobs/uploads/';
    let location = '';
    for (let n = 0; n < 512; n++) location = (await registry.send('POST', path)).headers.location!;
    const writing = httpRequest(`${registry.url}${location}`, {
      method: 'PATCH',
      headers: { 'Content-Length': 300_000 },
    });
    writing.on('error', () => undefined);
    writing.write(Buffer.alloc(299_999));
    const tooEarly = async () =>
      (await registry.send('PUT', `${location}?digest=${absentDigest}`)).status;
    await expect.poll(tooEarly).toBe(409);
    expect((await registry.send('POST', path)).status).toBe(429);
    writing.end(Buffer.alloc(1));
    await once(writing, 'response');
    expect((await registry.send('POST', path)).status).toBe(429);
    expect(await tooEarly()).toBe(400);
    expect((await registry.send('POST', path)).status).toBe(202);
  });

  it('forget uploads that have been idle for an hour', async () => {
    let now = 0;
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const registry = await start({ clock });
    const path = '/v2/a/blobs/uploads/';
    for (let n = 0; n < 512; n++) await registry.send('POST', path);
    expect((await registry.send('POST', path)).status).toBe(429);
    now += 61 * 60_000;
    expect((await registry.send('POST', path)).status).toBe(202);
  });

  it('cut lists into pages', async () => {
    const registry = await start({ limits: { maxPageItems: 2 } });
    await registry.pushBlob('a', '{}');
    const subject = { mediaType: mediaTypes.manifest, digest: absentDigest, size: 10 };
    const pushed: string[] = [];
    for (let n = 0; n < 5; n++) {
      const manifest = imageManifest({ subject, annotations: { n: String(n) } });
      pushed.push((await registry.pushManifest('a', `t${n}`, manifest)).digest);
    }
    const collect = async (path: string, itemsOf: (json: never) => string[]) => {
      const pages: string[][] = [];
      for (let next: string | undefined = path; next !== undefined;) {
        const answer: TestAnswer = await registry.send('GET', next);
        pages.push(itemsOf(answer.json as never));
        next = /^<([^>]+)>; rel="next"$/u.exec(String(answer.headers.link))?.[1];
      }
      return pages;
    };
    const tags = await collect('/v2/a/tags/list', ({ tags: found }: { tags: string[] }) => found);
    expect(tags).toEqual([['t0', 't1'], ['t2', 't3'], ['t4']]);
    const referrers = await collect(
      `/v2/a/referrers/${absentDigest}?artifactType=${mediaTypes.empty}`,
      ({ manifests }: { manifests: { digest: string }[] }) => manifests.map(({ digest }) => digest),
    );
    expect(referrers.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(referrers.flat()).toEqual(pushed.sort());
  });

  it('cut pages of referrers by bytes too, and never send an empty one', async () => {
    const registry = await start({ limits: { maxPageBytes: 10 } });
    await registry.pushBlob('a', '{}');
    const subject = { mediaType: mediaTypes.manifest, digest: absentDigest, size: 10 };
    for (const n of ['1', '2']) {
      await registry.pushManifest('a', n, imageManifest({ subject, annotations: { n } }));
    }
    const { json, headers } = await registry.send('GET', `/v2/a/referrers/${absentDigest}`);
    expect((json as { manifests: unknown[] }).manifests).toHaveLength(1);
    expect(headers.link).toContain('last=sha256%3A');
  });

  it('hold no more bytes of manifests at once than there is memory for', async () => {
    const registry = await start({ limits: { maxManifestBytesAtOnce: 1000 } });
    await registry.pushBlob('a', '{}');
    const bytes = JSON.stringify(imageManifest());
    const headers = { 'Content-Type': mediaTypes.manifest };
    const push = (request: TestRequest) =>
      registry.send('PUT', '/v2/a/manifests/x', { body: bytes, headers, ...request });
    const unknownLength = await push({
      headers: { ...headers, 'Transfer-Encoding': 'chunked' },
      chunked: true,
    });
    expect(unknownLength.status).toBe(429);
    expect(unknownLength.headers['retry-after']).toBe('1');
    expect(errorOf(unknownLength).code).toBe('TOOMANYREQUESTS');
    for (let n = 0; n < 5; n++) expect((await push({})).status).toBe(201);
  });

  it.each([
    ['stops', 0],
    ['is slow', 30],
  ])('do not wait for ever for a manifest whose sender %s', async (_, pauseMs) => {
    const registry = await start({ limits: { manifestBodyMs: 1 } });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const target = new URL('/v2/a/manifests/x', registry.url);
      const headers = { 'Content-Type': mediaTypes.manifest, 'Content-Length': 10 };
      const request = httpRequest(target, { method: 'PUT', headers, agent: false }, (answer) => {
        resolve(answer.resume().statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.write('{');
      if (pauseMs > 0) setTimeout(() => request.write(' '), pauseMs);
    });
    expect(status).toBe(408);
  });

  it('give back the space of an upload for which the disk is too small', async () => {
    const folder = await tempFolder();
    let isFull = false;
    const { files } = faultyFiles((_, operation) =>
      isFull && operation === 'writev' ? 'ENOSPC' : undefined,
    );
    const registry = await start({}, await openLayoutRoot(folder, { files }));
    const { headers } = await registry.send('POST', '/v2/a/blobs/uploads/');
    const location = headers.location!;
    const begun = await registry.send('PATCH', location, { body: 'what fits' });
    expect(begun.status).toBe(202);
    isFull = true;
    expect((await registry.send('PATCH', location, { body: 'no more' })).status).toBe(507);
    expect(await readdir(join(folder, 'a', '.tofu-oci', 'uploads'))).toEqual([]);
    expect((await registry.send('GET', location)).status).toBe(404);
  });

  it('take the blame for content that was damaged on their disk', async () => {
    const folder = await tempFolder();
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const registry = await start({ onError }, await openLayoutRoot(folder));
    await registry.pushBlob('a', '{}');
    const { digest } = await registry.pushManifest('a', 'x', imageManifest());
    const file = join(folder, 'a', 'blobs', 'sha256', digest.slice(7));
    await rm(file);
    await writeFile(file, '{}');
    expect((await registry.send('GET', '/v2/a/manifests/x')).status).toBe(500);
    expect(errors).toHaveLength(1);
  });

  it('take an upload when a repository to mount from is damaged', async () => {
    const folder = await tempFolder();
    const registry = await start({}, await openLayoutRoot(folder));
    await mkdir(join(folder, 'damaged'));
    await writeFile(join(folder, 'damaged', 'oci-layout'), '{}');
    for (const from of ['', '&from=damaged']) {
      const path = `/v2/a/blobs/uploads/?mount=${absentDigest}${from}`;
      expect((await registry.send('POST', path)).status).toBe(202);
    }
  });
});

describe('a client that is refused while it still sends', () => {
  it('gets its answer, and the connection ends', async () => {
    const registry = await start({ readOnly: true });
    const answer = await new Promise<{
      status: number | undefined;
      connection: string | undefined;
    }>((resolve, reject) => {
      const target = new URL('/v2/a/blobs/uploads/?digest=x', registry.url);
      const headers = { 'Content-Length': 1024 ** 3 };
      const request = httpRequest(target, { method: 'POST', headers, agent: false }, (response) => {
        resolve({ status: response.statusCode, connection: response.headers.connection });
        request.destroy();
      });
      request.on('error', reject);
      request.write(Buffer.alloc(1024 ** 2));
    });
    expect(answer).toEqual({ status: 405, connection: 'close' });
  });
});

describe('failures below', () => {
  const broken = async (error: Error): Promise<RegistryStorage> => {
    const storage = await temporaryStorage();
    const fail = () => Promise.reject(error);
    return {
      ...storage,
      findRepository: fail,
      createRepository: fail,
      close: () => storage.close(),
    };
  };

  it.each([
    ['no space', Object.assign(new Error('x'), { code: 'ENOSPC' }), 507, 'UNKNOWN'],
    [
      'no quota',
      new Error('x', { cause: Object.assign(new Error('y'), { code: 'EDQUOT' }) }),
      507,
      'UNKNOWN',
    ],
    [
      'a store held by another program',
      new StoreLockedError('/srv/a', 'process 7'),
      503,
      'UNKNOWN',
    ],
    ['a store opened for reading', new StoreReadOnlyError('a', 'read-only'), 405, 'UNSUPPORTED'],
    ['two writers of an upload', new UploadBusyError('1'), 409, 'BLOB_UPLOAD_INVALID'],
  ])('%s has its own answer', async (_, error, status, code) => {
    const reported: unknown[] = [];
    const registry = await start({ onError: (seen) => reported.push(seen) }, await broken(error));
    const answer = await registry.send('POST', '/v2/a/blobs/uploads/');
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(answer.body.toString()).not.toContain('/srv');
    expect(reported).toEqual([]);
  });

  it('that nobody expected are reported to us, and not described to the client', async () => {
    const error = new Error('EIO at /srv/secret/path');
    const reported: unknown[] = [];
    const registry = await start({ onError: (seen) => reported.push(seen) }, await broken(error));
    const answer = await registry.send('GET', '/v2/a/tags/list');
    expect([answer.status, errorOf(answer).code]).toEqual([500, 'UNKNOWN']);
    expect(answer.body.toString()).not.toContain('secret');
    expect(reported).toEqual([error]);
  });

  it('in the middle of a blob cut the connection, so that no client takes it for whole', async () => {
    const storage = await temporaryStorage();
    const healthy = await start({}, storage);
    const digest = await healthy.pushBlob('a', 'x'.repeat(100));
    const failing: RegistryStorage = {
      ...storage,
      findRepository: async (name) => {
        const repository = await storage.findRepository(name);
        return repository === undefined ? undefined : withBrokenReads(repository);
      },
      createRepository: (name) => storage.createRepository(name),
      repositories: () => storage.repositories(),
      close: () => Promise.resolve(),
    };
    const registry = await start({}, failing);
    await expect(registry.send('GET', `/v2/a/blobs/${digest}`)).rejects.toThrow();
  });
});

function withBrokenReads(repository: HostedRepository): HostedRepository {
  return new Proxy(repository, {
    get: (target, key) => {
      if (key !== 'openBlob') {
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      }
      return (): Promise<OpenBlob> =>
        Promise.resolve({
          size: 1_000_000,
          read: (buffer, position) => {
            if (position > 0) return Promise.reject(new Error('the disk failed'));
            buffer.fill(120);
            return Promise.resolve(buffer.length);
          },
          close: () => Promise.resolve(),
        });
    },
  });
}
