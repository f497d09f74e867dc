import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addSurveyOptions, runSurvey, type SurveyCall, upstreamOption } from '../survey-command.ts';
import { askUpstream, upstreamErrors } from '../upstream.ts';
import { listView } from '../views/list.ts';

export function addListCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('list')
    .summary('list the providers and versions of a registry, folder or archive')
    .description(
      'Lists which versions of which providers a registry, a folder of image layouts or an archive holds, with platforms, sizes and signers. Without addresses it finds out by itself which providers there are: in folders and archives always, in registries that tell which repositories they have.',
    )
    .argument(
      '[address...]',
      'provider, as in hashicorp/aws, or with a constraint: "hashicorp/aws@~> 5.0"; without addresses all there are',
    )
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: SurveyCall['flags']) => {
      const { listRelease } = await import('../../release/index.ts');
      const view = listView(context.output);
      await runSurvey(
        { program, context, addresses, flags },
        {
          newestOnly: false,
          visit: async (release, options) => {
            const facts = await listRelease(release.repository, release, options);
            const upstream = await askUpstream(options.upstream, { release, facts }, options);
            return { ...facts, upstream };
          },
          show: view.release,
          finish: view.summary,
          errorsIn: ({ upstream, verdict: { refusal } }) => [
            ...(refusal === undefined ? [] : [refusal]),
            ...upstreamErrors(upstream),
          ],
        },
      );
    });
  addSurveyOptions(command, 'releases read at the same time').addOption(upstreamOption());
}

const help = `
Examples:
  tofu-oci list --from ./registry
  tofu-oci list --from 'registry.example.com/tf/{hostname}/{namespace}/{type}'
  tofu-oci list 'hashicorp/aws@~> 5.0' --from 'ghcr.io/acme/{namespace}-{type}'
  tofu-oci list --from 'registry.example.com/tf/{hostname}/{namespace}/{type}' --upstream`;
