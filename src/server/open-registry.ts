import { systemClock } from '../base/index.ts';
import { openLayoutRoot, type RegistryStorage } from '../content/index.ts';
import type { Gate } from './auth/gate.ts';
import { startCollector } from './collect-garbage.ts';
import { createRegistry, type RegistryHandler } from './registry/index.ts';
import { lockServedFolder, prepareFolder } from './served-folder.ts';
import type { ServerOptions } from './server-options.ts';

/** No client takes a day from its first blob to the manifest that needs it. */
const defaultGraceMs = 24 * 60 * 60 * 1000;
/** Costs nothing where nothing was pushed or deleted since the last time. */
const collectEveryMs = 60 * 60 * 1000;

/** The folder that is served, and the registry over it. */
export interface OpenRegistry {
  readonly folder: string;
  readonly storage: RegistryStorage;
  readonly registry: RegistryHandler;
}

/**
 * Opens the served folder; what has to be undone at the end is put on `undo` as soon as it is done.
 * @throws ServedFolderError, FolderInUseError, FileAccessError, and what opening the storage throws
 */
export async function openRegistry(
  folder: string,
  gate: Gate,
  { options, undo }: { readonly options: ServerOptions; readonly undo: (() => Promise<void>)[] },
): Promise<OpenRegistry> {
  const { clock = systemClock, graceMs = defaultGraceMs, missingContent, onError } = options;
  const mode = options.readOnly === true ? 'read' : 'write';
  await prepareFolder(folder, mode);
  if (mode === 'write') {
    const lock = await lockServedFolder(folder, clock);
    undo.push(() => lock.release());
  }
  const storage = await openLayoutRoot(folder, { mode, clock, graceMs });
  undo.push(() => storage.close());
  if (mode === 'write' && graceMs !== Infinity) {
    const collector = startCollector(storage, { clock, everyMs: collectEveryMs, onError });
    undo.push(() => collector.close());
  }
  const registry = createRegistry(storage, {
    readOnly: options.readOnly,
    missingContent,
    clock: options.clock,
    authorize: (request, access) => gate.may(request, access),
    denied: (request, access) => gate.denied(request, access),
    callerOf: (request) => gate.nameOf(request),
    onError: (error) => onError?.(error),
  });
  return { folder, storage, registry };
}
