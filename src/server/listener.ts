import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../base/index.ts';
import { ListenError } from './errors.ts';
import { type ListenAddress, urlHost } from './listen-address.ts';
import type { TlsMaterial } from './tls/self-signed.ts';

export interface Listener {
  readonly url: string;
  /** Shows this certificate to connections that come from now on. */
  useTls(material: TlsMaterial): void;
  /**
   * Takes no more connections, lets what is under way finish for up to `drainMs`, then cuts it.
   * Resolves when every handler has come to its end.
   */
  close(drainMs: number): Promise<void>;
}

/** The requests of one connection that are not answered yet. */
interface Turns {
  last: Promise<void> | undefined;
  waiting: number;
}

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

/** Never rejects, and ends or destroys the response. */
export type RequestHandler = (...exchange: Exchange) => Promise<void>;

/** Registries with long signed tokens in headers exist; beyond this no client of ours goes. */
const maxHeaderBytes = 64 * 1024;

/** A request line and headers are one packet or a few. */
const headersTimeoutMs = 30_000;

/** For one whole request: 10 GiB at 6 Mbit/s. What stands still is cut by `idleMs` long before. */
const requestTimeoutMs = 4 * 60 * 60 * 1000;

/** Without a byte in either direction; hashing and syncing the largest blob take less. */
const idleMs = 5 * 60_000;

/** Longer than the 90 s of Go's clients, so that it is never we who close under a request. */
const keepAliveMs = 120_000;

/** Half of the usual 1,024 open files: each connection may also have a file open. */
const defaultMaxConnections = 512;

/**
 * Requests that one connection may send before it has an answer. No registry client sends a second one; a
 * waiting one takes some kilobytes, a hundred times what it costs to send.
 */
const maxWaiting = 32;

/**
 * Listens at `address`, with TLS when `tls` is given.
 * @throws ListenError
 */
export async function startListener(
  address: ListenAddress,
  tls: TlsMaterial | undefined,
  handle: RequestHandler,
  maxConnections = defaultMaxConnections,
): Promise<Listener> {
  const running = new Set<Promise<void>>();
  const open = new Set<ServerResponse>();
  const turns = new WeakMap<Socket, Turns>();
  let closing: Promise<void> | undefined;

  const inTurn = async (before: Promise<void> | undefined, ...exchange: Exchange) => {
    await before;
    const [request, response] = exchange;
    if (request.socket.destroyed) return;
    if (closing !== undefined) response.shouldKeepAlive = false;
    open.add(response);
    const over = new Promise<void>((resolve) => {
      response.once('close', resolve);
    }).finally(() => open.delete(response));
    await handle(request, response);
    await over;
  };
  // Node would begin hundreds of requests that one connection sends without waiting for the answers,
  // each with its file and its buffers, though it can send only one answer after the other.
  const server = createServer(tls, (request, response) => {
    const { socket } = request;
    const queue = turns.get(socket) ?? { last: undefined, waiting: 0 };
    if (queue.waiting >= maxWaiting) socket.destroy();
    // What has been read from the connection already is told of all the same.
    if (socket.destroyed) return;
    const task: Promise<void> = inTurn(queue.last, request, response).finally(() => {
      running.delete(task);
      queue.waiting--;
    });
    queue.last = task;
    queue.waiting++;
    turns.set(socket, queue);
    running.add(task);
  });
  server.maxConnections = maxConnections;
  // Clients keep connections for minutes in case they need one again; whoever comes when there is no room,
  // and tries once more, needs one now.
  server.on('drop', () => server.closeIdleConnections());
  const port = await listen(server, address);

  const drain = async (drainMs: number) => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    for (const response of open) response.shouldKeepAlive = false;
    const enough = new AbortController();
    const cut = delay(drainMs, undefined, { signal: enough.signal }).then(
      () => {
        server.closeAllConnections();
      },
      () => undefined,
    );
    await closed;
    enough.abort();
    await cut;
    await Promise.allSettled(running);
  };

  return {
    useTls: (material) => {
      if (server instanceof HttpsServer) server.setSecureContext(secureOptions(material));
    },
    url: `${tls === undefined ? 'http' : 'https'}://${urlHost(address.host)}:${port}`,
    close: (drainMs) => (closing ??= drain(drainMs)),
  };
}

function createServer(
  tls: TlsMaterial | undefined,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
  };
  const server =
    tls === undefined
      ? createHttpServer(options, handle)
      : createHttpsServer(
          { ...options, ...secureOptions(tls), handshakeTimeout: headersTimeoutMs },
          handle,
        );
  server.timeout = idleMs;
  return server;
}

function secureOptions({ cert, key }: TlsMaterial) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new ListenError(`${urlHost(host)}:${port}`, errnoOf(cause), cause));
    });
    server.listen({ ...(host === undefined ? {} : { host }), port }, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}
