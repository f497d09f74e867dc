import { type CallOptions, findInCauses } from '../base/index.ts';
import {
  displayProvider,
  isDefaultHost,
  type ProviderAddress,
  type Requirements,
  sameProvider,
} from '../domain/index.ts';
import { ProviderNotFoundError, type ProviderSource } from '../sources/index.ts';

interface Missing {
  readonly provider: ProviderAddress;
  readonly error: unknown;
  readonly requirements: Requirements;
  readonly source: ProviderSource;
}

/**
 * What OpenTofu advises when a provider's own registry does not know it: another provider of that type that is
 * required, or that the default registry remembers, may be meant. Undefined for any other failure.
 */
export async function missingProviderAdvice(
  missing: Missing,
  call: CallOptions = {},
): Promise<string | undefined> {
  const { error, provider } = missing;
  if (findInCauses(error, ProviderNotFoundError)?.registrySays === undefined) return undefined;
  const name = displayProvider(provider);
  const howToFind = `To see which modules are currently depending on ${name}, run the following command:\n    tofu providers`;
  const other = await alternative(missing, call);
  const advice =
    other === undefined
      ? `All modules should specify their required_providers so that external consumers will get the correct providers when using a module. ${howToFind}`
      : `Did you intend to use ${displayProvider(other)}? If so, you must specify that source address in each module which requires that provider. ${howToFind}`;
  if (!isDefaultHost(provider)) return advice;
  return `${advice}\n\nIf you believe this provider is missing from the registry, please submit a issue on the OpenTofu Registry https://github.com/opentofu/registry/issues/new/choose`;
}

/** Only the implied namespace is likely to be a guess. */
async function alternative(
  { provider, requirements, source }: Missing,
  call: CallOptions,
): Promise<ProviderAddress | undefined> {
  if (!isDefaultHost(provider) || provider.namespace !== 'hashicorp') return undefined;
  const isOther = (other: ProviderAddress): boolean => !sameProvider(other, provider);
  for (const { provider: other } of requirements.values()) {
    if (other.type === provider.type && isOther(other)) return other;
  }
  const successor = await source.successorOf?.(provider, call);
  return successor !== undefined && isOther(successor) ? successor : undefined;
}
