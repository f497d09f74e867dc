import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf, get, textOf, useHttpClients } from '../../test/support/http-client.ts';
import { makeManualClock } from '../../test/support/remote-repository.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';

const clients = useHttpClients();
const peers = usePeers();

describe('the header of an answer', () => {
  it.each([
    ['the 21 KB of Google Artifact Registry', 21_000],
    ['almost 64 KiB', 64 * 1024 - 1000],
  ])('may have %s', async (_, bytes) => {
    const peer = await peers.start();
    const lines = Array.from({ length: Math.floor(bytes / 1000) }, () => 'x'.repeat(990));
    peer.once('GET /', { headers: { 'x-large': lines }, body: 'ok' });
    expect(await textOf(clients.make(), get(peer.origin))).toBe('ok');
  });

  it('may not have more, in one line or in many', async () => {
    const peer = await peers.start();
    const large = 66 * 1024;
    peer.once('GET /one', { headers: { 'x-large': 'x'.repeat(large) } }).once('GET /many', {
      headers: { 'x-large': Array.from({ length: 70 }, () => 'x'.repeat(1000)) },
    });
    for (const path of ['one', 'many']) {
      expect(await failureOf(clients.make().send(get(`${peer.origin}/${path}`)))).toMatchObject({
        code: 'ERR_HTTP_INVALID_RESPONSE',
        message: expect.stringContaining('65536 bytes') as string,
      });
    }
  });
});

describe('Retry-After', () => {
  const clock = makeManualClock(Date.parse('2026-11-20T10:00:00Z'));

  it.each([
    ['60', 60_000],
    ['Fri, 20 Nov 2026 10:00:59 GMT', 59_000],
  ])('of %j is waited for', async (value, ms) => {
    const peer = await peers.start();
    const own = makeManualClock(clock.now());
    peer.once('GET /', { status: 429, headers: { 'retry-after': value } }).once('GET /', {});
    const response = await clients
      .make({ clock: own, retry: { maxAttempts: 3, baseDelayMs: 1 } })
      .send(get(peer.origin));
    expect([response.status, response.attempt]).toEqual([200, 2]);
    expect(own.slept).toEqual([ms]);
  });

  it.each([
    ['61', 61_000],
    ['Fri, 20 Nov 2026 10:01:01 GMT', 61_000],
    ['99999999999999999999', 1e23],
  ])('of %j is told to the user, who may come back later', async (value, retryAfterMs) => {
    const peer = await peers.start();
    const own = makeManualClock(clock.now());
    peer.once('GET /', { status: 503, headers: { 'retry-after': value } });
    expect(await failureOf(clients.make({ clock: own }).send(get(peer.origin)))).toMatchObject({
      code: 'ERR_HTTP_RETRY_AFTER',
      retryAfterMs,
    });
    expect(own.slept).toEqual([]);
  });

  it.each(['soon', '-5', '1.5', ''])('of %j is passed over', async (value) => {
    const peer = await peers.start();
    const own = makeManualClock(clock.now());
    peer.once('GET /', { status: 429, headers: { 'retry-after': value } }).once('GET /', {});
    await clients
      .make({ clock: own, retry: { baseDelayMs: 4, random: () => 0 } })
      .send(get(peer.origin));
    expect(own.slept).toEqual([2]);
  });
});

describe('a transfer that makes progress', () => {
  const limits = { connectMs: 2000, firstByteMs: 2000, idleMs: 150 };
  const chunks = Array.from({ length: 12 }, (_, at) => Buffer.from(String(at % 10)));

  async function* slowly(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) {
      yield chunk;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  it('may take longer than the limit on standing still, when it sends', async () => {
    const peer = await peers.start();
    peer.once('PUT /', { status: 201 });
    const response = await clients.make({ limits }).send({
      method: 'PUT',
      url: new URL(peer.origin),
      body: { size: chunks.length, open: () => Promise.resolve(Readable.from(slowly())) },
    });
    expect(response.status).toBe(201);
    expect(peer.requests[0]?.body).toEqual(Buffer.concat(chunks));
  });

  it.each([
    ['receive', 'GET', { body: 'ten bytes.', fault: { kind: 'stall-after', bytes: 3 } }],
    ['first-byte', 'GET', { fault: { kind: 'stall' } }],
    ['send', 'PUT', { fault: { kind: 'deaf' } }],
  ] as const)('ends when it makes none: %s', async (phase, method, reply) => {
    const peer = await peers.start();
    peer.once(`${method} /`, reply);
    const body = {
      size: 64 << 20,
      open: () =>
        Promise.resolve(Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1 << 20)))),
    };
    const client = clients.make({
      limits: { ...limits, firstByteMs: 100, idleMs: 80 },
      retry: { maxAttempts: 1 },
    });
    const request = { method, url: new URL(peer.origin), ...(method === 'PUT' ? { body } : {}) };
    expect(await failureOf(textOf(client, request))).toMatchObject({
      code: 'ERR_HTTP_TIMEOUT',
      phase,
    });
  });
});

describe('an answer that comes byte by byte', () => {
  const limits = { connectMs: 2000, firstByteMs: 2000, idleMs: 2000, documentMs: 60 };
  const fault = { kind: 'trickle', everyMs: 10 } as const;
  const body = 'twenty bytes, slowly';

  it('has to be here in time when it is a document, and is not asked for again', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body, fault });
    const client = clients.make({ limits, retry: { maxAttempts: 3, baseDelayMs: 1 } });
    const failure = await failureOf(textOf(client, get(peer.origin)));
    expect(failure).toMatchObject({ code: 'ERR_HTTP_TIMEOUT', phase: 'document', limitMs: 60 });
    expect(client.retry.isRetryableError(failure)).toBe(false);
  });

  it('may take its time when it is content', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body, fault });
    const request = { ...get(peer.origin), longBody: true };
    expect(await textOf(clients.make({ limits }), request)).toBe(body);
  });

  it('has to be here in time when it is an error, whatever was asked for', async () => {
    const peer = await peers.start();
    peer.once('GET /', { status: 404, body, fault });
    const request = { ...get(peer.origin), longBody: true };
    expect(await failureOf(textOf(clients.make({ limits }), request))).toMatchObject({
      phase: 'document',
    });
  });
});
