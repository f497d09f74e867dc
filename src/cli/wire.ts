import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Files } from '../base/index.ts';
import { nodeFiles, quoted, readFileBounded } from '../base/index.ts';
import type { TargetRepository } from '../content/index.ts';
import {
  type ExactRequest,
  type Location,
  parseExactRequest,
  parseHostname,
  type LocationOptions,
  parseLocation,
  parseProviderAddress,
  parseProviderRequest,
  type Platform,
  platformOfNode,
  type ProviderAddress,
  type ProviderRequest,
} from '../domain/index.ts';
import type { CliIo } from './io.ts';
import {
  type NetworkOptions,
  openConfig,
  openRepositories,
  type Repositories,
  surroundingsOf,
} from './open-repositories.ts';
import type { Environment, LoadedCliConfig, ServiceTokenFor } from '../config/index.ts';
import type { TrustPolicy } from '../signatures/index.ts';
import type { CommandContext } from './program.ts';
import { findTrustFile, readTrustFile, type TrustFile } from './trust-file.ts';
import { UsageError } from './usage-error.ts';

/** Options that stand before or after every command. */
export interface GlobalOptions {
  readonly chdir?: string;
  readonly defaultHost?: string;
  readonly plainHttp: readonly string[];
  readonly caFile?: string;
}

export function globalOptions(program: Command): GlobalOptions {
  const given = program.opts<Omit<GlobalOptions, 'plainHttp'> & Partial<GlobalOptions>>();
  return { ...given, plainHttp: given.plainHttp ?? [] };
}

/** Turns paths that the user wrote into absolute ones, below `--chdir`. */
export function resolveIn(io: CliIo, options: GlobalOptions): (path: string) => string {
  const directory = resolve(io.cwd, options.chdir ?? '.');
  return (path) => resolve(directory, path);
}

/** What a command needs of the world, built once from options, environment and configuration. */
export interface Wiring {
  /** Where the command works: `--chdir`, or where it was started. */
  readonly directory: string;
  readonly env: CliIo['env'];
  readonly environment: Environment;
  readonly platform: Platform;
  /** Makes a path absolute that belongs to where the program was started, whatever `--chdir` says. */
  fromStart(path: string): string;
  /** Mirrors where the CLI configuration names no installation methods, whether or not they exist. */
  readonly impliedMirrorFolders: readonly string[];
  /** As it was given; undefined where nobody gave one. */
  readonly defaultHost: string | undefined;
  /** A push names its host, unless a default host was given on purpose. */
  exactRequest(text: string): ExactRequest;
  /** `ADDRESS`; a missing host is the default host. */
  providerAddress(text: string): ProviderAddress;
  /** `ADDRESS[@CONSTRAINT]`; a missing host is the default host. */
  providerRequest(text: string): ProviderRequest;
  /** `--to` or `--from`, else TOFU_OCI_LOCATION. @throws UsageError when there is neither */
  location(given: string | undefined, option: string, options?: LocationOptions): Location;
  /** Like `location`, for commands that have another place to look. */
  findLocation(given: string | undefined, options?: LocationOptions): Location | undefined;
  /** The repository of one provider at a location. @throws UsageError for a place that is none of repositories */
  repository(
    location: Location,
    provider: ProviderAddress,
    mode?: 'read' | 'write',
  ): Promise<TargetRepository>;
  /** The tokens for provider registries and network mirrors; secrets. */
  serviceTokens(): Promise<ServiceTokenFor>;
  /** What the CLI configuration says; what is wrong with it has been told. */
  config(): Promise<LoadedCliConfig>;
  /** The registries, folders and archives that locations and the CLI configuration lead to. */
  repositories(): Promise<Repositories>;
  readKeyFile(path: string): Promise<string>;
  /** The file of `--trust`, else of TOFU_OCI_TRUST; undefined without either. @throws UsageError */
  trustFile(given: string | undefined): TrustFile | undefined;
  /**
   * The policy in that file; without one it says nothing about any provider.
   * @param given `--trust`, a path below `--chdir`
   * @throws UsageError, TrustPolicyError
   */
  trust(given: string | undefined): Promise<TrustPolicy>;
  close(): Promise<void>;
}

/** The largest public key in use has some tens of kilobytes. */
const maxKeyBytes = 256 * 1024;

