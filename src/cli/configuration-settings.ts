import type { ReadOptions } from '../requirements/index.ts';
import type { CliIo } from './io.ts';

/** What the environment says about a configuration, apart from where it and its data are. */
export function configurationSettings({
  env,
}: Pick<CliIo, 'env'>): Pick<ReadOptions, 'variables' | 'workspace' | 'translateStateAddresses'> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('TF_VAR_') && value !== undefined) variables[name.slice(7)] = value;
  }
  const workspace = env['TF_WORKSPACE'];
  return {
    variables,
    workspace: workspace === '' ? undefined : workspace,
    translateStateAddresses: env['OPENTOFU_STATEFILE_PROVIDER_ADDRESS_TRANSLATION'] !== '0',
  };
}
