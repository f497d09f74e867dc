import {
  type CallOptions,
  type Diagnostic,
  errnoOf,
  FileAccessError,
  type Files,
  LimitExceededError,
  nodeFiles,
  quoted,
  readFileBounded,
} from '../base/index.ts';
import { filesInFolder, findCliConfig } from './cli-config-locations.ts';
import type { CliConfig, RegistryProtocols } from './cli-config.ts';
import { type ConfigFile, decodeConfigFile } from './config-file.ts';
import { lastPlace, placeKey } from './config-places.ts';
import {
  bounded,
  defined,
  positiveVariable,
  protocolsOfEnvironment,
} from './registry-protocols.ts';
import { mergeServices } from './merge-services.ts';
import { pathsOf, type Surroundings, variable } from './surroundings.ts';

export interface LoadOptions extends CallOptions {
  readonly files?: Files | undefined;
}

export interface LoadedCliConfig {
  readonly config: CliConfig;
  /** Problems never stop the loading: what could be read is in `config`. */
  readonly diagnostics: readonly Diagnostic[];
  /** A file, or a `provider_installation` block, could not be read: there may be methods that nobody sees. */
  readonly hidesMethods: boolean;
}

/** Far beyond what people or their tools write, and little memory. */
const maxConfigBytes = 16 * 1024 * 1024;

/**
 * Reads the CLI configuration from all its places and merges it, as OpenTofu 1.12 does.
 * @throws only the reason of an abort
 */
export async function loadCliConfig(
  surroundings: Surroundings,
  options: LoadOptions = {},
): Promise<LoadedCliConfig> {
  const files = options.files ?? nodeFiles;
  const diagnostics: Diagnostic[] = [];
  const { mainFile, named, folder } = await findCliConfig(surroundings, files);
  const parts: ConfigFile[] = [];
  let isHiding = false;
  const read = async (path: string, absence: 'warn' | 'ignore'): Promise<void> => {
    const text = await readText(path, { ...options, files });
    if (typeof text === 'string') {
      const { content, hidesMethods, problems } = decodeConfigFile(text, path, surroundings);
      isHiding ||= hidesMethods;
      parts.push(content);
      diagnostics.push(...problems.list);
    } else if (text.absent && absence === 'warn') {
      diagnostics.push(missing(path));
    } else if (!text.absent) {
      isHiding = true;
      diagnostics.push(plain(`Error reading ${path}: ${text.why}`));
    }
  };
  if (mainFile !== undefined) await read(mainFile, named ? 'warn' : 'ignore');
  // OpenTofu's built-in settings stand between the main file and the folder's.
  const registryProtocols = parts[0]?.registryProtocols;
  const inFolder = await listFolder(folder, { surroundings, files, diagnostics });
  isHiding ||= inFolder === undefined;
  for (const path of inFolder ?? []) await read(path, 'ignore');
  const config = merge(parts, registryProtocols, { surroundings, diagnostics });
  const cachePlace =
    variable(surroundings, 'TF_PLUGIN_CACHE_DIR') === undefined
      ? parts.find(({ pluginCacheDir }) => pluginCacheDir !== undefined)
      : undefined;
  await checkCacheFolder(config.pluginCacheDir, {
    ...{ surroundings, files, diagnostics },
    range: cachePlace?.places.get('plugin_cache_dir'),
  });
  return { config, diagnostics, hidesMethods: isHiding };
}

async function readText(
  path: string,
  options: CallOptions & { readonly files: Files },
): Promise<string | { readonly absent: boolean; readonly why: string }> {
  try {
    const bytes = await readFileBounded(path, { ...options, maxBytes: maxConfigBytes });
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof FileAccessError) {
      return { absent: error.errno === 'ENOENT', why: error.message };
    }
    if (error instanceof LimitExceededError) return { absent: false, why: error.message };
    throw error;
  }
}

interface FolderOptions {
  readonly surroundings: Surroundings;
  readonly files: Files;
  readonly diagnostics: Diagnostic[];
}

/** Undefined when it is there and can not be read, which is reported. */
async function listFolder(
  folder: string | undefined,
  options: FolderOptions,
): Promise<readonly string[] | undefined> {
  if (folder === undefined) return [];
  try {
    return await filesInFolder(folder, options);
  } catch (error) {
    const { message } = new FileAccessError('read', folder, error);
    options.diagnostics.push(plain(`Error reading ${folder}: ${message}`));
    return undefined;
  }
}

/** The main file comes first, then the folder's; the environment beats them all. */
function merge(
  parts: readonly ConfigFile[],
  registryProtocols: RegistryProtocols | undefined,
  { diagnostics, surroundings }: Pick<FolderOptions, 'diagnostics' | 'surroundings'>,
): CliConfig {
  const services = mergeServices(parts, diagnostics);
  const report = (summary: string, place: string): void =>
    void diagnostics.push({ ...plain(summary), range: lastPlace(parts, place) });
  const installations = parts.flatMap((part) => part.providerInstallations);
  if (installations.length > 1) {
    report(
      'No more than one provider_installation block may be specified',
      'provider_installation',
    );
  }
  const defaults = parts.flatMap((part) => part.ociDefaultCredentials);
  if (defaults.length > 1) {
    report(
      'No more than one oci_default_credentials block may be specified',
      'oci_default_credentials',
    );
  }
  const ociCredentials = parts.flatMap((part) => part.ociCredentials);
  const labels = new Set<string>();
  for (const { label } of ociCredentials) {
    if (labels.has(label)) {
      report(
        `Duplicate oci_credentials block for ${quoted(label)}`,
        placeKey('oci_credentials', label),
      );
    }
    labels.add(label);
  }
  const mayBreak = surroundings.env['TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE'] ?? '';
  return {
    ...services,
    registryProtocols: bounded({
      ...defined(registryProtocols),
      ...protocolsOfEnvironment(surroundings),
    }),
    downloadRetries: positiveVariable(surroundings, 'TF_PROVIDER_DOWNLOAD_RETRY'),
    providerInstallation: installations[0],
    ociCredentials,
    ociDefaultCredentials: defaults[0],
    pluginCacheDir:
      variable(surroundings, 'TF_PLUGIN_CACHE_DIR') ??
      parts.map((part) => part.pluginCacheDir).find((path) => path !== undefined),
    pluginCacheMayBreakLockFile:
      !['', '0'].includes(mayBreak) || parts.some((part) => part.pluginCacheMayBreakLockFile),
  };
}

async function checkCacheFolder(
  path: string | undefined,
  { surroundings, files, diagnostics, range }: FolderOptions & Pick<Diagnostic, 'range'>,
): Promise<void> {
  if (path === undefined) return;
  try {
    await files.stat(pathsOf(surroundings).resolve(surroundings.cwd, path));
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'no such file or directory' : String(error);
    const summary = `The specified plugin cache dir ${path} cannot be opened: stat ${path}: ${why}`;
    diagnostics.push({ ...plain(summary), range });
  }
}

/** One that has nothing but a sentence, as OpenTofu prints these. */
function plain(summary: string): Diagnostic {
  return { severity: 'error', summary, detail: '' };
}

function missing(path: string): Diagnostic {
  return {
    severity: 'warning',
    summary: 'Unable to open CLI configuration file',
    detail: `The CLI configuration file at ${quoted(path)} does not exist.`,
  };
}
