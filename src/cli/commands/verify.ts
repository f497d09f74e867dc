import type { Command } from 'commander';
import type { CommandContext } from '../program.ts';
import { addSurveyOptions, runSurvey, type SurveyCall } from '../survey-command.ts';
import { startProgress } from '../views/progress.ts';
import { verifyView } from '../views/verify.ts';

export function addVerifyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('verify')
    .summary('read everything again and say what is not as it should be')
    .description(
      'Reads everything that releases consist of again, to the last byte: digests, layout, packages and their hashes, evidence, referrers, and what is missing. Who signed it is judged by the trust rules. Nothing is written.',
    )
    .argument(
      '[address...]',
      'provider, as in hashicorp/aws, or with a constraint: "hashicorp/aws@~> 5.0"; without addresses all there are',
    )
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: SurveyCall['flags']) => {
      const { output } = context;
      const { createVerifier } = await import('../../publish/index.ts');
      const progress = await startProgress(output, context.io.stderr);
      const view = verifyView(output, progress);
      const verifier = createVerifier({ concurrency: flags.concurrency, ...view.events });
      try {
        await runSurvey(
          { program, context, addresses, flags },
          {
            newestOnly: false,
            visit: verifier,
            show: view.release,
            finish: view.summary,
            errorsIn: ({ findings }) =>
              findings.flatMap((one) => (one.severity === 'problem' ? [one.error] : [])),
          },
        );
      } finally {
        progress.stop();
      }
    });
  addSurveyOptions(command, 'contents read at the same time');
}

const help = `
Examples:
  tofu-oci verify --from ./registry
  tofu-oci verify 'hashicorp/aws@>= 5.90.0' --from 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;
