import type { CallOptions } from '../base/index.ts';
import type { ProviderAddress } from '../domain/index.ts';
import {
  HostUnreachableError,
  NoPackageError,
  NoProviderServiceError,
  OriginQueryError,
  OriginUnauthorizedError,
  UnknownProviderError,
  UnsuccessfulStatusError,
} from './errors.ts';
import { isTimeout, statusText } from './exchange.ts';
import type { ServiceAddress } from './services.ts';

export interface Asked {
  readonly provider: ProviderAddress;
  readonly hadCredentials: boolean;
  readonly service: ServiceAddress;
}

/** What a status that is neither success nor "not found" means. */
export function refusal(status: number, { hadCredentials, provider, service }: Asked): Error {
  const { hostname } = provider;
  if (status !== 401 && status !== 403) {
    return new UnsuccessfulStatusError(statusText(status), status);
  }
  const isElsewhere =
    service.referredBy !== undefined &&
    service.url.origin !== new URL(`https://${hostname}`).origin;
  const named = isElsewhere ? service.url.host : hostname;
  const where = isElsewhere ? ` (${hostname} says that its registry is there)` : '';
  return new OriginUnauthorizedError(
    hostname,
    hadCredentials,
    `Give a token for ${named}${where}: in a credentials block of the CLI configuration, or in TF_TOKEN_${variableOf(named)}.`,
  );
}

/** The name of the variable with a host's token: dots are underscores, dashes two of them. */
function variableOf(host: string): string {
  return host.replaceAll('-', '__').replaceAll('.', '_');
}

/** Errors that say themselves what they are about stay; others are about the question. */
export async function asQuery<T>(
  provider: ProviderAddress,
  call: CallOptions,
  ask: () => Promise<T>,
  options: { readonly mirror?: string | undefined } = {},
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isAborted = call.signal?.aborted === true && !isTimeout(error);
    if (isAborted || selfExplaining.some((type) => error instanceof type)) throw error;
    throw new OriginQueryError(provider, error, options.mirror);
  }
}

const selfExplaining = [
  HostUnreachableError,
  NoPackageError,
  NoProviderServiceError,
  OriginQueryError,
  OriginUnauthorizedError,
  UnknownProviderError,
];
