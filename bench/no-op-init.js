/**
 * `init` where everything is in place: 20 providers from an OCI mirror, beside `tofu init`. What is installed is
 * hashed by both, and nothing is asked by ours: the requests that the registry saw are in the report.
 *
 *   npm run build:bin && TOFU_BIN=/path/to/tofu node bench/no-op-init.js
 *
 * BENCH_BYTES is the size of the largest provider's executable (default 5,000,000), BENCH_PROVIDERS their number,
 * BENCH_ROUNDS the number of rounds (default 9); ours and theirs alternate. BENCH_ROUND_TRIP_MS puts the registry
 * so far away.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { measure, report } from './support/measure.js';
import { slowLink } from './support/slow-link.js';
import { environment, makeFolder, makePackage, program, startRegistry } from './support/setting.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 9);
const largest = Number(process.env.BENCH_BYTES ?? 5_000_000);
const count = Number(process.env.BENCH_PROVIDERS ?? 20);
const tofu = process.env.TOFU_BIN?.split(':')[0];
const { folder, remove } = makeFolder();
const roundTripMs = Number(process.env.BENCH_ROUND_TRIP_MS ?? 0);
let registry, link;
try {
  const accessLog = join(folder, 'access.log');
  registry = await startRegistry(folder, ['--access-log', accessLog]);
  const location = `${registry.host}/tf/{namespace}/{type}`;
  const names = Array.from({ length: count }, (_, index) => `p${index + 1}`);
  let bytes = 0;
  for (const [index, type] of names.entries()) {
    const dist = join(folder, 'dist', type);
    mkdirSync(dist, { recursive: true });
    const size = Math.round((largest * (index + 1)) / count);
    bytes += size;
    await makePackage(
      join(dist, `terraform-provider-${type}_1.0.0_linux_amd64.zip`),
      type,
      '1.0.0',
      size,
    );
    const push = ['push', `registry.opentofu.org/bench/${type}`, dist, '--to', location];
    const args = [program, ...push, '--ca-file', registry.caFile, '--no-progress'];
    await measure(process.execPath, args, { env: environment() });
  }
  link = await slowLink(registry.host, roundTripMs / 2);
  const config = join(folder, 'tofurc');
  writeFileSync(
    config,
    `provider_installation {\n  oci_mirror {\n    repository_template = "${link.host}/tf/\${namespace}/\${type}"\n    include = ["registry.opentofu.org/*/*"]\n  }\n}\n`,
  );
  const env = environment({ TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: registry.caFile });
  const project = join(folder, 'project');
  mkdirSync(project);
  const required = names.map((type) => `    ${type} = { source = "bench/${type}" }\n`).join('');
  writeFileSync(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n${required}  }\n}\n`,
  );
  const lines = () => readFileSync(accessLog, 'utf8').split('\n').length - 1;
  const init = async () => {
    const before = lines();
    const run = await measure(process.execPath, [program, 'init'], { cwd: project, env });
    // The log is written a moment after the answer.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { run, requests: lines() - before };
  };
  await init();
  const [ours, theirs, requests] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const { run, requests: asked } = await init();
    ours.push(run);
    requests.push(asked);
    if (tofu === undefined) continue;
    theirs.push(await measure(tofu, ['init', '-no-color'], { cwd: project, env }));
  }
  const peer = tofu === undefined ? undefined : { name: basename(tofu), runs: theirs };
  report('init, everything in place', bytes, ours, peer);
  process.stdout.write(`${JSON.stringify({ case: 'requests', max: Math.max(...requests) })}\n`);
} finally {
  link?.stop();
  await registry?.stop();
  remove();
}
