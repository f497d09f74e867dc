import type { Command } from 'commander';
import { hasErrors } from '../../base/index.ts';
import type { LockSummary } from '../../install/index.ts';
import { configurationSettings } from '../configuration-settings.ts';
import { ConfigurationError } from '../errors.ts';
import { lockLocation, type LockPlaces, lockPlatforms } from '../lock-request.ts';
import { concurrencyOption, repeatable, trustOption } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { sourceAtLocation } from '../provider-source.ts';
import { UsageError } from '../usage-error.ts';
import { createLockView, type LockView } from '../views/lock.ts';
import { startProgress } from '../views/progress.ts';
import { showDiagnosed } from '../views/show-diagnosed.ts';
import { tofuVersion } from '../views/tofu-json.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface LockFlags extends LockPlaces {
  readonly platform?: readonly string[];
  readonly check?: boolean;
  readonly trust?: string;
  readonly trustAllHashes?: boolean;
  readonly concurrency: number;
}

/** Packages at once: enough to fill a link, few enough for any registry. */
const defaultConcurrency = 4;

export function addLockCommand(program: Command, context: CommandContext): void {
  program
    .command('lock')
    .summary("record a configuration's provider checksums")
    .description(
      'Records the checksums of the providers that the configuration requires, for several platforms, in .terraform.lock.hcl, as "tofu providers lock" does.',
    )
    .argument('[address...]', 'only these providers; without any, all that are required')
    .addOption(
      repeatable(
        '--platform <os_arch>',
        'platform to record, as in linux_amd64 (repeatable, or with commas); default this one',
      ),
    )
    .option('--from <location>', 'where packages are looked at; default direct, their registries')
    .option('--fs-mirror <dir>', 'the same as --from fs:DIR')
    .option('--net-mirror <url>', 'the same as --from network:URL')
    .option('--oci-mirror <template>', 'the same as --from TEMPLATE')
    .option(
      '--trust-all-hashes',
      'take the word of that mirror for the hashes of all platforms, without a look at packages',
    )
    .option('--check', 'change nothing; exit code 7 when something is missing')
    .addOption(trustOption())
    .addOption(concurrencyOption('packages looked at at the same time', defaultConcurrency))
    .addHelpText('after', help)
    .action(async (addresses: string[], flags: LockFlags) => {
      const { output, io } = context;
      if (output.json) output.object(tofuVersion());
      const wiring = await openWiring(context, globalOptions(program));
      const progress = await startProgress(output, io.stderr);
      const view = createLockView(output, progress);
      try {
        const summary = await runLock({ addresses, flags, wiring, view, context });
        view.finish(summary, { checked: flags.check ?? false });
      } catch (error) {
        progress.stop();
        showDiagnosed(error, view, output);
        throw error;
      } finally {
        await wiring.close();
      }
    });
}

const help = `
Each package is streamed once and not kept. A mirror whose method in the CLI configuration has
trust_all_hashes = true is trusted without --trust-all-hashes; as in OpenTofu that counts for providers of
registry.opentofu.org, and not where signatures are enforced.
"tofu-oci providers lock" and OpenTofu's spelling are accepted, too: -platform=linux_amd64, -fs-mirror=DIR.

Examples:
  tofu-oci lock --platform linux_amd64,darwin_arm64
  tofu-oci lock --oci-mirror 'registry.example.com/tf/{hostname}/{namespace}/{type}' --trust-all-hashes
  tofu-oci lock --check --platform linux_amd64`;

interface LockCall {
  readonly addresses: readonly string[];
  readonly flags: LockFlags;
  readonly wiring: Wiring;
  readonly view: LockView;
  readonly context: CommandContext;
}

async function runLock({
  addresses,
  context,
  flags,
  view,
  wiring,
}: LockCall): Promise<LockSummary> {
  const { io } = context;
  const { directory, environment } = wiring;
  const platforms = lockPlatforms(flags.platform, wiring.platform);
  const location = lockLocation(flags);
  if (flags.trustAllHashes === true && (location.kind === 'direct' || location.kind === 'fs')) {
    throw new UsageError('--trust-all-hashes is for an OCI or a network mirror', {
      hint: 'Name it by --oci-mirror, --net-mirror or --from.',
    });
  }
  const wanted = addresses.map((text) => wiring.providerAddress(text));
  const [{ readConfigurationRequirements }, { lockProviders }] = await Promise.all([
    import('../../requirements/index.ts'),
    import('../../install/index.ts'),
  ]);
  const { requirements, diagnostics } = await readConfigurationRequirements(directory, {
    ...configurationSettings(io),
    dataDirectory: environment.dataDirectory,
    state: 'ignored',
    tests: 'ignored',
    signal: io.signal,
  });
  if (hasErrors(diagnostics)) throw new ConfigurationError(diagnostics);
  for (const diagnostic of diagnostics) view.diagnostic(diagnostic);
  const source = await sourceAtLocation(wiring, location, {
    trusted: flags.trustAllHashes ?? false,
    trust: flags.trust,
  });
  return await lockProviders(
    {
      directory,
      source,
      requirements,
      addresses: wanted.length === 0 ? undefined : wanted,
      platforms,
      mode: flags.check === true ? 'check' : 'update',
      enforceSignatures: environment.enforceSignatures,
      concurrency: flags.concurrency,
    },
    { signal: io.signal, events: view.events },
  );
}
