import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { FileAccessError } from '../../base/index.ts';
import { parseLocation, type ProviderAddress, sameProvider } from '../../domain/index.ts';
import type { MirroredRelease, MirrorSummary } from '../../publish/index.ts';
import { refuseSamePlace } from '../copy-places.ts';
import { failAsGravest } from '../fail-as-gravest.ts';
import { openMirrorOrigin } from '../mirror/origin.ts';
import { readWanted, replaceable, type WantedFlags } from '../mirror/request.ts';
import { maxBytesOption, selectOption, shardOption } from '../mirror/selection.ts';
import { type MirrorTargetPlace, openMirrorTarget } from '../mirror/target.ts';
import { concurrencyOption, repeatable, trustOption } from '../options.ts';
import { refuseCollisions } from '../refuse-collisions.ts';
import type { CommandContext } from '../program.ts';
import { createMirrorView, type MirrorView } from '../views/mirror.ts';
import { startProgress } from '../views/progress.ts';
import { showDiagnosed } from '../views/show-diagnosed.ts';
import { renderDiagnostic } from '../views/diagnostics.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface MirrorFlags extends WantedFlags {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly maxBytes?: number;
  readonly concurrency: number;
  readonly replace?: readonly string[];
  readonly adopt?: boolean;
  readonly repair?: boolean;
  readonly requireSigned?: boolean;
  readonly requireEvidence?: boolean;
}

/** Packages on their way at once: enough to fill a link, few enough for any registry. */
const defaultConcurrency = 6;

export function addMirrorCommand(program: Command, context: CommandContext): void {
  program
    .command('mirror')
    .summary('fetch releases from their registries, and publish them with proof')
    .description(
      'Finds the providers that configurations need, fetches their releases from the registries they come from, checks checksums and signatures, and publishes them with the proof beside them. What is there already is recognised before anything is fetched.',
    )
    .argument(
      '[folder-or-address...]',
      'folder of a configuration (begins with . or /), or provider, as in hashicorp/aws or "hashicorp/aws@~> 5.0"; without any the current folder',
    )
    .option('--to <location>', 'where to; default TOFU_OCI_LOCATION')
    .option('--from <source>', 'where from; default direct, the registries of the addresses')
    .option('--file <mirror.hcl>', 'what to mirror, and where to, as a file says it')
    .addOption(selectOption())
    .addOption(
      repeatable(
        '--platform <os_arch>',
        'only this platform, as in linux_amd64 (repeatable, or with commas); default all that a release has',
      ),
    )
    .addOption(concurrencyOption('packages on their way at the same time', defaultConcurrency))
    .addOption(maxBytesOption())
    .addOption(shardOption())
    .addOption(trustOption())
    .option('--require-signed', 'fail releases that nobody signed whose word counts')
    .option('--require-evidence', 'fail where the registry does not take the proof')
    .option('--adopt', 'rewrite manifests that another tool made')
    .option('--repair', 'look whether all that is published is really there, and bring what is not')
    .addOption(
      repeatable(
        '--replace <address@version>',
        'allow published packages of this release to change (repeatable)',
      ),
    )
    .option('--dry-run', 'say what would be mirrored, with its size; write nothing')
    .addHelpText('after', help)
    .action(async (args: string[], flags: MirrorFlags) => {
      const startedAt = performance.now();
      saveMemory();
      const wiring = await openWiring(context, globalOptions(program));
      try {
        await runMirror({ args, flags, wiring, context, startedAt });
      } catch (error) {
        const { output } = context;
        if (!output.json) {
          const view = {
            diagnostic: (one: Parameters<typeof renderDiagnostic>[1]) =>
              renderDiagnostic(output, one),
          };
          showDiagnosed(error, view, output);
        }
        throw error;
      } finally {
        await wiring.close();
      }
    });
}

/**
 * A job may run for hours and makes much that is soon forgotten. By itself the engine lets what it holds grow to four
 * times of what is needed before it looks.
 */
