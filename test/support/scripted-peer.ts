import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { afterEach, expect } from 'vitest';

/** What a peer does with one request. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Bytes, text, or anything else as JSON. */
  readonly body?: unknown;
  /** Answers as soon as the header of the request is there, leaving its body unread. */
  readonly early?: boolean;
  readonly fault?: Fault;
}

export type Fault =
  /** Cuts the connection before any answer. */
  | { readonly kind: 'drop' }
  /** Never answers. */
  | { readonly kind: 'stall' }
  /** Sends the header and so many bytes of the body, then cuts the connection. */
  | { readonly kind: 'drop-after'; readonly bytes: number }
  /** Sends the header and so many bytes of the body, then nothing more. */
  | { readonly kind: 'stall-after'; readonly bytes: number }
  /** Sends the header, and the body byte by byte with so many milliseconds in between. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  /** Declares this Content-Length, sends the body as it is and closes the connection. */
  | { readonly kind: 'wrong-length'; readonly declared: number }
  /** Writes these bytes in place of an HTTP answer and closes the connection. */
  | { readonly kind: 'raw'; readonly bytes: string }
  /** Stops reading the request, so that the sender stalls. */
  | { readonly kind: 'deaf' };

export interface SeenRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The common name in the certificate that the client showed, if it did. */
  readonly certificate: string | undefined;
  /** Everything that arrived, for searching it for secrets. */
  readonly text: string;
}

/** `GET /v2/x`: the exact method and path (and query, when the text has one); or a predicate. */
export type Match = string | ((request: RequestHead) => boolean);

type RequestHead = Pick<SeenRequest, 'method' | 'path' | 'headers'>;

interface Step {
  readonly match: Match;
  readonly reply: Reply | ((request: SeenRequest) => Reply | Promise<Reply>);
  /** How often it may still be used; a step of `always` need not be used at all. */
  left: number;
  readonly isOptional: boolean;
}

export interface ScriptedPeer {
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Answers one request; of several steps that match the one added first is used. */
  once(match: Match, reply: Step['reply']): ScriptedPeer;
  times(count: number, match: Match, reply: Step['reply']): ScriptedPeer;
  /** Answers any number of requests, also none. */
  always(match: Match, reply: Step['reply']): ScriptedPeer;
  /** `GET /path` of every request so far. */
  log(): string[];
  /** Fails when `secret` arrived in a path, header or body, plainly or as Base64. */
  expectNeverSaw(secret: string): void;
}

export interface PeerOptions {
  /** Makes it an HTTPS peer. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    /** PEM of the authority whose clients may come; `asked` lets in those without a certificate, too. */
    readonly clients?: { readonly ca: string; readonly are: 'asked' | 'required' };
  };
  /** Default 127.0.0.1; any address of 127.0.0.0/8 makes another host. */
  readonly address?: string;
}

/**
 * Hostile or faulty HTTP peers on loopback. They are closed after each test, which fails when a step was
 * not used or a request came that no step expected.
 */
export function usePeers(): { start(options?: PeerOptions): Promise<ScriptedPeer> } {
  let running: RunningPeer[] = [];
  afterEach(async () => {
    const finished = running;
    running = [];
    const complaints = await Promise.all(finished.map((peer) => peer.finish()));
    expect(complaints.flat()).toEqual([]);
  });
  return {
    start: async (options = {}) => {
      const peer = new RunningPeer(options);
      await peer.listen();
      running.push(peer);
      return peer;
    },
  };
}

