import {
  type CallOptions,
  FileAccessError,
  type Files,
  LimitExceededError,
  nodeFiles,
  readFileBounded,
} from '../base/index.ts';
import { InvalidHostnameError, parseHostname } from '../domain/index.ts';
import { type Hcl1Item, type Hcl1Object, parseHcl1, withLabels } from '../hcl/index.ts';
import { filesInFolder } from './cli-config-locations.ts';
import { decodeConfigFile, emptyConfigFile } from './config-file.ts';
import { type ConfiguredProgram, findProgramConfig } from './find-program-config.ts';
import { formatHcl1, hcl1Item } from './format-hcl1.ts';
import { pathsOf, type Surroundings } from './surroundings.ts';

/** The services of a host, by name. */
export type HostServices = Readonly<Record<string, unknown>>;

export interface ConfigChanges {
  /** All services of hosts, in place of the user's `host` blocks for them; by host in comparison form. */
  readonly hosts: ReadonlyMap<string, HostServices>;
  /**
   * `oci_mirror` puts `direct` where an `oci_mirror` is, with the same `include` and `exclude`; `all` leaves one
   * `direct` and the `dev_overrides`. Nothing is added where there is no `provider_installation`.
   */
  readonly replace: 'oci_mirror' | 'all';
}

/** What a program would read of the user's CLI configuration, all files together. */
export interface ProgramConfig {
  /** The `host` blocks by host in comparison form. */
  readonly hosts: ReadonlyMap<string, HostServices>;
  /** Files, or folders, of which nothing could be read. */
  readonly leftOut: readonly string[];
  /**
   * One file in HCL 1 that says the same apart from the changes, wherever it is put. It holds the user's tokens.
   * @throws UnwritableConfigError
   */
  format(changes: ConfigChanges): string;
}

interface ConfigPart {
  readonly path: string;
  readonly items: readonly Hcl1Item[];
}

export interface ProgramConfigOptions extends CallOptions {
  readonly program: ConfiguredProgram;
  readonly files?: Files | undefined;
}

/** Far beyond what people or their tools write, and little memory. */
const maxConfigBytes = 16 * 1024 * 1024;

/**
 * Reads the CLI configuration that `terraform` or `tofu` would read, to write it anew. What is wrong with it stays
 * as it is, for the program to say; a file that can not be read at all is left out, as the program would do.
 * @throws only the reason of an abort
 */
export async function readProgramConfig(
  surroundings: Surroundings,
  options: ProgramConfigOptions,
): Promise<ProgramConfig> {
  const files = options.files ?? nodeFiles;
  const { folder, mainFile, named } = await findProgramConfig(surroundings, {
    files,
    program: options.program,
  });
  const leftOut: string[] = [];
  const parts: ConfigPart[] = [];
  const hosts = new Map<string, HostServices>();
  const read = async (path: string, isNamed = false): Promise<void> => {
    try {
      const bytes = await readFileBounded(path, { ...options, files, maxBytes: maxConfigBytes });
      const text = bytes.toString('utf8');
      const { content } = decodeConfigFile(text, path, surroundings);
      if (content === emptyConfigFile) return void leftOut.push(path);
      parts.push({ path, items: parseHcl1(text, path).root.items });
      for (const [label, services] of content.hosts) hosts.set(hostOf(label) ?? label, services);
    } catch (error) {
      if (error instanceof FileAccessError && error.errno === 'ENOENT' && !isNamed) return;
      if (!(error instanceof FileAccessError) && !(error instanceof LimitExceededError))
        throw error;
      leftOut.push(path);
    }
  };
  if (mainFile !== undefined) await read(mainFile, named);
  if (folder !== undefined) {
    const inFolder = await filesInFolder(folder, { surroundings, files }).catch(() => {
      leftOut.push(folder);
      return [];
    });
    for (const path of inFolder) await read(path);
  }
  return {
    hosts,
    leftOut,
    format: (changes) => formatHcl1(rewrite(parts, { changes, surroundings })),
  };
}

interface RewriteOptions {
  readonly changes: ConfigChanges;
  readonly surroundings: Surroundings;
}

const labelled: ReadonlySet<string> = new Set([
  'host',
  'credentials',
  'credentials_helper',
  'oci_credentials',
]);

/** Of these the first file that says something counts; within a file, the last line. */
const firstCounts: ReadonlySet<string> = new Set(['plugin_cache_dir']);

