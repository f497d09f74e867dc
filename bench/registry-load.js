/**
 * Load on `tofu-oci serve` beside docker-registry, in turns, each with a filesystem store of its own.
 *
 *   npm run build:bin && node bench/registry-load.js
 *
 * BENCH_ROUNDS is the number of rounds (default 5), BENCH_SECONDS how long each case runs in a round
 * (default 3), BENCH_CASES a part of the names of the cases to run, BENCH_TAGS how many tags the large
 * repository gets (default 100,000; 0 leaves it out), BENCH_PEER=none leaves docker-registry out.
 *
 * A line of JSON for each case: steps and bytes per second, processor time of the registry per step, and
 * of the load generator per second (when that is near 1, it is what was measured). Ratios are medians of
 * the rounds' ratios, ours divided by theirs.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { digestOf, emptyBlob, makeManifest, manifestType, noise } from './support/load-jobs.js';
import { highWaterMark, median, processorSeconds } from './support/measure.js';
import { startDockerRegistry, startServe } from './support/plain-registries.js';
import { makeFolder } from './support/setting.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const tagCount = Number(process.env.BENCH_TAGS ?? 100_000);
const chosen = process.env.BENCH_CASES ?? '';
const withPeer = process.env.BENCH_PEER !== 'none';

const repository = 'bench/load';
const accept = `Accept: ${manifestType}\r\n`;
const [kib, mib] = [1024, 1024 ** 2];
const blobs = { '1 MiB': mib, '20 MiB': 20 * mib, '100 MB': 100_000_000 };
const manifests = Array.from({ length: 100 }, (_, number) => {
  const layer = noise(`layer ${number}`, kib);
  const bytes = makeManifest(digestOf(layer), layer.length);
  return { tag: `1.${number}.0`, layer, bytes, digest: digestOf(bytes) };
});

const byTag = manifests.map(({ tag }) => `/v2/${repository}/manifests/${tag}`);
const byDigest = manifests.map(({ digest }) => `/v2/${repository}/manifests/${digest}`);
const blobPath = (name) => `/v2/${repository}/blobs/${digestOf(noise(name, blobs[name]))}`;

const cases = [
  {
    name: 'manifest by digest',
    job: 'read',
    connections: 16,
    options: { paths: byDigest, headers: accept },
  },
  {
    name: 'manifest by tag',
    job: 'read',
    connections: 16,
    options: { paths: byTag, headers: accept },
  },
  {
    name: 'HEAD of a tag',
    job: 'read',
    connections: 16,
    options: { method: 'HEAD', paths: byTag, headers: accept },
  },
  {
    name: 'durable push of 1 KiB, one by one',
    job: 'push',
    connections: 1,
    options: { repository, blobBytes: kib },
  },
  {
    name: 'durable push of 1 KiB, 16 at once',
    job: 'push',
    connections: 16,
    options: { repository, blobBytes: kib },
  },
  { name: 'blob of 1 MiB', job: 'read', connections: 8, options: { paths: [blobPath('1 MiB')] } },
  { name: 'blob of 20 MiB', job: 'read', connections: 4, options: { paths: [blobPath('20 MiB')] } },
  { name: 'blob of 100 MB', job: 'read', connections: 2, options: { paths: [blobPath('100 MB')] } },
].filter(({ name }) => name.includes(chosen));

const { folder, remove } = makeFolder();
const generator = fork(join(import.meta.dirname, 'support', 'load-generator.js'));
const running = [];
try {
  const ours = await startServe(join(folder, 'ours'));
  running.push(ours);
  const peer = withPeer ? await startDockerRegistry(join(folder, 'peer')) : undefined;
  if (peer !== undefined) running.push(peer);
  if (cases.length > 0) for (const registry of running) await fill(registry);
  for (const each of cases) await runCase(each, ours, peer);
  for (const registry of running)
    print({ case: 'memory', of: registry.name, ...memoryOf(registry) });
  await peer?.stop();
  await ours.stop();
  if (tagCount > 0 && 'tags'.includes(chosen)) await manyTags();
} finally {
  for (const registry of running) await registry.stop();
  generator.kill();
  remove();
}

/** Both get the same content. */
async function fill(registry) {
  const lots = [[`empty`, undefined], ...Object.entries(blobs)];
  for (const [name, bytes] of lots) {
    await put(registry, bytes === undefined ? emptyBlob : noise(name, bytes));
  }
  for (const { tag, layer, bytes } of manifests) {
    await put(registry, layer);
    await request(registry, 'PUT', `/v2/${repository}/manifests/${tag}`, bytes, manifestType);
  }
}

