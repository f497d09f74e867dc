import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeSuite } from '../../../test/suites/store-suite.ts';
import { openLayoutRepository } from '../index.ts';

storeSuite('the layout repository', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-'));
  const repository = await openLayoutRepository(join(folder, 'layout'), { mode: 'create' });
  return {
    repository,
    close: async () => {
      await repository.close();
      await rm(folder, { recursive: true });
    },
  };
});
