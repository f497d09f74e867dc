import { createHash } from 'node:crypto';
import { cp, lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { faultyFiles } from '../../../test/support/faulty-files.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { type Clock, FileAccessError, LimitExceededError, systemClock } from '../../base/index.ts';
import { type Digest, digestOf } from '../../spec/index.ts';
import {
  DigestMismatchError,
  type HostedRepository,
  openLayoutRepository,
  readableOf,
  UploadBusyError,
  uploadExpiryMs,
  UploadNotFoundError,
} from '../index.ts';

const hello = Buffer.from('hello world');
const helloDigest = digestOf(hello);

let folder: string;
let layout: string;
let uploads: string;
let clockMs: number;
const clock: Clock = {
  now: () => systemClock.now() + clockMs,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};
let repository: HostedRepository;
beforeEach(async () => {
  clockMs = 0;
  folder = await tempFolder();
  layout = join(folder, 'layout');
  uploads = join(layout, '.tofu-oci', 'uploads');
  repository = await openLayoutRepository(layout, { mode: 'create', clock });
  return () => repository.close();
});

async function failureOf(task: Promise<unknown>): Promise<unknown> {
  return await task.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

async function contentOf(digest: Digest, size: number): Promise<Buffer> {
  return await buffer(await repository.fetch({ mediaType: 'a/b', digest, size }));
}

describe('an upload', () => {
  it('takes pieces and shows nothing before it is committed', async () => {
    const upload = await repository.startUpload();
    expect(upload.offset).toBe(0);
    expect(await upload.append(readableOf(hello.subarray(0, 4)))).toBe(4);
    expect(await upload.append(readableOf(Buffer.alloc(0)))).toBe(4);
    expect(await upload.append(readableOf(hello.subarray(4)))).toBe(hello.length);
    expect(await repository.statBlob(helloDigest)).toBeUndefined();
    expect(await upload.commit(helloDigest)).toEqual({
      mediaType: 'application/octet-stream',
      digest: helloDigest,
      size: hello.length,
    });
    expect(await contentOf(helloDigest, hello.length)).toEqual(hello);
    expect(await readdir(uploads)).toEqual([]);
  });

  it('of nothing is the empty blob', async () => {
    const upload = await repository.startUpload();
    const empty = digestOf(Buffer.alloc(0));
    expect((await upload.commit(empty)).size).toBe(0);
    expect(await repository.statBlob(empty)).toBe(0);
  });

  it.each([
    ['announced', 'sha512' as const],
    ['named only at the end', undefined],
  ])('can have a sha512 digest, %s', async (_, algorithm) => {
    const upload = await repository.startUpload({ algorithm });
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'large ');
    await upload.append(Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]));
    const digest = digestOf(bytes, 'sha512');
    await upload.commit(digest);
    expect((await contentOf(digest, bytes.length)).equals(bytes)).toBe(true);
  });

  it('that does not match is thrown away', async () => {
    const upload = await repository.startUpload();
    await upload.append(readableOf(hello));
    const other = digestOf(Buffer.from('other'));
    const error = await failureOf(upload.commit(other));
    expect(error).toBeInstanceOf(DigestMismatchError);
    expect(error).toMatchObject({ expected: other, actual: helloDigest });
    expect(await repository.statBlob(other)).toBeUndefined();
    expect(await readdir(uploads)).toEqual([]);
    expect(await failureOf(repository.resumeUpload(upload.id))).toBeInstanceOf(UploadNotFoundError);
    expect(await failureOf(upload.append(readableOf(hello)))).toBeInstanceOf(UploadNotFoundError);
  });

  it('keeps what had arrived when its body breaks off', async () => {
    const upload = await repository.startUpload();
    const body = new PassThrough();
    const appending = failureOf(upload.append(body));
    body.write(hello.subarray(0, 5));
    await vi.waitFor(() => {
      expect(body.readableLength).toBe(0);
    });
    body.destroy(new Error('the cable was cut'));
    expect(await appending).toMatchObject({ message: 'the cable was cut' });
    expect(upload.offset).toBe(5);
    await upload.append(readableOf(hello.subarray(5)));
    await upload.commit(helloDigest);
    expect(await contentOf(helloDigest, hello.length)).toEqual(hello);
  });

  it('survives a body that breaks off before it is read', async () => {
    const upload = await repository.startUpload();
    const body = new PassThrough();
    const appending = failureOf(upload.append(body));
    body.destroy(new Error('the cable was cut'));
    expect(await appending).toMatchObject({ message: 'the cable was cut' });
    const other = new PassThrough();
    const descriptor = { mediaType: 'a/b', digest: helloDigest, size: hello.length };
    const open = () => {
      process.nextTick(() => other.destroy(new Error('again')));
      return Promise.resolve<Readable>(other);
    };
    const pushing = repository.push({ descriptor, open });
    expect(await failureOf(pushing)).toMatchObject({ message: 'again' });
  });

  it('stops when it is aborted, and goes on later', async () => {
    const upload = await repository.startUpload();
    const controller = new AbortController();
    const body = new PassThrough();
    const appending = failureOf(upload.append(body, { signal: controller.signal }));
    controller.abort();
    expect(await appending).toMatchObject({ name: 'AbortError' });
    expect(body.destroyed).toBe(true);
    await upload.append(readableOf(hello));
    await upload.commit(helloDigest);
  });

  it('takes one request at a time', async () => {
    const upload = await repository.startUpload();
    const body = new PassThrough();
    const first = upload.append(body);
    for (const task of [() => upload.append(readableOf(hello)), () => upload.commit(helloDigest)]) {
      const error = await failureOf(task());
      expect(error).toBeInstanceOf(UploadBusyError);
      expect(error).toMatchObject({ code: 'ERR_CONTENT_UPLOAD_BUSY', category: 'conflict' });
    }
    body.end(hello);
    expect(await first).toBe(hello.length);
    await upload.commit(helloDigest);
  });

  it('has a limit for the whole', async () => {
    const upload = await repository.startUpload();
    await upload.append(readableOf(hello.subarray(0, 6)), { maxBytes: hello.length });
    const error = await failureOf(
      upload.append(readableOf(Buffer.from('world!')), { maxBytes: hello.length }),
    );
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(upload.offset).toBe(6);
  });

  it('can be cancelled at any time, and twice', async () => {
    const idle = await repository.startUpload();
    await idle.append(readableOf(hello));
    await idle.cancel();
    await idle.cancel();
    const busy = await repository.startUpload();
    const body = new PassThrough();
    const appending = busy.append(body);
    await busy.cancel();
    body.end(hello);
    await appending.catch(() => undefined);
    const done = await repository.startUpload();
    await done.append(readableOf(hello));
    await done.commit(helloDigest);
    await done.cancel();
    expect(await repository.statBlob(helloDigest)).toBe(hello.length);
    expect(await readdir(uploads)).toEqual([]);
  });

  it('can be resumed, also after a restart', async () => {
    const upload = await repository.startUpload();
    await upload.append(readableOf(hello.subarray(0, 5)));
    expect(await repository.resumeUpload(upload.id)).toBe(upload);
    await repository.close();
    repository = await openLayoutRepository(layout, { clock });
    const resumed = await repository.resumeUpload(upload.id);
    expect(resumed.offset).toBe(5);
    expect(await repository.resumeUpload(upload.id)).toBe(resumed);
    await resumed.append(readableOf(hello.subarray(5)));
    await resumed.commit(helloDigest);
    expect(await contentOf(helloDigest, hello.length)).toEqual(hello);
  });

  it.each(['', '..', '../../index.json', 'x', '00000000-0000-0000-0000-000000000000'])(
    'is not found under the name %j',
    async (id) => {
      const error = await failureOf(repository.resumeUpload(id));
      expect(error).toBeInstanceOf(UploadNotFoundError);
      expect(error).toMatchObject({ code: 'ERR_CONTENT_UPLOAD_NOT_FOUND', category: 'not-found' });
    },
  );

  it('expires an hour after it was last touched, whether or not another one is started', async () => {
    let wake = (): void => undefined;
    await repository.close();
    repository = await openLayoutRepository(layout, {
      clock: {
        now: () => systemClock.now() + clockMs,
        sleep: async (_, signal) => {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal?.addEventListener('abort', () => resolve(), { once: true });
          });
          signal?.throwIfAborted();
        },
      },
    });
    const old = await repository.startUpload();
    await old.append(readableOf(hello));
    await vi.waitFor(() => {
      wake();
    });
    expect(await readdir(uploads)).toEqual([old.id]);
    clockMs = uploadExpiryMs + 1000;
    await vi.waitFor(async () => {
      wake();
      expect(await readdir(uploads)).toEqual([]);
    });
    expect(await failureOf(repository.resumeUpload(old.id))).toBeInstanceOf(UploadNotFoundError);
    expect(await failureOf(old.commit(helloDigest))).toBeInstanceOf(UploadNotFoundError);
  });

  it('takes nothing more once it is cancelled, and says so', async () => {
    const upload = await repository.startUpload();
    const body = new PassThrough();
    const arriving = failureOf(upload.append(body));
    body.write(hello);
    await upload.cancel();
    body.end(hello);
    expect(await arriving).toBeInstanceOf(UploadNotFoundError);
    expect(await readdir(uploads)).toEqual([]);
  });

  it('can be committed again when the disk was full at the end', async () => {
    await repository.close();
    let isFull = false;
    const { files } = faultyFiles((_, operation) =>
      isFull && operation === 'rename' ? 'ENOSPC' : undefined,
    );
    repository = await openLayoutRepository(layout, { files });
    const upload = await repository.startUpload();
    await upload.append(readableOf(hello));
    isFull = true;
    expect(await failureOf(upload.commit(helloDigest))).toBeInstanceOf(FileAccessError);
    expect(await repository.statBlob(helloDigest)).toBeUndefined();
    isFull = false;
    await upload.commit(helloDigest);
    expect(await contentOf(helloDigest, hello.length)).toEqual(hello);
    expect((await lstat(join(layout, 'blobs', 'sha256', helloDigest.slice(7)))).mode & 0o777).toBe(
      0o444,
    );
  });

  it('goes on after a write that failed half way', async () => {
    await repository.close();
    let isFull = false;
    const { files } = faultyFiles((_, operation) =>
      isFull && operation === 'writev' ? 'ENOSPC' : undefined,
    );
    repository = await openLayoutRepository(layout, { files });
    const upload = await repository.startUpload();
    await upload.append(readableOf(hello.subarray(0, 5)));
    isFull = true;
    const error = await failureOf(upload.append(readableOf(hello.subarray(5))));
    expect(error).toBeInstanceOf(FileAccessError);
    expect(upload.offset).toBe(5);
    isFull = false;
    await upload.append(readableOf(hello.subarray(5)));
    await upload.commit(helloDigest);
    expect(await contentOf(helloDigest, hello.length)).toEqual(hello);
  });

  it('of our own that a crash left behind is removed at the next opening', async () => {
    const session = await repository.startUpload();
    await writeFile(join(uploads, 'own-00000000-0000-0000-0000-000000000000'), 'half');
    const left = join(folder, 'left');
    await cp(layout, left, { recursive: true });
    await rm(join(left, '.tofu-oci', 'lock'));
    await (await openLayoutRepository(left)).close();
    expect(await readdir(join(left, '.tofu-oci', 'uploads'))).toEqual([session.id]);
  });

  it('gathers small chunks into large writes', async () => {
    await repository.close();
    let writes = 0;
    const { files } = faultyFiles((_, operation) => {
      if (operation === 'writev') writes++;
      return undefined;
    });
    repository = await openLayoutRepository(layout, { files });
    const upload = await repository.startUpload();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const hash = createHash('sha256');
    for (let count = 0; count < 64; count++) hash.update(chunk);
    await upload.append(Readable.from(Array<Buffer>(64).fill(chunk)));
    expect(writes).toBe(16);
    expect((await upload.commit(`sha256:${hash.digest('hex')}` as Digest)).size).toBe(64 * 65536);
  });
});
