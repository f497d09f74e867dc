import type { Hcl1Item } from '../hcl/index.ts';
import { parseHcl1 } from '../hcl/index.ts';
import { ArgumentProblem, boolArgument, stringArgument } from './block-arguments.ts';
import type {
  OciCredentialsBlock,
  OciDefaultCredentials,
  ProviderInstallation,
} from './cli-config.ts';
import { type ConfigPlaces, placesIn } from './config-places.ts';
import { ConfigProblems } from './config-problems.ts';
import { decodeOciCredentials, decodeOciDefaults } from './oci-credentials.ts';
import { decodeProviderInstallation } from './provider-installation.ts';
import { decodeServiceBlocks, type ServiceBlocks } from './service-blocks.ts';
import { pathsOf, type Surroundings } from './surroundings.ts';

/** What one file of the CLI configuration says. */
export interface ConfigFile extends ServiceBlocks {
  readonly providerInstallations: readonly ProviderInstallation[];
  readonly ociCredentials: readonly OciCredentialsBlock[];
  readonly ociDefaultCredentials: readonly OciDefaultCredentials[];
  /** Variables are filled in. */
  readonly pluginCacheDir: string | undefined;
  readonly pluginCacheMayBreakLockFile: boolean;
  readonly places: ConfigPlaces;
}

export const emptyConfigFile: ConfigFile = {
  hosts: new Map(),
  credentials: new Map(),
  helpers: new Map(),
  registryProtocols: undefined,
  providerInstallations: [],
  ociCredentials: [],
  ociDefaultCredentials: [],
  pluginCacheDir: undefined,
  pluginCacheMayBreakLockFile: false,
  places: new Map(),
};

export interface DecodedFile {
  readonly content: ConfigFile;
  readonly problems: ConfigProblems;
  /** What it says about installation methods, if anything, could not be read. */
  readonly hidesMethods: boolean;
}

/**
 * Decodes the text of one file, in HCL 1 or its JSON form. Names it does not know are passed over, as in
 * OpenTofu. A file with a syntax error, or with a plain setting of the wrong type, counts as empty.
 */
export function decodeConfigFile(
  text: string,
  path: string,
  surroundings: Surroundings,
): DecodedFile {
  const problems = new ConfigProblems(path, text);
  const { root, syntax, diagnostics } = parseHcl1(text, path);
  const [wrong] = diagnostics;
  if (wrong !== undefined) {
    problems.addAll([{ ...wrong, summary: `Error parsing ${path}: ${wrong.detail}`, detail: '' }]);
    return { content: emptyConfigFile, problems, hidesMethods: true };
  }
  const paths = pathsOf(surroundings);
  const cleanPath = (directory: string): string => {
    const normal = paths.normalize(directory);
    return normal.length > 1 ? normal.replace(/(?<![/\\:])[/\\]$/u, '') : normal;
  };
  const named = (name: string): readonly Hcl1Item[] =>
    root.items.filter((item) => item.keys[0]?.name === name);
  try {
    const cache = stringArgument(root, 'plugin_cache_dir') ?? '';
    const services = decodeServiceBlocks(root, problems);
    const mayBreak = boolArgument(root, 'plugin_cache_may_break_dependency_lock_file') ?? false;
    const providerInstallations = named('provider_installation').flatMap((item) => {
      return (
        decodeProviderInstallation(item, {
          problems,
          cleanPath,
        }) ?? []
      );
    });
    const absolute = (file: string): string => paths.resolve(paths.dirname(path), file);
    const content: ConfigFile = {
      ...services,
      providerInstallations,
      ociDefaultCredentials: named('oci_default_credentials').flatMap((item) => {
        return decodeOciDefaults(item, { syntax, problems, absolute }) ?? [];
      }),
      ociCredentials: named('oci_credentials').flatMap((item) => {
        return decodeOciCredentials(item, { syntax, problems });
      }),
      pluginCacheDir: cache === '' ? undefined : expandVariables(cache, surroundings),
      pluginCacheMayBreakLockFile: mayBreak,
      places: placesIn(root, problems),
    };
    const hidesMethods = providerInstallations.length < named('provider_installation').length;
    return { content, problems, hidesMethods };
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    problems.add(`Error parsing ${path}: ${error.message}`, '', error.pos);
    return { content: emptyConfigFile, problems, hidesMethods: true };
  }
}

/**
 * `$NAME` and `${NAME}`; unset variables are empty. As Go's os.ExpandEnv: some names are one character, and an
 * opening brace without an end goes away.
 */
function expandVariables(text: string, { env }: Surroundings): string {
  return text.replaceAll(
    /\$(?:\{(?<braced>[^}]*)\}|(?<bare>[*#$@!?\-0-9]|[A-Za-z_][A-Za-z0-9_]*)|\{)/gu,
    (_, braced: string | undefined, bare: string | undefined) => env[braced ?? bare ?? ''] ?? '',
  );
}
