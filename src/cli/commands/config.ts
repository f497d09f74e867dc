import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';

interface ConfigFlags {
  readonly host?: string;
}

export function addConfigCommand(program: Command, context: CommandContext): void {
  program
    .command('config')
    .summary('print the CLI configuration for a location')
    .description(
      'Prints the provider_installation block that makes OpenTofu install from a location.',
    )
    .argument(
      '<location>',
      "where the providers are, e.g. 'registry.example.com/tf/{hostname}/{namespace}/{type}'",
    )
    .option(
      '--host <host>',
      'only for providers of this host; others are installed from where they come. Without {hostname} in the location, registry.opentofu.org is assumed',
    )
    .addHelpText('after', help)
    .action(async (text: string, flags: ConfigFlags) => {
      const { parseHostname, parseLocation } = await import('../../domain/index.ts');
      const { formatProviderInstallation } = await import('../../config/index.ts');
      const location = parseLocation(text);
      if (location.kind !== 'registry') {
        throw new UsageError(
          'OpenTofu reads providers from registries only, not from a folder or an archive',
          {
            hint: 'Serve a folder with "tofu-oci serve", and name that server here; or use --from with "tofu-oci init", which needs no configuration.',
          },
        );
      }
      const host = flags.host === undefined ? undefined : parseHostname(flags.host);
      const block = formatProviderInstallation(location.template, { host });
      if (context.output.json) {
        context.output.object({ type: 'summary', command: 'config', configuration: block });
      } else {
        context.output.line(block.trimEnd());
      }
    });
}

const help = `
Examples:
  tofu-oci config 'registry.example.com/tf/{hostname}/{namespace}/{type}' > mirror.tofurc
  tofu-oci config 'registry.example.com/tf/{hostname}/{namespace}/{type}' --host example.com
  tofu-oci config 'ghcr.io/acme/provider_{namespace}_{type}' --host registry.opentofu.org`;
