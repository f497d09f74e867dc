import { resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { FileAccessError, InterruptedError, jsonLine, nodeFiles, quoted } from '../base/index.ts';
import { addConfigCommand } from './commands/config.ts';
import { addCopyCommand } from './commands/copy.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExecCommand } from './commands/exec.ts';
import { addExportCommand } from './commands/export.ts';
import { addImportCommand } from './commands/import.ts';
import { addInitCommand } from './commands/init.ts';
import { addInspectCommand } from './commands/inspect.ts';
import { addListCommand } from './commands/list.ts';
import { addLockCommand } from './commands/lock.ts';
import { addLoginCommand } from './commands/login.ts';
import { addLogoutCommand } from './commands/logout.ts';
import { addMirrorCommand } from './commands/mirror.ts';
import { addPruneCommand } from './commands/prune.ts';
import { addPushCommand } from './commands/push.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTrustCommand } from './commands/trust.ts';
import { addVerifyCommand } from './commands/verify.ts';
import type { CliIo } from './io.ts';
import { repeatable } from './options.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';
import type { Output } from './views/output.ts';

/** What every command is handed. */
export interface CommandContext {
  readonly io: CliIo;
  readonly output: Output;
  /** The user wrote OpenTofu's spelling of an option. */
  readonly tofuSpelling: boolean;
  /** For commands that run until they are told to stop: Ctrl-C is then how they end well. */
  stoppedAsWanted(): void;
  /** All arguments of this run, normalised. */
  args(): readonly string[];
  /** For commands whose exit code is that of another program. */
  endWith(exitCode: number): void;
}

export interface Program {
  /** @returns the exit code; rejects with what the command threw. */
  run(args: readonly string[]): Promise<number>;
}

export function buildProgram(
  given: Pick<CommandContext, 'io' | 'output' | 'tofuSpelling'>,
): Program {
  let stopped = false;
  let exitCode = 0;
  let current: readonly string[] = [];
  const context: CommandContext = {
    ...given,
    stoppedAsWanted: () => {
      stopped = true;
    },
    args: () => current,
    endWith: (code) => {
      exitCode = code;
    },
  };
  const { io } = given;
  const program = new Command('tofu-oci')
    .description('OpenTofu and Terraform providers in any OCI registry')
    .version(versionText(given.output), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureOutput({
      writeOut: (text) => io.stdout.write(wrapped(text)),
      writeErr: () => undefined, // The message comes as an error; it is rendered once, by main.
    })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText('after', examples);
  addGlobalOptions(program);
  program.hook('preAction', async () => {
    const { chdir } = program.opts<{ readonly chdir?: string }>();
    if (chdir !== undefined) await checkFolder(resolve(io.cwd, chdir));
  });
  program
    .command('version')
    .description('print the version')
    .action(() => void io.stdout.write(`${versionText(given.output)}\n`));
  addMirrorCommand(program, context);
  addPushCommand(program, context);
  addCopyCommand(program, context);
  addExportCommand(program, context);
  addImportCommand(program, context);
  addListCommand(program, context);
  addInspectCommand(program, context);
  addVerifyCommand(program, context);
  addTrustCommand(program, context);
  addPruneCommand(program, context);
  addInitCommand(program, context);
  addLockCommand(program, context);
  addServeCommand(program, context);
  addExecCommand(program, context);
  addConfigCommand(program, context);
  addLoginCommand(program, context);
  addLogoutCommand(program, context);
  addDoctorCommand(program, context);

  return {
    async run(args) {
      current = args;
      if (args.length === 0) {
        program.outputHelp();
        return 0;
      }
      try {
        await program.parseAsync(args, { from: 'user' });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        if (error.exitCode === 0) return 0;
        throw usageError(error, program, args);
      }
      if (io.signal.aborted && !stopped) throw new InterruptedError('the command');
      return exitCode;
    },
  };
}

/** Columns of help. */
const helpWidth = 80;

/** Fills the paragraphs of help that stand at the margin; what is indented is laid out already. */
function wrapped(text: string): string {
  return text.replaceAll(/^(?:\S.*(?:\n(?=\S)|$))+/gmu, (paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(/\s+/u)) {
      const line = lines.at(-1) ?? '';
      if (line === '') lines.splice(-1, 1, word);
      else if (line.length + 1 + word.length <= helpWidth) lines.splice(-1, 1, `${line} ${word}`);
      else lines.push(word);
    }
    return lines.join('\n');
  });
}

function versionText({ json }: Output): string {
  return json ? jsonLine({ type: 'summary', command: 'version', version }) : `tofu-oci ${version}`;
}

const examples = `
Examples:
  tofu-oci serve ./registry --tls-self-signed ./tls
  tofu-oci push example.com/acme/null ./dist --to 'registry.example.com/tf/{hostname}/{namespace}/{type}'
  tofu-oci config 'registry.example.com/tf/{hostname}/{namespace}/{type}'
  tofu-oci init

Run "tofu-oci help COMMAND" for the options of a command.`;

function addGlobalOptions(program: Command): void {
  const hidden = (option: Option): Option => option.hideHelp();
  program
    .option('--chdir <dir>', 'work in this folder')
    .option(
      '--default-host <host>',
      'host of addresses that name none, for push; default TOFU_OCI_DEFAULT_HOST',
    )
    .addOption(
      repeatable('--plain-http <host>', 'allow unencrypted HTTP to this registry (repeatable)'),
    )
    .option('--ca-file <file>', 'trust the certificates in this PEM file, too')
    .option('--json', 'print one JSON object per line')
    .option('--quiet', 'only results and errors')
    .option('--no-progress', 'no progress bars')
    .option('--no-color', 'no colors')
    .option('--debug', 'trace requests (without secrets) and show stacks')
    .addOption(hidden(new Option('--input <bool>', 'nothing is ever asked')));
}

/** A folder that is misspelt must not look like an empty one. */
async function checkFolder(path: string): Promise<void> {
  try {
    if ((await nodeFiles.stat(path)).isDirectory()) return;
  } catch (error) {
    throw new FileAccessError('work in', path, error);
  }
  throw new UsageError(`--chdir: ${path} is not a folder`);
}

/** The command that was meant, for a hint; options may stand before it. */
function named(program: Command, args: readonly string[]): string | undefined {
  const names = new Set(program.commands.map((command) => command.name()));
  return args.find((argument) => names.has(argument));
}

function usageError(error: CommanderError, program: Command, args: readonly string[]): UsageError {
  if (error.code === 'commander.help') {
    // "help" was asked for a command that is none; the parser has no words for it.
    const asked = args.slice(args.indexOf('help') + 1).find((each) => !each.startsWith('-')) ?? '';
    return new UsageError(
      asked === '' ? 'no command is given' : `unknown command ${quoted(asked)}`,
      {
        hint: 'Run "tofu-oci --help" for the commands there are.',
      },
    );
  }
  const command = named(program, args);
  const message = error.message.replace(/^error: /u, '');
  const hint = `Run "tofu-oci ${command === undefined ? '--help' : `help ${command}`}".`;
  const advice = command === 'init' ? initAdvice(error) : undefined;
  return new UsageError(message, { hint: advice === undefined ? hint : `${advice} ${hint}` });
}

/** What users of OpenTofu's own init try here. */
function initAdvice({ code, message }: CommanderError): string | undefined {
  if (code === 'commander.excessArguments') {
    return 'Another folder is named by -chdir=FOLDER, before "init".';
  }
  const other = /'--?(?:backend|reconfigure|migrate-state|force-copy|get|from-module|lock)\b/u;
  if (code !== 'commander.unknownOption' || !other.test(message)) return undefined;
  return '"tofu-oci init" installs providers only. For the rest run "tofu init" after it: with a CLI configuration that says where providers are, since it asks for their versions all the same.';
}
