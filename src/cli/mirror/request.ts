import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type CallOptions, nodeFiles, quoted, readFileBounded } from '../../base/index.ts';
import type { MirrorFile } from '../../config/index.ts';
import {
  defaultHost,
  formatProviderAddress,
  isBuiltIn,
  type Location,
  noConstraints,
  parsePlatformOption,
  parseVersion,
  type Platform,
  type ProviderAddress,
  sameProvider,
  sameVersion,
  repositoryKinds,
  type Version,
} from '../../domain/index.ts';
import type { MirroredProvider } from '../../publish/index.ts';
import type { TrustPolicy } from '../../signatures/index.ts';
import { NothingToMirrorError } from '../errors.ts';
import { matchPaths } from '../match-paths.ts';
import type { CommandContext } from '../program.ts';
import { refuseSecondHost } from '../refuse-collisions.ts';
import { UsageError } from '../usage-error.ts';
import type { Wiring } from '../wire.ts';
import { addFolder } from './folder-wants.ts';
import type { Selection, Shard } from './selection.ts';
import { inShard, Wants } from './wants.ts';

export interface WantedFlags {
  readonly select?: Selection;
  readonly platform?: readonly string[];
  readonly file?: string;
  readonly to?: string;
  readonly shard?: Shard;
  readonly trust?: string;
}

/** What the arguments, options and the file say together. */
export interface WantedMirror {
  /** Who may sign what: the file of `--trust`, and the `trust` blocks of `--file`. */
  readonly policy: TrustPolicy;
  readonly to: Location;
  readonly providers: readonly MirroredProvider[];
  readonly platforms: readonly Platform[] | undefined;
}

/** A mirror file is written by people. */
const maxFileBytes = 1024 * 1024;

/**
 * @param args folders begin with a dot or a slash, anything else is an address; without any, and without a file, the
 * folder in which the command works
 */
export async function readWanted(
  args: readonly string[],
  flags: WantedFlags,
  { context, signal, wiring }: CallOptions & { context: CommandContext; wiring: Wiring },
): Promise<WantedMirror> {
  const policy = await wiring.trust(flags.trust);
  const found = flags.file === undefined ? undefined : await readFile(flags.file, wiring);
  const file = found?.file;
  const isToOfFile = flags.to === undefined && file?.to !== undefined;
  const to =
    isToOfFile && flags.file !== undefined
      ? beginningAt(dirname(flags.file), file.to)
      : wiring.location(flags.to, '--to', { kinds: [...repositoryKinds, 'fs'] });
  const wants = new Wants(file?.hosts ?? []);
  const folders = { wiring, context, selection: flags.select, signal };
  const given = args.length === 0 && file === undefined ? ['.'] : args;
  for (const argument of given) {
    if (isFolder(argument)) {
      await addFolder(wants, resolve(wiring.directory, argument), folders);
    } else {
      const { constraints, provider } = wiring.providerRequest(argument);
      refuseBuiltIn(provider);
      await noteFolder(argument, { context, wiring });
      wants.addWanted(provider, { constraints, newest: allOr(1, flags.select) });
    }
  }
  if (file !== undefined && flags.file !== undefined) {
    const directory = dirname(resolve(wiring.directory, flags.file));
    addProviders(wants, file, flags.select);
    for (const { pattern } of file.configurations) {
      const matches = await matchPaths(pattern, { directory, kind: 'folders' });
      for (const folder of matches) await addFolder(wants, folder, folders);
      if (matches.length === 0) {
        throw new UsageError(`${flags.file}: no folder matches configuration ${quoted(pattern)}`, {
          hint: `Paths and patterns begin at the folder of the file, ${directory}.`,
        });
      }
    }
  }
  const all = wants.providers();
  if (all.length === 0) {
    throw new NothingToMirrorError('no provider is needed', {
      hint: 'Name providers, as in hashicorp/aws, or the folder of a configuration that requires some.',
    });
  }
  refuseSecondHost(
    to,
    all.map(({ provider }) => provider),
    isToOfFile ? flags.file : undefined,
  );
  return {
    to,
    policy: found === undefined ? policy : await combined(policy, found.policy),
    providers: flags.shard === undefined ? all : inShard(all, flags.shard),
    platforms: platformsOf(flags.platform, wiring) ?? file?.platforms,
  };
}

