import { resolve } from 'node:path';
import { isNotFound } from '../../base/index.ts';
import type { Location, ProviderAddress } from '../../domain/index.ts';
import type { MirrorPlace } from '../../publish/index.ts';
import { type CopyTargetPlace, openCopyTarget } from '../copy-places.ts';
import type { Wiring } from '../wire.ts';

/** Where `mirror` writes. */
export interface MirrorTargetPlace extends Pick<
  CopyTargetPlace,
  'close' | 'finish' | 'isWrittenAtTheEnd'
> {
  place(provider: ProviderAddress): Promise<MirrorPlace>;
  /** The repositories of a registry that are not there yet: some registries want them made by hand. */
  missing(providers: readonly ProviderAddress[]): Promise<readonly string[]>;
}

/** A place of repositories, or a filesystem mirror. */
export async function openMirrorTarget(
  wiring: Wiring,
  to: Location,
  { dryRun }: { readonly dryRun: boolean },
): Promise<MirrorTargetPlace> {
  if (to.kind === 'fs') {
    const { createFilesystemTarget } = await import('../../publish/index.ts');
    const directory = resolve(wiring.directory, to.directory);
    const targetFor = createFilesystemTarget({ directory });
    return {
      isWrittenAtTheEnd: false,
      place: (provider) => Promise.resolve(targetFor(provider)),
      missing: () => Promise.resolve([]),
      finish: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
  const target = await openCopyTarget(wiring, to, { dryRun });
  return {
    ...target,
    place: (provider) => target.repository(provider),
    async missing(providers) {
      const names: string[] = [];
      if (to.kind !== 'registry') return names;
      for (const provider of providers) {
        const repository = await target.repository(provider);
        try {
          await repository.tags()[Symbol.asyncIterator]().next();
        } catch (error) {
          if (!isNotFound(error)) throw error;
          names.push(repository.name);
        }
      }
      return names;
    },
  };
}
