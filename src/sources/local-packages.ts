import { join } from 'node:path';
import {
  compareBytes,
  errnoOf,
  FileAccessError,
  type Files,
  LimitExceededError,
} from '../base/index.ts';
import {
  defaultHost,
  InvalidHostnameError,
  InvalidPlatformError,
  InvalidVersionError,
  parseHostname,
  parsePlatform,
  parseProviderPart,
  parseVersion,
  type Platform,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';

/** A package in a folder of packages. */
export interface LocalPackage {
  readonly version: Version;
  readonly platform: Platform;
  readonly kind: 'archive' | 'folder';
  readonly path: string;
}

/**
 * Names in one folder. The largest mirrors have some ten thousand packages of a provider; a folder with more
 * than this was not made by people.
 */
const maxNames = 200_000;

const legacyNamespace = '-';

interface Tree {
  /** Without a link in its place. */
  readonly base: string;
  readonly files: Files;
}

/** A folder `HOST/NAMESPACE/TYPE` and the provider that it is for. */
interface ProviderFolder {
  readonly provider: ProviderAddress;
  readonly path: string;
}

/**
 * The folders of providers below the base, in byte order of their names; several can be for one provider,
 * because names count in their normalised form. What is no name of a provider is passed over.
 * @param only the provider that is looked for; other folders are not opened then
 */
export async function* providerFolders(
  { base, files }: Tree,
  only?: ProviderAddress,
): AsyncGenerator<ProviderFolder> {
  for (const hostName of await folderNames(files, base)) {
    const hostname = readHostname(hostName);
    if (hostname === undefined) continue;
    if (only !== undefined && hostname !== only.hostname) continue;
    const hostFolder = join(base, hostName);
    for (const namespaceName of await folderNames(files, hostFolder)) {
      const namespace = readNamespace(namespaceName, hostname);
      if (namespace === undefined) continue;
      if (only !== undefined && namespace !== only.namespace) continue;
      const namespaceFolder = join(hostFolder, namespaceName);
      for (const typeName of await folderNames(files, namespaceFolder)) {
        const type = readPart(typeName);
        if (type === undefined || (only !== undefined && type !== only.type)) continue;
        yield { provider: { hostname, namespace, type }, path: join(namespaceFolder, typeName) };
      }
    }
  }
}

/**
 * The packages in the folder of a provider, in OpenTofu's order: by name, so that an unpacked one
 * (`VERSION/OS_ARCH/`) comes before a packed one (`terraform-provider-TYPE_VERSION_OS_ARCH.zip`) of the same
 * version. A package itself may be a link, no folder on the way to it. Other names are passed over.
 */
export async function* packagesIn(
  { path, provider }: ProviderFolder,
  files: Files,
): AsyncGenerator<LocalPackage> {
  for (const name of await namesIn(files, path)) {
    const child = join(path, name);
    const packed = readPackedName(name, provider.type);
    if (packed !== undefined) {
      if ((await targetKind(files, child)) === 'file') {
        yield { ...packed, kind: 'archive', path: child };
      }
      continue;
    }
    const version = readVersion(name);
    if (version === undefined || !(await isRealFolder(files, child))) continue;
    for (const platformName of await namesIn(files, child)) {
      const platform = readPlatform(platformName);
      const target = join(child, platformName);
      if (platform === undefined || (await targetKind(files, target)) !== 'folder') continue;
      yield { version, platform, kind: 'folder', path: target };
    }
  }
}

/** Compared in lower case; parts behind the third are passed over, as OpenTofu does. */
function readPackedName(
  name: string,
  type: string,
): { readonly version: Version; readonly platform: Platform } | undefined {
  const lower = name.toLowerCase();
  const prefix = `terraform-provider-${type}_`;
  const suffix = '.zip';
  if (!lower.startsWith(prefix) || !lower.endsWith(suffix)) return undefined;
  const [versionText = '', os, arch] = lower.slice(prefix.length, -suffix.length).split('_');
  const version = readVersion(versionText);
  if (version === undefined || os === undefined || arch === undefined) return undefined;
  const platform = readPlatform(`${os}_${arch}`);
  return platform === undefined ? undefined : { version, platform };
}

function readHostname(text: string): string | undefined {
  return parsed(() => parseHostname(text), InvalidHostnameError);
}

function readVersion(text: string): Version | undefined {
  return parsed(() => parseVersion(text), InvalidVersionError);
}

function readPlatform(text: string): Platform | undefined {
  return parsed(() => parsePlatform(text), InvalidPlatformError);
}

function readNamespace(text: string, hostname: string): string | undefined {
  if (text === legacyNamespace) return hostname === defaultHost ? legacyNamespace : undefined;
  return readPart(text);
}

function readPart(text: string): string | undefined {
  const read = parseProviderPart(text);
  return 'part' in read ? read.part : undefined;
}

function parsed<T>(
  parse: () => T,
  invalid: abstract new (...args: never[]) => Error,
): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof invalid) return undefined;
    throw error;
  }
}

async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  let names;
  try {
    names = await files.readdir(folder);
  } catch (error) {
    throw new FileAccessError('search', folder, error);
  }
  checkCount(folder, names.length);
  return names.sort(compareBytes);
}

/** Links are left out: OpenTofu follows none on the way to a package. */
async function folderNames(files: Files, folder: string): Promise<readonly string[]> {
  let entries;
  try {
    entries = await files.readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new FileAccessError('search', folder, error);
  }
  checkCount(folder, entries.length);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort(compareBytes);
}

function checkCount(folder: string, count: number): void {
  if (count <= maxNames) return;
  throw new LimitExceededError(`the list of names in ${folder}`, maxNames, 'names');
}

async function isRealFolder(files: Files, path: string): Promise<boolean> {
  try {
    return (await files.lstat(path)).isDirectory();
  } catch {
    // It went away since its name was read, or can not be looked at: OpenTofu passes it over.
    return false;
  }
}

/** A link counts as what it leads to; one that leads nowhere, a pipe or a device is nothing. */
async function targetKind(files: Files, path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const stat = await files.stat(path);
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The base of a tree, followed if it is a link; undefined when it is not a folder, which then holds nothing.
 * @throws FileAccessError when there is nothing
 */
export async function openTree(directory: string, files: Files): Promise<Tree | undefined> {
  try {
    const base = await files.realpath(directory);
    return (await files.stat(base)).isDirectory() ? { base, files } : undefined;
  } catch (error) {
    throw new FileAccessError('search', directory, error, {
      hint:
        errnoOf(error) === 'ENOENT'
          ? 'Create the folder, or correct the path of the filesystem_mirror.'
          : undefined,
    });
  }
}
