import { join, resolve } from 'node:path';
import {
  type CallOptions,
  type Diagnostic,
  type Files,
  LimitExceededError,
  printable,
  readRegularFile,
} from '../base/index.ts';
import {
  defaultHost,
  noConstraints,
  type ProviderAddress,
  providerKey,
  type ProviderKey,
  type Requirement,
  type Requirements,
} from '../domain/index.ts';
import type { BackendDeclaration } from './declarations.ts';
import { parseStateProvider } from './state-provider.ts';
import type { StaticScope } from './static-scope.ts';
import { isMissing } from './workspace.ts';

export interface StateRequirements {
  /** Without constraints. Empty when the state is kept elsewhere, is not there, or can not be read. */
  readonly requirements: Requirements;
  readonly diagnostics: readonly Diagnostic[];
}

export interface StateOptions extends CallOptions {
  readonly files: Files;
  readonly display: string | undefined;
  readonly backend: BackendDeclaration | undefined;
  /** Of the root module: the backend's settings may depend on it. */
  readonly scope: StaticScope;
  readonly workspace: string;
  /**
   * What the configuration requires. Addresses on registry.terraform.io that it does not name count as those of
   * registry.opentofu.org; undefined to keep them.
   */
  readonly configured: Requirements | undefined;
}

/** The largest state files have some ten megabytes; this is what one string of the platform holds with ease. */
const maxBytes = 256 * 1024 * 1024;

/** At most so many things are said about one file. */
const maxProblems = 100;

/** The file was made by OpenTofu's predecessor, under whose registry the same providers have another host. */
const predecessorHost = 'registry.terraform.io';

/**
 * What the resources in a local state (format 4) need: they may have to be destroyed, though nothing in the
 * configuration mentions them any more. A state that is kept by another backend is not looked for.
 * @throws FileAccessError, or the signal's reason
 */
export async function readStateRequirements(
  directory: string,
  options: StateOptions,
): Promise<StateRequirements> {
  const { files, signal } = options;
  const name = stateFile(options);
  if (name === undefined) return { requirements: new Map(), diagnostics: [] };
  const shown = join(options.display ?? '', name);
  let bytes;
  try {
    bytes = await readRegularFile(resolve(directory, name), { files, maxBytes, signal });
  } catch (error) {
    if (isMissing(error)) return { requirements: new Map(), diagnostics: [] };
    if (!(error instanceof LimitExceededError)) throw error;
    return failed([`The state file ${shown} is larger than ${maxBytes} bytes.`]);
  }
  if (bytes.length === 0) return { requirements: new Map(), diagnostics: [] };
  return parseState(bytes, shown, options.configured);
}

function stateFile({ backend, scope, workspace }: StateOptions): string | undefined {
  if (backend !== undefined && backend.type !== 'local') return undefined;
  const setting = (name: string): string | undefined => {
    const expression = backend?.settings.get(name);
    const value = expression && scope.valueOf(expression);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  if (workspace === 'default') return setting('path') ?? 'terraform.tfstate';
  return join(setting('workspace_dir') ?? 'terraform.tfstate.d', workspace, 'terraform.tfstate');
}

/** @param shown how the file is called in messages */
export function parseState(
  bytes: Buffer,
  shown: string,
  configured: Requirements | undefined,
): StateRequirements {
  let state: unknown;
  try {
    state = JSON.parse(bytes.toString('utf8'));
  } catch {
    return failed([`${unsupported}: The state file ${shown} could not be parsed as JSON.`]);
  }
  if (!isRecord(state)) {
    return failed([`${unsupported}: The state file ${shown} is no JSON object.`]);
  }
  if ('encrypted_data' in state && state['version'] === undefined) return encrypted(shown);
  const wrong = wrongVersion(state, shown);
  if (wrong !== undefined) return failed([wrong]);
  return fromResources(state['resources'] ?? [], shown, configured);
}

const unsupported = 'Unsupported state file format';

function wrongVersion(state: Readonly<Record<string, unknown>>, shown: string): string | undefined {
  const { version } = state;
  if (version === 4) return undefined;
  if (version === undefined || version === null) {
    return `${unsupported}: The state file ${shown} does not have a "version" attribute, which is required to identify the format version.`;
  }
  if (version === 1 || version === 2 || version === 3) {
    return `${unsupported}: The state file ${shown} uses format version ${version}, which only OpenTofu upgrades: run "tofu init" once.`;
  }
  if (typeof version !== 'number' || !Number.isInteger(version) || version <= 0) {
    return `${unsupported}: The version in the state file ${shown} is ${printable(JSON.stringify(version), 100)}. A positive whole number is required.`;
  }
  return `${unsupported}: The state file ${shown} uses format version ${version}, which is not supported. It may have been created by a newer version of OpenTofu.`;
}

function fromResources(
  resources: unknown,
  shown: string,
  configured: Requirements | undefined,
): StateRequirements {
  if (!Array.isArray(resources)) return failed([`"resources" in ${shown} is no list.`]);
  const requirements = new Map<ProviderKey, Requirement>();
  const problems: string[] = [];
  // Thousands of resources share a handful of providers.
  const known = new Map<string, ReturnType<typeof parseStateProvider>>();
  for (const resource of resources) {
    const why = isRecord(resource) ? undefined : `A resource in ${shown} is no JSON object.`;
    const text = isRecord(resource) ? resource['provider'] : undefined;
    if (why !== undefined) problems.push(why);
    if (typeof text !== 'string' || text === '') continue;
    let parsed = known.get(text);
    if (parsed === undefined) {
      parsed = parseStateProvider(text);
      known.set(text, parsed);
      if ('why' in parsed) problems.push(`${parsed.why} (${printable(text, 200)} in ${shown})`);
    }
    if ('why' in parsed) continue;
    const provider = translate(parsed.provider, configured);
    requirements.set(providerKey(provider), { provider, constraints: noConstraints });
  }
  return { requirements, diagnostics: failed(problems).diagnostics };
}

function translate(
  provider: ProviderAddress,
  configured: Requirements | undefined,
): ProviderAddress {
  const isTheirs = provider.hostname === predecessorHost;
  if (configured === undefined || !isTheirs || configured.has(providerKey(provider))) {
    return provider;
  }
  return { ...provider, hostname: defaultHost };
}

/** Whoever encrypts the state has the key in OpenTofu's configuration, and providers only there are rare. */
function encrypted(shown: string): StateRequirements {
  return {
    requirements: new Map(),
    diagnostics: [
      {
        severity: 'warning',
        summary: 'The state is encrypted',
        detail: `Providers that only the state file ${shown} needs, and the configuration does not mention, are not installed. If there are any, "tofu init" finds them.`,
      },
    ],
  };
}

function failed(problems: readonly string[]): StateRequirements {
  const diagnostics = problems.slice(0, maxProblems).map((detail): Diagnostic => ({
    severity: 'error',
    summary: 'Error refreshing state',
    detail,
  }));
  return { requirements: new Map(), diagnostics };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
