import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallOptions } from '../../base/index.ts';
import { sharedBody } from './package-body.ts';
import { type DownloadReader, SharedDownload } from './shared-download.ts';
import { SharedDownloads } from './shared-downloads.ts';

const mib = 1024 * 1024;

/** Content in chunks as they come from sockets; wrong at its end when it is told so. */
function contentOf(bytes: Buffer, { chunk = 64 * 1024, wrong = false } = {}): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
      if (wrong) throw new Error('the digest is another one');
    })(),
  );
}

/** What a reader is given, each piece after some turns of the event loop. */
async function readAll(reader: DownloadReader, turns = 0): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    for (let count = 0; count < turns; count += 1) await turn();
    const piece = await reader.next();
    if (typeof piece === 'string') {
      reader.leave();
      return piece === 'end' ? Buffer.concat(pieces) : Promise.reject(new Error(piece));
    }
    pieces.push(piece);
  }
}

function begin(content: () => Readable, { patienceMs = 10_000, left = 64 * mib } = {}) {
  const budget = { left };
  const download = new SharedDownload(() => Promise.resolve(content()), { budget, patienceMs });
  return { budget, download };
}

describe('a shared download', () => {
  it('gives all of the content to every reader, however fast, and the memory back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 3 * mib }),
        fc.integer({ min: 1000, max: 300_000 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(0, 200_000, 64 * mib),
        async (size, chunk, speeds, left) => {
          const bytes = randomBytes(size);
          const { budget, download } = begin(() => contentOf(bytes, { chunk }), { left });
          const readers = speeds.map(() => download.join());
          const got = await Promise.all(
            readers.map((reader, index) => readAll(reader, speeds[index])),
          );
          expect(got.every((one) => one.equals(bytes))).toBe(true);
          expect(budget.left).toBe(left);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('hands out no last piece of content that is not right, to anybody', async () => {
    const bytes = randomBytes(3 * mib);
    const { download } = begin(() => contentOf(bytes, { wrong: true }));
    const readers = [download.join(), download.join()];
    const got = await Promise.allSettled(readers.map((reader) => readAll(reader)));
    expect(got.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(readers[0]?.verified()).rejects.toThrow('the digest is another one');
  });

  it.each([
    { wrong: false, what: 'resolves' },
    { wrong: true, what: 'rejects' },
  ])('goes on without a slow reader; what that one read $what', async ({ wrong }) => {
    const bytes = randomBytes(12 * mib);
    const { budget, download } = begin(() => contentOf(bytes, { wrong }), { patienceMs: 0 });
    const [fast, slow] = [download.join(), download.join()];
    expect(Buffer.isBuffer(await slow.next())).toBe(true);
    const all = readAll(fast);
    if (wrong) await expect(all).rejects.toThrow('the digest');
    else expect((await all).equals(bytes)).toBe(true);
    if (wrong) await expect(slow.verified()).rejects.toThrow('the digest');
    else expect(await slow.next()).toBe('behind');
    if (!wrong) await slow.verified();
    fast.leave();
    slow.leave();
    expect(budget.left).toBe(64 * mib);
  });

  it('ends for who fell behind, whether or not others still read', async () => {
    const bytes = randomBytes(12 * mib);
    const { download } = begin(() => contentOf(bytes), { patienceMs: 0 });
    const [fast, slow, stopped] = [download.join(), download.join(), download.join()];
    await slow.next();
    for (let count = 0; count < 100; count += 1) await Promise.all([fast.next(), stopped.next()]);
    expect(await slow.next()).toBe('behind');
    fast.leave();
    await slow.verified();
    expect(await stopped.next()).toBe('behind');
    slow.leave();
    stopped.leave();
  });

  it('ends when the last reader has left, and not before', async () => {
    let signal: AbortSignal | undefined;
    const content = new Readable({ read: () => undefined });
    const fetch = (options: CallOptions): Promise<Readable> => {
      signal = options.signal;
      return Promise.resolve(content);
    };
    const downloads = new SharedDownloads();
    const [one, other] = [await downloads.join('a', fetch), await downloads.join('a', fetch)];
    const waiting = one.next();
    one.leave();
    await expect(waiting).rejects.toThrow('the client went away');
    expect(content.destroyed).toBe(false);
    other.leave();
    expect(signal?.aborted).toBe(true);
    await expect(other.verified()).rejects.toThrow();
    expect(content.destroyed).toBe(true);
  });

  it('is joined while its first bytes are here, and begun anew after that', async () => {
    const bytes = randomBytes(12 * mib);
    let fetched = 0;
    const fetch = (): Promise<Readable> => {
      fetched += 1;
      return Promise.resolve(contentOf(bytes));
    };
    const downloads = new SharedDownloads();
    const first = await downloads.join('a', fetch);
    const second = await downloads.join('a', fetch);
    expect(fetched).toBe(1);
    const another = await downloads.join('b', fetch);
    expect(fetched).toBe(2);
    for (let count = 0; count < 100; count += 1) {
      await first.next();
      await second.next();
    }
    const late = await downloads.join('a', fetch);
    expect(fetched).toBe(3);
    const all = await Promise.all([readAll(late), readAll(another)]);
    expect(all.every((one) => one.equals(bytes))).toBe(true);
    first.leave();
    second.leave();
  });

  it('that could not begin says why to all, and is tried again by the next one', async () => {
    let fetched = 0;
    const fetch = async (): Promise<Readable> => {
      fetched += 1;
      await turn();
      throw new Error('no route');
    };
    const downloads = new SharedDownloads();
    const both = [downloads.join('a', fetch), downloads.join('a', fetch)];
    for (const one of both) await expect(one).rejects.toThrow('no route');
    expect(fetched).toBe(1);
    await expect(downloads.join('a', fetch)).rejects.toThrow('no route');
    expect(fetched).toBe(2);
  });
});

describe('the body of a shared download', () => {
  /** What two clients are given, one of which reads when the other one has all; slow ones are let go at once. */
  async function serve(bytes: Buffer, contents: readonly { readonly wrong: boolean }[]) {
    const downloads = new SharedDownloads(0);
    const begun = new EventEmitter();
    let [fetched, joined] = [0, 0];
    // Nothing comes before both clients are there.
    const both = once(begun, 'both');
    const fetch = async (): Promise<Readable> => {
      const content = contents[fetched++] ?? { wrong: false };
      await both;
      return contentOf(bytes, content);
    };
    const server = createServer((_, response) => {
      void (async () => {
        const joining = downloads.join('a', fetch);
        if (++joined === 2) begun.emit('both');
        const reader = await joining;
        response.setHeader('Content-Length', bytes.length);
        response.flushHeaders();
        const body = sharedBody({ reader, size: bytes.length, fetch });
        await body.writeTo(response).then(
          () => response.end(),
          () => response.destroy(),
        );
      })();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const ask = async (): Promise<IncomingMessage> => {
      const request = get({ host: '127.0.0.1', port, agent: false });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return response;
    };
    const [slow, fast] = await Promise.all([ask(), ask()]);
    const outcome = async (response: IncomingMessage): Promise<string> =>
      await buffer(response).then(
        (got) => (got.equals(bytes) ? 'whole' : 'other bytes'),
        () => 'cut',
      );
    return { first: await outcome(fast), second: await outcome(slow), fetched };
  }

  // More than all buffers between the server and a client who does not read.
  const large = randomBytes(48 * mib);

  it.each([
    { what: 'comes whole to one who reads late', contents: [], first: 'whole', second: 'whole' },
    {
      what: 'is cut where the rest is not right',
      contents: [{ wrong: false }, { wrong: true }],
      first: 'whole',
      second: 'cut',
    },
    {
      what: 'is cut where what came before the rest was not right',
      contents: [{ wrong: true }, { wrong: false }],
      first: 'cut',
      second: 'cut',
    },
  ])('$what', async ({ contents, first, second }) => {
    const outcome = await serve(large, contents);
    expect(outcome).toMatchObject({ first, second });
    if (first === 'whole') expect(outcome.fetched).toBe(2);
  });
});
