import type { IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer } from '../answers/index.ts';
import {
  accessNeeded,
  type AccessRequest,
  deniedAnswer,
  parseV2Path,
  refuse,
} from '../registry/index.ts';
import type { Authenticator, Caller } from './caller.ts';
import type { Challenger, WantedAccess } from './challenge.ts';
import type { AccessPolicy } from './policy.ts';

/** How callers prove who they are. */
export interface Login {
  readonly authenticator: Authenticator;
  readonly challenger: Challenger;
  /** What credentials may look like. */
  readonly schemes: readonly LoginScheme[];
  /** Whether somebody of this name can log in now; undefined where nobody has a list of names. */
  readonly knows?: ((name: string) => boolean) | undefined;
}

export type LoginScheme = 'Basic' | 'Bearer';

/** Stands before the registry: who is it, and may they. */
export interface Gate {
  /** The caller of a request below `/v2/`, or what to answer instead of passing it on. */
  admit(request: IncomingMessage): Promise<Admission>;
  /**
   * The caller of a request to another face of the server: somebody, or nobody in particular; else what to answer to
   * credentials that are not good.
   */
  identify(request: IncomingMessage): Promise<Admission>;
  /** Who was found to send a request; anonymous for one that was not asked about. */
  callerOf(request: IncomingMessage): Caller;
  /** Another proof than a login told who sent a request. */
  note(request: IncomingMessage, caller: Caller): void;
  /** Whether a caller may read a repository, by its path. */
  mayRead(caller: Caller, path: string): boolean;
  /** What to answer to somebody who may not, at another face: a request for a login where there is none. */
  unreadable(caller: Caller): Answer | undefined;
  /** Whether callers can prove who they are. */
  readonly hasLogin: boolean;
  /** Whether a user of this name could log in and read a repository now. */
  readonly couldRead: (name: string, path: string) => boolean;
  /** Whether the caller of a request that was admitted may do this. */
  may(request: IncomingMessage, access: AccessRequest): boolean;
  /** A text that is another one for another caller: the user, or the address of who has no name. */
  nameOf(request: IncomingMessage): string;
  /** What to tell the caller who may not. */
  denied(request: IncomingMessage, access: AccessRequest): Answer;
  close(): Promise<void>;
}

export type Admission =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly answer: Answer };

export interface GateParts {
  /** None: everybody is anonymous. */
  readonly login: Login | undefined;
  readonly policy: AccessPolicy;
  readonly onError?: ((error: unknown) => void) | undefined;
}

const anonymous: Caller = { kind: 'anonymous' };

/** What containers/image sends for "no user": Basic with an empty name and an empty password. */
const nobody = /^basic +Og== *$/iu;

