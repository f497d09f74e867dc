import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseConstraints, type ProviderAddress } from '../../domain/index.ts';
import type { KeepRules } from '../../publish/index.ts';
import { openCopySource } from '../copy-places.ts';
import { failAsGravest } from '../fail-as-gravest.ts';
import { concurrencyOption, repeatable, trustOption } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { readKeptLocks } from '../prune/kept-locks.ts';
import { prunableLocation, prunePlaces } from '../prune/place.ts';
import { releaseTrust } from '../release-trust.ts';
import { requestedProviders, tellLeftOut } from '../requested-providers.ts';
import { UsageError } from '../usage-error.ts';
import { renderDiagnostic } from '../views/diagnostics.ts';
import { renderError } from '../views/errors.ts';
import { pruneView } from '../views/prune.ts';
import { showDiagnosed } from '../views/show-diagnosed.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface PruneFlags {
  readonly from?: string;
  readonly keepNewest?: number;
  readonly keep?: readonly string[];
  readonly keepLock?: readonly string[];
  readonly maxDelete?: number;
  readonly trust?: string;
  readonly yes?: boolean;
  readonly concurrency: number;
}

/** Enough to hide a registry's answer times; more only makes registries slow down or refuse. */
const defaultConcurrency = 6;

export function addPruneCommand(program: Command, context: CommandContext): void {
  program
    .command('prune')
    .summary('remove versions that nothing keeps')
    .description(
      'Removes the versions of providers that none of the --keep options names, with everything that only they need: packages, evidence, signatures. Says why for each version, and removes nothing without --yes.',
    )
    .argument(
      '[address...]',
      'provider, as in hashicorp/aws; without addresses all that the place holds',
    )
    .option('--from <location>', 'where; default TOFU_OCI_LOCATION')
    .addOption(
      countOption(
        '--keep-newest <n>',
        'keep so many of the newest versions of each provider; with a trust rule only those that it accepts count',
        1,
      ),
    )
    .addOption(
      repeatable('--keep <constraint>', 'keep what satisfies it, as in ">= 5.0" (repeatable)'),
    )
    .addOption(
      repeatable(
        '--keep-lock <glob>',
        'keep what these lock files need: a file, a folder that has one, or a pattern (repeatable)',
      ),
    )
    .addOption(
      countOption('--max-delete <n>', 'remove nothing when it would be more versions than this', 0),
    )
    .addOption(trustOption())
    .addOption(concurrencyOption('requests at the same time', defaultConcurrency))
    .option('--yes', 'remove; without it only say what would be removed')
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: PruneFlags) => {
      const { output } = context;
      const wiring = await openWiring(context, globalOptions(program));
      try {
        await runPrune({ addresses, flags, wiring, context });
      } catch (error) {
        if (!output.json) {
          const diagnostic = (one: Parameters<typeof renderDiagnostic>[1]): void =>
            renderDiagnostic(output, one);
          showDiagnosed(error, { diagnostic }, output);
        }
        throw error;
      } finally {
        await wiring.close();
      }
    });
}

const help = `
A version stays when any of the options names it. Tags that are no versions stay, with all that they need.

Examples:
  tofu-oci prune --from ./registry --keep-newest 3 --keep-lock './live/**/.terraform.lock.hcl'
  tofu-oci prune hashicorp/aws --keep '>= 5.0' --keep-newest 5 --max-delete 20 --yes \\
      --from 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;

interface PruneCall {
  readonly addresses: readonly string[];
  readonly flags: PruneFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
}

async function runPrune({ addresses, context, flags, wiring }: PruneCall): Promise<void> {
  const { io, output } = context;
  const { signal } = io;
  const rules = await keepRules(flags, wiring);
  const location = prunableLocation(wiring, flags.from);
  const trust = await releaseTrust(wiring, flags.trust);
  const source = await openCopySource(wiring, flags.from);
  const requested = await requestedProviders(wiring, addresses, source, { signal });
  refuseConstraints(requested.providers);
  const left = tellLeftOut(requested.leftOut);
  if (left !== undefined) output.note(left);
  const { describeReason, prune, refuseUnaccepted } = await import('../../publish/index.ts');
  const dryRun = flags.yes !== true;
  const view = pruneView(output, { dryRun, describeReason });
  const summary = await prune(
    prunePlaces(wiring, location),
    {
      providers: requested.providers.map(({ provider }) => provider),
      rules,
      maxDelete: flags.maxDelete,
      dryRun,
      concurrency: flags.concurrency,
    },
    { signal, events: view.events, refuse: refuseUnaccepted(trust) },
  );
  const { failures, refusal } = summary;
  if (refusal !== undefined) renderError(output, refusal);
  view.summary(summary, requested.leftOut);
  const refusals = refusal === undefined ? [] : [refusal];
  failAsGravest([...failures.map(({ error }) => error), ...refusals], context);
}

/** @throws UsageError: whoever names nothing to keep does not mean to remove everything */
async function keepRules(
  { keep = [], keepLock, keepNewest }: PruneFlags,
  wiring: Wiring,
): Promise<KeepRules> {
  if (keepNewest === undefined && keep.length === 0 && keepLock === undefined) {
    throw new UsageError('nothing says what is to be kept', {
      hint: 'Give --keep-newest, --keep or --keep-lock, or several of them.',
    });
  }
  const constraints = keep.map((text) => parseConstraints(text));
  if (constraints.some(({ terms }) => terms.length === 0)) {
    throw new UsageError('--keep: a constraint is missing', {
      hint: 'Write it as in --keep ">= 5.0".',
    });
  }
  const locked =
    keepLock === undefined ? undefined : await readKeptLocks(keepLock, wiring.directory);
  return { newest: keepNewest, constraints, locked };
}

function refuseConstraints(
  providers: readonly {
    readonly provider: ProviderAddress;
    readonly constraints: readonly unknown[];
  }[],
): void {
  if (providers.every(({ constraints }) => constraints.length === 0)) return;
  throw new UsageError(
    'an address takes no constraint here: it could mean what stays or what goes',
    {
      hint: 'Name the provider alone, and what is to be kept with --keep CONSTRAINT.',
    },
  );
}

/** A number of versions. */
function countOption(flags: string, description: string, least: number): Option {
  return new Option(flags, description).argParser((text: string): number => {
    const count = /^\d{1,6}$/u.test(text) ? Number(text) : -1;
    if (count >= least) return count;
    throw new InvalidArgumentError(`It should be a number from ${least} on.`);
  });
}
