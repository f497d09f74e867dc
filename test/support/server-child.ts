import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

/**
 * Serves the folder of its first argument. The second is the grace period in milliseconds; with one, garbage is
 * collected all the time, where a server of users does so once in an hour.
 */
const program = `
import { systemClock } from './src/base/index.ts';
import { startServer } from './src/server/index.ts';
const [folder, grace] = process.argv.slice(2);
const clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(ms === 3600000 ? 5 : ms, signal),
};
const server = await startServer({
  folder,
  listen: '127.0.0.1:0',
  ...(grace === undefined ? {} : { clock, graceMs: Number(grace) }),
  onError: (error) => console.error(error),
});
console.log(server.addresses[0].url);
`;

/** Makes one file of a server, so that starting it takes no longer than starting the real program. */
export async function bundleServer(folder: string): Promise<string> {
  const outfile = join(folder, 'server.mjs');
  await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, '..', '..'), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Loaded only for passwords and certificates, which this server has none of.
    external: ['bcryptjs', '@peculiar/x509', 'reflect-metadata'],
    logLevel: 'error',
  });
  return outfile;
}

export interface ServerChild {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has written to its standard error so far. */
  complaints(): string;
}

/** Starts a bundled server; the caller ends it. @throws when it ends before it listens */
export async function startServerChild(
  file: string,
  args: readonly string[],
): Promise<ServerChild> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('close', () => reject(new Error(`the server ended before it listened: ${text}`)));
  });
  return { child, url: line, complaints: () => text };
}

/** `kill -9`. Resolves when the process is gone. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
