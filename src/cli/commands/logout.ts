import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { surroundingsOf } from '../open-repositories.ts';
import { UsageError } from '../usage-error.ts';
import { renderLogout } from '../views/login.ts';
import { globalOptions, openWiring } from '../wire.ts';

export function addLogoutCommand(program: Command, context: CommandContext): void {
  program
    .command('logout')
    .summary('forget the login to a registry')
    .description(
      'Removes the login to a registry from the files and credential helpers that OpenTofu finds it in, whoever stored it there.',
    )
    .argument('[registry]', 'REGISTRY, or REGISTRY/PATH')
    .addHelpText('after', help)
    .action(async (registry: string | undefined) => {
      const { parseLoginTarget } = await import('../../config/index.ts');
      if (registry === undefined) throw new UsageError('the registry is missing');
      const target = parseLoginTarget(registry);
      const wiring = await openWiring(context, globalOptions(program));
      try {
        const { logout } = await import('../../access/index.ts');
        const { config } = await wiring.repositories();
        const powers = { surroundings: surroundingsOf(context.io), config };
        const summary = await logout(target, powers, { signal: context.io.signal });
        renderLogout(context.output, summary);
        const [failure] = summary.failures;
        if (failure !== undefined) throw failure;
      } finally {
        await wiring.close();
      }
    });
}

const help = `
Examples:
  tofu-oci logout ghcr.io
  tofu-oci logout registry.example.com/tf`;
