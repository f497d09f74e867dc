import type { Command } from 'commander';
import { repositoryKinds } from '../../domain/index.ts';
import {
  type CopyTargetPlace,
  openCopySource,
  openCopyTarget,
  refuseSamePlace,
} from '../copy-places.ts';
import { failAsGravest } from '../fail-as-gravest.ts';
import { concurrencyOption, trustOption } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { refuseSecondHost } from '../refuse-collisions.ts';
import { releaseTrust } from '../release-trust.ts';
import { requestedProviders, tellLeftOut } from '../requested-providers.ts';
import { type CopyView, copyView } from '../views/copy.ts';
import { startProgress } from '../views/progress.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface CopyFlags {
  readonly from?: string;
  readonly to?: string;
  readonly trust?: string;
  readonly concurrency: number;
  readonly dryRun?: boolean;
}

/** Enough to hide a registry's answer times; more only makes registries slow down or refuse. */
const defaultConcurrency = 8;

export function addCopyCommand(program: Command, context: CommandContext): void {
  program
    .command('copy')
    .summary('copy releases between registries, folders and archives')
    .description(
      'Copies provider releases, byte for byte, with everything that was said about them: evidence, signatures, attestations. Between registries, folders of image layouts and archives, from one naming scheme to another; within one registry the contents are mounted, not moved.',
    )
    .argument(
      '[address...]',
      'provider, as in hashicorp/aws, or with a constraint: "hashicorp/aws@~> 5.0"; without one all versions; without addresses all that the source holds',
    )
    .option(
      '--from <location>',
      "where from; default TOFU_OCI_LOCATION, then the CLI configuration's oci_mirror",
    )
    .option('--to <location>', 'where to; default TOFU_OCI_LOCATION')
    .addOption(trustOption())
    .addOption(concurrencyOption('contents moved at the same time', defaultConcurrency))
    .option('--dry-run', 'say what would be copied, write nothing')
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: CopyFlags) => {
      const startedAt = performance.now();
      const wiring = await openWiring(context, globalOptions(program));
      try {
        await runCopy({ addresses, flags, wiring, context, startedAt });
      } finally {
        await wiring.close();
      }
    });
}

const help = `
What is there already is not sent again, so a second run continues where the first one stopped. A tag that
is at other content in the target is a conflict (exit code 7); nothing that is published changes.

Examples:
  tofu-oci copy hashicorp/aws 'hashicorp/null@>= 3.2.0' \\
      --from 'ghcr.io/acme/{namespace}-{type}' --to 'harbor.example.com/tf/{hostname}/{namespace}/{type}'
  tofu-oci copy --from ./registry --to oci-archive:providers.tar
  tofu-oci copy --from oci-archive:providers.tar --to 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;

interface CopyCall {
  readonly addresses: readonly string[];
  readonly flags: CopyFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
  readonly startedAt: number;
}

async function runCopy(call: CopyCall): Promise<void> {
  const { addresses, context, flags, startedAt, wiring } = call;
  const { signal } = context.io;
  const { concurrency, dryRun = false } = flags;
  const trust = await releaseTrust(wiring, flags.trust);
  const to = wiring.location(flags.to, '--to', { kinds: repositoryKinds });
  const from = await openCopySource(wiring, flags.from, {
    isFromEnvironment: flags.to === undefined,
  });
  const { leftOut, providers } = await requestedProviders(wiring, addresses, from, { signal });
  const told = tellLeftOut(leftOut);
  if (told !== undefined) context.output.note(told);
  refuseSecondHost(
    to,
    providers.map(({ provider }) => provider),
  );
  for (const { provider } of providers) {
    refuseSamePlace({ from: from.location, to }, provider, wiring.directory);
  }
  const target = await openCopyTarget(wiring, to, { dryRun });
  const progress = await startProgress(context.output, context.io.stderr);
  try {
    const view = copyView(context.output, progress, { dryRun, isHeld: target.isWrittenAtTheEnd });
    const { copy } = await import('../../publish/index.ts');
    const summary = await copy(
      { from: (each) => from.repository(each), to: (each) => target.repository(each) },
      { providers, concurrency, dryRun },
      { signal, events: view.events, trust },
    );
    await finish(target, view, call);
    progress.stop();
    view.summary(summary, startedAt);
    failAsGravest(
      summary.failures.map(({ error }) => error),
      context,
    );
  } finally {
    progress.stop();
    await target.close();
  }
}

async function finish(
  target: CopyTargetPlace,
  view: CopyView,
  { context, flags }: CopyCall,
): Promise<void> {
  const { concurrency } = flags;
  await target.finish({ signal: context.io.signal, concurrency, onProgress: view.writing });
  view.written();
}
