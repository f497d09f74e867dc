/**
 * `init` from `tofu-oci serve` over TLS, with nothing installed and with everything in place, beside `tofu init` of the
 * same project from the same registry; and where one package is all there is to it, beside a plain download of it.
 *
 *   npm run build:bin && TOFU_BIN=/path/to/tofu[:/path/to/another] node bench/init.js
 *
 * BENCH_PAYLOADS are of big,ten,small,project,twenty (see support/payloads.js; default all). BENCH_ZIP names a real
 * package for the big one. BENCH_LINKS are of loopback,50MB/s,50ms (default all): a limit for all connections together,
 * or a round trip. BENCH_ROUNDS is the number of rounds (default 5); all programs take turns. The largest number of
 * requests that the registry saw for an `init` with everything in place is in the report.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { measure, report } from './support/measure.js';
import { payloadNames, publishPayload } from './support/payloads.js';
import { environment, makeFolder, program, startRegistry } from './support/setting.js';
import { slowLink } from './support/slow-link.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const payloads = process.env.BENCH_PAYLOADS?.split(',') ?? payloadNames;
const tofus = process.env.TOFU_BIN?.split(':') ?? [];
const allLinks = { loopback: [0], '50MB/s': [0, 50_000_000], '50ms': [25] };
const links = process.env.BENCH_LINKS?.split(',') ?? Object.keys(allLinks);

const { folder, remove } = makeFolder();
const accessLog = join(folder, 'access.log');
let registry;
try {
  registry = await startRegistry(folder, ['--access-log', accessLog]);
  const location = `${registry.host}/tf/{namespace}/{type}`;
  for (const name of payloads) {
    const payload = await publishPayload(name, { folder, registry, location });
    report(`push, ${name}`, payload.bytes, payload.pushed);
    for (const link of links) await onLink(link, name, payload);
  }
} finally {
  await registry?.stop();
  remove();
}

async function onLink(linkName, payloadName, { bytes, providers }) {
  // Without a link there is no relay either: its work would count.
  const link =
    linkName === 'loopback' ? undefined : await slowLink(registry.host, ...allLinks[linkName]);
  const host = link?.host ?? registry.host;
  const project = join(folder, 'project');
  const env = { cwd: project, env: clientEnvironment(host) };
  const clients = [
    { name: 'tofu-oci', program: process.execPath, args: [program, 'init'] },
    ...tofus.map((path) => ({ name: basename(path), program: path, args: ['init', '-no-color'] })),
  ].map((client) => ({ ...client, fresh: [], again: [] }));
  const bare = [];
  let requests = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const client of round % 2 === 0 ? clients : clients.toReversed()) {
      makeProject(project, providers);
      client.fresh.push(await measure(client.program, client.args, env));
      const before = logged();
      client.again.push(await measure(client.program, client.args, env));
      // The log is written a moment after the answer.
      await delay(50);
      if (client === clients[0]) requests = Math.max(requests, logged() - before);
    }
    if (providers.length === 1) bare.push(await download(host, providers[0]));
  }
  link?.stop();
  const [ours, ...peers] = clients;
  const what = `${payloadName}, ${linkName}`;
  const beside = (of, name, runs) => report(of, bytes, ours.fresh, { name, runs });
  if (bare.length > 0) beside(`init, ${what}`, 'plain download', bare);
  if (peers.length === 0) report(`init, ${what}`, bytes, ours.fresh);
  for (const { name, fresh } of peers) beside(`init, ${what}`, name, fresh);
  for (const peer of peers.length > 0 ? peers : [undefined]) {
    const other = peer === undefined ? undefined : { name: peer.name, runs: peer.again };
    report(`init again, ${what}, ${requests} requests`, bytes, ours.again, other);
  }
}

function clientEnvironment(host) {
  const config = join(folder, 'tofurc');
  writeFileSync(
    config,
    `provider_installation {\n  oci_mirror {\n    repository_template = "${host}/tf/\${namespace}/\${type}"\n    include = ["registry.opentofu.org/*/*"]\n  }\n}\n`,
  );
  return environment({ TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: registry.caFile });
}

function makeProject(project, providers) {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project);
  const required = providers
    .map(
      ({ type, version }) => `    ${type} = { source = "bench/${type}", version = "${version}" }\n`,
    )
    .join('');
  writeFileSync(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n${required}  }\n}\n`,
  );
}

function download(host, { type, zip }) {
  const digest = createHash('sha256').update(readFileSync(zip)).digest('hex');
  const url = `https://${host}/v2/tf/bench/${type}/blobs/sha256:${digest}`;
  const script = join(import.meta.dirname, 'support', 'plain-download.js');
  return measure(process.execPath, [script, url, registry.caFile], { env: environment() });
}

function logged() {
  return readFileSync(accessLog, 'utf8').split('\n').length - 1;
}
