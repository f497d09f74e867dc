/**
 * The gateway of `tofu-oci serve` under load, and `exec` beside the program alone. Three parts:
 *
 * - packages: many clients at once, each downloading one package through the gateway, over the server's own folder
 *   and over docker-registry, beside the same bytes as a blob of the embedded registry
 * - documents: those of the network mirror and of the provider registry, over kept connections
 * - exec: `exec -- terraform init` where everything is in place, beside `terraform init`
 *
 *   npm run build:bin && TERRAFORM_BIN=/path/to/terraform node bench/gateway.js
 *
 * BENCH_PARTS names the parts to run (default `packages,documents,exec`), BENCH_ROUNDS the number of rounds
 * (default 3), BENCH_CLIENTS the clients of a download (default 200), BENCH_BYTES the size of the package (default
 * 25,000,000), BENCH_SECONDS how long documents are asked for in a round (default 3), BENCH_PEER=none leaves
 * docker-registry out. Without TERRAFORM_BIN `terraform` on PATH is taken.
 *
 * A line of JSON for each case. Ratios are medians of the rounds' ratios.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as openpgp from 'openpgp';
import yazl from 'yazl';
import { noise } from './support/load-jobs.js';
import { highWaterMark, measure, median, processorSeconds, report } from './support/measure.js';
import { startDockerRegistry, startServe } from './support/plain-registries.js';
import { environment, makeFolder, program } from './support/setting.js';

const parts = (process.env.BENCH_PARTS ?? 'packages,documents,exec').split(',');
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const clients = Number(process.env.BENCH_CLIENTS ?? 200);
const packageBytes = Number(process.env.BENCH_BYTES ?? 25_000_000);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const terraform = process.env.TERRAFORM_BIN?.split(':')[0] ?? 'terraform';
const withPeer = process.env.BENCH_PEER !== 'none';

const address = 'example.com/bench/load';
const template = '{hostname}/{namespace}/{type}';
const platforms = ['darwin_arm64', 'linux_amd64', 'linux_arm64', 'windows_amd64'];
const platform = `${process.platform === 'darwin' ? 'darwin' : 'linux'}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
/** Small releases beside the large one, so that the documents are as long as those of real providers. */
const smallVersions = Array.from({ length: 20 }, (_, minor) => `0.${minor}.0`);
const version = '1.0.0';

const { folder, remove } = makeFolder();
const generator = fork(join(import.meta.dirname, 'support', 'load-generator.js'));
const running = [];
try {
  const signKey = join(folder, 'key.asc');
  const key = await openpgp.generateKey({ userIDs: [{ name: 'Gateway' }], format: 'armored' });
  writeFileSync(signKey, key.privateKey, { mode: 0o600 });
  const own = await keep(startServe(join(folder, 'own'), ['--sign-key', signKey]));
  await publish(own, version, packageBytes, [platform]);
  if (parts.includes('documents')) {
    for (const small of smallVersions) await publish(own, small, 1000, platforms);
  }
  if (parts.includes('packages')) await packages(own, signKey);
  if (parts.includes('documents')) await documents(own);
  if (parts.includes('exec')) await execution(own);
} finally {
  for (const registry of running) await registry.stop();
  generator.kill();
  remove();
}

async function keep(starting) {
  const registry = await starting;
  running.push(registry);
  return registry;
}

async function publish({ port }, of, bytes, on) {
  const dist = join(folder, 'dist', of);
  mkdirSync(dist, { recursive: true });
  for (const each of on) {
    const zip = new yazl.ZipFile();
    const content = noise(`${of} ${each}`, bytes);
    zip.addBuffer(content, `terraform-provider-load_v${of}`, { compress: false, mode: 0o100755 });
    zip.end();
    const path = join(dist, `terraform-provider-load_${of}_${each}.zip`);
    await pipeline(zip.outputStream, createWriteStream(path));
  }
  const args = ['push', address, dist, '--to', `127.0.0.1:${port}/${template}`, '--no-progress'];
  await measure(process.execPath, [program, ...args], { env: environment() });
}

