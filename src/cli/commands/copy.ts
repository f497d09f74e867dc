import { type Command, InvalidArgumentError } from 'commander';
import { exitCodeOf, gravestExitCode } from '../../base/index.ts';
import type { ProviderAddress, VersionConstraints } from '../../domain/index.ts';
import type { CopyRequest, CopySummary } from '../../publish/index.ts';
import {
  type CopyTargetPlace,
  openCopySource,
  openCopyTarget,
  providersInArchive,
  refuseSamePlace,
} from '../copy-places.ts';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';
import { type CopyView, copyView } from '../views/copy.ts';
import { startProgress } from '../views/progress.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface CopyFlags {
  readonly from?: string;
  readonly to?: string;
  readonly concurrency: number;
  readonly dryRun?: boolean;
}

/** Enough to hide a registry's answer times; more only makes registries slow down or refuse. */
const defaultConcurrency = 8;
/** Sockets to one host that the client opens at most. */
const maxConcurrency = 32;

export function addCopyCommand(program: Command, context: CommandContext): void {
  program
    .command('copy')
    .summary('copy releases between registries, folders and archives')
    .description(
      'Copies provider releases, byte for byte, with everything that was said about them: evidence, signatures, attestations. Between registries, folders of image layouts and archives, from one naming scheme to another; within one registry the contents are mounted, not moved.',
    )
    .argument(
      '[address...]',
      'provider, as in hashicorp/aws, or with a constraint: "hashicorp/aws@~> 5.0"; without one all versions; without addresses all that the source is known to hold',
    )
    .option(
      '--from <location>',
      "where from; default TOFU_OCI_LOCATION, then the CLI configuration's oci_mirror",
    )
    .option('--to <location>', 'where to; default TOFU_OCI_LOCATION')
    .option(
      '--concurrency <n>',
      `contents moved at the same time, 1 to ${maxConcurrency}`,
      readConcurrency,
      defaultConcurrency,
    )
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
  const to = wiring.location(flags.to, '--to');
  const from = await openCopySource(wiring, flags.from, {
    isFromEnvironment: flags.to === undefined,
  });
  const providers = await requestedProviders(wiring, addresses, from.location);
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
      { signal, events: view.events },
    );
    await finish(target, view, call);
    progress.stop();
    view.summary(summary, startedAt);
    failAsGravest(summary, context);
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

/** Every failure was shown, one by one; the gravest decides the exit code. */
function failAsGravest({ failures }: CopySummary, { output }: CommandContext): void {
  const gravest = gravestExitCode(failures.map(({ error }) => exitCodeOf(error)));
  const failure = failures.find(({ error }) => exitCodeOf(error) === gravest);
  if (failure === undefined) return;
  output.markShown(failure.error);
  throw failure.error;
}

type RequestedProviders = CopyRequest['providers'];

/** @throws UsageError when nothing says which */
async function requestedProviders(
  wiring: Wiring,
  addresses: readonly string[],
  from: Awaited<ReturnType<typeof openCopySource>>['location'],
): Promise<RequestedProviders> {
  if (addresses.length === 0) {
    const held = from?.kind === 'oci-archive' ? await providersInArchive(wiring, from.file) : [];
    if (held.length > 0) return held.map((provider) => ({ provider, constraints: [] }));
    throw new UsageError('no provider is named', {
      hint: 'Name those to copy, as in hashicorp/aws.',
    });
  }
  const requested = new Map<string, { provider: ProviderAddress; wanted: VersionConstraints[] }>();
  for (const address of addresses) {
    const { provider, constraints } = wiring.providerRequest(address);
    const key = JSON.stringify(provider);
    const entry = requested.get(key) ?? { provider, wanted: [] };
    entry.wanted.push(constraints);
    requested.set(key, entry);
  }
  return [...requested.values()].map(({ provider, wanted }) => {
    const isForAll = wanted.some(({ terms }) => terms.length === 0);
    return { provider, constraints: isForAll ? [] : wanted };
  });
}

function readConcurrency(text: string): number {
  const count = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxConcurrency) return count;
  throw new InvalidArgumentError(`It should be a number from 1 to ${maxConcurrency}.`);
}