function saveMemory(): void {
  setFlagsFromString('--heap-growing-percent=100');
}

const help = `
A release that fails does not keep the others from being mirrored; a second run sends only what is missing.

Examples:
  tofu-oci mirror ./infrastructure --to 'registry.example.com/tf/{hostname}/{namespace}/{type}'
  tofu-oci mirror 'hashicorp/aws@~> 5.80' hashicorp/null --platform linux_amd64,darwin_arm64 --to ./mirror
  tofu-oci mirror --file mirror.hcl --dry-run
  tofu-oci mirror ./live --select locked,newest --shard 1/4 --to oci-layout:./mirror`;

interface MirrorCall {
  readonly args: readonly string[];
  readonly flags: MirrorFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
  readonly startedAt: number;
}

async function runMirror(call: MirrorCall): Promise<void> {
  const { args, context, flags, startedAt, wiring } = call;
  const { signal } = context.io;
  const { dryRun = false } = flags;
  const wanted = await readWanted(args, flags, { wiring, context, signal });
  const mayReplace = replaceable(flags.replace, wiring);
  const from = parseLocation(flags.from ?? 'direct');
  const origin = await openMirrorOrigin(wiring, from, wanted.policy);
  for (const { provider } of wanted.providers) {
    refuseSamePlace({ from, to: wanted.to }, provider, wiring.directory);
    refuseCollisions(wanted.to, provider);
  }
  const target = await openMirrorTarget(wiring, wanted.to, { dryRun });
  const progress = await startProgress(context.output, context.io.stderr);
  const view = createMirrorView(context.output, progress, {
    dryRun,
    isHeld: target.isWrittenAtTheEnd,
  });
  const planned: ProviderAddress[] = [];
  const told = (release: MirroredRelease): void => {
    // They come provider by provider.
    const last = planned.at(-1);
    const isNew = last === undefined || !sameProvider(last, release.provider);
    if (dryRun && release.index === undefined && isNew) planned.push(release.provider);
    view.events.release?.(release);
  };
  try {
    const { mirror } = await import('../../publish/index.ts');
    const summary = await inPrivateFolder(context, async (folder) => {
      const done = await mirror(
        { origin, to: (provider) => target.place(provider) },
        {
          providers: wanted.providers,
          platforms: wanted.platforms,
          adopt: flags.adopt ?? false,
          mayReplace,
          dryRun,
          repair: flags.repair,
          requireSigned: flags.requireSigned,
          requireEvidence: flags.requireEvidence,
          maxBytes: flags.maxBytes,
          concurrency: flags.concurrency,
          folder,
          keepsPackages: target.isWrittenAtTheEnd,
        },
        { signal, events: { ...view.events, release: told } },
      );
      await finish(target, view, call);
      return done;
    });
    progress.stop();
    if (dryRun) view.toCreate(await target.missing(planned));
    view.summary(summary, startedAt);
    fail(summary, context);
  } finally {
    progress.stop();
    await target.close();
  }
}

async function finish(
  target: MirrorTargetPlace,
  view: MirrorView,
  { context, flags }: MirrorCall,
): Promise<void> {
  const { concurrency } = flags;
  await target.finish({ signal: context.io.signal, concurrency, onProgress: view.writing });
  view.written();
}

function fail({ failures }: MirrorSummary, context: CommandContext): void {
  failAsGravest(
    failures.map(({ error }) => error),
    context,
  );
}

/** For packages on their way; TMPDIR says on which disk. @throws FileAccessError */
async function inPrivateFolder<T>(
  { io }: CommandContext,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const { TMPDIR = '' } = io.env;
  const parent = TMPDIR === '' ? tmpdir() : TMPDIR;
  let folder;
  try {
    folder = await mkdtemp(join(parent, 'tofu-oci-'));
  } catch (error) {
    throw new FileAccessError('create a folder for packages in', parent, error, {
      hint: 'Let TMPDIR name a folder that you may write to, on a disk with room for some packages.',
    });
  }
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
