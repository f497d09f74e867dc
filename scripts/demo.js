/**
 * The main job, from nothing, on this machine alone: a release is made on the spot, published into the
 * embedded registry and installed from it. `npm run demo`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import yazl from 'yazl';

const program = join(import.meta.dirname, '..', 'dist', 'bin', 'tofu-oci.js');
const folder = mkdtempSync(join(tmpdir(), 'tofu-oci-demo-'));
const { platform, arch } = process;
const here = `${{ win32: 'windows' }[platform] ?? platform}_${{ x64: 'amd64', ia32: '386' }[arch] ?? arch}`;

function show(text) {
  process.stdout.write(`\n\u001b[1m# ${text}\u001b[0m\n`);
}

function tofuOci(args, options = {}) {
  process.stdout.write(`$ tofu-oci ${args.join(' ')}\n`);
  const result = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: 'inherit',
    ...options,
  });
  if (result.status !== 0) throw new Error(`tofu-oci ${args[0]} ended with ${result.status}`);
}

/** A provider package as a release tool makes it: the executable, a licence, a readme. */
async function makePackage(path, binary, target) {
  const zip = new yazl.ZipFile();
  const mtime = new Date('2026-01-01T00:00:00Z');
  const add = (name, content, mode) => zip.addBuffer(Buffer.from(content), name, { mtime, mode });
  add('LICENSE', 'Apache-2.0\n', 0o100644);
  add('README.md', '# A provider for the demo\n', 0o100644);
  add(binary, `#!/bin/sh\necho "I am a provider for ${target}" >&2\nexit 1\n`, 0o100755);
  zip.end();
  const bytes = await buffer(zip.outputStream);
  writeFileSync(path, bytes);
  return createHash('sha256').update(bytes).digest('hex');
}

async function makeRelease(dist) {
  mkdirSync(dist);
  const sums = [];
  for (const target of new Set([here, 'linux_amd64', 'darwin_arm64', 'windows_amd64'])) {
    const name = `terraform-provider-greeting_1.0.0_${target}.zip`;
    const suffix = target.startsWith('windows') ? '.exe' : '';
    const hash = await makePackage(
      join(dist, name),
      `terraform-provider-greeting_v1.0.0${suffix}`,
      target,
    );
    sums.push(`${hash}  ${name}\n`);
  }
  writeFileSync(join(dist, 'terraform-provider-greeting_1.0.0_SHA256SUMS'), sums.sort().join(''));
}

async function startRegistry() {
  const args = ['serve', './registry', '--listen', '127.0.0.1:0', '--json'];
  process.stdout.write(`$ tofu-oci ${args.join(' ')} &\n`);
  const server = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  return { server, address: new URL(JSON.parse(String(line)).addresses[0]).host };
}

function tree(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

let server;
try {
  show('A release of a provider, made on the spot');
  await makeRelease(join(folder, 'dist'));
  process.stdout.write(`${tree(join(folder, 'dist')).join('\n')}\n`);

  show('A registry of our own');
  const running = await startRegistry();
  server = running.server;
  const location = `${running.address}/tf/{hostname}/{namespace}/{type}`;

  show('Publish the release');
  tofuOci(['push', 'example.com/demo/greeting', './dist', '--to', location]);

  show('Install it in a project that requires it');
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(
    join(project, 'main.tf'),
    `terraform {
  required_providers {
    greeting = {
      source  = "example.com/demo/greeting"
      version = "~> 1.0"
    }
  }
}
`,
  );
  tofuOci(['init', '--from', location], { cwd: project });

  show('What is installed');
  process.stdout.write(`${tree(join(project, '.terraform')).join('\n')}\n`);

  show('.terraform.lock.hcl');
  process.stdout.write(readFileSync(join(project, '.terraform.lock.hcl'), 'utf8'));
} finally {
  if (server !== undefined) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}
