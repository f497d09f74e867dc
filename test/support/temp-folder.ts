import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A private folder that is removed when the running test ends. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
