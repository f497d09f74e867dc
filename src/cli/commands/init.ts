import { resolve } from 'node:path';
import type { Command } from 'commander';
import { hasErrors } from '../../base/index.ts';
import type { InitSummary } from '../../install/index.ts';
import { configurationSettings } from '../configuration-settings.ts';
import { deferredSource } from '../deferred-source.ts';
import { devOverrideWarnings } from '../dev-override-warnings.ts';
import { ConfigurationError } from '../errors.ts';
import { repeatable, trustOption } from '../options.ts';
import { pluginCache } from '../plugin-cache.ts';
import type { CommandContext } from '../program.ts';
import { providerSource, refuseUnknownMethods } from '../provider-source.ts';
import { reattachedProviders } from '../reattached-providers.ts';
import { UsageError } from '../usage-error.ts';
import { createInitView, type InitView } from '../views/init.ts';
import { startProgress } from '../views/progress.ts';
import { showDiagnosed } from '../views/show-diagnosed.ts';
import { tofuVersion } from '../views/tofu-json.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface InitFlags {
  readonly from?: string;
  readonly trust?: string;
  readonly pluginDir?: readonly string[];
  readonly upgrade?: boolean;
  readonly lockfile?: string;
}

export function addInitCommand(program: Command, context: CommandContext): void {
  program
    .command('init')
    .summary("install a configuration's providers")
    .description(
      'Installs the providers that the configuration in the working folder requires, as "tofu init" does, and updates .terraform.lock.hcl.',
    )
    .option('--upgrade', 'ignore the locked versions and take the newest that fit')
    .option('--lockfile <mode>', '"readonly": fail rather than change the lock file')
    .option(
      '--from <location>',
      'where from; default TOFU_OCI_LOCATION, then the CLI configuration, as OpenTofu has it',
    )
    .addOption(trustOption())
    .addOption(
      repeatable('--plugin-dir <dir>', 'install from this filesystem mirror only (repeatable)'),
    )
    .addHelpText('after', help)
    .action(async (flags: InitFlags) => {
      const { output, io } = context;
      if (output.json) output.object(tofuVersion());
      const wiring = await openWiring(context, globalOptions(program));
      const progress = await startProgress(output, io.stderr);
      const view = createInitView(output, progress);
      try {
        checkFlags(flags);
        const { summary, folderIsEmpty } = await runInit(flags, wiring, view, context);
        view.finish(summary, folderIsEmpty);
      } catch (error) {
        progress.stop();
        view.registryWarnings();
        showDiagnosed(error, view, output);
        throw error;
      } finally {
        await wiring.close();
      }
    });
}

const help = `
Without --from, providers come from where "tofu init" takes them: the methods of provider_installation,
or the registries that the addresses name. Child modules have to be installed before, by "tofu get".
OpenTofu's spelling of the options is accepted, too: -upgrade, -lockfile=readonly, -plugin-dir=DIR.

Examples:
  tofu-oci init
  tofu-oci init --from direct
  tofu-oci init --from 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;

function checkFlags({ from, lockfile, pluginDir, upgrade }: InitFlags): void {
  if (from !== undefined && pluginDir !== undefined) {
    throw new UsageError('--from and --plugin-dir are mutually exclusive');
  }
  if (lockfile === undefined) return;
  if (lockfile !== 'readonly') {
    throw new UsageError(`--lockfile takes "readonly", not "${lockfile}"`);
  }
  if (upgrade === true) {
    throw new UsageError('The -upgrade flag conflicts with -lockfile=readonly.');
  }
}

async function runInit(
  flags: InitFlags,
  wiring: Wiring,
  view: InitView,
  { io }: CommandContext,
): Promise<{ readonly summary: InitSummary; readonly folderIsEmpty: boolean }> {
  const { signal } = io;
  const [{ readConfigurationRequirements }, { initProviders, recordPluginDirs }] =
    await Promise.all([import('../../requirements/index.ts'), import('../../install/index.ts')]);
  const { directory, environment } = wiring;
  const { requirements, empty, diagnostics } = await readConfigurationRequirements(directory, {
    ...configurationSettings(io),
    dataDirectory: environment.dataDirectory,
    signal,
  });
  if (hasErrors(diagnostics)) throw new ConfigurationError(diagnostics);
  for (const diagnostic of diagnostics) view.diagnostic(diagnostic);

  const pluginDirs = flags.pluginDir?.filter((path) => path !== '');
  const unmanaged = reattachedProviders(io.env);
  const from = pluginDirs === undefined ? wiring.findLocation(flags.from) : undefined;
  const loaded = await wiring.config();
  if (from === undefined && pluginDirs === undefined) refuseUnknownMethods(loaded);
  const source = deferredSource(() =>
    providerSource(wiring, { from, pluginDirs: pluginDirs ?? [], trust: flags.trust }),
  );
  const dataDirectory = resolve(directory, environment.dataDirectory);
  if (pluginDirs !== undefined) await recordPluginDirs(dataDirectory, pluginDirs);
  const { config } = loaded;
  for (const warning of devOverrideWarnings(config)) view.diagnostic(warning);
  const cache = await pluginCache(wiring);
  view.begin();
  const summary = await initProviders(
    {
      directory,
      dataDirectory,
      source,
      requirements,
      platform: wiring.platform,
      upgrade: flags.upgrade ?? false,
      lockFileMode: flags.lockfile === 'readonly' ? 'readonly' : 'update',
      enforceSignatures: environment.enforceSignatures,
      cache,
      unmanaged,
    },
    { signal, events: view.events },
  ).finally(() => cache?.close());
  return { summary, folderIsEmpty: empty };
}
