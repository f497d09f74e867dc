import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLayoutRoot, type RegistryStorage } from '../../src/content/index.ts';

/** A registry's storage in a folder of its own, which goes when the storage is closed. */
export async function temporaryStorage(): Promise<RegistryStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-storage-'));
  const storage = await openLayoutRoot(folder);
  return {
    findRepository: (path, options) => storage.findRepository(path, options),
    createRepository: (path, options) => storage.createRepository(path, options),
    repositories: (options) => storage.repositories(options),
    collectGarbage: (options) => storage.collectGarbage(options),
    close: async () => {
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