/** Many downloads of one package at the same time; each round once as a blob and once by each gateway. */
async function packages(own, signKey) {
  const sides = [
    { name: 'blob of the embedded registry', server: own, path: await blobPath() },
    { name: 'gateway over its own folder', server: own, path: await packagePath(own) },
  ];
  if (withPeer) {
    const peer = await keep(startDockerRegistry(join(folder, 'peer')));
    await publish(peer, version, packageBytes, [platform]);
    const from = ['--from', `127.0.0.1:${peer.port}/${template}`, '--sign-key', signKey];
    const far = await keep(startServe(undefined, from));
    const path = await packagePath(far);
    sides.push({ name: `gateway over ${peer.name}`, server: far, behind: peer, path });
  }
  const runs = new Map(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, server, path, behind } of round % 2 === 0 ? sides : sides.toReversed()) {
      const before = behind === undefined ? 0 : processorSeconds(behind.pid);
      const job = { job: 'read', connections: clients, options: { paths: [path] } };
      const run = await load(server, job, { steps: clients });
      const behindCpu = behind === undefined ? 0 : processorSeconds(behind.pid) - before;
      runs.get(name).push({ ...run, behindCpu });
    }
  }
  const [first] = sides;
  const reference = runs.get(first.name);
  for (const { name, server, behind } of sides) {
    const own = runs.get(name);
    print({
      case: `package, ${name}`,
      clients,
      bytes: packageBytes,
      ...side(own),
      ...(behind === undefined ? {} : { behindCpu: middle(own, (run) => run.behindCpu) }),
      peakRssMB: Math.round(highWaterMark(server.pid) / 1e6),
      ratio: round3(median(own.map((run, index) => rate(run) / rate(reference[index])))),
    });
  }
}

async function documents(own) {
  const [os, arch] = platform.split('_');
  const [small] = smallVersions;
  const paths = {
    'index.json': `/v1/mirror/${address}/index.json`,
    'VERSION.json': `/v1/mirror/${address}/${small}.json`,
    versions: `/v1/providers/${address}/versions`,
    download: `/v1/providers/${address}/${small}/download/${os}/${arch}`,
  };
  for (const [name, path] of Object.entries(paths)) {
    const answer = await get(own, path);
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      const job = { job: 'read', connections: 50, options: { paths: [path] } };
      runs.push(await load(own, job, { seconds }));
    }
    print({
      case: `document, ${name}`,
      connections: 50,
      bytes: (await answer.arrayBuffer()).byteLength,
      perSecond: Math.round(median(runs.map((run) => run.steps / run.seconds))),
      ...side(runs),
    });
  }
}

/** A project with its provider installed and locked: what is added by the gateway and the second process. */
async function execution({ port }) {
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n    load = { source = "${address}", version = "${version}" }\n  }\n}\n`,
  );
  const options = { cwd: project, env: environment() };
  // The program alone finds the same provider at a gateway that runs already.
  const config = join(folder, 'terraformrc');
  const services = `http://127.0.0.1:${port}/v1/providers/example.com/`;
  writeFileSync(
    config,
    `host "example.com" {\n  services = { "providers.v1" = "${services}" }\n}\n`,
  );
  const alone = { cwd: project, env: environment({ TF_CLI_CONFIG_FILE: config }) };
  const init = [terraform, 'init', '-no-color', '-input=false'];
  const from = `127.0.0.1:${port}/${template}`;
  const gateway = [program, 'exec', '--from', from, '--', ...init];
  await measure(process.execPath, gateway, options);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < rounds * 3; round += 1) {
    ours.push(await measure(process.execPath, gateway, options));
    theirs.push(await measure(init[0], init.slice(1), alone));
  }
  const name = `${basename(terraform)} init`;
  report(`exec -- ${name}, everything in place`, packageBytes, ours, { name, runs: theirs });
  const added = ours.map((run, index) => run.seconds - theirs[index].seconds);
  print({ case: 'exec, what it adds', seconds: round3(median(added)) });
}

function blobPath() {
  const zip = join(folder, 'dist', version, `terraform-provider-load_${version}_${platform}.zip`);
  const digest = createHash('sha256').update(readFileSync(zip)).digest('hex');
  return `/v2/${address}/blobs/sha256:${digest}`;
}

/** Where the network mirror says that the package is. */
async function packagePath(server) {
  const answer = await get(server, `/v1/mirror/${address}/${version}.json`);
  const { archives } = await answer.json();
  return new URL(archives[platform].url, answer.url).pathname;
}

async function get({ name, port }, path) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  if (!answer.ok) throw new Error(`${name}: ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function load(server, job, limits) {
  const before = processorSeconds(server.pid);
  generator.send({ port: server.port, ...job, ...limits });
  const [{ result, error }] = await once(generator, 'message');
  if (error !== undefined) throw new Error(`${server.name}: ${error}`);
  return { ...result, serverCpu: processorSeconds(server.pid) - before };
}

function rate(run) {
  return run.bytes / run.seconds;
}

function middle(runs, of) {
  return round3(median(runs.map(of)));
}

function side(runs) {
  return {
    seconds: middle(runs, (run) => run.seconds),
    megabytesPerSecond: middle(runs, (run) => rate(run) / 1e6),
    p50ms: middle(runs, (run) => run.p50),
    p99ms: middle(runs, (run) => run.p99),
    serverCpu: middle(runs, (run) => run.serverCpu / run.seconds),
    generatorCpu: middle(runs, (run) => run.cpuSeconds / run.seconds),
  };
}

function round3(number) {
  return Number(number.toPrecision(3));
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
