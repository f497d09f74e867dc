import { join, resolve } from 'node:path';
import { type Location, repositoryKinds } from '../../domain/index.ts';
import type { PrunePlaces } from '../../publish/index.ts';
import { refuseCollisions } from '../refuse-collisions.ts';
import { UsageError } from '../usage-error.ts';
import type { Wiring } from '../wire.ts';

/** Where versions can be removed. */
export type PrunableLocation = Extract<Location, { kind: 'registry' | 'oci-layout' }>;

/**
 * `--from`, else TOFU_OCI_LOCATION; what the CLI configuration names is for reading.
 * @throws UsageError
 */
export function prunableLocation(wiring: Wiring, from: string | undefined): PrunableLocation {
  const location = wiring.location(from, '--from', { kinds: repositoryKinds });
  if (location.kind === 'registry' || location.kind === 'oci-layout') return location;
  throw new UsageError('nothing can be removed from an archive: it is written in one piece', {
    hint: 'Write another one, of what is to be kept: tofu-oci copy ADDRESS@CONSTRAINT --from oci-archive:FILE.tar --to oci-archive:OTHER.tar',
  });
}

/** The repositories of a location; whoever writes into a folder has it alone. */
export function prunePlaces(wiring: Wiring, location: PrunableLocation): PrunePlaces {
  return {
    read: async (provider) => {
      // In a repository of several providers nobody can tell whose version a tag is.
      refuseCollisions(location, provider);
      return await wiring.repository(location, provider, 'read');
    },
    write: async (provider) => {
      if (location.kind === 'registry') {
        const repositories = await wiring.repositories();
        return {
          repository: repositories.remote(location.template.repositoryFor(provider)),
          finish: () => Promise.resolve(undefined),
          close: () => Promise.resolve(),
        };
      }
      const { openLayoutRepository } = await import('../../content/index.ts');
      const { directory, template } = location;
      const folder = join(resolve(wiring.directory, directory), template.pathFor(provider));
      const repository = await openLayoutRepository(folder, { mode: 'write', graceMs: 0 });
      return {
        repository,
        finish: async (options) => (await repository.collectGarbage(options)).bytes,
        close: () => repository.close(),
      };
    },
  };
}
