import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { quoted } from '../../base/index.ts';
import type { ConfiguredProgram, LoadedCliConfig, ProgramConfig } from '../../config/index.ts';
import type { CommandContext } from '../program.ts';
import { openExecGateway } from '../exec-gateway.ts';
import { hostsFor } from '../exec-hosts.ts';
import { surroundingsOf } from '../open-repositories.ts';
import { repeatable, trustOption } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { renderError } from '../views/errors.ts';
import { type GlobalOptions, globalOptions, openWiring } from '../wire.ts';

interface ExecFlags {
  readonly from?: string;
  readonly trust?: string;
  readonly host?: readonly string[];
}

export function addExecCommand(program: Command, context: CommandContext): void {
  program
    .command('exec')
    .summary('run terraform, tofu or terragrunt with providers from a registry, folder or archive')
    .description(
      'Runs a program whose providers come from an OCI registry, a folder of image layouts or an archive: any version of OpenTofu or Terraform, or what calls them. A gateway runs on this machine as long as the program does, and a CLI configuration that says what yours says leads the program to it.',
    )
    .usage('[options] -- COMMAND [ARGUMENT...]')
    .argument('[command...]', 'the program and its arguments, after "--"')
    .option(
      '--from <location>',
      'where the providers are; default TOFU_OCI_LOCATION, then the oci_mirror blocks of the CLI configuration',
    )
    .addOption(trustOption())
    .addOption(
      repeatable(
        '--host <host>',
        "a host of providers, besides those that the configuration, its lock file and the location's folders name (repeatable)",
      ),
    )
    .addHelpText('after', help)
    .action(async (operands: string[], flags: ExecFlags) => {
      const command = commandIn(context.args(), operands);
      await runExec(command, flags, { context, options: globalOptions(program) });
    });
}

const help = `
Examples:
  tofu-oci exec --from 'registry.example.com/tf/{hostname}/{namespace}/{type}' -- terraform init
  tofu-oci exec -- tofu init -upgrade
  tofu-oci exec --from ./registry -- terragrunt run-all plan

The exit code is that of the program; 127 when there is no such program, 126 when
it can not be run.`;

/** Without "--" options of the program would be taken for ours. */
function commandIn(args: readonly string[], operands: readonly string[]): readonly string[] {
  const at = args.indexOf('--');
  const command = at === -1 ? [] : args.slice(at + 1);
  const hint = 'Write: tofu-oci exec -- terraform init';
  const stray = operands[0];
  if (stray !== undefined && operands.length > command.length) {
    throw new UsageError(`"--" is missing before ${quoted(stray)}`, { hint });
  }
  if ((command[0] ?? '') === '') throw new UsageError('no command is given after "--"', { hint });
  return command;
}

async function runExec(
  command: readonly string[],
  flags: ExecFlags,
  { context, options }: { readonly context: CommandContext; readonly options: GlobalOptions },
): Promise<void> {
  const { io, output } = context;
  const { signal } = io;
  const [program = ''] = command;
  const kind = programOf(program);
  const wiring = await openWiring(context, withDefaultHost(options, kind, io.env));
  try {
    const surroundings = surroundingsOf(io);
    const [{ readProgramConfig }, { CommandNotStartedError, launch }] = await Promise.all([
      import('../../config/index.ts'),
      import('../../launch/index.ts'),
    ]);
    const [gateway, config] = await Promise.all([
      openExecGateway(wiring, { from: flags.from, trust: flags.trust, output }),
      readProgramConfig(surroundings, { program: kind, signal }),
    ]);
    try {
      tellLeftOut(config, await wiring.config(), context);
      const hosts = await hostsFor(
        wiring,
        {
          folder: workFolder(wiring.directory, command),
          place: gateway.place,
          mirrors: gateway.mirrors,
          named: flags.host ?? [],
          io,
        },
        { signal },
      );
      const exitCode = await launch(
        {
          command,
          directory: wiring.directory,
          config,
          replace: flags.from === undefined ? 'oci_mirror' : 'all',
          hosts,
          createGateway: gateway.create,
          elsewhere: gateway.elsewhere,
          discover: gateway.discover,
        },
        {
          signal,
          surroundings,
          signals: io.signals ?? { take: () => () => undefined },
          onWarning: (text) => output.note(`Warning: ${text}`),
        },
      );
      tellKey(gateway.usedKey(), gateway.place.parts, context);
      context.endWith(exitCode);
    } catch (error) {
      if (!(error instanceof CommandNotStartedError)) throw error;
      renderError(output, error);
      context.endWith(error.exitStatus);
    } finally {
      await gateway.close();
    }
  } finally {
    await wiring.close();
  }
}

/** Whose files it reads; what calls one of the two calls OpenTofu unless its name says something else. */
function programOf(path: string): ConfiguredProgram {
  return /^terraform(?!-)/u.test(basename(path.replaceAll('\\', '/'))) ? 'terraform' : 'tofu';
}

function withDefaultHost(
  options: GlobalOptions,
  program: ConfiguredProgram,
  env: CommandContext['io']['env'],
): GlobalOptions {
  const isSet = options.defaultHost !== undefined || (env['TOFU_OCI_DEFAULT_HOST'] ?? '') !== '';
  if (isSet || program === 'tofu') return options;
  return { ...options, defaultHost: 'registry.terraform.io' };
}

/** Where the configuration is: the program's own -chdir counts, too. */
function workFolder(directory: string, [, ...args]: readonly string[]): string {
  const chdir = args.find((argument) => /^--?chdir=/u.test(argument));
  return chdir === undefined ? directory : resolve(directory, chdir.slice(chdir.indexOf('=') + 1));
}

/** What Terraform reads and OpenTofu does not; of the files that we read, too, it was told. */
function tellLeftOut(
  { leftOut }: ProgramConfig,
  { diagnostics }: LoadedCliConfig,
  { output }: CommandContext,
): void {
  const told = diagnostics.flatMap(({ detail, range, summary }) => [
    summary,
    detail,
    range?.file ?? '',
  ]);
  for (const path of leftOut.filter((each) => !told.some((text) => text.includes(each)))) {
    output.note(`Warning: ${path} can not be read, and is left out of the CLI configuration.`);
  }
}

function tellKey(
  keyId: string | undefined,
  parts: readonly { readonly name: string }[],
  { output }: CommandContext,
): void {
  if (keyId === undefined) return;
  const places = parts.map(({ name }) => name).join(', ');
  output.note(
    `Key ${keyId} was made for this run of tofu-oci exec: its signatures say only that the packages are those of ${places}.`,
  );
}
