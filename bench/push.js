/**
 * `push` of one release of ten platforms, beside what people do with ORAS: a push per platform into an image layout, an
 * index over them, and a copy of it into the registry.
 *
 *   npm run build:bin && ORAS_BIN=/path/to/oras node bench/push.js
 *
 * BENCH_PACKAGE_BYTES is what is in a package (default 65,000,000, about 25 MB packed); BENCH_PLATFORMS how many there
 * are (default 10); BENCH_REGISTRY is `docker-registry` (default, must be on PATH) or `serve`; BENCH_ROUND_TRIP_MS how
 * far away it is (default 0); BENCH_ROUNDS the number of rounds (default 5). Each push goes into an empty registry; ours
 * and theirs take turns.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { measure, report } from './support/measure.js';
import { startDockerRegistry, startServe } from './support/plain-registries.js';
import { environment, makeFolder, makePackage, program } from './support/setting.js';
import { slowLink } from './support/slow-link.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const unpacked = Number(process.env.BENCH_PACKAGE_BYTES ?? 65_000_000);
const roundTripMs = Number(process.env.BENCH_ROUND_TRIP_MS ?? 0);
const kind = process.env.BENCH_REGISTRY ?? 'docker-registry';
const oras = process.env.ORAS_BIN;
const platforms = [
  ...['darwin_amd64', 'darwin_arm64', 'freebsd_386', 'freebsd_amd64', 'freebsd_arm'],
  ...['linux_386', 'linux_amd64', 'linux_arm', 'linux_arm64', 'windows_amd64'],
].slice(0, Number(process.env.BENCH_PLATFORMS ?? 10));
const version = '1.0.0';
const path = 'bench/pushed';

const { folder, remove } = makeFolder();
const dist = join(folder, 'dist');
const env = environment();
try {
  mkdirSync(dist);
  for (const platform of platforms) {
    const zip = join(dist, `terraform-provider-pushed_${version}_${platform}.zip`);
    await makePackage(zip, 'pushed', version, unpacked, platform);
  }
  const zips = readdirSync(dist).map((name) => join(dist, name));
  const bytes = zips.reduce((sum, zip) => sum + statSync(zip).size, 0);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await intoEmpty(pushOurs));
    if (oras !== undefined) theirs.push(await intoEmpty((host) => pushOras(host, zips)));
  }
  const peer =
    oras === undefined ? undefined : { name: 'oras push, index create, cp', runs: theirs };
  report(`push, ${zips.length} packages, ${kind}, ${roundTripMs} ms away`, bytes, ours, peer);
} finally {
  remove();
}

async function intoEmpty(task) {
  const store = join(folder, 'registry');
  const registry = await (kind === 'serve' ? startServe : startDockerRegistry)(store);
  const near = `127.0.0.1:${registry.port}`;
  const link = roundTripMs === 0 ? undefined : await slowLink(near, roundTripMs / 2);
  try {
    return await task(link?.host ?? near);
  } finally {
    link?.stop();
    await registry.stop();
    rmSync(store, { recursive: true });
  }
}

function pushOurs(host) {
  const to = `${host}/{namespace}/{type}`;
  const args = [
    program,
    'push',
    `registry.opentofu.org/${path}`,
    dist,
    '--to',
    to,
    '--no-progress',
  ];
  return measure(process.execPath, args, { env });
}

/** The commands of OpenTofu's documentation. What the processes need adds up, except for memory. */
async function pushOras(host, zips) {
  const layout = join(folder, 'layout');
  const total = { seconds: 0, cpuSeconds: 0, peakRss: 0, stdout: '' };
  const run = async (...args) => {
    const one = await measure(oras, args, { env, cwd: dist });
    total.seconds += one.seconds;
    total.cpuSeconds += one.cpuSeconds;
    total.peakRss = Math.max(total.peakRss, one.peakRss);
  };
  for (const [index, zip] of zips.entries()) {
    const type = ['--artifact-type', 'application/vnd.opentofu.provider-target'];
    const platform = ['--artifact-platform', platforms[index].replace('_', '/')];
    const file = `${basename(zip)}:archive/zip`;
    await run(
      'push',
      '--no-tty',
      ...type,
      ...platform,
      '--oci-layout',
      `${layout}:${platforms[index]}`,
      file,
    );
  }
  const type = ['--artifact-type', 'application/vnd.opentofu.provider'];
  await run(
    'manifest',
    'index',
    'create',
    ...type,
    '--oci-layout',
    `${layout}:${version}`,
    ...platforms,
  );
  const tags = [`${layout}:${version}`, `${host}/${path}:${version}`];
  await run('cp', '--no-tty', '--from-oci-layout', '--to-plain-http', ...tags);
  rmSync(layout, { recursive: true });
  return total;
}