/** On as soon as one file says so. */
const switches: ReadonlySet<string> = new Set([
  'disable_checkpoint',
  'disable_checkpoint_signature',
  'plugin_cache_may_break_dependency_lock_file',
]);

/** Puts the files together by the rules by which a program merges them, with the changes. */
function rewrite(parts: readonly ConfigPart[], options: RewriteOptions): readonly Hcl1Item[] {
  const { changes } = options;
  const settings = new Map<string, Hcl1Item>();
  const blocks = new Map<string, Hcl1Item>();
  const others: Hcl1Item[] = [];
  for (const [index, { items, path }] of parts.entries()) {
    const own = new Map<string, Hcl1Item>();
    for (const item of items.flatMap(blocksOf)) {
      const name = nameOf(item);
      if (name === 'host' || name === 'credentials') {
        const label = item.keys[1]?.name ?? '';
        const host = name === 'host' ? hostOf(label) : undefined;
        // What comes later replaces what came before, as a whole.
        if (host === undefined || !changes.hosts.has(host)) blocks.set(`${name} ${label}`, item);
      } else if (item.assigned) {
        own.set(name, item);
      } else if (name !== 'registry_protocols' || index === 0) {
        others.push(changed(item, path, options));
      }
    }
    for (const [name, item] of own) mergeSetting(settings, name, item);
  }
  const hosts = [...changes.hosts].map(([host, services]) =>
    hcl1Item(['host', host], { services }),
  );
  return [...settings.values(), ...blocks.values(), ...hosts, ...others];
}

function mergeSetting(settings: Map<string, Hcl1Item>, name: string, item: Hcl1Item): void {
  const { value } = item;
  const before = settings.get(name);
  if (firstCounts.has(name)) {
    const isEmpty = value.kind === 'string' && value.value === '';
    if (before !== undefined || isEmpty) return;
  }
  if (switches.has(name) && before?.value.kind === 'bool' && before.value.value) return;
  settings.set(name, item);
}

/** In JSON a label is written as a nested object. */
function blocksOf(item: Hcl1Item): readonly Hcl1Item[] {
  return labelled.has(nameOf(item)) ? withLabels(item, 1) : [item];
}

/** HCL 1 does not tell upper from lower case in the names that it decodes by itself. */
function nameOf(item: Hcl1Item): string {
  return (item.keys[0]?.name ?? '').toLowerCase();
}

function hostOf(label: string): string | undefined {
  try {
    return parseHostname(label);
  } catch (error) {
    if (error instanceof InvalidHostnameError) return undefined;
    throw error;
  }
}

function changed(item: Hcl1Item, path: string, options: RewriteOptions): Hcl1Item {
  const { value } = item;
  if (value.kind !== 'object') return item;
  switch (item.keys[0]?.name) {
    case 'provider_installation':
      return { ...item, value: installation(value, options.changes.replace) };
    case 'oci_default_credentials':
      return { ...item, value: absoluteFiles(value, path, options.surroundings) };
    default:
      return item;
  }
}

function installation(block: Hcl1Object, replace: ConfigChanges['replace']): Hcl1Object {
  if (replace === 'all') {
    const overrides = block.items.filter((item) => item.keys[0]?.name === 'dev_overrides');
    return { ...block, items: [...overrides, hcl1Item(['direct'], {})] };
  }
  const items = block.items.map((item): Hcl1Item => {
    const { value } = item;
    if (item.keys[0]?.name !== 'oci_mirror' || value.kind !== 'object') return item;
    const scope = value.items.filter(({ keys }) =>
      ['include', 'exclude'].includes(keys[0]?.name ?? ''),
    );
    return { ...hcl1Item(['direct'], {}), value: { ...value, items: scope } };
  });
  return { ...block, items };
}

/** These paths begin at the folder of their file, which the new file is not in. */
function absoluteFiles(block: Hcl1Object, path: string, surroundings: Surroundings): Hcl1Object {
  const paths = pathsOf(surroundings);
  const items = block.items.map((item): Hcl1Item => {
    const { value } = item;
    if (item.keys[0]?.name !== 'docker_style_config_files' || value.kind !== 'list') return item;
    const files = value.items.map((file) =>
      file.kind === 'string'
        ? { ...file, value: paths.resolve(paths.dirname(path), file.value) }
        : file,
    );
    return { ...item, value: { ...value, items: files } };
  });
  return { ...block, items };
}
