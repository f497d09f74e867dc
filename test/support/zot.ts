import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchInOutput } from './child-lines.ts';
import { findPeer } from './peers.ts';

export const zot = findPeer('zot', 'ZOT_BIN');

export interface Zot {
  /** `127.0.0.1:PORT`, plain HTTP. */
  readonly host: string;
  /** The folder it serves: one OCI layout per repository. */
  readonly folder: string;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts zot on a port of its own choice, with an empty store or over the folder given. */
export async function startZot(served?: string): Promise<Zot> {
  const own = mkdtempSync(join(tmpdir(), 'tofu-oci-zot-'));
  const folder = served ?? join(own, 'store');
  const config = join(own, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      distSpecVersion: '1.1.1',
      // Dedupe would replace files of the folder by links and write a database beside them.
      storage: { rootDirectory: folder, gc: false, dedupe: false },
      http: { address: '127.0.0.1', port: '0' },
      log: { level: 'info' },
    }),
  );
  const child = spawn(zot.path ?? '', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const port = await matchInOutput(child, /kernel chosen port","port":(\d+)/u);
  return {
    host: `127.0.0.1:${port}`,
    folder,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      rmSync(own, { recursive: true, force: true });
    },
  };
}
