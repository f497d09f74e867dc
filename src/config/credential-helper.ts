import * as v from 'valibot';
import {
  type CallOptions,
  errnoOf,
  type Files,
  LimitExceededError,
  nodeFiles,
  printable,
} from '../base/index.ts';
import { environmentForHelpers } from './environment.ts';
import { CredentialHelperError } from './errors.ts';
import { findExecutable } from './find-executable.ts';
import { isHelperName } from './helper-name.ts';
import { type ProgramResult, ProgramTimeout, runProgram } from './run-program.ts';
import type { Surroundings } from './surroundings.ts';

/** What a helper keeps for a server. */
export interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

/**
 * Asks `docker-credential-HELPER get` for a server; undefined when the helper has nothing for it. A port, so
 * that other keepers of credentials can take the place of programs.
 * @throws CredentialHelperError
 */
export type AskHelper = (
  helper: string,
  serverUrl: string,
  options?: CallOptions,
) => Promise<HelperAnswer | undefined>;

/** Everything that `docker-credential-*` programs can do for us. All of it throws CredentialHelperError. */
export interface CredentialHelpers {
  readonly get: AskHelper;
  /** Replaces what the helper keeps for the server. */
  store(
    helper: string,
    serverUrl: string,
    answer: HelperAnswer,
    options?: CallOptions,
  ): Promise<void>;
  /** Nothing there is no failure. */
  erase(helper: string, serverUrl: string, options?: CallOptions): Promise<void>;
}

export interface HelperOptions {
  readonly files?: Files | undefined;
  readonly timeoutMs?: number | undefined;
}

/** A keychain may first ask its user to unlock it; after this long nobody is there. */
const defaultTimeoutMs = 30_000;

/** The tokens of cloud registries have some kilobytes. */
const maxOutputBytes = 64 * 1024;

/** The protocol's words for "I have none" (docker-credential-helpers, credentials/error.go). */
const notFound = 'credentials not found in native keychain';

const answer = v.object({ Username: v.string(), Secret: v.string() });

/** The `get` of {@link createCredentialHelpers}. */
export function createHelperAsker(
  surroundings: Surroundings,
  options: HelperOptions = {},
): AskHelper {
  return createCredentialHelpers(surroundings, options).get;
}

/**
 * Runs real programs: found on PATH, without a shell and without our own secrets (security.md, client rule 8).
 * @see https://github.com/docker/docker-credential-helpers#development
 */
export function createCredentialHelpers(
  surroundings: Surroundings,
  options: HelperOptions = {},
): CredentialHelpers {
  const run = createRunner(surroundings, options);
  return {
    async get(helper, serverUrl, call = {}) {
      return readResult(helper, await run({ helper, verb: 'get', serverUrl, ...call }));
    },
    async store(helper, serverUrl, { secret, username }, call = {}) {
      const input = JSON.stringify({ ServerURL: serverUrl, Username: username, Secret: secret });
      const result = await run({ helper, verb: 'store', serverUrl, input, ...call });
      if (result.exitCode === 0) return;
      throw new CredentialHelperError(helper, 'failed', complaintOf(result, secret));
    },
    async erase(helper, serverUrl, call = {}) {
      const result = await run({ helper, verb: 'erase', serverUrl, ...call });
      if (result.exitCode === 0 || saysNone(result)) return;
      throw new CredentialHelperError(helper, 'failed', complaintOf(result));
    },
  };
}

interface HelperRun extends CallOptions {
  readonly helper: string;
  readonly verb: 'get' | 'store' | 'erase';
  readonly serverUrl: string;
  /** What it is given to read; the server when left out. */
  readonly input?: string;
}

function createRunner(
  surroundings: Surroundings,
  { files = nodeFiles, timeoutMs = defaultTimeoutMs }: HelperOptions,
): (run: HelperRun) => Promise<ProgramResult> {
  const env = environmentForHelpers(surroundings);
  return async ({ helper, serverUrl, signal, verb, input = serverUrl }) => {
    const name = `docker-credential-${helper}`;
    if (!isHelperName(helper)) {
      throw new CredentialHelperError(helper, 'invalid-name', 'it has an invalid name', {
        hint: 'Write the name without "docker-credential-": letters, digits, ".", "_" and "-".',
      });
    }
    if (/[\0-\x20\x7f]/u.test(serverUrl)) {
      throw new CredentialHelperError(helper, 'invalid-request', 'the server has an invalid name');
    }
    const program = await findExecutable(name, { surroundings, files });
    if (program === undefined) {
      throw new CredentialHelperError(helper, 'missing', `there is no program ${name} on PATH`, {
        hint: `Install ${name}, or remove it from the configuration that names it.`,
      });
    }
    try {
      const limits = { timeoutMs, maxOutputBytes };
      return await runProgram({ program, arguments: [verb], env, input, signal, ...limits });
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw explain(helper, error, timeoutMs);
    }
  };
}

function readResult(helper: string, result: ProgramResult): HelperAnswer | undefined {
  if (result.exitCode !== 0) {
    if (saysNone(result)) return undefined;
    throw new CredentialHelperError(helper, 'failed', complaintOf(result));
  }
  let value: unknown;
  try {
    value = JSON.parse(result.stdout);
  } catch {
    // Neither the text nor the parser's message, which quotes it: both may hold the secret.
    throw new CredentialHelperError(helper, 'malformed', 'its answer is not JSON');
  }
  const read = v.safeParse(answer, value);
  if (!read.success) {
    const why = 'its answer does not have the strings "Username" and "Secret"';
    throw new CredentialHelperError(helper, 'malformed', why);
  }
  const { Username: username, Secret: secret } = read.output;
  return username === '' && secret === '' ? undefined : { username, secret };
}

function saysNone({ stdout, stderr }: ProgramResult): boolean {
  return stdout.trim() === notFound || stderr.trim() === notFound;
}

/** The first line that it said, unless that may be an answer with a secret in it, or holds the one it was given. */
function complaintOf({ exitCode, stdout, stderr }: ProgramResult, given?: string): string {
  const end = exitCode === undefined ? 'it was killed' : `it ended with code ${exitCode}`;
  for (const text of [stderr, stdout]) {
    const line = text.trim().split(/[\r\n]/u, 1)[0] ?? '';
    const isTelling = /[{}]|secret/iu.test(text) || (given !== undefined && text.includes(given));
    if (line !== '' && !isTelling) return `${printable(line, 300)} (${end})`;
  }
  return end;
}

function explain(helper: string, error: unknown, timeoutMs: number): unknown {
  if (error instanceof ProgramTimeout) {
    const why = `it gave no answer in ${timeoutMs / 1000} s`;
    return new CredentialHelperError(helper, 'timed-out', why, {
      hint: `Try it by hand: echo https://REGISTRY | docker-credential-${helper} get`,
    });
  }
  if (error instanceof LimitExceededError) {
    const why = `its answer is larger than ${maxOutputBytes} bytes`;
    return new CredentialHelperError(helper, 'too-much-output', why);
  }
  const errno = errnoOf(error);
  if (errno === undefined || error instanceof CredentialHelperError) return error;
  return new CredentialHelperError(helper, 'not-started', `it can not be started: ${errno}`, {
    cause: error,
  });
}
