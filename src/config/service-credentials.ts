import {
  type CallOptions,
  errnoOf,
  type Files,
  LimitExceededError,
  nodeFiles,
  printable,
  SingleFlight,
} from '../base/index.ts';
import { displayHost, parseHostname } from '../domain/index.ts';
import type { CliConfig, CredentialsHelper } from './cli-config.ts';
import { environmentForHelpers } from './environment.ts';
import { ServiceCredentialsError } from './errors.ts';
import { findCredentialsHelper } from './find-credentials-helper.ts';
import { ProgramTimeout, runProgram } from './run-program.ts';
import type { Surroundings } from './surroundings.ts';

export interface ServiceCredentialsOptions {
  readonly config: Pick<CliConfig, 'serviceTokens' | 'credentialsHelper'>;
  readonly files?: Files | undefined;
  readonly timeoutMs?: number | undefined;
  /** `process.arch`; helpers may be in a folder of their platform. */
  readonly arch: string;
  /** Something is configured and can not be used. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** A keychain may first ask its user to unlock it; after this long nobody is there. */
const defaultTimeoutMs = 30_000;

/** Tokens have some kilobytes. */
const maxOutputBytes = 64 * 1024;

/**
 * The token for a registry or network mirror, as OpenTofu chooses it: `TF_TOKEN_*`, then the `credentials` block of
 * the host, then the credentials helper. Each host is asked for once. The answer is a secret.
 * @param host in comparison form
 * @throws ServiceCredentialsError when the helper fails
 */
export type ServiceTokenFor = (host: string, options?: CallOptions) => Promise<string | undefined>;

export function createServiceCredentials(
  surroundings: Surroundings,
  options: ServiceCredentialsOptions,
): ServiceTokenFor {
  const fromEnvironment = tokensOfEnvironment(surroundings);
  const { credentialsHelper, serviceTokens } = options.config;
  const known = new Map<string, string | undefined>();
  const asking = new SingleFlight<string | undefined>();
  return async (host, call = {}) => {
    const token = fromEnvironment.get(host);
    if (token !== undefined) return token;
    if (serviceTokens.has(host)) return serviceTokens.get(host);
    if (credentialsHelper === undefined) return undefined;
    if (known.has(host)) return known.get(host);
    const answer = await asking.run(host, () =>
      askHelper(credentialsHelper, host, { ...options, ...call, surroundings }),
    );
    known.set(host, answer);
    return answer;
  };
}

/**
 * `TF_TOKEN_app_example_com`: dots may be written as `_`, dashes as `__`, and the host in Unicode or punycode. What
 * names no host is passed over.
 */
function tokensOfEnvironment({ env }: Surroundings): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('TF_TOKEN_') || value === undefined || value === '') continue;
    const host = name.slice('TF_TOKEN_'.length).replaceAll('__', '-').replaceAll('_', '.');
    try {
      tokens.set(parseHostname(displayHost(host.toLowerCase())), value);
    } catch {
      // Not a host: not for us.
    }
  }
  return tokens;
}

interface Asking extends ServiceCredentialsOptions, CallOptions {
  readonly surroundings: Surroundings;
}

async function askHelper(
  helper: CredentialsHelper,
  host: string,
  { files = nodeFiles, signal, timeoutMs = defaultTimeoutMs, ...options }: Asking,
): Promise<string | undefined> {
  const { surroundings } = options;
  const program = await findCredentialsHelper(helper.name, { ...options, files });
  if (program === undefined) {
    options.onWarning?.(
      `Unable to find credentials helper ${JSON.stringify(printable(helper.name, 100))}; ignoring`,
    );
    return undefined;
  }
  let result;
  try {
    result = await runProgram({
      program,
      arguments: [...helper.args, 'get', host],
      env: environmentForHelpers(surroundings),
      input: '',
      timeoutMs,
      maxOutputBytes,
      signal,
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw new ServiceCredentialsError(host, whyNotRun(program, error, timeoutMs), {
      cause: error instanceof ProgramTimeout ? undefined : error,
    });
  }
  if (result.exitCode !== 0) {
    const text = printable(result.stderr.trim(), 500);
    const why =
      text === ''
        ? `error in ${program}, but it produced no error message`
        : `error in ${program}: ${text}`;
    throw new ServiceCredentialsError(host, why);
  }
  return readToken(result.stdout, host, program);
}

function whyNotRun(program: string, error: unknown, timeoutMs: number): string {
  if (error instanceof ProgramTimeout) return `${program} gave no answer in ${timeoutMs / 1000} s`;
  if (error instanceof LimitExceededError) {
    return `the answer of ${program} is larger than ${maxOutputBytes} bytes`;
  }
  return `failed to run ${program}: ${errnoOf(error) ?? 'it can not be started'}`;
}

/** Neither the text nor the parser's message, which quotes it, is told: both may hold the secret. */
function readToken(text: string, host: string, program: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ServiceCredentialsError(host, `malformed output from ${program}: it is not JSON`);
  }
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ServiceCredentialsError(host, `malformed output from ${program}: it is no object`);
  }
  const token: unknown = Object.hasOwn(value, 'token') ? Reflect.get(value, 'token') : undefined;
  return typeof token === 'string' ? token : undefined;
}
