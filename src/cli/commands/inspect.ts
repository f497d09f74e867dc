import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addSurveyOptions, runSurvey, type SurveyCall, upstreamOption } from '../survey-command.ts';
import { askUpstream, upstreamErrors } from '../upstream.ts';
import { inspectView } from '../views/inspect.ts';

export function addInspectCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('inspect')
    .summary('show everything that is known of a release')
    .description(
      'Shows what a release consists of and what is said about it: digests, platforms, sizes, hashes, evidence, referrers, annotations, and what is missing. Of several versions the newest. Who signed it is judged by the trust rules. Packages are not read: "tofu-oci verify" does that.',
    )
    .argument(
      '<address...>',
      'provider, as in hashicorp/aws, with a version or constraint: hashicorp/aws@5.100.0',
    )
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: SurveyCall['flags']) => {
      const { inspectRelease } = await import('../../release/index.ts');
      const view = inspectView(context.output);
      await runSurvey(
        { program, context, addresses, flags },
        {
          newestOnly: true,
          visit: async (release, { signal, trust, upstream: reader }) => {
            const inspected = await inspectRelease(
              { ...release, lookForPackages: true, trust },
              { signal },
            );
            const packages = inspected.platforms.map((one) => ({
              platform: one.name,
              zh: one.package?.zh,
            }));
            const facts = { ...inspected, packages };
            const upstream = await askUpstream(reader, { release, facts }, { signal });
            return { ...inspected, upstream };
          },
          show: view.release,
          finish: view.summary,
          errorsIn: ({ findings, upstream }) => [
            ...findings.flatMap((one) => (one.severity === 'problem' ? [one.error] : [])),
            ...upstreamErrors(upstream),
          ],
        },
      );
    });
  addSurveyOptions(command, 'releases read at the same time').addOption(upstreamOption());
}

const help = `
Examples:
  tofu-oci inspect hashicorp/null@3.2.4 --from ./registry
  tofu-oci inspect hashicorp/aws --from 'registry.example.com/tf/{hostname}/{namespace}/{type}' --json
  tofu-oci inspect hashicorp/aws --from ./registry --upstream`;
