import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';
import type { Output } from '../views/output.ts';

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
      const { checkOneToOne, defaultHost, parseHostname, parseLocation } =
        await import('../../domain/index.ts');
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
      const { template } = location;
      const block = formatProviderInstallation(template, { host });
      const served = template.variables.has('hostname') ? host : (host ?? defaultHost);
      const doubt = checkOneToOne(template, { host: served });
      if (doubt !== undefined) {
        const advice =
          doubt.corrected === undefined ? '' : ` '${doubt.corrected}' keeps providers apart.`;
        warn(context.output, `${doubt.message}: nothing is published there.${advice}`);
      }
      if (context.output.json) {
        context.output.object({ type: 'summary', command: 'config', configuration: block });
      } else {
        context.output.line(block.trimEnd());
      }
    });
}

function warn(output: Output, text: string): void {
  if (output.json) output.object({ type: 'warning', message: text });
  else output.error(`${output.colors.yellow('Warning:')} ${text}`);
}

const help = `
Examples:
  tofu-oci config 'registry.example.com/tf/{hostname}/{namespace}/{type}' > mirror.tofurc
  tofu-oci config 'registry.example.com/tf/{hostname}/{namespace}/{type}' --host example.com
  tofu-oci config 'ghcr.io/acme/provider_{namespace}_{type}' --host registry.opentofu.org`;
