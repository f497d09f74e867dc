import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

/** What requests to a registry are about. */
export type RequestKind =
  | 'tags'
  | 'referrers'
  | 'manifest GET'
  | 'manifest HEAD'
  | 'manifest PUT'
  | 'blob GET'
  | 'blob HEAD'
  | 'upload begin'
  | 'upload'
  | 'other';

export interface FaultyAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** What happens to an answer of the registry on its way. */
export type Fault =
  /** The connection ends before there is an answer; the registry has done what it was asked. */
  | { readonly kind: 'drop' }
  /** The connection ends after this part of the body. */
  | { readonly kind: 'cut'; readonly at: number }
  /** The header names another length than the body has. */
  | { readonly kind: 'wrong-length'; readonly by: number }
  /** Another answer in its place; the registry is asked all the same unless `instead`. */
  | { readonly kind: 'answer'; readonly of: (answer: FaultyAnswer) => FaultyAnswer }
  /** Another answer, and the registry never hears of the request. */
  | { readonly kind: 'instead'; readonly answer: FaultyAnswer }
  /** The connection is reset. */
  | { readonly kind: 'reset' };

export interface FaultRelay {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Kinds of the requests so far. */
  readonly seen: ReadonlySet<RequestKind>;
  /** How many requests the fault met. */
  readonly struck: number;
  close(): Promise<void>;
}

export interface FaultPlan {
  readonly on: RequestKind;
  readonly fault: Fault;
  /** How many requests it meets. */
  readonly times: number;
}

/** Stands before a registry on plain HTTP, and spoils some of its answers. */
export async function startFaultRelay(
  to: string,
  plan: () => FaultPlan | undefined,
): Promise<FaultRelay> {
  const seen = new Set<RequestKind>();
  let struck = 0;
  const [hostname, port] = to.split(':');
  const agent = new http.Agent({ keepAlive: true });
  const ask = async (request: http.IncomingMessage): Promise<FaultyAnswer> => {
    const { headers, method, url: path } = request;
    const body = await buffer(request);
    const outgoing = http.request({ agent, hostname, port, path, method, headers });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
    });
    outgoing.end(body);
    const answer = await answered;
    return {
      status: answer.statusCode ?? 502,
      headers: answer.headers,
      body: await buffer(answer),
    };
  };
  const handle = async (
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> => {
    const kind = kindOf(request);
    seen.add(kind);
    const now = plan();
    const fault = now?.on === kind && struck < now.times ? now.fault : undefined;
    if (fault !== undefined) struck += 1;
    if (fault?.kind === 'instead') {
      request.resume();
      send(response, fault.answer, request.method);
      return;
    }
    const answer = await ask(request);
    if (fault === undefined) send(response, answer, request.method);
    else spoil(response, answer, { fault, method: request.method });
  };
  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    get struck() {
      return struck;
    },
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function kindOf({ method = '', url = '' }: http.IncomingMessage): RequestKind {
  if (url.includes('/tags/list')) return 'tags';
  if (url.includes('/referrers/')) return 'referrers';
  if (url.includes('/blobs/uploads/')) return method === 'POST' ? 'upload begin' : 'upload';
  for (const what of ['manifest', 'blob'] as const) {
    if (!url.includes(`/${what}s/`)) continue;
    if (method === 'GET' || method === 'HEAD') return `${what} ${method}`;
    if (what === 'manifest' && method === 'PUT') return 'manifest PUT';
  }
  return 'other';
}

function send(
  response: http.ServerResponse,
  { body, headers, status }: FaultyAnswer,
  method: string | undefined,
): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.statusCode = status;
  response.end(method === 'HEAD' ? undefined : body);
}

function spoil(
  response: http.ServerResponse,
  answer: FaultyAnswer,
  { fault, method }: { readonly fault: Fault; readonly method: string | undefined },
): void {
  const { socket } = response;
  switch (fault.kind) {
    case 'drop':
      socket?.destroy();
      return;
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'answer':
      send(response, fault.of(answer), method);
      return;
    case 'cut':
    case 'wrong-length': {
      const { body, headers, status } = answer;
      const part =
        fault.kind === 'cut' ? body.subarray(0, Math.floor(body.length * fault.at)) : body;
      const length = fault.kind === 'cut' ? body.length : Math.max(0, body.length + fault.by);
      const lines = Object.entries({ ...headers, connection: 'close', 'content-length': length })
        .filter(([name]) => name !== 'transfer-encoding' && name !== 'keep-alive')
        .map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket?.write(`HTTP/1.1 ${String(status)} X\r\n${lines.join('')}\r\n`);
      if (method !== 'HEAD') socket?.write(part);
      socket?.end();
      return;
    }
    case 'instead':
      send(response, fault.answer, method);
  }
}

/** The same with its bits changed in the middle. */
export function flipped(answer: FaultyAnswer): FaultyAnswer {
  const body = Buffer.from(answer.body);
  const at = Math.floor(body.length / 2);
  if (body.length > 0) body[at] = (body[at] ?? 0) ^ 0xff;
  return { ...answer, body };
}

export function gzipped(answer: FaultyAnswer): FaultyAnswer {
  const body = gzipSync(answer.body);
  const headers = {
    ...answer.headers,
    'content-encoding': 'gzip',
    'content-length': String(body.length),
  };
  return { ...answer, body, headers };
}
