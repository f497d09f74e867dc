import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../base/index.ts';
import type { Authenticator, AuthOutcome } from './auth/authenticator.ts';
import { guardRequest, type HostRule } from './guard.ts';
import { type Answer, refuse, type RegistryHandler, sendAnswer } from './registry/index.ts';
import type { ServerOptions } from './server-options.ts';

export interface HandlerParts {
  readonly registry: RegistryHandler;
  readonly authenticator: Authenticator | undefined;
  readonly hostRule: HostRule;
  readonly options: ServerOptions;
}

/** One request's way: host and origin, health, who is it, registry. The handler never rejects. */
export function createRequestHandler({ registry, authenticator, hostRule, options }: HandlerParts) {
  const { clock = systemClock, onAccess, onError } = options;

  const serve = async (
    request: IncomingMessage,
    response: ServerResponse,
    seen: { path: string; remoteAddress: string; user: string | undefined },
  ): Promise<void> => {
    const say = (answer: Answer) => sendAnswer(request, response, answer);
    const refusal = guardRequest(request, hostRule);
    if (refusal !== undefined) return say(refusal);
    if (seen.path === '/healthz') return say(health);
    if (seen.path !== '/v2' && !seen.path.startsWith('/v2/')) return say(notFound);
    if (authenticator !== undefined) {
      const outcome = await authenticate(authenticator, request, seen.remoteAddress, options);
      if (outcome.kind !== 'user') return say(answerFor(outcome));
      seen.user = outcome.name;
    }
    return registry(request, response);
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = clock.now();
    const [path = ''] = (request.url ?? '').split('?', 1);
    const remoteAddress = request.socket.remoteAddress ?? '';
    const seen = { path, remoteAddress, user: undefined };
    response.once('close', () => {
      onAccess?.({
        ...seen,
        method: request.method ?? '',
        status: response.statusCode,
        durationMs: clock.now() - started,
        complete: response.writableFinished,
      });
    });
    try {
      await serve(request, response, seen);
    } catch (error) {
      onError?.(error);
      response.destroy();
    }
  };
}

async function authenticate(
  authenticator: Authenticator,
  request: IncomingMessage,
  remoteAddress: string,
  { onError }: ServerOptions,
): Promise<AuthOutcome> {
  try {
    return await authenticator.authenticate(request.headers.authorization, remoteAddress);
  } catch (error) {
    onError?.(error);
    return { kind: 'wait', retryAfterMs: 1000 };
  }
}

function answerFor(outcome: Exclude<AuthOutcome, { kind: 'user' }>): Answer {
  switch (outcome.kind) {
    case 'challenge':
      return refuse(
        401,
        { code: 'UNAUTHORIZED', message: 'a user name and password are needed' },
        {
          'Docker-Distribution-Api-Version': 'registry/2.0',
          'WWW-Authenticate': 'Basic realm="tofu-oci"',
        },
      );
    case 'wait':
      return refuse(
        429,
        {
          code: 'TOOMANYREQUESTS',
          message: 'too many logins at once, or too many wrong ones; try again later',
        },
        { 'Retry-After': String(Math.ceil(outcome.retryAfterMs / 1000)) },
      );
  }
}

const health: Answer = {
  status: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body: Buffer.from('ok\n'),
};

const notFound: Answer = {
  status: 404,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: Buffer.from('not found\n'),
};
