/**
 * An origin registry over TLS in a process of its own: service discovery, the provider registry protocol, signed
 * SHA256SUMS. Every provider has the same versions, so that thousands of them need no memory.
 *
 *   node bench/support/origin.js FOLDER
 *
 * FOLDER/tls holds server.crt and server.key, FOLDER/origin.json says
 * `{type, versions: {"1.0.0": {"linux_amd64": {path?, size, sha256}}}, bytesPerSecond?}`. Prints `{host}` when it listens.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as openpgp from 'openpgp';

const [, , folder] = process.argv;
const { bytesPerSecond, type, versions } = JSON.parse(
  readFileSync(join(folder, 'origin.json'), 'utf8'),
);

const { privateKey } = await openpgp.generateKey({
  userIDs: [{ name: 'Author', email: 'author@example.org' }],
  type: 'rsa',
  rsaBits: 2048,
  format: 'object',
});
const key = { key_id: privateKey.getKeyID().toHex(), ascii_armor: privateKey.toPublic().armor() };
const filename = (version, platform) => `terraform-provider-${type}_${version}_${platform}.zip`;

const releases = new Map();
for (const [version, packages] of Object.entries(versions)) {
  const lines = Object.entries(packages).map(
    ([platform, { sha256 }]) => `${sha256}  ${filename(version, platform)}\n`,
  );
  const sums = Buffer.from(lines.sort().join(''));
  const message = await openpgp.createMessage({ binary: sums });
  const options = { message, signingKeys: privateKey, detached: true, format: 'binary' };
  releases.set(version, { packages, sums, signature: Buffer.from(await openpgp.sign(options)) });
}
const list = JSON.stringify({
  versions: [...releases].map(([version, { packages }]) => ({
    version,
    protocols: ['5.0'],
    platforms: Object.keys(packages).map((platform) => {
      const [os, arch] = platform.split('_');
      return { os, arch };
    }),
  })),
});

function json(response, value) {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** All downloads together are as fast as the link. */
let free = 0;
async function* slowed(chunks) {
  for await (const chunk of chunks) {
    if (bytesPerSecond !== undefined) {
      free = Math.max(free, performance.now()) + (chunk.length / bytesPerSecond) * 1000;
      const wait = free - performance.now();
      if (wait > 2) await delay(wait);
    }
    yield chunk;
  }
}

async function serve(request, response) {
  const [first, ...rest] = request.url.slice(1).split('/');
  if (first === '.well-known') return json(response, { 'providers.v1': '/v1/providers/' });
  if (first === 'v1') {
    const [, , , version, , os, arch] = rest;
    if (version === 'versions') return json(response, list);
    const platform = `${os}_${arch}`;
    const found = releases.get(version)?.packages[platform];
    if (found === undefined) return response.writeHead(404).end();
    const base = `/files/${version}`;
    return json(response, {
      protocols: ['5.0'],
      os,
      arch,
      filename: filename(version, platform),
      download_url: `${base}/${platform}/${filename(version, platform)}`,
      shasum: found.sha256,
      shasums_url: `${base}/SHA256SUMS`,
      shasums_signature_url: `${base}/SHA256SUMS.sig`,
      signing_keys: { gpg_public_keys: [key] },
    });
  }
  const [version, name] = rest;
  const release = releases.get(version);
  if (name === 'SHA256SUMS') return response.end(release.sums);
  if (name === 'SHA256SUMS.sig') return response.end(release.signature);
  const { path, size } = release.packages[name];
  response.writeHead(200, { 'content-length': size, 'content-type': 'application/zip' });
  if (request.method === 'HEAD') return response.end();
  return await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), slowed, response);
}

const tls = (name) => readFileSync(join(folder, 'tls', name));
const server = createServer(
  { key: tls('server.key'), cert: tls('server.crt') },
  (request, response) => {
    Promise.resolve(serve(request, response)).catch(() => response.destroy());
  },
);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ host: `127.0.0.1:${server.address().port}` })}\n`);
});
