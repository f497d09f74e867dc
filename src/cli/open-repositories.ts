import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type CallOptions,
  type Diagnostic,
  FileAccessError,
  type Files,
  hasErrors,
  readFileBounded,
} from '../base/index.ts';
import type {
  CliConfig,
  CredentialsPolicy,
  LoadedCliConfig,
  Surroundings,
} from '../config/index.ts';
import type { Archive, Remover, TargetRepository } from '../content/index.ts';
import { type Location, type ProviderAddress, providerKey } from '../domain/index.ts';
import type { HttpClient, HttpClientOptions } from '../http/index.ts';
import type { RegistryClient } from '../oci/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import type { CliIo } from './io.ts';
import type { CommandContext } from './program.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';
import { renderDiagnostic } from './views/diagnostics.ts';
import type { GlobalOptions } from './wire.ts';

/** Everything that is opened to reach repositories, whatever kind of place they are in. */
export interface Repositories {
  readonly config: CliConfig;
  /** Some of the configuration was passed over, and that was said. */
  readonly configHasErrors: boolean;
  /** For services that are no OCI registries; closed together with the rest. */
  readonly http: HttpClient;
  /** By its name in a registry. */
  remote(name: RepositoryName): TargetRepository & Remover;
  /** The paths of all repositories of a registry; `near` is one of it. */
  repositoriesOf(near: RepositoryName, options?: CallOptions): AsyncIterable<string>;
  repository(
    location: Location,
    provider: ProviderAddress,
    mode: 'read' | 'write',
  ): Promise<TargetRepository>;
  /** For reading, once however often it is asked for. */
  archive(file: string): Promise<Archive>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly context: CommandContext;
  readonly options: GlobalOptions;
  readonly files: Files;
  readonly inFolder: (path: string) => string;
  readonly network?: NetworkOptions | undefined;
}

/** What a command wants of the network that is not the user's to say. */
export type NetworkOptions = Pick<HttpClientOptions, 'maxSocketsPerHost'>;

/** Reads the CLI configuration; what is wrong with it is told. */
export async function openConfig(context: CommandContext, files: Files): Promise<LoadedCliConfig> {
  const { loadCliConfig } = await import('../config/index.ts');
  const loaded = await loadCliConfig(surroundingsOf(context.io), { files });
  reportConfigProblems(context, loaded.diagnostics);
  return loaded;
}

export function surroundingsOf(io: CliIo): Surroundings {
  return { env: io.env, cwd: io.cwd, home: homedir(), platform: io.platform };
}

export async function openRepositories(
  open: OpenOptions,
  { config, diagnostics }: LoadedCliConfig,
): Promise<Repositories> {
  const { context, files, inFolder } = open;
  const { io } = context;
  let client: RegistryClient | undefined;
  const http = await openHttp(open, config);
  const credentials = lazyPolicy(open, config);
  const { createRegistryClient } = await import('../oci/index.ts');
  const registries = (): RegistryClient =>
    (client ??= createRegistryClient({
      http,
      credentials: {
        credentialsFor: async (repository, call) => {
          const found = await (await credentials()).credentialsFor(repository, call);
          if (context.output.debug) {
            context.output.note(`credentials for ${repository.registry}: ${found.source}`);
          }
          return found.login;
        },
      },
      plainHttpHosts: open.options.plainHttp,
      onWarning: (registry, text) => context.output.note(`${registry} says: ${text}`),
    }));
  const remote = (name: RepositoryName): TargetRepository & Remover =>
    registries().repository(name);
  const closers: (() => Promise<void>)[] = [];
  const archives = new Map<string, Promise<Archive>>();
  const archive = (file: string): Promise<Archive> => {
    const path = inFolder(file);
    const opened = archives.get(path) ?? openArchiveFile(path, files, io.signal);
    archives.set(path, opened);
    return opened;
  };
  const layout = async (folder: string, mode: 'read' | 'create'): Promise<TargetRepository> => {
    const { openLayoutRepository } = await import('../content/index.ts');
    const repository = await openLayoutRepository(folder, { mode, files });
    closers.push(() => repository.close());
    return repository;
  };
  /** A folder has one writer, which several releases of a provider share. */
  const written = new Map<string, Promise<TargetRepository>>();
  return {
    config,
    configHasErrors: hasErrors(diagnostics),
    http,
    remote,
    repositoriesOf: (near, call) => registries().repositoriesOf(near, call),
    async repository(location, provider, mode) {
      switch (location.kind) {
        case 'registry':
          return remote(location.template.repositoryFor(provider));
        case 'oci-layout': {
          const folder = join(inFolder(location.directory), location.template.pathFor(provider));
          if (mode === 'read') return await layout(folder, 'read');
          const opened = written.get(folder) ?? layout(folder, 'create');
          written.set(folder, opened);
          return await opened;
        }
        case 'oci-archive':
          if (mode === 'write') {
            throw new UsageError(`only "tofu-oci copy" writes archives`, {
              hint: `Use a folder, and then: tofu-oci copy --from ./FOLDER --to oci-archive:${location.file}`,
            });
          }
          return (await archive(location.file)).repository(providerKey(provider));
        default:
          throw new UsageError(
            `releases are kept in registries, folders and archives, not in "${location.kind}"`,
          );
      }
    },
    archive,
    async close() {
      for (const close of closers.splice(0)) await close();
      for (const opened of archives.values()) {
        // What kept it from being opened was told to whoever asked for it.
        await (await opened.catch(() => undefined))?.close();
      }
      archives.clear();
      http.close();
    },
  };
}

