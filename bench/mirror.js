/**
 * `mirror` of five large packages at once, from a registry of providers into an OCI registry, beside what the two
 * sides give alone: plain downloads of the same packages, and plain uploads. And the planning of a very large job.
 *
 *   npm run build:bin && node bench/mirror.js
 *
 * BENCH_PACKAGE_BYTES is what is in a package (default 700,000,000, about 150 MB packed); BENCH_ROUNDS the number of
 * rounds (default 3); BENCH_LINK the bytes per second that the origin gives in all (default: what it can);
 * BENCH_PROVIDERS and BENCH_VERSIONS are the size of the job that is planned (default 5,000 and 40);
 * BENCH_CASES is `packages,plan`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { measure, report } from './support/measure.js';
import { environment, makeFolder, makePackage, program, startRegistry } from './support/setting.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const unpacked = Number(process.env.BENCH_PACKAGE_BYTES ?? 700_000_000);
const link = process.env.BENCH_LINK === undefined ? undefined : Number(process.env.BENCH_LINK);
const providers = Number(process.env.BENCH_PROVIDERS ?? 5000);
const versionCount = Number(process.env.BENCH_VERSIONS ?? 40);
const cases = (process.env.BENCH_CASES ?? 'packages,plan').split(',');
const platform = 'linux_amd64';

/** The same package with another comment at its end: another digest, without packing it again. */
function withComment(zip, comment) {
  const copy = Buffer.concat([zip, Buffer.from(comment)]);
  copy.writeUInt16LE(comment.length, zip.length - 2);
  return copy;
}

async function startOrigin(folder, description) {
  writeFileSync(join(folder, 'origin.json'), JSON.stringify(description));
  const script = join(import.meta.dirname, 'support', 'origin.js');
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return {
    ...JSON.parse(String(line)),
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function ask(method, url, ca, { body, headers } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, ca, headers }, resolve);
    outgoing.once('error', reject);
    if (body === undefined) outgoing.end();
    else pipeline(body, outgoing).catch(reject);
  });
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: 0, peakRss: 0 };
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

const { folder, remove } = makeFolder();
try {
  // The first start makes the certificate that the origin shows, too.
  const first = await startRegistry(folder);
  await first.stop();
  const caFile = first.caFile;
  const ca = readFileSync(caFile);
  const env = environment({ SSL_CERT_FILE: caFile, TMPDIR: folder });
  if (cases.includes('packages')) await fivePackages({ ca, env });
  if (cases.includes('plan')) await plan({ env });
} finally {
  remove();
}

async function fivePackages({ ca, env }) {
  const path = join(folder, 'package.zip');
  await makePackage(path, 'large', '1.0.0', unpacked);
  const zip = readFileSync(path);
  const versions = {};
  const files = [];
  for (let index = 0; index < 5; index += 1) {
    const bytes = withComment(zip, `package ${index}`);
    const file = join(folder, `${index}.zip`);
    writeFileSync(file, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    versions[`1.${index}.0`] = { [platform]: { path: file, size: bytes.length, sha256 } };
    files.push({ file, size: bytes.length, sha256, version: `1.${index}.0` });
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const origin = await startOrigin(folder, { type: 'large', versions, bytesPerSecond: link });
  const runs = { ours: [], download: [], upload: [] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      runs.download.push(
        await timed(() =>
          Promise.all(
            files.map(async ({ version }) => {
              const name = `terraform-provider-large_${version}_${platform}.zip`;
              const url = `https://${origin.host}/files/${version}/${platform}/${name}`;
              await pipeline(await ask('GET', url, ca), nowhere());
            }),
          ),
        ),
      );
      runs.upload.push(
        await intoEmpty((host) =>
          timed(() => Promise.all(files.map((one) => upload(host, ca, one)))),
        ),
      );
      runs.ours.push(
        await intoEmpty(async (host) => {
          const to = `${host}/tf/{namespace}/{type}`;
          const args = [
            program,
            'mirror',
            `${origin.host}/bench/large`,
            '--select',
            'all',
            '--to',
            to,
            '--json',
          ];
          const run = await measure(process.execPath, args, { env });
          const { pushed } = JSON.parse(run.stdout.trim().split('\n').at(-1));
          if (pushed !== files.length)
            throw new Error(`not everything was mirrored: ${run.stdout}`);
          return run;
        }),
      );
    }
  } finally {
    await origin.stop();
  }
  const name = `mirror of 5 packages, ${link === undefined ? 'loopback' : `${link / 1e6} MB/s`}`;
  report(name, total, runs.ours, { name: 'plain downloads', runs: runs.download });
  report(name, total, runs.ours, { name: 'plain uploads', runs: runs.upload });
}

async function upload(host, ca, { file, sha256, size }) {
  const base = `https://${host}/v2/plain/upload/blobs/uploads/`;
  const headers = { 'content-length': size, 'content-type': 'application/octet-stream' };
  const body = createReadStream(file, { highWaterMark: 256 * 1024 });
  const answer = await ask('POST', `${base}?digest=sha256:${sha256}`, ca, { body, headers });
  answer.resume();
  if (answer.statusCode !== 201)
    throw new Error(`an upload was answered with ${answer.statusCode}`);
}

async function intoEmpty(task) {
  const registry = await startRegistry(folder);
  try {
    return await task(registry.host);
  } finally {
    await registry.stop();
    rmSync(join(folder, 'registry'), { recursive: true, force: true });
  }
}

/** Nothing is there yet: each release is asked for, judged and measured. */
async function plan({ env }) {
  const sha256 = createHash('sha256').update('a package').digest('hex');
  const versions = Object.fromEntries(
    Array.from({ length: versionCount }, (_, index) => [
      `1.${index}.0`,
      { [platform]: { size: 1000, sha256 } },
    ]),
  );
  const origin = await startOrigin(folder, { type: 'small', versions });
  try {
    const blocks = Array.from(
      { length: providers },
      (_, index) =>
        `  provider "${origin.host}/bench${index}/small" {\n    versions = ">= 1.0.0"\n  }\n`,
    );
    writeFileSync(join(folder, 'mirror.hcl'), `mirror {\n${blocks.join('')}}\n`);
    mkdirSync(join(folder, 'work'), { recursive: true });
    const run = await intoEmpty((host) => {
      const to = `${host}/tf/{namespace}/{type}`;
      const args = [
        program,
        'mirror',
        '--file',
        join(folder, 'mirror.hcl'),
        '--to',
        to,
        '--dry-run',
        '--json',
      ];
      return measure(process.execPath, args, { env, cwd: join(folder, 'work') });
    });
    const { planned } = JSON.parse(run.stdout.trim().split('\n').at(-1));
    if (planned !== providers * versionCount) throw new Error(`${planned} packages were planned`);
    report(`planning of ${providers} providers, ${versionCount} versions`, 0, [run]);
  } finally {
    await origin.stop();
  }
}
