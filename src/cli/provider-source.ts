import { resolve } from 'node:path';
import type { InstallationMethod, LoadedCliConfig } from '../config/index.ts';
import {
  type Location,
  matchesPattern,
  type ProviderAddress,
  type ProviderPattern,
} from '../domain/index.ts';
import { formatRepositoryName } from '../spec/index.ts';
import type { ProviderSource, SelectedSource } from '../sources/index.ts';
import { NoMirrorError } from './errors.ts';
import { openOrigins } from './open-origins.ts';
import { releaseTrust } from './release-trust.ts';
import type { Wiring } from './wire.ts';

/** Everything that opens sources, once for a command. */
type Openers = Awaited<ReturnType<typeof openAll>>;

/**
 * Where `init` takes providers from, by what comes first: the folders of `-plugin-dir`, the location, the
 * `provider_installation` of the CLI configuration, or what OpenTofu does without one: the well-known
 * folders, then the registries that the addresses name.
 */
export async function providerSource(
  wiring: Wiring,
  choice: {
    readonly from: Location | undefined;
    readonly pluginDirs: readonly string[];
    /** `--trust`, as it was given. */
    readonly trust: string | undefined;
  },
): Promise<ProviderSource> {
  const openers = await openAll(wiring, choice);
  const { createMultiSource } = openers.sources;
  if (choice.pluginDirs.length > 0) {
    return createMultiSource(
      choice.pluginDirs.map((path) => forAll(filesystemMirror(path, openers))),
    );
  }
  if (choice.from !== undefined) return sourceAt(choice.from, openers, {});
  const { providerInstallation } = openers.repositories.config;
  if (providerInstallation === undefined) return await impliedSource(openers);
  return createMultiSource(
    providerInstallation.methods.map((method) => ({
      include: method.include,
      exclude: method.exclude,
      source: sourceOf(method, openers),
    })),
  );
}

/**
 * OpenTofu would go to the origin, past the mirror that somebody meant to name.
 * @throws NoMirrorError when nobody can say whether the CLI configuration names methods
 */
export function refuseUnknownMethods({ config, hidesMethods }: LoadedCliConfig): void {
  if (config.providerInstallation === undefined && hidesMethods) {
    throw new NoMirrorError([], { faulty: true });
  }
}

/**
 * @param choice.trusted the user says that the mirror's word about hashes counts
 * @param choice.trust `--trust`, as it was given
 */
export async function sourceAtLocation(
  wiring: Wiring,
  location: Location,
  { trust, trusted }: { readonly trusted: boolean; readonly trust: string | undefined },
): Promise<ProviderSource> {
  return sourceAt(location, await openAll(wiring, { trust }), { trusted });
}

async function openAll(wiring: Wiring, choice: { readonly trust: string | undefined }) {
  // Before anything is asked: a policy that can not be followed ends the command.
  const trust = await releaseTrust(wiring, choice.trust);
  const [repositories, sources] = await Promise.all([
    wiring.repositories(),
    import('../sources/index.ts'),
  ]);
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  const { config } = repositories;
  const origins = await openOrigins(repositories.http, {
    ...config.registryProtocols,
    hosts: config.hosts,
    downloadRetries: config.downloadRetries,
    credentialsFor: await wiring.serviceTokens(),
    enforceExpiration,
    enforceSignatures,
    policy: trust.policy,
  });
  return { wiring, repositories, origins, sources, trust };
}

const forAll = (source: ProviderSource): SelectedSource => ({ source, include: [], exclude: [] });

function filesystemMirror(path: string, { sources, wiring }: Openers): ProviderSource {
  return sources.createFilesystemMirrorSource({ directory: resolve(wiring.directory, path) });
}

function sourceOf(method: InstallationMethod, openers: Openers): ProviderSource {
  const { origins, repositories, sources, trust } = openers;
  switch (method.kind) {
    case 'direct':
      return origins.direct(method);
    case 'filesystem_mirror':
      return filesystemMirror(method.path, openers);
    case 'network_mirror':
      return origins.networkMirror({ ...method, url: new URL(method.url) });
    case 'oci_mirror':
      return sources.createOciMirrorSource({
        repositoryFor: (provider) =>
          Promise.resolve(repositories.remote(method.template.repositoryFor(provider))),
        trustAllHashes: method.trustAllHashes,
        trust,
      });
  }
}

/** A mirror is trusted when the user says so here, or declared it in the CLI configuration. */
function sourceAt(
  location: Location,
  openers: Openers,
  { trusted = false }: { readonly trusted?: boolean | undefined },
): ProviderSource {
  const { origins, repositories, sources, trust, wiring } = openers;
  const methods = repositories.config.providerInstallation?.methods ?? [];
  switch (location.kind) {
    case 'direct':
      return origins.direct();
    case 'fs':
      return filesystemMirror(location.directory, openers);
    case 'network': {
      const url = new URL(location.url);
      const declared = methods.some(
        (method) =>
          method.kind === 'network_mirror' &&
          method.trustAllHashes &&
          new URL(method.url).href === url.href,
      );
      return origins.networkMirror({ url, trustAllHashes: trusted || declared });
    }
    default:
      return sources.createOciMirrorSource({
        repositoryFor: (provider) => wiring.repository(location, provider, 'read'),
        trustAllHashes: (provider) => trusted || isDeclared(location, provider, methods),
        trust,
      });
  }
}

/** Some `oci_mirror` with `trust_all_hashes` has the provider in the same repository. */
function isDeclared(
  location: Location,
  provider: ProviderAddress,
  methods: readonly InstallationMethod[],
): boolean {
  if (location.kind !== 'registry') return false;
  const wanted = formatRepositoryName(location.template.repositoryFor(provider));
  const matches = (pattern: ProviderPattern): boolean => matchesPattern(pattern, provider);
  return methods.some(
    (method) =>
      method.kind === 'oci_mirror' &&
      method.trustAllHashes &&
      (method.include.length === 0 || method.include.some(matches)) &&
      !method.exclude.some(matches) &&
      formatRepositoryName(method.template.repositoryFor(provider)) === wanted,
  );
}

async function impliedSource({ origins, sources, wiring }: Openers): Promise<ProviderSource> {
  const { excludedFromDirect, methods } = await sources.impliedMirrors(wiring.impliedMirrorFolders);
  return sources.createMultiSource([
    ...methods,
    { source: origins.direct(), include: [], exclude: excludedFromDirect },
  ]);
}
