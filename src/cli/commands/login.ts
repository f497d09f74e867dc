import type { Command } from 'commander';
import type { LoginPowers } from '../../access/index.ts';
import type { BasicLogin } from '../../config/index.ts';
import { ask, canAsk, readSecret } from '../ask.ts';
import { loginChecker } from '../login-checker.ts';
import type { CommandContext } from '../program.ts';
import { surroundingsOf } from '../open-repositories.ts';
import { UsageError } from '../usage-error.ts';
import { globalOptions, openWiring } from '../wire.ts';
import { renderLogin } from '../views/login.ts';

interface LoginFlags {
  readonly username?: string;
  readonly password?: string | boolean;
  readonly passwordStdin?: boolean;
}

export function addLoginCommand(program: Command, context: CommandContext): void {
  program
    .command('login')
    .summary('log in to a registry')
    .description(
      'Checks a user name and password with a registry and stores them where OpenTofu, Docker and ORAS read them, or in the credential helper that is configured there.',
    )
    .argument('[registry]', 'REGISTRY, or REGISTRY/PATH for the repositories below a path')
    .option('-u, --username <name>', 'user name; asked for when left out')
    .option('--password-stdin', 'read the password from standard input')
    .option('-p, --password [secret]', 'refused: other users could see it')
    .addHelpText('after', help)
    .action(async (registry: string | undefined, flags: LoginFlags) => {
      refuseOpenPassword(flags);
      const { formatLoginTarget, parseLoginTarget } = await import('../../config/index.ts');
      if (registry === undefined) {
        throw new UsageError('the registry is missing', {
          hint: 'Write for example: tofu-oci login registry.example.com',
        });
      }
      const target = parseLoginTarget(registry);
      refuseUnanswerable(flags, context);
      const wiring = await openWiring(context, globalOptions(program));
      try {
        const { login } = await import('../../access/index.ts');
        const { config } = await wiring.repositories();
        const powers: LoginPowers = {
          surroundings: surroundingsOf(context.io),
          config,
          checker: await loginChecker(context, globalOptions(program)),
          askLogin: () => askLogin(flags, formatLoginTarget(target), context),
        };
        renderLogin(context.output, await login(target, powers, { signal: context.io.signal }));
      } finally {
        await wiring.close();
      }
    });
}

const help = `
The login goes into the file that has one for the registry already, else into ~/.docker/config.json, or where REGISTRY_AUTH_FILE or DOCKER_CONFIG point to. See docs/credentials.md.

Examples:
  tofu-oci login registry.example.com
  echo "$TOKEN" | tofu-oci login ghcr.io -u ann --password-stdin
  tofu-oci login registry.example.com/team-a`;

function refuseOpenPassword({ password }: LoginFlags): void {
  if (password === undefined) return;
  throw new UsageError(
    'a password is not taken from the command line: every program of this machine can read it there, and the shell keeps it in its history',
    { hint: 'Leave it out to be asked for it, or pipe it in with --password-stdin.' },
  );
}

function refuseUnanswerable(flags: LoginFlags, { io }: CommandContext): void {
  if (flags.passwordStdin === true) {
    if (flags.username !== undefined) return;
    throw new UsageError('--password-stdin needs the user name, too', {
      hint: 'Add -u NAME.',
    });
  }
  if (canAsk(io)) return;
  throw new UsageError('there is no terminal to ask for the password on', {
    hint: 'Use -u NAME --password-stdin and pipe the password in.',
  });
}

async function askLogin(
  flags: LoginFlags,
  target: string,
  { io }: CommandContext,
): Promise<BasicLogin> {
  const username = flags.username ?? (await ask(io, { prompt: `User name for ${target}: ` }));
  if (username === '') throw new UsageError('the user name is empty');
  if (username.includes(':')) throw new UsageError('a user name can not hold a colon');
  const password =
    flags.passwordStdin === true
      ? await readSecret(io)
      : await ask(io, { prompt: `Password for ${username}: `, hidden: true });
  if (password === '') throw new UsageError('the password is empty');
  return { username, password };
}
