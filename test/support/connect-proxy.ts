import * as http from 'node:http';
import * as https from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { afterEach } from 'vitest';
import type { TestCertificate } from './test-certificate.ts';

export interface ProxyOptions {
  /** Makes it a proxy that is itself spoken to by HTTPS. */
  readonly tls?: TestCertificate;
  /** `user:password` that it wants. */
  readonly login?: string;
  /** Where hosts really are: `registry.example:443` -> `127.0.0.1:40001`. Others it can not reach. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Answers everything with this status. */
  readonly status?: number;
  /** Takes connections and never answers. */
  readonly isDeaf?: boolean;
}

export interface SeenByProxy {
  /** `CONNECT host:port`, or `GET http://host/path`. */
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface ConnectProxy {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, or `https:`. */
  readonly origin: string;
  /** Everything it was asked, as far as it could read it. */
  readonly seen: readonly SeenByProxy[];
  /** Bytes that went through its tunnels, which it can not read but can search for what is not hidden. */
  passed(): Buffer;
}

/** Real forward proxies on loopback, which know the places of hosts that nobody else knows; closed after each test. */
export function useProxies(): { start(options?: ProxyOptions): Promise<ConnectProxy> } {
  let running: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(running.map((stop) => stop()));
    running = [];
  });
  return {
    start: async (options = {}) => {
      const { proxy, stop } = await startProxy(options);
      running.push(stop);
      return proxy;
    },
  };
}

/** For longer than one test; to be stopped by whoever started it. */
export async function startProxy(
  options: ProxyOptions,
): Promise<{ readonly proxy: ConnectProxy; readonly stop: () => Promise<void> }> {
  const { hosts = {}, tls } = options;
  const seen: SeenByProxy[] = [];
  const passed: Buffer[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server =
    tls === undefined ? http.createServer() : https.createServer({ key: tls.key, cert: tls.cert });
  server.on('connection', keep);
  server.on('tlsClientError', () => undefined);
  server.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    const refusal = note(request);
    keep(socket);
    if (options.isDeaf === true) return;
    const [host, port] = (hosts[request.url ?? ''] ?? '').split(':');
    if (refusal !== undefined || host === undefined || port === undefined) {
      socket.end(`HTTP/1.1 ${String(refusal ?? 502)} no\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = keep(connect(Number(port), host));
    target.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.on('data', (chunk: Buffer) => passed.push(chunk));
      // Both ends of a pipeline listen to the same socket here, eleven times in all.
      socket.setMaxListeners(20);
      pipeline(socket, target, socket).catch(() => undefined);
    });
    target.once('error', () => socket.destroy());
  });
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    const refusal = note(request);
    if (options.isDeaf === true) return;
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const [hostname, port] = (hosts[withPort(url)] ?? '').split(':');
    if (
      refusal !== undefined ||
      url === undefined ||
      hostname === undefined ||
      port === undefined
    ) {
      response.writeHead(refusal ?? 502).end();
      return;
    }
    const { method } = request;
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => name !== 'proxy-authorization'),
    );
    const path = `${url.pathname}${url.search}`;
    const forwarded = http.request({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response).catch(() => undefined);
    });
    forwarded.on('error', () => response.destroy());
    pipeline(request, forwarded).catch(() => undefined);
  });

  /** @returns the status of a refusal. */
  function note({ headers, method, url }: http.IncomingMessage): number | undefined {
    seen.push({ line: `${method ?? ''} ${url ?? ''}`, headers });
    const wanted = `Basic ${Buffer.from(options.login ?? '').toString('base64')}`;
    if (options.login !== undefined && headers['proxy-authorization'] !== wanted) return 407;
    return options.status;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`;
  return {
    proxy: { port, origin, seen, passed: () => Buffer.concat(passed) },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function withPort(url: URL | undefined): string {
  return url === undefined ? '' : `${url.hostname}:${url.port === '' ? '80' : url.port}`;
}
