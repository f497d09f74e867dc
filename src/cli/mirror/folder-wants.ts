import { join, relative, sep } from 'node:path';
import { type CallOptions, FileAccessError, hasErrors, nodeFiles } from '../../base/index.ts';
import { isLockable, type ProviderLock, type Requirement } from '../../domain/index.ts';
import { configurationSettings } from '../configuration-settings.ts';
import { ConfigurationError, NothingToMirrorError } from '../errors.ts';
import { matchPaths } from '../match-paths.ts';
import type { CommandContext } from '../program.ts';
import { UsageError } from '../usage-error.ts';
import type { Wiring } from '../wire.ts';
import type { Selection } from './selection.ts';
import type { Wants } from './wants.ts';

export interface FolderContext extends CallOptions {
  readonly wiring: Wiring;
  readonly context: CommandContext;
  /** Undefined when the user did not say: what is locked where there is a lock file, else the newest. */
  readonly selection: Selection | undefined;
}

/**
 * Adds what the configuration in a folder needs. A folder without one stands for all those below it that have a lock
 * file: they are the root modules.
 * @throws ConfigurationError, NothingToMirrorError, and what reading throws
 */
export async function addFolder(
  wants: Wants,
  folder: string,
  options: FolderContext,
): Promise<void> {
  await checkFolder(folder, options);
  if (await addConfiguration(wants, folder, options)) return;
  const { lockFileName } = await import('../../install/index.ts');
  const found = await matchPaths(`**/${lockFileName}`, { directory: folder, kind: 'files' });
  for (const path of found) await addConfiguration(wants, join(path, '..'), options);
  if (found.length > 0) return;
  throw new NothingToMirrorError(`${shown(folder, options)} has no configuration`, {
    hint: 'Name the folder of a root module, or one that has root modules with lock files below it.',
  });
}

/** @returns whether there is anything */
async function addConfiguration(
  wants: Wants,
  folder: string,
  options: FolderContext,
): Promise<boolean> {
  const { context, selection, signal, wiring } = options;
  const [{ readConfigurationRequirements }, { lockFileName, readLockFile }] = await Promise.all([
    import('../../requirements/index.ts'),
    import('../../install/index.ts'),
  ]);
  const display = shown(folder, options);
  const lock = await readLockFile(folder);
  if (hasErrors(lock.diagnostics)) {
    // Of the many lock files below a folder it has to be said which.
    const file = join(display, lockFileName);
    throw new ConfigurationError(
      lock.diagnostics.map((one) =>
        one.range === undefined ? one : { ...one, range: { ...one.range, file } },
      ),
    );
  }
  const locked = lock.lockFile.providers();
  if (selection?.has('locked') === true && selection.size === 1 && lock.text === undefined) {
    throw new UsageError(`--select locked: ${display} has no ${lockFileName}`, {
      hint: 'Run "tofu init" or "tofu-oci lock" there first, or leave --select out.',
    });
  }
  const { diagnostics, empty, requirements } = await readConfigurationRequirements(folder, {
    ...configurationSettings(context.io),
    dataDirectory: wiring.environment.dataDirectory,
    state: 'local',
    tests: 'ignored',
    display,
    signal,
  });
  if (empty && lock.text === undefined) return false;
  if (hasErrors(diagnostics)) {
    const isEnough = selection === undefined || (selection.has('locked') && selection.size === 1);
    if (locked.length === 0 || !isEnough) throw new ConfigurationError(diagnostics);
    const [first] = diagnostics;
    context.output.note(
      `Warning: ${display}: only what is locked is mirrored, since the configuration can not be read: ${first?.summary ?? ''}`,
    );
  }
  const needed = [...requirements.values()].filter(({ provider }) => isLockable(provider));
  add(wants, { locked, needed: hasErrors(diagnostics) ? [] : needed, selection });
  return true;
}

function add(
  wants: Wants,
  found: {
    readonly locked: readonly ProviderLock[];
    readonly needed: readonly Requirement[];
    readonly selection: Selection | undefined;
  },
): void {
  const { locked, needed } = found;
  const selection = found.selection ?? new Set(locked.length > 0 ? ['locked'] : ['newest']);
  const names = new Set(locked.map(({ provider }) => JSON.stringify(provider)));
  if (selection.has('locked')) {
    for (const { provider, version } of locked) wants.addVersion(provider, version);
  }
  for (const { constraints, provider } of needed) {
    const isLocked = names.has(JSON.stringify(provider));
    if (selection.has('all')) wants.addWanted(provider, { constraints, newest: 'all' });
    else if (selection.has('newest') || !isLocked) {
      wants.addWanted(provider, { constraints, newest: 1 });
    }
  }
  // Without a configuration beside it, a lock file still tells which providers there are.
  if (needed.length > 0) return;
  for (const { constraints, provider } of locked) {
    if (selection.has('all')) wants.addWanted(provider, { constraints, newest: 'all' });
    else if (selection.has('newest')) {
      wants.addWanted(provider, { constraints, newest: 1 });
    }
  }
}

/** A folder that is misspelt must not look like an empty one. */
async function checkFolder(folder: string, options: FolderContext): Promise<void> {
  let isFolder;
  try {
    isFolder = (await nodeFiles.stat(folder)).isDirectory();
  } catch (error) {
    throw new FileAccessError('read the folder', shown(folder, options), error);
  }
  if (!isFolder) throw new UsageError(`${shown(folder, options)} is not a folder`);
}

/** As people write it: `.`, `./live`, `../other`. */
function shown(folder: string, { wiring }: FolderContext): string {
  const path = relative(wiring.directory, folder);
  if (path === '') return '.';
  return path.startsWith('..') ? path : `.${sep}${path}`;
}
