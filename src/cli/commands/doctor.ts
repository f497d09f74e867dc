import { join } from 'node:path';
import type { Command } from 'commander';
import { isTofuOciError, nodeFiles, readRegularFile } from '../../base/index.ts';
import type { ProviderAddress } from '../../domain/index.ts';
import { surroundingsOf } from '../open-repositories.ts';
import { repeatable } from '../options.ts';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';
import { doctorView } from '../views/doctor.ts';
import { watchedRegistries } from '../watched-registries.ts';
import { globalOptions, resolveIn } from '../wire.ts';

interface DoctorFlags {
  readonly write?: boolean;
  readonly provider?: readonly string[];
}

export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .summary('find out what is wrong with a registry, a login or the configuration')
    .description(
      'Tries a registry and looks at everything between it and this machine: CLI configuration, environment, location, credentials, connection, authentication. Says of each what it found and what to do. Changes nothing without --write.',
    )
    .argument(
      '[location]',
      "REGISTRY, or REGISTRY/path/{hostname}/{namespace}/{type}; default TOFU_OCI_LOCATION, then the CLI configuration's oci_mirror",
    )
    .addOption(
      repeatable(
        '--provider <address>',
        'try with the repository of this provider (repeatable); with --write it is written to; default those of .terraform.lock.hcl, and some that many have',
      ),
    )
    .option('--write', 'also push a few bytes, read them back and delete them')
    .addHelpText('after', help)
    .action(async (given: string | undefined, flags: DoctorFlags) => {
      const { io, output } = context;
      const options = globalOptions(program);
      const { readEnvironment } = await import('../../config/index.ts');
      const surroundings = surroundingsOf(io);
      const environment = readEnvironment(surroundings);
      const location = given ?? environment.location;
      refuseVagueWriting(location, flags);
      const [{ doctor }, { evidenceTypes, providerTypes }] = await Promise.all([
        import('../../access/index.ts'),
        import('../../artifact/index.ts'),
      ]);
      const resolve = resolveIn(io, options);
      const view = doctorView(output);
      const summary = await doctor(
        {
          location,
          write: flags.write ?? false,
          named: await named(flags.provider ?? [], options.defaultHost ?? environment.defaultHost),
          providers: await lockedProviders(resolve('.')),
        },
        {
          surroundings,
          files: nodeFiles,
          resolve,
          openRegistries: (policy) => watchedRegistries(context, options, policy),
          types: { ...providerTypes, evidence: evidenceTypes.manifest },
        },
        { signal: io.signal, onCheck: view.check },
      );
      view.finish(summary);
      if (summary.error === undefined) return;
      // The report said it all, problem by problem.
      output.markShown(summary.error);
      throw summary.error;
    });
}

const help = `
The exit code is that of the gravest problem; warnings do not count.

Examples:
  tofu-oci doctor
  tofu-oci doctor ghcr.io
  tofu-oci doctor 'ghcr.io/acme/{namespace}-{type}' --provider example.com/acme/null
  tofu-oci doctor 'registry.example.com/tf/{hostname}/{namespace}/{type}' --write`;

async function named(
  texts: readonly string[],
  host: string | undefined,
): Promise<readonly ProviderAddress[]> {
  const { parseHostname, parseProviderAddress } = await import('../../domain/index.ts');
  const options = host === undefined ? {} : { defaultHost: parseHostname(host) };
  return texts.map((text) => parseProviderAddress(text, options));
}

/** It must be said where something may be written. */
function refuseVagueWriting(location: string | undefined, { write }: DoctorFlags): void {
  if (write !== true || location?.includes('/') === true) return;
  throw new UsageError('--write needs a location to write to', {
    hint: "Write for example: tofu-oci doctor --write 'registry.example.com/tf/{hostname}/{namespace}/{type}'",
  });
}

/** Locks of the largest projects have some hundred kilobytes. */
const maxLockFileBytes = 16 * 1024 * 1024;

/** What the configuration in the working folder uses is most likely to be in its mirror. */
async function lockedProviders(directory: string): Promise<readonly ProviderAddress[]> {
  const { parseLockFile } = await import('../../domain/index.ts');
  const name = '.terraform.lock.hcl';
  try {
    const limits = { files: nodeFiles, maxBytes: maxLockFileBytes };
    const bytes = await readRegularFile(join(directory, name), limits);
    const { lockFile } = parseLockFile(bytes.toString('utf8'), name);
    return lockFile.providers().map(({ provider }) => provider);
  } catch (error) {
    if (isTofuOciError(error)) return [];
    throw error;
  }
}
