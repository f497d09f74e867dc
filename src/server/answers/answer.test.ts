import { createServer, request as httpRequest, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../../test/support/http-request.ts';
import type { OpenBlob } from '../../content/index.ts';
import { sendAnswer } from './answer.ts';
import { blobBody } from './blob-body.ts';
import { ServingBuffers } from './serving-buffers.ts';

interface ServedBlob extends OpenBlob {
  readonly closed: Promise<void>;
}

function blobOf(content: Buffer): ServedBlob {
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));
  return {
    size: content.length,
    read: (buffer, position) => Promise.resolve(content.copy(buffer, 0, position)),
    close: async () => {
      close();
      await closed;
    },
    closed,
  };
}

/** A server that answers with the first `length` bytes of the blob. */
async function answering(
  blob: OpenBlob,
  length: number,
  watch: (response: ServerResponse) => void = () => undefined,
) {
  const buffers = new ServingBuffers();
  const headers = { 'Content-Length': String(length) };
  const server = createServer((request, response) => {
    watch(response);
    const body = blobBody(blob, { start: 0, end: length - 1 }, buffers);
    void sendAnswer(request, response, { status: 200, headers, body });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
}

describe('an answer with a blob as its body', () => {
  it.each([0, 1, 70_000, 3_000_001])('has all of %i bytes, in their order', async (length) => {
    const content = Buffer.from(Array.from({ length }, (_, n) => (n * 31 + (n >> 9)) % 251));
    const blob = blobOf(content);
    const url = await answering(blob, length);
    expect((await send('GET', url, '/')).body.equals(content)).toBe(true);
    await blob.closed;
  });

  it('never has more bytes than its header says, as the next answer would begin with them', async () => {
    const url = await answering(blobOf(Buffer.from('hello, this is no next answer')), 5);
    expect((await send('GET', url, '/')).body.toString()).toBe('hello');
  });

  it('ends the connection when the blob turns out to be shorter', async () => {
    const blob = blobOf(Buffer.from('hell'));
    const url = await answering(blob, 5);
    await expect(send('GET', url, '/')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await blob.closed;
  });

  it('is not read for HEAD', async () => {
    const blob = blobOf(Buffer.from('hello'));
    const url = await answering(blob, 5);
    expect((await send('HEAD', url, '/')).headers['content-length']).toBe('5');
    await blob.closed;
  });

  it('is whole for a client that leaves as soon as it has all, while the file is still open', async () => {
    const blob = blobOf(Buffer.alloc(3_000_001));
    let left: () => void = () => undefined;
    const leaving = new Promise<void>((resolve) => (left = resolve));
    const outcomes: boolean[] = [];
    const url = await answering({ ...blob, close: () => leaving }, blob.size, (response) => {
      response.once('close', () => {
        outcomes.push(response.writableFinished);
        left();
      });
    });
    await send('GET', url, '/');
    await leaving;
    expect(outcomes).toEqual([true]);
  });

  it('lets go of the blob when the client goes away in the middle', async () => {
    const blob = blobOf(Buffer.alloc(50_000_000));
    const url = await answering(blob, blob.size);
    const request = httpRequest(url).end();
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    await once(response, 'data');
    request.destroy();
    await blob.closed;
  });
});

describe('buffers for serving', () => {
  it('are lent again when nothing reads from them any more, and not when something may', () => {
    const buffers = new ServingBuffers();
    const [first, second] = [buffers.take(1e6), buffers.take(1e6)];
    expect(first.buffer).not.toBe(second.buffer);
    buffers.giveBack(first, 'idle');
    buffers.giveBack(second, 'unsure');
    expect(buffers.take(1e6)).toBe(first);
    expect(buffers.take(1e6)).not.toBe(second);
  });

  it('are small when very many are lent at once, or little is wanted', () => {
    const buffers = new ServingBuffers();
    const lent = Array.from({ length: 400 }, () => buffers.take(1e9));
    expect(lent.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(64 * 1024 ** 2);
    expect(new ServingBuffers().take(10)).toHaveLength(10);
    for (const buffer of lent) buffers.giveBack(buffer, 'idle');
    expect(buffers.take(1e9)).toBe(lent[63]);
  });
});
