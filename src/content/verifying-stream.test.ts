import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileAccessError, LimitExceededError } from '../base/index.ts';
import { type Descriptor, digestOf } from '../spec/index.ts';
import {
  bytesSource,
  ContentNotFoundError,
  createMemoryRepository,
  DigestMismatchError,
  fetchBytes,
  fileSource,
  SizeMismatchError,
  verifyingStream,
} from './index.ts';

function describeBytes(bytes: Buffer, algorithm: 'sha256' | 'sha512' = 'sha256'): Descriptor {
  return { mediaType: 'a/b', digest: digestOf(bytes, algorithm), size: bytes.length };
}

/** Reads to the end or to the failure; `ended` is true only for a clean end. */
async function outcome(stream: Readable): Promise<{ ended: boolean; error: unknown }> {
  let ended = false;
  stream.on('end', () => (ended = true));
  const error = await buffer(stream).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { ended, error };
}

describe('verifying stream', () => {
  it.each(['sha256', 'sha512'] as const)('passes %s content, chunk by chunk', async (algorithm) => {
    const chunks = [Buffer.alloc(1024 * 1024, 'a'), Buffer.from('b'), Buffer.alloc(0)];
    const target = describeBytes(Buffer.concat(chunks), algorithm);
    const seen: number[] = [];
    const source = Readable.from(chunks, { objectMode: true });
    for await (const chunk of verifyingStream(source, target)) seen.push((chunk as Buffer).length);
    expect(seen.filter((length) => length > 0)).toEqual([1024 * 1024, 1]);
  });

  it.each([
    ['short', ['hell'], SizeMismatchError],
    ['empty', [], SizeMismatchError],
    ['long', ['hello', '!'], SizeMismatchError],
    ['changed', ['hallo'], DigestMismatchError],
  ])('never ends cleanly on %s content', async (_, chunks, type) => {
    const source = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    const { ended, error } = await outcome(
      verifyingStream(source, describeBytes(Buffer.from('hello'))),
    );
    expect(ended).toBe(false);
    expect(error).toBeInstanceOf(type);
    expect(source.destroyed).toBe(true);
  });

  it('never ends cleanly on content that was cut or flipped anywhere', async () => {
    const bytes = Buffer.from('The quick brown fox jumps over the lazy dog');
    const target = describeBytes(bytes);
    const cut = fc.nat(bytes.length - 1).map((end) => bytes.subarray(0, end));
    const flipped = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)).map(([at, bit]) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
      return copy;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, flipped), fc.integer({ min: 1, max: 50 }), async (bad, by) => {
        const pieces: Buffer[] = [];
        for (let at = 0; at < bad.length; at += by) pieces.push(bad.subarray(at, at + by));
        expect((await outcome(verifyingStream(Readable.from(pieces), target))).ended).toBe(false);
      }),
    );
  });

  it('says what it expected and what it got', async () => {
    const bytes = Buffer.from('hello');
    const target = describeBytes(bytes);
    const short = await outcome(verifyingStream(Readable.from([Buffer.from('he')]), target));
    expect(short.error).toMatchObject({
      code: 'ERR_CONTENT_SIZE_MISMATCH',
      expected: 5,
      actual: 2,
    });
    const changed = await outcome(verifyingStream(Readable.from([Buffer.from('hallo')]), target));
    expect(changed.error).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
      category: 'integrity',
      expected: target.digest,
      actual: digestOf(Buffer.from('hallo')),
    });
  });

  it('hands on the failure of its source', async () => {
    const source = new PassThrough();
    const stream = verifyingStream(source, describeBytes(Buffer.from('hello')));
    source.write('hel');
    source.destroy(new Error('the cable was cut'));
    const { ended, error } = await outcome(stream);
    expect(ended).toBe(false);
    expect(error).toMatchObject({ message: 'the cable was cut' });
  });

  it('takes a source that closes without an end for cut off', async () => {
    const source = new PassThrough();
    const stream = verifyingStream(source, describeBytes(Buffer.from('hello')));
    source.write('hello');
    source.destroy();
    const { ended, error } = await outcome(stream);
    expect(ended).toBe(false);
    expect(error).toBeInstanceOf(Error);
  });

  it('lets go of its source when nobody wants it any more', async () => {
    const source = new PassThrough();
    const stream = verifyingStream(source, describeBytes(Buffer.from('hello')));
    source.write('hel');
    const closed = new Promise((resolve) => source.once('close', resolve));
    stream.destroy();
    await closed;
    expect(source.destroyed).toBe(true);
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const source = new PassThrough();
    const target = describeBytes(Buffer.from('hello'));
    const stream = verifyingStream(source, target, { signal: controller.signal });
    const closed = new Promise((resolve) => source.once('close', resolve));
    const result = outcome(stream);
    controller.abort();
    expect((await result).error).toMatchObject({ name: 'AbortError' });
    await closed;
  });
});

describe('blob sources', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tofu-oci-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('describe bytes by their digest, and open more than once', async () => {
    const source = bytesSource(Buffer.from('é'), 'a/b', { annotations: { k: 'v' } });
    expect(source.descriptor).toEqual({
      mediaType: 'a/b',
      digest: digestOf(Buffer.from('é')),
      size: 2,
      annotations: { k: 'v' },
    });
    for (let time = 0; time < 2; time++) {
      expect(await buffer(await source.open())).toEqual(Buffer.from('é'));
    }
    expect(await buffer(await bytesSource(Buffer.alloc(0), 'a/b').open())).toHaveLength(0);
  });

  it('read files in large chunks', async () => {
    const bytes = Buffer.alloc(2 * 1024 * 1024 + 5, 'x');
    const path = join(folder, 'blob');
    await writeFile(path, bytes);
    const chunks: number[] = [];
    const stream = await fileSource(path, describeBytes(bytes)).open();
    for await (const chunk of stream) chunks.push((chunk as Buffer).length);
    expect(chunks).toEqual([1024 * 1024, 1024 * 1024, 5]);
  });

  it('say which file can not be opened', async () => {
    const source = fileSource(join(folder, 'absent'), describeBytes(Buffer.from('x')));
    await expect(source.open()).rejects.toBeInstanceOf(FileAccessError);
  });
});

describe('fetching into memory', () => {
  it('refuses a descriptor above the limit before it fetches anything', async () => {
    const fetcher = { fetch: () => expect.fail('nothing should be fetched') };
    const target = { ...describeBytes(Buffer.from('x')), size: 2 ** 40 };
    await expect(fetchBytes(fetcher, target, { maxBytes: 1024 })).rejects.toBeInstanceOf(
      LimitExceededError,
    );
  });

  it('takes exactly the limit', async () => {
    const repository = createMemoryRepository('memory');
    const source = bytesSource(Buffer.from('hello'), 'a/b');
    await repository.push(source);
    const bytes = await fetchBytes(repository, source.descriptor, { maxBytes: 5 });
    expect(bytes.toString()).toBe('hello');
    const gone = describeBytes(Buffer.from('gone'));
    await expect(fetchBytes(repository, gone, { maxBytes: 5 })).rejects.toBeInstanceOf(
      ContentNotFoundError,
    );
  });
});
