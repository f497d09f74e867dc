/**
 * push and init of one package of real size, beside `tofu init` from the same registry over TLS.
 *
 *   npm run build:bin && TOFU_BIN=/path/to/tofu node bench/big-package.js
 *
 * BENCH_ZIP names a real package (terraform-provider-TYPE_VERSION_OS_ARCH.zip); without it one of about
 * 700 MB unpacked is made. BENCH_ROUNDS is the number of rounds (default 5); ours and theirs alternate.
 */
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { measure, report } from './support/measure.js';
import { environment, makeFolder, makePackage, program, startRegistry } from './support/setting.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const tofu = process.env.TOFU_BIN?.split(':')[0];
const { folder, remove } = makeFolder();
let registry;
try {
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  const given = process.env.BENCH_ZIP;
  const name =
    given === undefined ? 'terraform-provider-big_1.0.0_linux_amd64.zip' : basename(given);
  const [, type, version] = /^terraform-provider-(.+?)_([^_]+)_/u.exec(name);
  const zip = join(dist, name);
  if (given === undefined) await makePackage(zip, type, version, 700_000_000);
  else copyFileSync(given, zip);
  const bytes = statSync(zip).size;

  registry = await startRegistry(folder);
  const location = `${registry.host}/tf/{namespace}/{type}`;
  const address = `registry.opentofu.org/bench/${type}`;
  const push = [
    'push',
    address,
    dist,
    '--to',
    location,
    '--ca-file',
    registry.caFile,
    '--no-progress',
  ];
  const pushed = await measure(process.execPath, [program, ...push], { env: environment() });
  report('push', bytes, [pushed]);

  const config = join(folder, 'tofurc');
  writeFileSync(
    config,
    `provider_installation {\n  oci_mirror {\n    repository_template = "${registry.host}/tf/\${namespace}/\${type}"\n    include = ["registry.opentofu.org/*/*"]\n  }\n}\n`,
  );
  const env = environment({ TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: registry.caFile });
  const project = join(folder, 'project');
  const required = `{ source = "bench/${type}", version = "${version}" }`;
  const fresh = () => {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project);
    writeFileSync(
      join(project, 'main.tf'),
      `terraform {\n  required_providers {\n    ${type} = ${required}\n  }\n}\n`,
    );
  };
  const ours = { fresh: [], again: [] };
  const theirs = { fresh: [], again: [] };
  for (let round = 0; round < rounds; round += 1) {
    fresh();
    ours.fresh.push(await measure(process.execPath, [program, 'init'], { cwd: project, env }));
    ours.again.push(await measure(process.execPath, [program, 'init'], { cwd: project, env }));
    if (tofu === undefined) continue;
    fresh();
    theirs.fresh.push(await measure(tofu, ['init', '-no-color'], { cwd: project, env }));
    theirs.again.push(await measure(tofu, ['init', '-no-color'], { cwd: project, env }));
  }
  const peer = (runs) => (tofu === undefined ? undefined : { name: basename(tofu), runs });
  report('init', bytes, ours.fresh, peer(theirs.fresh));
  report('init again', bytes, ours.again, peer(theirs.again));
} finally {
  await registry?.stop();
  remove();
}
