import type { Command } from 'commander';
import { parsePlatformOption, type Platform } from '../../domain/index.ts';
import { type LockedProviders, readLockedProviders } from '../locked-providers.ts';
import { repeatable } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { addSurveyOptions, runSurvey, type SurveyFlags } from '../survey-command.ts';
import { UsageError } from '../usage-error.ts';
import { startProgress } from '../views/progress.ts';
import { verifyView } from '../views/verify.ts';
import type { Wiring } from '../wire.ts';

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
    .addOption(
      repeatable(
        '--lock <file>',
        'only what this lock file locks, and whether all of it is there: a file, a folder that has one, or a pattern (repeatable)',
      ),
    )
    .addOption(
      repeatable(
        '--platform <os_arch>',
        'with --lock, a platform that has to be there (repeatable, or with commas); default all that are locked',
      ),
    )
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: VerifyFlags) => {
      const { output } = context;
      const { createVerifier, lockFindings } = await import('../../publish/index.ts');
      const platforms = requiredPlatforms(flags);
      const progress = await startProgress(output, context.io.stderr);
      const view = verifyView(output, progress);
      const verifier = createVerifier({ concurrency: flags.concurrency, ...view.events });
      let locks: LockedProviders | undefined;
      const { lock: patterns } = flags;
      try {
        await runSurvey(
          { program, context, addresses, flags },
          {
            newestOnly: false,
            ...(patterns === undefined
              ? {}
              : {
                  request: async (wiring: Wiring) => {
                    const only = addresses.map((text) => wiring.providerAddress(text));
                    locks = await readLockedProviders(patterns, {
                      directory: wiring.directory,
                      only: only.length === 0 ? undefined : only,
                    });
                    return locks.requested;
                  },
                }),
            visit: async (release, options) => {
              const verified = await verifier(release, options);
              const locked = locks?.of(release.provider, release.version) ?? [];
              const found = locked.flatMap((one) => lockFindings(verified, one, platforms));
              return { ...verified, findings: [...verified.findings, ...found] };
            },
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

interface VerifyFlags extends SurveyFlags {
  readonly lock?: readonly string[];
  readonly platform?: readonly string[];
}

function requiredPlatforms({ lock, platform }: VerifyFlags): readonly Platform[] | undefined {
  if (platform !== undefined && lock === undefined) {
    throw new UsageError('--platform is for --lock: without it all platforms are read');
  }
  return platform
    ?.flatMap((text) => text.split(','))
    .map((text) => parsePlatformOption(text.trim()));
}

const help = `
Examples:
  tofu-oci verify --from ./registry
  tofu-oci verify --lock './live/*' --platform linux_amd64,darwin_arm64
  tofu-oci verify 'hashicorp/aws@>= 5.90.0' --from 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;