async function put(registry, bytes, into = repository) {
  const begun = await request(registry, 'POST', `/v2/${into}/blobs/uploads/`);
  const url = new URL(begun.headers.get('location'), begun.url);
  url.searchParams.set('digest', digestOf(bytes));
  await request(registry, 'PUT', url.pathname + url.search, bytes, 'application/octet-stream');
}

async function request({ port }, method, path, body, type) {
  const headers = type === undefined ? {} : { 'Content-Type': type };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
  return answer;
}

async function load(registry, { job, connections, options }, limits) {
  const before = processorSeconds(registry.pid);
  generator.send({ port: registry.port, job, connections, options, ...limits });
  const [{ result, error }] = await once(generator, 'message');
  if (error !== undefined) throw new Error(`${registry.name}: ${error}`);
  return { ...result, registryCpu: processorSeconds(registry.pid) - before };
}

async function runCase(each, ours, peer) {
  const runs = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round += 1) {
    const turns = [['ours', ours], ...(peer === undefined ? [] : [['peer', peer]])];
    // Who begins changes: what is left to be written to the disk is met by the one who comes second.
    for (const [side, registry] of round % 2 === 0 ? turns : turns.reverse()) {
      const options = { ...each.options, seed: `${each.connections}.${round}` };
      runs[side].push(await load(registry, { ...each, options }, { seconds }));
    }
  }
  const ratio = (of) =>
    round3(median(runs.ours.map((run, index) => of(run) / of(runs.peer[index]))));
  print({
    case: each.name,
    connections: each.connections,
    ours: side(runs.ours),
    ...(peer === undefined
      ? {}
      : {
          peer: { name: peer.name, ...side(runs.peer) },
          ratio: ratio((run) => run.steps / run.seconds),
          cpuRatio: ratio((run) => run.registryCpu / run.steps),
        }),
  });
}

function side(runs) {
  const middle = (of) => median(runs.map(of));
  return {
    perSecond: Math.round(middle((run) => run.steps / run.seconds)),
    megabytesPerSecond: round3(middle((run) => run.bytes / run.seconds / 1e6)),
    p50ms: round3(middle((run) => run.p50)),
    p99ms: round3(middle((run) => run.p99)),
    cpuMsPerStep: round3(middle((run) => (run.registryCpu / run.steps) * 1000)),
    registryCpu: round3(middle((run) => run.registryCpu / run.seconds)),
    generatorCpu: round3(middle((run) => run.cpuSeconds / run.seconds)),
  };
}

/** One repository with very many tags: pages of them, and pushes, while the server runs on. */
async function manyTags() {
  const serve = await startServe(join(folder, 'many'));
  running.push(serve);
  const into = 'bench/tags';
  const layer = noise('layer', kib);
  await put(serve, emptyBlob, into);
  await put(serve, layer, into);
  const push = { repository: into, layer: digestOf(layer), layerBytes: layer.length };
  const filled = await load(
    serve,
    { job: 'tag', connections: 64, options: { ...push, seed: '1' } },
    { steps: tagCount },
  );
  print({ case: 'tags, filling', tags: tagCount, ours: side([filled]), ...memoryOf(serve) });

  const paths = Array.from({ length: 100 }, (_, index) => {
    const last = `1.${Math.floor((index * tagCount) / 100)}`;
    return `/v2/${into}/tags/list?n=1000&last=${last}`;
  });
  const pages = { job: 'read', connections: 1, options: { paths } };
  print({ case: 'tags, a page of 1,000', ours: side([await load(serve, pages, { seconds })]) });
  const single = { job: 'tag', connections: 1, options: { ...push, seed: '2' } };
  const slow = await load(serve, single, { seconds: 2 * seconds });
  print({ case: 'tags, a push', ours: { ...side([slow]), maxMs: round3(slow.max) } });
  print({ case: 'tags, memory', of: serve.name, ...memoryOf(serve) });
  await serve.stop();
}

function memoryOf({ pid }) {
  return { peakRssMB: Math.round(highWaterMark(pid) / 1e6) };
}

function round3(number) {
  return Number(number.toPrecision(3));
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
