import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type CallOptions, nodeFiles, readRegularFile } from '../base/index.ts';
import type { InstallationMethod } from '../config/index.ts';
import { type Location, parseHostname } from '../domain/index.ts';
import type { LaunchHost } from '../launch/index.ts';
import { configurationSettings } from './configuration-settings.ts';
import type { CopySourcePlace } from './copy-places.ts';
import type { CliIo } from './io.ts';
import type { Wiring } from './wire.ts';

/** Every configuration may need these: one of them is the default host, and many addresses name the other. */
const always = ['registry.opentofu.org', 'registry.terraform.io'];

export interface HostsRequest {
  /** Where the program will work. */
  readonly folder: string;
  readonly place: CopySourcePlace;
  /** Of the CLI configuration, where the place is made of them. */
  readonly mirrors: readonly InstallationMethod[];
  /** `--host`. */
  readonly named: readonly string[];
  readonly io: CliIo;
}

/**
 * The hosts whose providers the program may ask for: those of the configuration and its lock file, those that the
 * place is seen to hold without asking a registry, those that were named.
 */
export async function hostsFor(
  wiring: Wiring,
  request: HostsRequest,
  options: CallOptions,
): Promise<readonly LaunchHost[]> {
  const { folder, mirrors, named, place } = request;
  const [required, held] = await Promise.all([
    readRequired(wiring, request, options),
    place.location === undefined
      ? Promise.resolve(hostsOfPatterns(mirrors))
      : hostsHeldAt(place.location, wiring),
  ]);
  const hosts = [...always, ...required.hosts, ...held, ...named.map(parseHostname)];
  const used = [...new Set(hosts)].filter(
    (host) => mirrors.length === 0 || mirrors.some((mirror) => mayServe(mirror, host)),
  );
  const text = used.every((host) => always.includes(host)) ? '' : await readSources(folder);
  return used.map((host) => ({
    host,
    hasModules:
      required.sources.some((source) => source.startsWith(`${host}/`)) || namesModule(text, host),
  }));
}

/** Nothing of what is wrong there is ours to tell: the program will, in its own words. */
async function readRequired(
  wiring: Wiring,
  { folder, io }: HostsRequest,
  options: CallOptions,
): Promise<{ readonly hosts: readonly string[]; readonly sources: readonly string[] }> {
  const [{ readConfigurationRequirements }, { readLockFile }] = await Promise.all([
    import('../requirements/index.ts'),
    import('../install/index.ts'),
  ]);
  const hosts: string[] = [];
  const sources: string[] = [];
  try {
    const { modules, requirements } = await readConfigurationRequirements(folder, {
      ...configurationSettings(io),
      dataDirectory: wiring.environment.dataDirectory,
      ...options,
    });
    for (const { provider } of requirements.values()) hosts.push(provider.hostname);
    for (const { source } of modules) if (source !== undefined) sources.push(source);
  } catch {
    options.signal?.throwIfAborted();
  }
  try {
    const { lockFile } = await readLockFile(folder);
    for (const { provider } of lockFile.providers()) hosts.push(provider.hostname);
  } catch {
    options.signal?.throwIfAborted();
  }
  const builtIn = 'terraform.io';
  return { hosts: hosts.filter((host) => host !== builtIn), sources };
}

function hostsOfPatterns(mirrors: readonly InstallationMethod[]): readonly string[] {
  const hosts = mirrors.flatMap(({ include }) => include.map(({ hostname }) => hostname));
  return hosts.filter((host) => host !== '*');
}

function mayServe({ include }: InstallationMethod, host: string): boolean {
  return include.length === 0 || include.some(({ hostname }) => ['*', host].includes(hostname));
}

/** Only where a look into one folder tells. */
async function hostsHeldAt(location: Location, { directory }: Wiring): Promise<readonly string[]> {
  if (location.kind !== 'oci-layout') return [];
  if (!/^\$?\{hostname\}\//u.test(location.template.text)) return [];
  const names = await readdir(resolve(directory, location.directory)).catch(() => []);
  return names.flatMap((name) => {
    try {
      return /^[^._].*[.:]/u.test(name) ? [parseHostname(name)] : [];
    } catch {
      return [];
    }
  });
}

/** More than this, and nobody reads them by eye either. */
const maxSourceFiles = 1000;
const maxSourceBytes = 4 * 1024 * 1024;

/** The configuration's own files: modules that are not installed yet are known from nowhere else. */
async function readSources(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names
      .filter((name) => /\.(?:tf|tofu)(?:\.json)?$/u.test(name))
      .slice(0, maxSourceFiles)
      .map((name) => readSource(join(folder, name))),
  );
  return texts.join('\n');
}

/** What can not be read, the program will complain about. The folder may be a stranger's. */
async function readSource(path: string): Promise<string> {
  const options = { files: nodeFiles, maxBytes: maxSourceBytes };
  const bytes = await readRegularFile(path, options).catch(() => undefined);
  return bytes?.toString('utf8') ?? '';
}

/** Modules of a registry have one segment more than providers: `"HOST/NAMESPACE/NAME/SYSTEM"`. */
function namesModule(text: string, host: string): boolean {
  const name = host.replaceAll(/[.\\]/gu, (each) => `\\${each}`);
  return new RegExp(`"${name}/[^"/]+/[^"/]+/[^"/]+`, 'u').test(text);
}