export function createGate({ login, policy, onError }: GateParts): Gate {
  const callers = new WeakMap<IncomingMessage, Caller>();
  const callerOf = (request: IncomingMessage) => callers.get(request) ?? anonymous;

  const judge = async (request: IncomingMessage): Promise<Caller | Answer> => {
    if (login === undefined) return anonymous;
    const { route, wanted } = needsOf(request);
    const { authorization } = request.headers;
    if (authorization === undefined || nobody.test(authorization)) {
      // The probe asks for a login although some content may need none: clients that are let pass there
      // never send what they have.
      const [own] = wanted;
      const isPublic = own !== undefined && policy.may(anonymous, own);
      return isPublic ? anonymous : login.challenger.challenge(scopesFor(route, wanted));
    }
    const outcome = await authenticate(login.authenticator, request, onError);
    switch (outcome.kind) {
      case 'challenge':
        return login.challenger.challenge(scopesFor(route, wanted), 'invalid_token');
      case 'wait':
        return tooManyAttempts(outcome.retryAfterMs);
      case 'user':
      case 'token': {
        if (route?.kind !== 'catalog' || policy.mayList(outcome)) return outcome;
        return login.challenger.challenge('catalog', 'insufficient_scope');
      }
    }
  };

  return {
    admit: async (request) => {
      const found = await judge(request);
      if ('status' in found) return { kind: 'refused', answer: found };
      callers.set(request, found);
      return { kind: 'caller', caller: found };
    },
    identify: async (request) => {
      const { authorization } = request.headers;
      if (login === undefined || authorization === undefined || nobody.test(authorization)) {
        return { kind: 'caller', caller: anonymous };
      }
      const outcome = await authenticate(login.authenticator, request, onError);
      if (outcome.kind === 'challenge') {
        return { kind: 'refused', answer: loginAnswer(login, badLogin) };
      }
      if (outcome.kind === 'wait') {
        const errors = [tooMany];
        const answer = jsonAnswer(429, { errors }, retryHeaders(outcome.retryAfterMs));
        return { kind: 'refused', answer };
      }
      callers.set(request, outcome);
      return { kind: 'caller', caller: outcome };
    },
    callerOf,
    note: (request, caller) => {
      callers.set(request, caller);
    },
    mayRead: (caller, path) => policy.may(caller, { repository: path, action: 'pull' }),
    unreadable: ({ kind }) =>
      login === undefined || kind !== 'anonymous'
        ? undefined
        : loginAnswer(login, neededLogin(login)),
    hasLogin: login !== undefined,
    couldRead: (name, path) => {
      const access: AccessRequest = { repository: path, action: 'pull' };
      if (policy.may(anonymous, access)) return true;
      return login?.knows?.(name) !== false && policy.may({ kind: 'user', name }, access);
    },
    may: (request, access) => policy.may(callerOf(request), access),
    nameOf: (request) => {
      const caller = callerOf(request);
      const name = caller.kind === 'anonymous' ? undefined : caller.name;
      return name === undefined ? `@${request.socket.remoteAddress ?? ''}` : `=${name}`;
    },
    denied: (request, access) => {
      const { kind } = callerOf(request);
      if (login === undefined || kind === 'user') return deniedAnswer(access);
      const [, ...sources] = needsOf(request).wanted;
      const problem = kind === 'token' ? 'insufficient_scope' : undefined;
      return login.challenger.challenge([access, ...sources], problem);
    },
    close: async () => login?.authenticator.close(),
  };
}

const badLogin = 'the login is not good, or not any more';

/** Read by people whose OpenTofu or Terraform was refused: those send tokens, and nothing else. */
function neededLogin({ schemes }: Login): string {
  return schemes.includes('Bearer')
    ? 'this needs a token for this host'
    : 'this needs a user name and a password; the server takes no tokens';
}

/**
 * Basic is for browsers, in a field of its own: Chromium reads only the first challenge of each. Programs that have
 * a token send it unasked.
 */
function loginAnswer({ schemes }: Login, message: string): Answer {
  const challenges = schemes.map((scheme) => `${scheme} realm="tofu-oci"`);
  return jsonAnswer(
    401,
    { errors: [message] },
    { 'WWW-Authenticate': challenges, 'Cache-Control': 'no-store' },
  );
}

function needsOf({ url = '', method = '' }: IncomingMessage) {
  const mark = url.indexOf('?');
  const route = parseV2Path(mark === -1 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  return { route, wanted: accessNeeded(route, method, query) };
}

function scopesFor(
  route: ReturnType<typeof parseV2Path>,
  wanted: readonly AccessRequest[],
): WantedAccess {
  return route?.kind === 'catalog' ? 'catalog' : wanted;
}

async function authenticate(
  authenticator: Authenticator,
  { headers, socket }: IncomingMessage,
  onError: GateParts['onError'],
) {
  try {
    return await authenticator.authenticate(headers.authorization, socket.remoteAddress ?? '');
  } catch (error) {
    onError?.(error);
    return { kind: 'wait', retryAfterMs: 1000 } as const;
  }
}

const tooMany = 'too many logins at once, or too many wrong ones; try again later';

function tooManyAttempts(retryAfterMs: number): Answer {
  return refuse(429, { code: 'TOOMANYREQUESTS', message: tooMany }, retryHeaders(retryAfterMs));
}

function retryHeaders(retryAfterMs: number): Answer['headers'] {
  return { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)), 'Cache-Control': 'no-store' };
}
