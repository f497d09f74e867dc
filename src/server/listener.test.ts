import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startListener } from './listener.ts';

describe('a listener', () => {
  it('begins a request only after the one before it on its connection was answered', async () => {
    const events: string[] = [];
    const listener = await startListener(
      { host: '127.0.0.1', port: 0 },
      undefined,
      async ({ url = '' }, response) => {
        events.push(`${url} begins`);
        response.once('close', () => events.push(`${url} is over`));
        await new Promise(setImmediate);
        if (url === '/3') response.setHeader('Connection', 'close');
        response.end(url);
      },
    );
    onTestFinished(() => listener.close(0));
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    socket.write(
      ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''),
    );
    const answers = await text(socket);
    const bodies = [...answers.matchAll(/\r\n\r\n(\/\d)/gu)].map(([, body]) => body);
    expect(bodies).toEqual(['/1', '/2', '/3']);
    expect(events).toEqual(
      ['/1', '/2', '/3'].flatMap((url) => [`${url} begins`, `${url} is over`]),
    );
  });

  it('forgets the requests of a connection that went away', async () => {
    const seen: string[] = [];
    let answer = (): void => undefined;
    const listener = await startListener(
      { host: '127.0.0.1', port: 0 },
      undefined,
      async ({ url = '' }, response) => {
        seen.push(url);
        await new Promise<void>((resolve) => {
          answer = resolve;
          response.once('close', resolve);
        });
        response.end();
      },
    );
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    socket.write(request.repeat(3));
    await expect.poll(() => seen.length).toBe(1);
    socket.destroy();
    await once(socket, 'close');
    await listener.close(1000);
    answer();
    expect(seen).toEqual(['/']);
  });

  it('cuts a connection that sends requests without end and waits for no answer', async () => {
    const begun: string[] = [];
    const listener = await startListener(
      { host: '127.0.0.1', port: 0 },
      undefined,
      async ({ url = '' }, response) => {
        begun.push(url);
        await once(response, 'close');
      },
    );
    onTestFinished(() => listener.close(0));
    const port = Number(new URL(listener.url).port);
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    const patient = connect(port, '127.0.0.1');
    patient.write(request.repeat(32));
    await expect.poll(() => begun.length).toBe(1);
    const flood = connect(port, '127.0.0.1');
    // The rest may find the connection reset.
    flood.on('error', () => undefined);
    const cut = once(flood, 'close');
    flood.write(request.repeat(33));
    await cut;
    expect(begun.length).toBeLessThanOrEqual(2);
    expect(patient.destroyed).toBe(false);
    patient.destroy();
  });

  it('closes connections that wait idle when there is no room for another one', async () => {
    const listener = await startListener(
      { host: '127.0.0.1', port: 0 },
      undefined,
      ({ url }, response) => {
        if (url !== '/slow') response.end('x');
        return Promise.resolve();
      },
      3,
    );
    onTestFinished(() => listener.close(0));
    const port = Number(new URL(listener.url).port);
    const open = async (path: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      const over = once(socket, 'close').then(() => 'closed');
      const answered = once(socket, 'data').then(() => 'answered');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const outcome = path === '/slow' ? 'waits' : await Promise.race([answered, over]);
      return { socket, over, outcome };
    };
    const busy = await open('/slow');
    const idle = [await open('/'), await open('/')];
    const refused = await open('/');
    expect(refused.outcome).toBe('closed');
    await Promise.all(idle.map(({ over }) => over));
    expect((await open('/')).outcome).toBe('answered');
    expect(busy.socket.destroyed).toBe(false);
    busy.socket.destroy();
  });
});
