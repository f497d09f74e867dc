import { type ProviderAddress, providerKey } from './provider-address.ts';

/**
 * A template that gives a repository of this name to the provider, of those that people use; undefined when the
 * name does not end with the provider's.
 */
export function likelyTemplate(name: string, provider: ProviderAddress): string | undefined {
  const { namespace, type } = provider;
  const endings: readonly (readonly [string, string])[] = [
    [providerKey(provider), '{hostname}/{namespace}/{type}'],
    [`${namespace}/${type}`, '{namespace}/{type}'],
    [`${namespace}-${type}`, '{namespace}-{type}'],
    [`${namespace}_${type}`, '{namespace}_{type}'],
  ];
  const found = endings.find(([text]) => name === text || /[/_-]$/u.test(beginning(name, text)));
  return found === undefined ? undefined : `${beginning(name, found[0])}${found[1]}`;
}

function beginning(name: string, ending: string): string {
  return name.endsWith(ending) ? name.slice(0, -ending.length) : '';
}
