/** What the benchmarks run against: the bundle, a registry of its own over TLS, a big package. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';

export const program =
  process.env.BENCH_PROGRAM ?? join(import.meta.dirname, '..', '..', 'dist', 'bin', 'tofu-oci.js');

/** A clean environment: Node 20 parses NODE_EXTRA_CA_CERTS at every start. */
export function environment(extra = {}) {
  return { PATH: process.env.PATH, HOME: tmpdir(), CHECKPOINT_DISABLE: '1', ...extra };
}

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'tofu-oci-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Real machine code: the bytes of the program that runs this, from another place on for another seed. */
function* machineCode(seed, bytes) {
  code ??= readFileSync(process.execPath);
  let at = createHash('sha256').update(seed).digest().readUInt32LE() % code.length;
  for (let left = bytes; left > 0;) {
    const block = code.subarray(at, at + Math.min(left, 1024 * 1024));
    yield block;
    left -= block.length;
    at = (at + block.length) % code.length;
  }
}
let code;

/** A package with one executable of `bytes` bytes; others for another seed. */
export async function makePackage(path, type, version, bytes, seed = type) {
  const zip = new yazl.ZipFile();
  zip.addReadStream(
    Readable.from(machineCode(seed, bytes)),
    `terraform-provider-${type}_v${version}`,
    {
      mtime: new Date('2026-01-01T00:00:00Z'),
      mode: 0o100755,
    },
  );
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
}

/** `tofu-oci serve` over TLS; resolves when it listens. */
export async function startRegistry(folder, options = []) {
  const tls = join(folder, 'tls');
  const args = [program, 'serve', join(folder, 'registry'), '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [...args, '--tls-self-signed', tls, '--json', ...options], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const host = new URL(JSON.parse(String(line)).addresses[0]).host;
  return {
    host,
    caFile: join(tls, 'ca.crt'),
    child,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
