import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readEarlier, receiptPathOf, saveReceipt } from '../bundle-files.ts';
import { openCopySource, refuseSamePlace } from '../copy-places.ts';
import { failAsGravest } from '../fail-as-gravest.ts';
import { concurrencyOption, repeatable, trustOption } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { releaseTrust } from '../release-trust.ts';
import { requestedProviders, tellLeftOut } from '../requested-providers.ts';
import { renderExported } from '../views/bundle.ts';
import { copyView } from '../views/copy.ts';
import { startProgress } from '../views/progress.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface ExportFlags {
  readonly from?: string;
  readonly output: string;
  readonly since?: readonly string[];
  readonly receipt?: string;
  readonly trust?: string;
  readonly concurrency: number;
  readonly dryRun?: boolean;
}

const defaultConcurrency = 8;

export function addExportCommand(program: Command, context: CommandContext): void {
  program
    .command('export')
    .summary('put releases into one file, to be carried elsewhere')
    .description(
      'Writes provider releases, with everything that was said about them, into one tar, an OCI image layout, and beside it a receipt that says which file that is and what is in it. The same releases give the same bytes.',
    )
    .argument(
      '[address...]',
      'provider, as in hashicorp/aws, or with a constraint: "hashicorp/aws@~> 5.0"; without addresses all that the source holds',
    )
    .option(
      '--from <location>',
      "where from; default TOFU_OCI_LOCATION, then the CLI configuration's oci_mirror",
    )
    .requiredOption('-o, --output <file>', 'the bundle; what is there is replaced')
    .addOption(
      repeatable(
        '--since <file>',
        'an earlier bundle, or the receipt of one (.json): what it holds is left out (repeatable)',
      ),
    )
    .option('--receipt <file>', 'where the receipt goes; default FILE.receipt.json')
    .addOption(trustOption())
    .addOption(concurrencyOption('contents fetched at the same time', defaultConcurrency))
    .option('--dry-run', 'say what would be exported, write nothing')
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: ExportFlags) => {
      const startedAt = performance.now();
      const wiring = await openWiring(context, globalOptions(program));
      try {
        await runExport({ addresses, flags, wiring, context, startedAt });
      } finally {
        await wiring.close();
      }
    });
}

const help = `
When a release can not be had, no bundle is written. What is complete of one that was interrupted stays in
FILE.part, and is not fetched again by the next run.

Examples:
  tofu-oci export --from 'registry.example.com/tf/{hostname}/{namespace}/{type}' -o providers.tar
  tofu-oci export --from 'registry.example.com/tf/{hostname}/{namespace}/{type}' \\
      --since providers.tar.receipt.json -o providers-2.tar`;

interface ExportCall {
  readonly addresses: readonly string[];
  readonly flags: ExportFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
  readonly startedAt: number;
}

async function runExport(call: ExportCall): Promise<void> {
  const { addresses, context, flags, startedAt, wiring } = call;
  const { signal } = context.io;
  const { concurrency, dryRun = false } = flags;
  const output = resolve(wiring.directory, flags.output);
  const receipt =
    flags.receipt === undefined ? receiptPathOf(output) : resolve(wiring.directory, flags.receipt);
  const trust = await releaseTrust(wiring, flags.trust);
  const since = await readEarlier(wiring, flags.since ?? [], { output, signal });
  const from = await openCopySource(wiring, flags.from);
  const { leftOut, providers } = await requestedProviders(wiring, addresses, from, { signal });
  const told = tellLeftOut(leftOut);
  if (told !== undefined) context.output.note(told);
  const to = { kind: 'oci-archive', file: output } as const;
  for (const { provider } of providers) {
    refuseSamePlace({ from: from.location, to }, provider, wiring.directory);
  }
  const { draftArchive } = await import('../../content/index.ts');
  const { exportBundle } = await import('../../publish/index.ts');
  const draft = await draftArchive(output, { startsEmpty: true, signal });
  const progress = await startProgress(context.output, context.io.stderr);
  try {
    const view = copyView(context.output, progress, { dryRun, isHeld: true, command: 'export' });
    let kept = 0;
    const summary = await exportBundle(
      { from: (each) => from.repository(each), draft },
      { providers, since, concurrency, dryRun },
      {
        signal,
        trust,
        events: view.events,
        onProgress: view.writing,
        onKept: ({ size }) => {
          kept += size;
        },
        saveReceipt: (written) => saveReceipt(receipt, written),
      },
    );
    progress.stop();
    renderExported(context.output, summary, { view, dryRun, file: flags.output, kept, startedAt });
    failAsGravest(
      summary.failures.map(({ error }) => error),
      context,
    );
  } finally {
    progress.stop();
    await draft.close();
  }
}