class RunningPeer implements ScriptedPeer {
  readonly requests: SeenRequest[] = [];
  connections = 0;
  readonly #options: PeerOptions;
  readonly #server: http.Server;
  readonly #steps: Step[] = [];
  readonly #unexpected: string[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(options: PeerOptions) {
    this.#options = options;
    const listener: http.RequestListener = (request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    };
    this.#server =
      options.tls === undefined
        ? http.createServer(listener)
        : https.createServer(secureOptions(options.tls), listener);
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  get host(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${String(port)}`;
  }

  get origin(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.host}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, this.#options.address ?? '127.0.0.1', resolve);
    });
  }

  once(match: Match, reply: Step['reply']): ScriptedPeer {
    return this.times(1, match, reply);
  }

  times(count: number, match: Match, reply: Step['reply']): ScriptedPeer {
    this.#steps.push({ match, reply, left: count, isOptional: false });
    return this;
  }

  always(match: Match, reply: Step['reply']): ScriptedPeer {
    this.#steps.push({ match, reply, left: Infinity, isOptional: true });
    return this;
  }

  log(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  expectNeverSaw(secret: string): void {
    const forms = [secret, encodeURIComponent(secret)];
    for (const { method, path, text } of this.requests) {
      const decoded = text.replaceAll(/Basic ([A-Za-z0-9+/=]+)/gu, (_, base64: string) =>
        Buffer.from(base64, 'base64').toString(),
      );
      const found = forms.filter((form) => text.includes(form) || decoded.includes(form));
      expect(found, `secret in ${method} ${path}`).toEqual([]);
    }
  }

  async finish(): Promise<string[]> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    const unused = this.#steps
      .filter((step) => !step.isOptional && step.left > 0)
      .map((step) => `unused step: ${typeof step.match === 'string' ? step.match : 'predicate'}`);
    return [...this.#unexpected, ...unused];
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const head = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
    };
    const step = this.#steps.find((candidate) => candidate.left > 0 && matches(candidate, head));
    if (step !== undefined) step.left -= 1;
    const fixed = typeof step?.reply === 'object' ? step.reply : undefined;
    if (fixed?.fault?.kind === 'deaf') {
      request.pause();
      this.#record(request, head, Buffer.alloc(0));
      return;
    }
    const body = fixed?.early === true ? Buffer.alloc(0) : await readAll(request);
    const seen = this.#record(request, head, body);
    if (step === undefined) {
      this.#unexpected.push(`unexpected request: ${head.method} ${head.path}`);
      response.writeHead(599).end();
      return;
    }
    const reply = typeof step.reply === 'function' ? await step.reply(seen) : step.reply;
    answer(reply, request, response);
  }

  #record(request: http.IncomingMessage, head: RequestHead, body: Buffer): SeenRequest {
    const text = [head.method, head.path, ...request.rawHeaders, body.toString('latin1')].join(
      '\n',
    );
    const seen = { ...head, body, text, certificate: certificateOf(request.socket) };
    this.requests.push(seen);
    return seen;
  }
}

function secureOptions({
  cert,
  clients,
  key,
}: NonNullable<PeerOptions['tls']>): https.ServerOptions {
  if (clients === undefined) return { cert, key };
  const { are, ca } = clients;
  return { cert, key, ca, requestCert: true, rejectUnauthorized: are === 'required' };
}

function certificateOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { subject } = socket.getPeerCertificate() as Partial<PeerCertificate>;
  return subject?.CN?.toString();
}

function matches(step: Step, request: RequestHead): boolean {
  if (typeof step.match === 'function') return step.match(request);
  const path = step.match.includes('?') ? request.path : request.path.split('?', 1)[0];
  return step.match === `${request.method} ${path ?? ''}`;
}

async function readAll(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answer(reply: Reply, request: http.IncomingMessage, response: http.ServerResponse): void {
  const { fault, headers = {}, status = 200 } = reply;
  const body = bytesOf(reply.body);
  const { socket } = request;
  const type =
    reply.body === undefined || typeof reply.body === 'string' || Buffer.isBuffer(reply.body)
      ? {}
      : { 'content-type': 'application/json' };
  const merged = { ...type, ...(headers as http.OutgoingHttpHeaders) };
  switch (fault?.kind) {
    case undefined:
      response.writeHead(status, { 'content-length': body.byteLength, ...merged });
      response.end(request.method === 'HEAD' ? undefined : body);
      return;
    case 'drop':
      socket.destroy();
      return;
    case 'stall':
    case 'deaf':
      return;
    case 'raw':
      socket.end(fault.bytes);
      return;
    case 'drop-after':
      response.writeHead(status, { 'content-length': body.byteLength, ...merged });
      response.write(body.subarray(0, fault.bytes), () => socket.destroy());
      return;
    case 'stall-after':
      response.writeHead(status, { 'content-length': body.byteLength, ...merged });
      response.write(body.subarray(0, fault.bytes));
      return;
    case 'trickle':
      response.writeHead(status, { 'content-length': body.byteLength, ...merged });
      response.flushHeaders();
      void trickle(response, body, fault.everyMs);
      return;
    case 'wrong-length': {
      const lines = Object.entries({
        ...merged,
        'content-length': fault.declared,
        connection: 'close',
      }).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.write(`HTTP/1.1 ${String(status)} X\r\n${lines.join('')}\r\n`);
      socket.end(body);
    }
  }
}

async function trickle(response: http.ServerResponse, body: Buffer, everyMs: number) {
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  response.end();
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