/** Paths in a file begin at its folder. */
function beginningAt(folder: string, location: Location): Location {
  const from = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  switch (location.kind) {
    case 'oci-layout':
    case 'fs':
      return { ...location, directory: from(location.directory) };
    case 'oci-archive':
      return { ...location, file: from(location.file) };
    default:
      return location;
  }
}

/** Whether an argument is a folder; anything else is an address. */
export function isFolder(argument: string): boolean {
  return /^(?:\.{1,2}(?:[/\\]|$)|[/\\]|[A-Za-z]:[/\\])/u.test(argument);
}

/** What has no dot in front is an address, also where a folder has that name. */
async function noteFolder(
  argument: string,
  { context, wiring }: { readonly context: CommandContext; readonly wiring: Wiring },
): Promise<void> {
  const stats = await nodeFiles.stat(resolve(wiring.directory, argument)).catch(() => undefined);
  if (stats?.isDirectory() !== true) return;
  context.output.note(
    `${quoted(argument)} is taken for the address of a provider; write ./${argument} for the folder.`,
  );
}

const allOr = (newest: number, selection: Selection | undefined): number | 'all' =>
  selection?.has('all') === true ? 'all' : newest;

/** Constraints without a count name all that satisfy them; without either it is the newest. */
function addProviders(wants: Wants, file: MirrorFile, selection: Selection | undefined): void {
  for (const { constraints, newest, providers } of file.providers) {
    for (const provider of providers) {
      refuseBuiltIn(provider);
      const count = newest ?? (constraints === undefined ? allOr(1, selection) : 'all');
      wants.addWanted(provider, { constraints: constraints ?? noConstraints, newest: count });
    }
  }
}

/** @throws UsageError */
export function refuseBuiltIn(provider: ProviderAddress): void {
  if (!isBuiltIn(provider)) return;
  throw new UsageError(`${formatProviderAddress(provider)} is built in`, {
    hint: 'It comes with OpenTofu and Terraform, and nothing of it can be mirrored.',
  });
}

async function readFile(
  path: string,
  wiring: Wiring,
): Promise<{ readonly file: MirrorFile; readonly policy: TrustPolicy }> {
  const [{ parseMirrorFile }, { readTrustPolicy }] = await Promise.all([
    import('../../config/index.ts'),
    import('../../signatures/index.ts'),
  ]);
  const bytes = await readFileBounded(resolve(wiring.directory, path), {
    files: nodeFiles,
    maxBytes: maxFileBytes,
  });
  const text = bytes.toString('utf8');
  return {
    file: parseMirrorFile(text, path, { defaultHost: wiring.defaultHost }),
    policy: readTrustPolicy(text, path),
  };
}

async function combined(one: TrustPolicy, other: TrustPolicy): Promise<TrustPolicy> {
  const { combineTrustPolicies } = await import('../../signatures/index.ts');
  return combineTrustPolicies(one, other);
}

/** `current` is the one that the command runs on. */
function platformsOf(
  texts: readonly string[] | undefined,
  wiring: Wiring,
): readonly Platform[] | undefined {
  return texts
    ?.flatMap((text) => text.split(','))
    .map((text) => (text === 'current' ? wiring.platform : parsePlatformOption(text.trim())));
}

/** `--replace ADDRESS@VERSION`: the releases whose published packages may change. */
export function replaceable(
  texts: readonly string[] | undefined,
  wiring: Wiring,
): (provider: ProviderAddress, version: Version) => boolean {
  const exact = (texts ?? []).map((text) => {
    const at = text.indexOf('@');
    if (at < 0) {
      throw new UsageError(`--replace: ${quoted(text)} names no version`, {
        hint: `Write the one version that may change, as in hashicorp/null@3.2.3; the default host is ${wiring.defaultHost ?? defaultHost}.`,
      });
    }
    return {
      provider: wiring.providerAddress(text.slice(0, at)),
      version: parseVersion(text.slice(at + 1)),
    };
  });
  return (provider, version) =>
    exact.some((one) => sameProvider(one.provider, provider) && sameVersion(one.version, version));
}
