import type { Diagnostic } from '../base/index.ts';
import type { CliConfig } from '../config/index.ts';
import { compareProviders, displayProvider } from '../domain/index.ts';

/** `dev_overrides` make what `init` does irrelevant for these providers; people should know. */
export function devOverrideWarnings(
  config: Pick<CliConfig, 'providerInstallation'>,
): readonly Diagnostic[] {
  const overrides = config.providerInstallation?.devOverrides ?? [];
  if (overrides.length === 0) return [];
  const lines = [...overrides]
    .sort((a, b) => compareProviders(a.provider, b.provider))
    .map(({ directory, provider }) => ` - ${displayProvider(provider)} in ${directory}\n`);
  return [
    {
      severity: 'warning',
      summary: 'Provider development overrides are in effect',
      detail: `The following provider development overrides are set in the CLI configuration:\n${lines.join('')}\nSkip tofu init when using provider development overrides. It is not necessary and may error unexpectedly.`,
    },
  ];
}
