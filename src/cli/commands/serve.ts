import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { jsonLine, quoted } from '../../base/index.ts';
import type { AccessEvent, LogFile, TlsOptions } from '../../server/index.ts';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';
import { trustOption } from '../options.ts';
import { servedPlaces } from '../served-places.ts';
import { globalOptions, openWiring, resolveIn } from '../wire.ts';
import { accessLine, accessObject } from '../views/access-log.ts';
import { renderError } from '../views/errors.ts';
import type { Output } from '../views/output.ts';
import { renderNotice, renderServing } from '../views/serve.ts';

interface ServeFlags {
  readonly listen?: string;
  readonly listenHttp?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: string;
  readonly listenMetrics?: string;
  readonly publicUrl?: string;
  readonly htpasswd?: string;
  readonly tokens?: string;
  readonly rights?: string;
  readonly accessLog?: string;
  readonly drain?: string;
  readonly readOnly?: boolean;
  readonly acceptSparse?: boolean;
  readonly gcGrace: string;
  readonly from?: string;
  readonly trust?: string;
  readonly trustAllHashes?: boolean;
  readonly signKey?: string;
  readonly urlKey?: string;
}

/**
 * To the registry behind the gateway: as many as two listeners take clients, each of which may read a package of its
 * own slowly, and some for what all the others ask.
 */
const maxSocketsPerHost = 1100;

export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .summary('run an OCI registry, a provider registry and a network mirror')
    .description(
      'Runs an OCI registry over a folder of OCI image layouts, for OpenTofu, ORAS, skopeo and tofu-oci itself. From the same repositories, or from those of another registry (--from), any OpenTofu and any Terraform installs providers: the server is a provider registry and a network mirror, too.',
    )
    .argument(
      '[dir]',
      'the folder; made when it is not there; default ./registry, none with --from',
    )
    .option(
      '--from <location>',
      'where the providers are; default the folder, at {hostname}/{namespace}/{type}',
    )
    .addOption(trustOption())
    .option(
      '--sign-key <file>',
      "this server's own key, for releases that no accepted key signed (passphrase: TOFU_OCI_SIGN_PASSPHRASE)",
    )
    .option('--trust-all-hashes', 'vouch for the h1 hashes that the releases state')
    .option(
      '--url-key <file>',
      'secret of package addresses, for several servers behind one address',
    )
    .option(
      '--listen <address>',
      'address and port, HTTPS when there is a certificate; default 127.0.0.1:5000, unless --listen-http is the only one wanted',
    )
    .option('--listen-http <address>', 'a listener without encryption, on a loopback address')
    .option('--tls-cert <file>', 'certificate chain in PEM')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--tls-self-signed <dir>', 'make a certificate for development and keep it here')
    .option(
      '--listen-metrics <address>',
      'a listener for /metrics, unencrypted on loopback, HTTPS elsewhere',
    )
    .option(
      '--public-url <url>',
      'what clients call this server; a certificate of --tls-self-signed names it, too',
    )
    .option('--htpasswd <file>', 'ask for a user name and password (bcrypt only)')
    .option(
      '--tokens <file>',
      'ask for a token: lines "NAME sha256:HEX", or (JSON) whose tokens and how to verify them',
    )
    .option('--rights <file>', 'who may read, write and replace what, one rule a line')
    .option('--read-only', 'refuse everything that changes content')
    .option('--accept-sparse', 'take manifests that point at content which is not here')
    .option(
      '--gc-grace <hours>',
      'how long blobs stay that no manifest needs, or "never" to keep them',
      '24',
    )
    .option('--access-log <file>', 'a line for each request; "-" is standard output')
    .option('--drain <seconds>', 'how long requests may go on after Ctrl-C', '10')
    .addHelpText('after', help)
    .action(async (dir: string | undefined, flags: ServeFlags) => {
      const { io, output } = context;
      const inFolder = resolveIn(io, globalOptions(program));
      const path = (file: string | undefined) => (file === undefined ? undefined : inFolder(file));
      const drainMs = readSeconds(flags.drain ?? '10') * 1000;
      const publicUrl = readPublicUrl(flags.publicUrl);
      const tls = readTls(flags, inFolder);
      // What requests leave behind is collected when it is half of what stays, not four times as much: a
      // repository of 100,000 tags then takes 200 MB at most instead of 280, at the same speed.
      setFlagsFromString('--heap-growing-percent=50');
      const { openLogFile, startServer } = await import('../../server/index.ts');
      const wiring = await openWiring(context, globalOptions(program), { maxSocketsPerHost });
      const served = await servedPlaces(wiring, dir, flags);
      const onError = (error: unknown) => renderError(output, error);
      const log =
        flags.accessLog === undefined || flags.accessLog === '-'
          ? undefined
          : await openLogFile(inFolder(flags.accessLog), { onError });
      try {
        const server = await startServer({
          folder: served.folder,
          gateway: served.gateway,
          listen: flags.listen,
          listenHttp: flags.listenHttp,
          listenMetrics: flags.listenMetrics,
          publicUrl,
          tls,
          htpasswdFile: path(flags.htpasswd),
          tokensFile: path(flags.tokens),
          rightsFile: path(flags.rights),
          readOnly: flags.readOnly ?? false,
          missingContent: flags.acceptSparse === true ? 'accept' : 'refuse',
          graceMs: readGrace(flags.gcGrace),
          drainMs,
          onAccess: accessListener(output, flags.accessLog === '-', log),
          onNotice: (notice) => renderNotice(output, notice),
          onError,
        });
        try {
          renderServing(output, server, {
            ...flags,
            folder: served.folder,
            providers: served.name,
            warnings: served.warnings,
            canSign: served.gateway.signer !== undefined || served.gateway.trust.file !== undefined,
            readOnly: flags.readOnly ?? false,
          });
          await new Promise<void>((stopped) => {
            io.signal.addEventListener('abort', () => stopped(), { once: true });
            if (io.signal.aborted) stopped();
          });
          context.stoppedAsWanted();
        } finally {
          await server.close();
          if (io.signal.aborted) output.note('Stopped.');
        }
      } finally {
        await log?.close();
        await served.close();
        await wiring.close();
      }
    });
}

