import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { systemClock } from '../base/index.ts';
import { type Answer, sendAnswer } from './answers/index.ts';
import type { Caller } from './auth/caller.ts';
import type { Faces } from './faces.ts';
import { guardRequest, type HostRule } from './guard.ts';
import type { RequestHandler } from './listener.ts';
import type { AccessEvent, ServerOptions } from './server-options.ts';

export interface HandlerParts {
  readonly hostRule: HostRule;
  readonly options: Pick<ServerOptions, 'clock' | 'onError'>;
  readonly onAccess?: ((event: AccessEvent) => void) | undefined;
}

/** Bounds on what a log keeps of a request; real paths have at most some five hundred characters. */
const maxPathLength = 2000;
const maxUserAgentLength = 200;

/** Of one connection, up to the end of its last request. */
interface ByteCounts {
  readonly received: number;
  readonly sent: number;
}

/** What is found out about a request while it is served. */
interface Seen {
  readonly path: string;
  user: string | undefined;
}

/** What is behind the guard: says what to answer, or has answered. */
type Behind = (
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
) => Promise<Answer | undefined>;

/** One request's way: host and origin, health, who is it, the face that it is for. The handler never rejects. */
export function createRequestHandler(parts: HandlerParts, faces: Faces): RequestHandler {
  const { gate, gateway, pages, readiness, registry } = faces;
  return guarded(parts, async (request, response, seen) => {
    const { path } = seen;
    if (path === '/readyz') return await readiness.answer();
    if (registry !== undefined && (path === '/v2' || path.startsWith('/v2/'))) {
      const admission = await gate.admit(request);
      if (admission.kind === 'refused') return admission.answer;
      seen.user = nameOf(admission.caller);
      await registry(request, response);
      return undefined;
    }
    const face = gateway?.serves(path) === true ? gateway : pages;
    if (face?.serves(path) !== true) return notFound;
    await face.handle(request, response);
    seen.user = nameOf(gate.callerOf(request));
    return undefined;
  });
}

function nameOf(caller: Caller): string | undefined {
  return caller.kind === 'anonymous' ? undefined : caller.name;
}

/** The same guard, before the metrics. */
export function createMetricsHandler(parts: HandlerParts, metrics: () => string): RequestHandler {
  return guarded(parts, ({ method }, _, { path }) => {
    const isAsked = path === '/metrics' && (method === 'GET' || method === 'HEAD');
    if (!isAsked) return Promise.resolve(notFound);
    const headers = { ...text.headers, 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };
    return Promise.resolve({ status: 200, headers, body: Buffer.from(metrics()) });
  });
}

function guarded({ hostRule, options, onAccess }: HandlerParts, behind: Behind): RequestHandler {
  const { clock = systemClock, onError } = options;
  const counted = new WeakMap<Socket, ByteCounts>();

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    seen: Seen,
  ): Promise<void> => {
    const say = (answer: Answer) => sendAnswer(request, response, answer);
    const refusal = guardRequest(request, hostRule);
    if (refusal !== undefined) return say(refusal);
    if (seen.path === '/healthz') return say(health);
    const answer = await behind(request, response, seen);
    if (answer !== undefined) await say(answer);
  };

  return async (request, response) => {
    const { socket } = request;
    const [time, started] = [clock.now(), performance.now()];
    const [path = ''] = (request.url ?? '').split('?', 1);
    const seen: Seen = { path, user: undefined };
    if (onAccess !== undefined) {
      const remoteAddress = socket.remoteAddress ?? '';
      response.once('close', () => {
        const before = counted.get(socket) ?? { received: 0, sent: 0 };
        const now = { received: socket.bytesRead, sent: socket.bytesWritten };
        counted.set(socket, now);
        onAccess({
          time,
          method: request.method ?? '',
          httpVersion: request.httpVersion,
          path: path.slice(0, maxPathLength),
          status: response.statusCode,
          durationMs: performance.now() - started,
          remoteAddress,
          user: seen.user,
          userAgent: request.headers['user-agent']?.slice(0, maxUserAgentLength),
          receivedBytes: now.received - before.received,
          sentBytes: now.sent - before.sent,
          complete: response.writableFinished,
        });
      });
    }
    try {
      await serve(request, response, seen);
    } catch (error) {
      onError?.(error);
      response.destroy();
    }
  };
}

const text = {
  status: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
} as const;

const health: Answer = { ...text, body: Buffer.from('ok\n') };

const notFound: Answer = { ...text, status: 404, body: Buffer.from('not found\n') };
