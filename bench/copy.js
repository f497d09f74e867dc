/**
 * `copy` of ten releases, five platforms each, with what is said about them, between two registries, beside
 * `oras cp -r` of the same tags.
 *
 *   npm run build:bin && ORAS_BIN=/path/to/oras node bench/copy.js
 *
 * BENCH_ROUNDS is the number of rounds (default 5); ours and theirs alternate, each into an empty registry.
 * BENCH_REGISTRY is `docker-registry` (default, must be on PATH) or `serve`; BENCH_PACKAGE_BYTES the size of
 * a package (default 5,000,000); BENCH_CONCURRENCY is handed to `copy`; BENCH_ROUND_TRIP_MS is how far away
 * both registries are (default 0).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';
import { measure, report } from './support/measure.js';
import { slowLink } from './support/slow-link.js';
import { environment, makeFolder, program } from './support/setting.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const kind = process.env.BENCH_REGISTRY ?? 'docker-registry';
const packageBytes = Number(process.env.BENCH_PACKAGE_BYTES ?? 5_000_000);
const roundTripMs = Number(process.env.BENCH_ROUND_TRIP_MS ?? 0);
const oras = process.env.ORAS_BIN;
const versions = Array.from({ length: 10 }, (_, index) => `1.${index}.0`);
const platforms = ['darwin_amd64', 'darwin_arm64', 'linux_amd64', 'linux_arm64', 'windows_amd64'];
const address = 'registry.opentofu.org/bench/copied';
const path = 'bench/copied';

/** Bytes that nothing shrinks, as in a zip; a different lot for each seed. */
function noise(seed, length) {
  const blocks = [];
  for (let made = 0; made < length; made += 32) {
    blocks.push(createHash('sha256').update(`${seed} ${made}`).digest());
  }
  return Buffer.concat(blocks, length);
}

async function makeRelease(folder, version) {
  mkdirSync(folder, { recursive: true });
  const sums = [];
  for (const platform of platforms) {
    const zip = new yazl.ZipFile();
    const suffix = platform.startsWith('windows') ? '.exe' : '';
    const executable = noise(`${version} ${platform}`, packageBytes);
    const entry = { mtime: new Date('2026-01-01T00:00:00Z'), mode: 0o100755, compress: false };
    zip.addBuffer(executable, `terraform-provider-copied_v${version}${suffix}`, entry);
    zip.end();
    const bytes = await buffer(zip.outputStream);
    const name = `terraform-provider-copied_${version}_${platform}.zip`;
    writeFileSync(join(folder, name), bytes);
    sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  }
  writeFileSync(join(folder, `terraform-provider-copied_${version}_SHA256SUMS`), sums.join(''));
}

/** An empty registry over plain HTTP. */
async function startRegistry(folder) {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.yml');
  const store = join(folder, 'store');
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: store } },
      http: { addr: '127.0.0.1:0' },
    }),
  );
  const args = ['serve', store, '--listen', '127.0.0.1:0', '--json'];
  const child =
    kind === 'serve'
      ? spawn(process.execPath, [program, ...args], {
          env: environment(),
          stdio: ['ignore', 'pipe', 'ignore'],
        })
      : spawn('docker-registry', ['serve', config], {
          env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
          stdio: ['ignore', 'ignore', 'pipe'],
        });
  const output = kind === 'serve' ? child.stdout : child.stderr;
  const host = await new Promise((resolve, reject) => {
    let text = '';
    // Read to the end: a program whose log nobody reads any more ends.
    output.on('data', (chunk) => {
      text += String(chunk);
      const [found] = /127\.0\.0\.1:\d+/u.exec(text) ?? [];
      if (found !== undefined) resolve(found);
      if (text.length > 10_000) text = '';
    });
    child.once('exit', (code) => reject(new Error(`${kind} ended with ${code}`)));
  });
  const link = roundTripMs === 0 ? undefined : await slowLink(host, roundTripMs / 2);
  return {
    near: host,
    host: link?.host ?? host,
    async stop() {
      link?.stop();
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const { folder, remove } = makeFolder();
const running = [];
try {
  const source = await startRegistry(join(folder, 'source'));
  running.push(source);
  const env = environment();
  for (const version of versions) {
    const dist = join(folder, 'dist', version);
    await makeRelease(dist, version);
    const push = [program, 'push', address, dist, '--to', location(source.near), '--quiet'];
    await measure(process.execPath, push, { env });
    rmSync(dist, { recursive: true });
  }
  if (oras !== undefined) await attachDocuments(source.near, env);

  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await intoEmpty((target) => copyOurs(source.host, target, env)));
    if (oras !== undefined)
      theirs.push(await intoEmpty((target) => copyOras(source.host, target, env)));
  }
  const peer =
    oras === undefined ? undefined : { name: `oras cp -r, ${versions.length} times`, runs: theirs };
  report(
    `copy, ${kind}, ${roundTripMs} ms away`,
    versions.length * platforms.length * packageBytes,
    ours,
    peer,
  );
} finally {
  for (const { stop } of running) await stop();
  remove();
}

/** A document about each index, and one about the first manifest of each, as people attach them. */
async function attachDocuments(host, env) {
  const note = join(folder, 'note.txt');
  for (const version of versions) {
    writeFileSync(note, `a document about ${version}`);
    const run = (...args) => measure(oras, args, { env, cwd: folder });
    const { stdout } = await run('manifest', 'fetch', '--plain-http', `${host}/${path}:${version}`);
    const [{ digest }] = JSON.parse(stdout).manifests;
    for (const reference of [`:${version}`, `@${digest}`]) {
      const type = ['--artifact-type', 'application/vnd.example.note'];
      await run(
        'attach',
        '--plain-http',
        ...type,
        `${host}/${path}${reference}`,
        'note.txt:text/plain',
      );
    }
  }
}

function location(host) {
  return `${host}/{namespace}/{type}`;
}

async function intoEmpty(task) {
  const target = await startRegistry(join(folder, 'target'));
  try {
    return await task(target.host);
  } finally {
    await target.stop();
  }
}

async function copyOurs(from, to, env) {
  const concurrency = process.env.BENCH_CONCURRENCY;
  const more = concurrency === undefined ? [] : ['--concurrency', concurrency];
  const args = ['copy', address, '--from', location(from), '--to', location(to), '--json', ...more];
  const run = await measure(process.execPath, [program, ...args], { env });
  const { packages, copied } = JSON.parse(run.stdout.trim().split('\n').at(-1));
  if (packages !== versions.length * platforms.length || copied !== packages) {
    throw new Error(`not everything was copied: ${run.stdout}`);
  }
  return run;
}

/** One tag at a time is what it takes; what its processes need adds up, except for memory. */
async function copyOras(from, to, env) {
  let seconds = 0;
  let cpuSeconds = 0;
  let peakRss = 0;
  for (const version of versions) {
    const flags = ['--from-plain-http', '--to-plain-http', '--no-tty'];
    const tags = [`${from}/${path}:${version}`, `${to}/${path}:${version}`];
    const run = await measure(oras, ['cp', '-r', ...flags, ...tags], { env });
    seconds += run.seconds;
    cpuSeconds += run.cpuSeconds;
    peakRss = Math.max(peakRss, run.peakRss);
  }
  return { seconds, cpuSeconds, peakRss, stdout: '' };
}