export async function openWiring(
  context: CommandContext,
  options: GlobalOptions,
  network?: NetworkOptions,
): Promise<Wiring> {
  const { impliedMirrorFolders, readEnvironment } = await import('../config/index.ts');
  const { io } = context;
  const files: Files = nodeFiles;
  const inFolder = resolveIn(io, options);
  const environment = readEnvironment(surroundingsOf(io));
  const defaultHost = readDefaultHost(options.defaultHost ?? environment.defaultHost);
  let loaded: Promise<LoadedCliConfig> | undefined;
  const configured = (): Promise<LoadedCliConfig> => (loaded ??= openConfig(context, files));
  let repositories: Promise<Repositories> | undefined;
  const opened = (): Promise<Repositories> =>
    (repositories ??= configured().then((config) =>
      openRepositories({ context, options, files, inFolder, network }, config),
    ));
  const findLocation: Wiring['findLocation'] = (given, options) => {
    const text = given ?? environment.location;
    return text === undefined ? undefined : parseLocation(text, options);
  };
  const trustFile = (given: string | undefined): TrustFile | undefined =>
    findTrustFile({
      given,
      environment: environment.trustFile,
      directory: inFolder('.'),
      start: io.cwd,
    });

  return {
    directory: inFolder('.'),
    env: io.env,
    environment,
    config: configured,
    repositories: opened,
    async serviceTokens() {
      const { createServiceCredentials } = await import('../config/index.ts');
      const { config } = await configured();
      return createServiceCredentials(surroundingsOf(io), {
        config,
        files,
        arch: io.arch,
        onWarning: (text) => context.output.note(text),
      });
    },
    platform: platformOfNode(io.platform, io.arch),
    fromStart: (path) => resolve(io.cwd, path),
    impliedMirrorFolders: impliedMirrorFolders(surroundingsOf(io)),
    defaultHost,
    exactRequest(text) {
      refuseOtherThanAddress(text);
      return parseExactRequest(text, defaultHost === undefined ? {} : { defaultHost });
    },
    providerAddress: (text) =>
      parseProviderAddress(text, defaultHost === undefined ? {} : { defaultHost }),
    providerRequest(text) {
      refuseScheme(text);
      if (/^[./~]|^(?:oci-layout|oci-archive|fs|network):|[{}]/u.test(text)) {
        throw new UsageError(`a provider address is expected, and ${quoted(text)} is a place`, {
          hint: 'Write it as in hashicorp/aws, or hashicorp/aws@~> 5.0 in quotes; a place is named by --from or --to.',
        });
      }
      return parseProviderRequest(text, defaultHost === undefined ? {} : { defaultHost });
    },
    findLocation,
    location(given, option, options) {
      const location = findLocation(given, options);
      if (location !== undefined) return location;
      throw new UsageError(`${option} is missing`, {
        hint: `Give ${option} 'registry.example.com/tf/{hostname}/{namespace}/{type}', or set TOFU_OCI_LOCATION.`,
      });
    },
    repository: async (location, provider, mode = 'write') =>
      (await opened()).repository(location, provider, mode),
    async readKeyFile(path) {
      const bytes = await readFileBounded(inFolder(path), { files, maxBytes: maxKeyBytes });
      return bytes.toString('utf8');
    },
    trustFile,
    async trust(given) {
      const file = trustFile(given);
      if (file === undefined) return (await import('../signatures/index.ts')).noTrustPolicy;
      return await readTrustFile(file, files);
    },
    close: async () => {
      // What kept them from being opened was told to whoever asked for them.
      const ready = await repositories?.catch(() => undefined);
      await ready?.close();
    },
  };
}

/** What is written in the place of an address most often, with better advice than a parser has. */
function refuseOtherThanAddress(text: string): void {
  if (/^[./~]/u.test(text)) {
    throw new UsageError(`a provider address is expected first, and ${quoted(text)} is a path`, {
      hint: 'Write the address, then the paths: registry.example.com/acme/null ./dist',
    });
  }
  refuseScheme(text);
}

function refuseScheme(text: string): void {
  const [scheme] = /^[a-z]+:\/\//iu.exec(text) ?? [];
  if (scheme !== undefined) {
    throw new UsageError(`${quoted(text)} is not a provider address: it begins with "${scheme}"`, {
      hint: 'Write it without a scheme, as in registry.example.com/acme/null.',
    });
  }
}

function readDefaultHost(text: string | undefined): string | undefined {
  return text === undefined ? undefined : parseHostname(text);
}
