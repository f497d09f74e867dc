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
  /** Who was found to send a request; asked when it is over, however it ended. */
  readonly userOf?: ((request: IncomingMessage) => string | undefined) | undefined;
}

/** Bounds on what a log keeps of a request; real paths have at most some five hundred characters. */
const maxPathLength = 2000;
const maxUserAgentLength = 200;

/** Of one connection, up to the end of its last request. */
interface ByteCounts {
  readonly received: number;
  readonly sent: number;
}

/** What is behind the guard: says what to answer, or has answered. */
type Behind = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<Answer | undefined>;

/** One request's way: host and origin, health, who is it, the face that it is for. The handler never rejects. */
export function createRequestHandler(parts: HandlerParts, faces: Faces): RequestHandler {
  const { gate, gateway, pages, readiness, registry } = faces;
  const userOf = (request: IncomingMessage) => nameOf(gate.callerOf(request));
  return guarded({ userOf, ...parts }, async (request, response, path) => {
    if (path === '/readyz') return await readiness.answer();
    if (registry !== undefined && (path === '/v2' || path.startsWith('/v2/'))) {
      const admission = await gate.admit(request);
      if (admission.kind === 'refused') return admission.answer;
      await registry(request, response);
      return undefined;
    }
    const face = gateway?.serves(path) === true ? gateway : pages;
    if (face?.serves(path) !== true) return notFound;
    await face.handle(request, response);
    return undefined;
  });
}

function nameOf(caller: Caller): string | undefined {
  return caller.kind === 'anonymous' ? undefined : caller.name;
}

/** The same guard, before the metrics. */
export function createMetricsHandler(parts: HandlerParts, metrics: () => string): RequestHandler {
  return guarded(parts, ({ method }, _, path) => {
    const isAsked = path === '/metrics' && (method === 'GET' || method === 'HEAD');
    if (!isAsked) return Promise.resolve(notFound);
    const headers = { ...text.headers, 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };
    return Promise.resolve({ status: 200, headers, body: Buffer.from(metrics()) });
  });
}

function guarded(
  { hostRule, options, onAccess, userOf }: HandlerParts,
  behind: Behind,
): RequestHandler {
  const { clock = systemClock, onError } = options;
  const counted = new WeakMap<Socket, ByteCounts>();

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> => {
    const say = (answer: Answer) => sendAnswer(request, response, answer);
    const refusal = guardRequest(request, hostRule);
    if (refusal !== undefined) return say(refusal);
    if (path === '/healthz') return say(health);
    const answer = await behind(request, response, path);
    if (answer !== undefined) await say(answer);
  };

  return async (request, response) => {
    const { socket } = request;
    const [time, started] = [clock.now(), performance.now()];
    const [path = ''] = (request.url ?? '').split('?', 1);
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
          user: userOf?.(request),
          userAgent: request.headers['user-agent']?.slice(0, maxUserAgentLength),
          receivedBytes: now.received - before.received,
          sentBytes: now.sent - before.sent,
          complete: response.writableFinished,
        });
      });
    }
    try {
      await serve(request, response, path);
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
