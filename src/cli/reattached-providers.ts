import { parseProviderAddress, type ProviderAddress } from '../domain/index.ts';
import { UsageError } from './usage-error.ts';

const name = 'TF_REATTACH_PROVIDERS';

/**
 * The providers that were started by hand, as `TF_REATTACH_PROVIDERS` lists them: a JSON object by source
 * address. They are not installed. What else it says is for OpenTofu.
 * @throws UsageError when it is none; InvalidProviderAddressError
 */
export function reattachedProviders(
  env: Readonly<Record<string, string | undefined>>,
): readonly ProviderAddress[] {
  const text = env[name] ?? '';
  if (text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid();
  return Object.keys(value).map((address) => parseProviderAddress(address));
}

function invalid(cause?: unknown): UsageError {
  return new UsageError(`Invalid format for ${name}`, {
    cause,
    hint: 'It should be the JSON object that the provider printed when it was started, or not be set.',
  });
}
