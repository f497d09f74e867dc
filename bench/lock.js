/**
 * `lock` of five platforms of three releases from an OCI mirror that is trusted for all hashes, beside
 * `tofu providers lock` over a network mirror of the same packages. Every byte between ours and the registry is
 * counted, TLS included.
 *
 *   npm run build:bin && TOFU_BIN=/path/to/tofu node bench/lock.js
 *
 * BENCH_BYTES is the size of an unpacked package (default 160,000,000, 50 MB zipped), BENCH_ROUNDS the number of
 * rounds (default 3).
 */
import { linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { measure, report } from './support/measure.js';
import { startNetworkMirror } from './support/network-mirror.js';
import { environment, makeFolder, makePackage, program, startRegistry } from './support/setting.js';
import { slowLink } from './support/slow-link.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const unpacked = Number(process.env.BENCH_BYTES ?? 160_000_000);
const tofu = process.env.TOFU_BIN?.split(':')[0];
const platforms = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64', 'windows_amd64'];
const types = ['a', 'b', 'c'];
const { folder, remove } = makeFolder();
let registry, link, mirror;
let total = 0;
try {
  registry = await startRegistry(folder);
  link = await slowLink(registry.host, 0);
  const packages = [];
  for (const type of types) {
    const dist = join(folder, 'dist', type);
    mkdirSync(dist, { recursive: true });
    const made = join(folder, `${type}.zip`);
    await makePackage(made, type, '1.0.0', unpacked);
    total += statSync(made).size * platforms.length;
    for (const platform of platforms) {
      const path = join(dist, `terraform-provider-${type}_1.0.0_${platform}.zip`);
      linkSync(made, path);
      packages.push({ namespace: 'bench', type, version: '1.0.0', platform, path });
    }
    const location = `${registry.host}/tf/{namespace}/{type}`;
    const push = ['push', `registry.opentofu.org/bench/${type}`, dist, '--to', location];
    const args = [program, ...push, '--ca-file', registry.caFile, '--no-progress'];
    await measure(process.execPath, args, { env: environment() });
  }
  mirror = await startNetworkMirror(packages, join(folder, 'tls'));

  const env = environment({
    SSL_CERT_FILE: registry.caFile,
    TF_CLI_CONFIG_FILE: join(folder, 'tofurc'),
  });
  writeFileSync(join(folder, 'tofurc'), '');
  const project = join(folder, 'project');
  mkdirSync(project);
  const required = types.map((type) => `    ${type} = { source = "bench/${type}" }\n`).join('');
  writeFileSync(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n${required}  }\n}\n`,
  );
  const fresh = () => {
    for (const name of readdirSync(project)) {
      if (name !== 'main.tf') rmSync(join(project, name), { recursive: true });
    }
  };
  const options = platforms.map((platform) => `-platform=${platform}`);
  const template = `${link.host}/tf/{namespace}/{type}`;
  const own = [program, 'lock', '--oci-mirror', template, '--trust-all-hashes', ...options];
  const peer = ['providers', 'lock', `-net-mirror=${mirror.url}`, ...options];
  const [ours, theirs, moved] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    fresh();
    const before = link.bytes();
    ours.push(await measure(process.execPath, own, { cwd: project, env }));
    moved.push(link.bytes() - before);
    if (tofu === undefined) continue;
    fresh();
    theirs.push(await measure(tofu, peer, { cwd: project, env }));
  }
  const runs = tofu === undefined ? undefined : { name: basename(tofu), runs: theirs };
  report('lock, 3 providers of 5 platforms', total, ours, runs);
  const line = { case: 'bytes on the wire, both ways', max: Math.max(...moved) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  await mirror?.stop();
  link?.stop();
  await registry?.stop();
  remove();
}
