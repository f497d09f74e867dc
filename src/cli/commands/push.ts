import { resolve } from 'node:path';
import type { Command } from 'commander';
import { repositoryKinds } from '../../domain/index.ts';
import type { PushSummary, ReleaseSigner } from '../../publish/index.ts';
import { repeatable, trustOption } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { refuseCollisions } from '../refuse-collisions.ts';
import { releaseTrust } from '../release-trust.ts';
import { UsageError } from '../usage-error.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';
import { startProgress } from '../views/progress.ts';
import { pushEvents, renderPush } from '../views/push.ts';

interface PushFlags {
  readonly to?: string;
  readonly publicKey?: string;
  readonly signKey?: string;
  readonly trust?: string;
  readonly annotation?: readonly string[];
  readonly dryRun?: boolean;
  readonly adopt?: boolean;
  readonly replace?: boolean;
  readonly merge: boolean;
}

export function addPushCommand(program: Command, context: CommandContext): void {
  program
    .command('push')
    .summary('publish a release from local zips')
    .description(
      'Publishes a provider release from local zips, or a folder of them: a goreleaser dist folder works as it is.',
    )
    .argument(
      '<address>',
      'HOST/NAMESPACE/TYPE[@VERSION]; the version else comes from the file names',
    )
    .argument(
      '<path...>',
      'zips named terraform-provider-TYPE_VERSION_OS_ARCH.zip, or folders of them',
    )
    .option('--to <location>', 'where to; default TOFU_OCI_LOCATION')
    .option('--public-key <file>', 'public key of the SHA256SUMS.sig beside the zips')
    .option('--sign-key <file>', 'make SHA256SUMS over the zips and sign it with this private key')
    .addOption(trustOption())
    .addOption(repeatable('--annotation <key=value>', 'annotate the index (repeatable)'))
    .option('--dry-run', 'say what would be done, send nothing')
    .option('--adopt', 'take over a repository, or manifests, that another tool made')
    .option('--replace', 'allow a published package to change')
    .option('--no-merge', 'do not add platforms to a published version')
    .addHelpText('after', help)
    .action(async (address: string, paths: string[], flags: PushFlags) => {
      const startedAt = performance.now();
      const wiring = await openWiring(context, globalOptions(program));
      try {
        const summary = await runPush({ address, paths, flags, wiring, context });
        renderPush(context.output, summary, startedAt);
      } finally {
        await wiring.close();
      }
    });
}

const help = `
Examples:
  tofu-oci push registry.opentofu.org/acme/null ./dist --to 'ghcr.io/acme/provider-{namespace}_{type}'
  tofu-oci push example.com/acme/null@1.2.0 ./terraform-provider-null_1.2.0_linux_amd64.zip \\
      --to 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;

interface PushCall {
  readonly address: string;
  readonly paths: readonly string[];
  readonly flags: PushFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
}

async function runPush({ address, paths, flags, wiring, context }: PushCall): Promise<PushSummary> {
  const { provider, version } = wiring.exactRequest(address);
  const target = wiring.location(flags.to, '--to', { kinds: repositoryKinds });
  refuseCollisions(target, provider);
  const repository = await wiring.repository(target, provider);
  const trust = await releaseTrust(wiring, flags.trust);
  const { push } = await import('../../publish/index.ts');
  const progress = await startProgress(context.output, context.io.stderr);
  try {
    return await push(
      repository,
      {
        provider,
        version,
        paths: paths.map((path) => resolve(wiring.directory, path)),
        annotations: readAnnotations(flags.annotation ?? []),
        signer: await readSigner(flags, wiring),
        adopt: flags.adopt ?? false,
        replace: flags.replace ?? false,
        merge: flags.merge,
        dryRun: flags.dryRun ?? false,
      },
      { signal: context.io.signal, events: pushEvents(context.output, progress), trust },
    );
  } finally {
    progress.stop();
  }
}

function readAnnotations(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--annotation ${pair} is not KEY=VALUE`);
      const key = pair.slice(0, at);
      if (/^(?:dev\.tofu-oci|org\.opencontainers)\./u.test(key)) {
        throw new UsageError(`--annotation ${key}: this prefix is reserved`);
      }
      return [key, pair.slice(at + 1)];
    }),
  );
}

async function readSigner(flags: PushFlags, wiring: Wiring): Promise<ReleaseSigner | undefined> {
  if (flags.publicKey !== undefined && flags.signKey !== undefined) {
    throw new UsageError('--public-key and --sign-key exclude each other');
  }
  if (flags.publicKey !== undefined) {
    return { kind: 'public-key', asciiArmor: await wiring.readKeyFile(flags.publicKey) };
  }
  if (flags.signKey === undefined) return undefined;
  const { readSigningKey } = await import('../../signatures/index.ts');
  const armor = await wiring.readKeyFile(flags.signKey);
  const key = await readSigningKey(armor, wiring.env.TOFU_OCI_SIGN_PASSPHRASE);
  return { kind: 'sign', key };
}
