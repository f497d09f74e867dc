/** Registries over plain HTTP with an empty filesystem store each: `tofu-oci serve` and docker-registry. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, program } from './setting.js';

/**
 * @typedef {object} RunningRegistry
 * @property {string} name
 * @property {number} port on 127.0.0.1
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

/**
 * @param {string | undefined} folder of its registry; undefined: what the other options say
 * @returns {Promise<RunningRegistry>}
 */
export function startServe(folder, extra = []) {
  const node = (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter((text) => text !== '');
  const served = folder === undefined ? [] : [folder];
  const args = [
    ...node,
    program,
    'serve',
    ...served,
    '--listen',
    '127.0.0.1:0',
    '--json',
    ...extra,
  ];
  return start('tofu-oci serve', spawn(process.execPath, args, spawning(environment())));
}

/** As Debian packages it, with its cache of descriptors; without health checks and a log of requests. */
export function startDockerRegistry(folder) {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      // The level at which it says where it listens, and nothing about single requests.
      log: { level: 'info', accesslog: { disabled: true } },
      storage: {
        cache: { blobdescriptor: 'inmemory' },
        filesystem: { rootdirectory: join(folder, 'store') },
        delete: { enabled: true },
      },
      http: { addr: '127.0.0.1:0' },
    }),
  );
  const env = { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' };
  return start('docker-registry', spawn('docker-registry', ['serve', config], spawning(env)));
}

function spawning(env) {
  return { env, stdio: ['ignore', 'pipe', 'pipe'] };
}

async function start(name, child) {
  const port = await new Promise((resolve, reject) => {
    let text = '';
    // Read to the end: a program whose output nobody reads any more stops.
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk) => {
        text = `${text}${chunk}`.slice(-10_000);
        const found = /127\.0\.0\.1:([1-9]\d*)/u.exec(text)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    }
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${text}`)));
  });
  return {
    name,
    port,
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
