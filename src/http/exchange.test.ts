import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { failureOf, get, textOf, useHttpClients } from '../../test/support/http-client.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { makeTestCertificate } from '../../test/support/test-certificate.ts';
import { readBounded } from '../base/index.ts';
import type { HttpRequest } from './interfaces.ts';

const clients = useHttpClients();
const peers = usePeers();
const secret = 'Bearer s3cret-token';

describe('faults', () => {
  it.each([
    [{ kind: 'drop' } as const, 'ERR_HTTP_CONNECTION'],
    [{ kind: 'stall' } as const, 'ERR_HTTP_TIMEOUT'],
    [{ kind: 'raw', bytes: 'SSH-2.0-OpenSSH\r\n' } as const, 'ERR_HTTP_INVALID_RESPONSE'],
    [
      { kind: 'raw', bytes: `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n` } as const,
      'ERR_HTTP_INVALID_RESPONSE',
    ],
  ])('names %o', async (fault, code) => {
    const peer = await peers.start();
    peer.always('GET /', { fault });
    const client = clients.make({ retry: { maxAttempts: 1 }, limits: { firstByteMs: 50 } });
    expect(await failureOf(client.send(get(peer.origin)))).toMatchObject({ code });
  });

  it('reads a header of 40 KiB', async () => {
    const peer = await peers.start();
    peer.once('GET /', { headers: { 'x-large': 'x'.repeat(40_000) }, body: 'ok' });
    expect(await textOf(clients.make(), get(peer.origin))).toBe('ok');
  });

  it.each([
    [{ kind: 'drop-after', bytes: 4 } as const, 'ERR_HTTP_CONNECTION'],
    [{ kind: 'wrong-length', declared: 99 } as const, 'ERR_HTTP_CONNECTION'],
    [{ kind: 'stall-after', bytes: 4 } as const, 'ERR_HTTP_TIMEOUT'],
  ])('never ends a body cleanly after %o', async (fault, code) => {
    const peer = await peers.start();
    peer.once('GET /', { body: 'ten bytes.', fault });
    const client = clients.make({ limits: { idleMs: 50 } });
    expect(await failureOf(textOf(client, get(peer.origin)))).toMatchObject({ code });
  });

  it('cuts a body at its declared length', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body: 'ten bytes.', fault: { kind: 'wrong-length', declared: 3 } });
    expect(await textOf(clients.make(), get(peer.origin))).toBe('ten');
  });

  it('does not blame the peer while nobody reads', async () => {
    const peer = await peers.start();
    peer.once('GET /', { body: Buffer.alloc(8 << 20) });
    const { body } = await clients.make({ limits: { idleMs: 40 } }).send(get(peer.origin));
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 120));
      size += chunk.byteLength;
    }
    expect(size).toBe(8 << 20);
  });

  it('refuses a content encoding that was not asked for', async () => {
    const peer = await peers.start();
    peer.once('GET /', { headers: { 'content-encoding': 'gzip' }, body: 'x' });
    expect(await failureOf(clients.make().send(get(peer.origin)))).toMatchObject({
      code: 'ERR_HTTP_INVALID_RESPONSE',
    });
  });

  it('notices a peer that takes no more bytes', async () => {
    const peer = await peers.start();
    peer.once('PUT /', { fault: { kind: 'deaf' } });
    const client = clients.make({ limits: { idleMs: 80 }, retry: { maxAttempts: 1 } });
    const sending = client.send({
      method: 'PUT',
      url: new URL(peer.origin),
      body: bodyOf(Array.from({ length: 64 }, () => Buffer.alloc(1 << 20))),
    });
    expect(await failureOf(sending)).toMatchObject({ code: 'ERR_HTTP_TIMEOUT', phase: 'send' });
  });

  it('takes an answer that comes before the body is sent', async () => {
    const peer = await peers.start();
    peer.once('PUT /', { status: 401, body: 'no entry', early: true });
    const chunks = Array.from({ length: 8 }, () => Buffer.alloc(1 << 16));
    let sent = 0;
    const response = await clients.make().send({
      method: 'PUT',
      url: new URL(peer.origin),
      body: {
        size: 8 << 16,
        open: () => Promise.resolve(Readable.from(slowly(chunks))),
        onProgress: (bytes) => (sent = bytes),
      },
    });
    expect(response.status).toBe(401);
    expect((await readBounded(response.body, { maxBytes: 99, what: 'x' })).toString()).toBe(
      'no entry',
    );
    expect(sent).toBeLessThan(8 << 16);
  });

  it.each([
    ['shorter', 10],
    ['longer', 3],
  ])('fails when the content to send is %s than declared', async (_, size) => {
    const peer = await peers.start();
    peer.always('PUT /', { status: 201 });
    const sending = clients.make().send({
      method: 'PUT',
      url: new URL(peer.origin),
      body: { size, open: () => Promise.resolve(Readable.from([Buffer.from('hello')])) },
    });
    expect(await failureOf(sending)).toMatchObject({ code: 'ERR_HTTP_BODY_SIZE' });
  });

  it('passes on the error of a source that can not be read', async () => {
    const peer = await peers.start();
    const broken = new Error('disk on fire');
    const sending = clients.make().send({
      method: 'PUT',
      url: new URL(peer.origin),
      body: { size: 3, open: () => Promise.reject(broken) },
    });
    expect(await failureOf(sending)).toBe(broken);
  });
});

describe('TLS', () => {
  it('trusts a certificate of a given authority, and no other', async () => {
    const certificate = await makeTestCertificate();
    const peer = await peers.start({ tls: certificate });
    peer.once('GET /', { body: 'safe' });
    expect(await textOf(clients.make({ ca: [certificate.ca] }), get(peer.origin))).toBe('safe');
    const error = await failureOf(clients.make().send(get(peer.origin)));
    expect(error).toMatchObject({
      code: 'ERR_HTTP_TLS',
      problem: 'unknown-ca',
      category: 'trust',
    });
    expect(error).toHaveProperty('hint', expect.stringContaining('--ca-file'));
  });

  it.each([
    [{ addresses: ['127.0.0.9'] }, 'host-name'],
    [{ notAfter: new Date('2021-01-01T00:00:00Z') }, 'expired'],
  ])('explains a certificate made with %o', async (options, problem) => {
    const certificate = await makeTestCertificate(options);
    const peer = await peers.start({ tls: certificate });
    const client = clients.make({ ca: [certificate.ca] });
    expect(await failureOf(client.send(get(peer.origin)))).toMatchObject({ problem });
  });

  it('says when a server speaks plain HTTP', async () => {
    const peer = await peers.start();
    const url = peer.origin.replace('http:', 'https:');
    expect(await failureOf(clients.make().send(get(url)))).toMatchObject({
      problem: 'no-tls',
      category: 'remote',
    });
  });

  it('refuses a redirect from HTTPS to plain HTTP', async () => {
    const certificate = await makeTestCertificate();
    const [safe, plain] = [await peers.start({ tls: certificate }), await peers.start()];
    safe.once('GET /', { status: 302, headers: { location: plain.origin } });
    const client = clients.make({ ca: [certificate.ca] });
    const request = get(safe.origin, { credentials: secret });
    expect(await failureOf(client.send(request))).toMatchObject({ problem: 'downgrade' });
    expect(plain.requests).toEqual([]);
  });
});

function bodyOf(chunks: readonly Buffer[]): NonNullable<HttpRequest['body']> {
  return {
    size: chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
    open: () => Promise.resolve(Readable.from(chunks)),
  };
}

async function* slowly(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    yield chunk;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
