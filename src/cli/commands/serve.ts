import type { Command } from 'commander';
import type { TlsOptions } from '../../server/index.ts';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';
import { globalOptions, resolveIn } from '../wire.ts';
import { accessLine, renderServing } from '../views/serve.ts';
import { renderError } from '../views/errors.ts';

interface ServeFlags {
  readonly listen: string;
  readonly listenHttp?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: string;
  readonly htpasswd?: string;
  readonly readOnly?: boolean;
  readonly acceptSparse?: boolean;
}

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .summary('run an OCI registry over a folder')
    .description(
      'Runs an OCI registry over a folder of OCI image layouts, for OpenTofu, ORAS, skopeo and tofu-oci itself.',
    )
    .argument('[dir]', 'the folder; made when it is not there', './registry')
    .option(
      '--listen <address>',
      'address and port, HTTPS when there is a certificate',
      '127.0.0.1:5000',
    )
    .option('--listen-http <address>', 'a second listener, unencrypted, on a loopback address')
    .option('--tls-cert <file>', 'certificate chain in PEM')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--tls-self-signed <dir>', 'make a certificate for development and keep it here')
    .option('--htpasswd <file>', 'ask for a user name and password (bcrypt only)')
    .option('--read-only', 'refuse everything that changes content')
    .option('--accept-sparse', 'take manifests that point at content which is not here')
    .addHelpText('after', help)
    .action(async (dir: string, flags: ServeFlags) => {
      const { io, output } = context;
      const inFolder = resolveIn(io, globalOptions(program));
      const { startServer } = await import('../../server/index.ts');
      const server = await startServer({
        folder: inFolder(dir),
        listen: flags.listen,
        listenHttp: flags.listenHttp,
        tls: readTls(flags, inFolder),
        htpasswdFile: flags.htpasswd === undefined ? undefined : inFolder(flags.htpasswd),
        readOnly: flags.readOnly ?? false,
        missingContent: flags.acceptSparse === true ? 'accept' : 'refuse',
        onAccess: output.debug ? (event) => output.note(accessLine(event)) : undefined,
        onError: (error) => renderError(output, error),
      });
      try {
        renderServing(output, server);
        await new Promise<void>((stopped) => {
          io.signal.addEventListener('abort', () => stopped(), { once: true });
          if (io.signal.aborted) stopped();
        });
        context.stoppedAsWanted();
      } finally {
        await server.close();
      }
    });
}

const help = `
Examples:
  tofu-oci serve ./registry --tls-self-signed ./tls --listen 0.0.0.0:5443
  tofu-oci serve ./registry --listen-http 127.0.0.1:5000`;

function readTls(flags: ServeFlags, inFolder: (path: string) => string): TlsOptions | undefined {
  const { tlsCert, tlsKey, tlsSelfSigned } = flags;
  if (tlsSelfSigned !== undefined) {
    if (tlsCert !== undefined || tlsKey !== undefined) {
      throw new UsageError('--tls-self-signed and --tls-cert or --tls-key exclude each other');
    }
    return { kind: 'self-signed', folder: inFolder(tlsSelfSigned) };
  }
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('--tls-cert and --tls-key belong together');
  }
  return { kind: 'files', certFile: inFolder(tlsCert), keyFile: inFolder(tlsKey) };
}
