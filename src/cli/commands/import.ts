import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Location, repositoryKinds } from '../../domain/index.ts';
import { readReceipt } from '../bundle-files.ts';
import { openCopyTarget, refuseSamePlace } from '../copy-places.ts';
import { failAsGravest } from '../fail-as-gravest.ts';
import { findHeldProviders } from '../held-providers.ts';
import { concurrencyOption, trustOption } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { refuseSecondHost } from '../refuse-collisions.ts';
import { releaseTrust } from '../release-trust.ts';
import { tellLeftOut } from '../requested-providers.ts';
import { UsageError } from '../usage-error.ts';
import { bundleMembers } from '../views/bundle.ts';
import { copyView } from '../views/copy.ts';
import { startProgress } from '../views/progress.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface ImportFlags {
  readonly to?: string;
  readonly receipt?: string;
  readonly sha256?: string;
  readonly trust?: string;
  readonly concurrency: number;
  readonly dryRun?: boolean;
}

const defaultConcurrency = 8;

export function addImportCommand(program: Command, context: CommandContext): void {
  program
    .command('import')
    .summary('publish the releases of a file that "export" wrote')
    .description(
      'Publishes the releases of a bundle. First all of it is read and checked: every content, every release, that nothing is missing, and trust rules; when anything is wrong, nothing is published.',
    )
    .argument('<file>', 'the bundle')
    .option('--to <location>', 'where to; default TOFU_OCI_LOCATION')
    .option('--receipt <file>', 'the bundle has to be the one that this receipt is for')
    .addOption(sha256Option())
    .addOption(trustOption())
    .addOption(concurrencyOption('contents sent at the same time', defaultConcurrency))
    .option('--dry-run', 'check everything, say what would be imported, write nothing')
    .addHelpText('after', help)
    .action(async (file: string, flags: ImportFlags) => {
      const startedAt = performance.now();
      const wiring = await openWiring(context, globalOptions(program));
      try {
        await runImport({ file, flags, wiring, context, startedAt });
      } finally {
        await wiring.close();
      }
    });
}

function sha256Option(): Option {
  return new Option('--sha256 <hex>', 'the bundle has to be the one with this hash').argParser(
    (text: string): string => {
      const hex = text.toLowerCase().replace(/^sha256:/u, '');
      if (/^[0-9a-f]{64}$/u.test(hex)) return hex;
      throw new InvalidArgumentError('It should have 64 hexadecimal digits.');
    },
  );
}

const help = `
What is there already is not sent again, so a second run continues where the first one stopped. Of a chain
of bundles the oldest comes first.

Examples:
  tofu-oci import providers.tar --receipt providers.tar.receipt.json \\
      --to 'registry.example.com/tf/{hostname}/{namespace}/{type}'
  tofu-oci import providers.tar --to ./registry --dry-run`;

interface ImportCall {
  readonly file: string;
  readonly flags: ImportFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
  readonly startedAt: number;
}

async function runImport(call: ImportCall): Promise<void> {
  const { context, file, flags, startedAt, wiring } = call;
  const { signal } = context.io;
  const { concurrency, dryRun = false } = flags;
  const trust = await releaseTrust(wiring, flags.trust);
  const sha256 = await expectedHash(call);
  const to = wiring.location(flags.to, '--to', { kinds: repositoryKinds });
  const bundle: Location = { kind: 'oci-archive', file };
  const archive = await (await wiring.repositories()).archive(file);
  const part = { name: file, location: bundle, serves: () => true };
  const { leftOut, providers } = await findHeldProviders(wiring, [part], { signal });
  const told = tellLeftOut(leftOut);
  if (told !== undefined) context.output.note(told);
  refuseSecondHost(to, providers);
  for (const provider of providers) {
    refuseSamePlace({ from: bundle, to }, provider, wiring.directory);
  }
  const { importBundle } = await import('../../publish/index.ts');
  const looked = await openCopyTarget(wiring, to, { dryRun: true });
  const target = await openCopyTarget(wiring, to, { dryRun });
  const progress = await startProgress(context.output, context.io.stderr);
  try {
    const isHeld = target.isWrittenAtTheEnd;
    const view = copyView(context.output, progress, { dryRun, isHeld, command: 'import' });
    const summary = await importBundle(
      {
        archive,
        from: (each) => wiring.repository(bundle, each, 'read'),
        target: (each) => looked.repository(each),
        to: (each) => target.repository(each),
      },
      { file, providers, sha256, dryRun, concurrency },
      {
        signal,
        trust,
        events: view.events,
        onCheck: (bytes) => progress.update(`checking ${file}`, bytes),
        onChecked: () => progress.finish(`checking ${file}`),
      },
    );
    await target.finish({ signal, concurrency, onProgress: view.writing });
    view.written();
    progress.stop();
    const { bases, identity } = summary;
    view.summary(summary, startedAt, { more: bundleMembers(file, { ...identity, bases }) });
    failAsGravest(
      summary.failures.map(({ error }) => error),
      context,
    );
  } finally {
    progress.stop();
    await looked.close();
    await target.close();
  }
}

/** @throws UsageError when what is given contradicts itself; what reading a receipt throws */
async function expectedHash({ context, flags, wiring }: ImportCall): Promise<string | undefined> {
  if (flags.receipt === undefined) return flags.sha256;
  const { signal } = context.io;
  const { sha256 } = await readReceipt(resolve(wiring.directory, flags.receipt), { signal });
  if (flags.sha256 === undefined || flags.sha256 === sha256) return sha256;
  throw new UsageError('--sha256 and --receipt name two different bundles', {
    hint: 'Give one of them, from the place that you trust more.',
  });
}