const help = `
Examples:
  tofu-oci serve ./registry --tls-self-signed ./tls --listen 0.0.0.0:5443
  tofu-oci serve ./registry --listen-http 127.0.0.1:5000
  tofu-oci serve ./registry --tls-cert cert.pem --tls-key key.pem --listen :443 \\
    --htpasswd users --rights rights --access-log access.log
  tofu-oci serve --from 'ghcr.io/acme/provider-{namespace}-{type}' --trust trust.hcl \\
    --tls-cert cert.pem --tls-key key.pem --listen :443`;

/** Where requests are written down, if anywhere. */
function accessListener(
  output: Output,
  toStdout: boolean,
  log: LogFile | undefined,
): ((event: AccessEvent) => void) | undefined {
  const { json, debug } = output;
  // Nothing to write, nothing to do for each request.
  if (!toStdout && log === undefined && !debug) return undefined;
  return (event) => {
    if (toStdout && json) output.object(accessObject(event));
    else if (toStdout) output.line(accessLine(event));
    log?.write(json ? jsonLine(accessObject(event)) : accessLine(event));
    if (debug && !toStdout) output.note(accessLine(event));
  };
}

/** An hour: more than the largest upload needs, and less than a timer can hold. */
const maxDrainSeconds = 3600;

function readSeconds(text: string): number {
  const seconds = /^[0-9]{1,4}$/u.test(text) ? Number(text) : Number.NaN;
  if (seconds <= maxDrainSeconds) return seconds;
  throw new UsageError(`--drain: expected 0 to ${maxDrainSeconds} seconds, got ${quoted(text)}`);
}

/** A year. Whoever wants more wants none of it to go. */
const maxGraceHours = 8760;

function readGrace(text: string): number {
  if (text === 'never') return Infinity;
  const hours = /^[0-9]{1,4}$/u.test(text) ? Number(text) : Number.NaN;
  if (hours >= 1 && hours <= maxGraceHours) return hours * 60 * 60 * 1000;
  throw new UsageError(
    `--gc-grace: expected 1 to ${maxGraceHours} hours or "never", got ${quoted(text)}`,
  );
}

function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/u.test(url.protocol) && url.username === '') return text;
  throw new UsageError(`--public-url: expected https://HOST[:PORT]/, got ${quoted(text)}`);
}

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