async function openArchiveFile(path: string, files: Files, signal: AbortSignal): Promise<Archive> {
  const { openArchive } = await import('../content/index.ts');
  return await openArchive(path, { files, signal });
}

/** Asked for only when a registry wants credentials: reading them may run programs. */
function lazyPolicy(open: OpenOptions, config: CliConfig): () => Promise<CredentialsPolicy> {
  let policy: Promise<CredentialsPolicy> | undefined;
  return () =>
    (policy ??= (async () => {
      const { loadCredentialsPolicy } = await import('../config/index.ts');
      const { io, output } = open.context;
      const loaded = await loadCredentialsPolicy(surroundingsOf(io), { config, files: open.files });
      for (const diagnostic of loaded.diagnostics) renderDiagnostic(output, diagnostic);
      return loaded;
    })());
}

/**
 * A client for the command, with the certificates that options and environment name, and the user's settings for
 * downloads and registries, which count for OCI registries, too. The caller closes it.
 */
export async function openHttp(
  { context, options, files, inFolder, network }: OpenOptions,
  config?: Pick<CliConfig, 'downloadRetries' | 'registryProtocols'>,
): Promise<HttpClient> {
  const [{ createHttpClient }, { findRegistryCertificates, readEnvironment }] = await Promise.all([
    import('../http/index.ts'),
    import('../config/index.ts'),
  ]);
  const surroundings = surroundingsOf(context.io);
  const { caFiles, proxies } = readEnvironment(surroundings);
  const ca = (): Promise<readonly string[]> =>
    Promise.all([
      ...(options.caFile === undefined ? [] : [readCaFile(inFolder(options.caFile), files)]),
      ...caFiles.map((path) => readCaFileOfEnvironment(path, context.io, files)),
    ]);
  const { output } = context;
  return createHttpClient({
    userAgent: `tofu-oci/${version}`,
    plainHttpHosts: options.plainHttp,
    ...(caFiles.length === 0 && options.caFile === undefined ? {} : { ca }),
    proxies,
    tlsFor: (host) => findRegistryCertificates(surroundings, host, { files }),
    ...settingsOf(config),
    ...network,
    ...(output.debug
      ? {
          onExchange: ({ method, url, attempt, outcome, ms }) =>
            output.note(`${method} ${url} -> ${outcome} in ${ms.toFixed(0)} ms (try ${attempt})`),
        }
      : {}),
  });
}

function settingsOf(
  config: Pick<CliConfig, 'downloadRetries' | 'registryProtocols'> | undefined,
): Pick<HttpClientOptions, 'limits' | 'retry'> {
  const { downloadRetries, registryProtocols } = config ?? {};
  const connectMs = registryProtocols?.requestTimeoutMs;
  return {
    ...(downloadRetries === undefined ? {} : { retry: { maxAttempts: downloadRetries + 1 } }),
    // Only to be reached: how long a registry hashes an upload is not what people mean by it.
    ...(connectMs === undefined ? {} : { limits: { connectMs } }),
  };
}

/** The certificates of every public authority together have some hundred kilobytes. */
const maxPemBytes = 16 * 1024 * 1024;

async function readPem(path: string, files: Files): Promise<string> {
  return (await readFileBounded(path, { files, maxBytes: maxPemBytes })).toString('utf8');
}

/** @throws UsageError for a file without certificates or with broken ones, which would be passed over without a word */
async function readCaFile(path: string, files: Files): Promise<string> {
  const pem = await readPem(path, files);
  const begun = pem.match(/-----BEGIN CERTIFICATE-----/gu) ?? [];
  if (begun.length === 0) {
    throw new UsageError(`--ca-file: ${path} has no certificate in PEM form`, {
      hint: 'It should have a line "-----BEGIN CERTIFICATE-----".',
    });
  }
  const whole = pem.match(
    /^-----BEGIN CERTIFICATE-----[ \t]*$[^-]*^-----END CERTIFICATE-----[ \t\r]*$/gmu,
  );
  if (whole?.length === begun.length) return pem;
  throw new UsageError(`--ca-file: ${path} has a certificate that is not whole`, {
    hint: 'Its first line and its last one have to be lines of their own: files that were joined may lack the line break between them.',
  });
}

/** The path comes from afar: without the name of its variable nobody would know from where. */
async function readCaFileOfEnvironment(path: string, io: CliIo, files: Files): Promise<string> {
  try {
    return await readPem(path, files);
  } catch (error) {
    if (!(error instanceof FileAccessError)) throw error;
    const names = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'];
    const name = names.find((each) => resolve(io.cwd, io.env[each] ?? '') === path) ?? names[0];
    throw new UsageError(`${name}: ${error.message}`, {
      cause: error,
      hint: `Correct the environment variable ${name}, or unset it.`,
    });
  }
}

function reportConfigProblems(context: CommandContext, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  context.output.error('There are some problems with the CLI configuration:');
  for (const diagnostic of diagnostics) renderDiagnostic(context.output, diagnostic);
}
