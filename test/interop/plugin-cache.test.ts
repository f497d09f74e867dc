import { mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { extractPackage } from '../../src/archive/index.ts';
import {
  parseConstraints,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../../src/domain/index.ts';
import { parseLockFile } from '../../src/domain/index.ts';
import { openPackageCache } from '../../src/install/index.ts';
import { findTofus } from '../support/peers.ts';
import { putPacked } from '../support/provider-folders.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const tofus = findTofus();
const platform = parsePlatform(`linux_${process.arch === 'x64' ? 'amd64' : process.arch}`);
const provider = parseProviderAddress('example.com/acme/thing');
const one = { provider, version: parseVersion('1.0.0'), platform };

async function world() {
  const folder = await tempFolder();
  const [cache, mirror, project] = ['cache', 'mirror', 'project'].map((name) => join(folder, name));
  if (cache === undefined || mirror === undefined || project === undefined) throw new Error('no');
  await mkdir(cache);
  await mkdir(project);
  const zip = await makeProviderZip(
    { type: 'thing', version: '1.0.0' },
    `${platform.os}_${platform.arch}`,
  );
  await putPacked(mirror, one, zip);
  const config = join(folder, 'tofurc');
  await writeFile(
    config,
    `plugin_cache_dir = "${cache}"\nprovider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`,
  );
  await writeFile(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n    thing = {\n      source  = "example.com/acme/thing"\n      version = "1.0.0"\n    }\n  }\n}\n`,
  );
  return { cache, mirror, project, zip, env: { TF_CLI_CONFIG_FILE: config } };
}

describe.skipIf(tofus.length === 0)('a plugin cache shared with OpenTofu', () => {
  it.each(tofus.map((path) => [basename(path), path] as const))(
    'serves %s and is served by it',
    async (_name, tofu) => {
      const { cache, env, mirror, project, zip } = await world();
      const init = async () => await runProgram(tofu, ['init', '-no-color'], { cwd: project, env });
      expect((await init()).code).toBe(0);
      const lockPath = join(project, '.terraform.lock.hcl');
      const locks = parseLockFile(await readFile(lockPath, 'utf8'), lockPath).lockFile;
      const locked = locks.get(provider)?.hashes ?? [];
      expect(locks.get(provider)?.constraints).toEqual(parseConstraints('1.0.0'));

      // What OpenTofu put there is what its lock file admits.
      const ours = await openPackageCache({ directory: cache, mayBreakLockFile: false });
      const found = await ours.find(one, { locked });
      expect(found?.standing).toBe('matches-lock');

      // What we put there is what OpenTofu takes, without asking the mirror for the package.
      await rm(cache, { recursive: true });
      await mkdir(cache);
      const { cached } = await ours.fill(one, {
        locked,
        stage: async (directory) => ({
          kind: 'extracted',
          directory,
          ...(await extractPackage(Readable.from([zip]), directory)),
        }),
      });
      await ours.close();
      await rm(join(project, '.terraform'), { recursive: true });
      await writeFile(await putPacked(mirror, one, zip), 'no zip any more');
      const again = await init();
      expect(again.stdout).toContain('v1.0.0 from the shared cache directory');
      expect(again.code).toBe(0);
      const inside = `example.com/acme/thing/1.0.0/${platform.os}_${platform.arch}`;
      expect(await readlink(join(project, '.terraform/providers', inside))).toBe(cached.path);
    },
  );
});
