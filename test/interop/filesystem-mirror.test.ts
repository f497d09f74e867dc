import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFilesystemTarget } from '../../src/publish/index.ts';
import { type InitWorld, makeInitProject, makeInitWorld } from '../support/init-world.ts';
import { makeMirrorPlace } from '../support/mirror-place.ts';
import { findTofus } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const tofus = findTofus();

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

/** Each file below a folder, by its path in there. */
async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const read = files.map(
    async (path) => [path.slice(folder.length + 1), await readFile(path, 'base64')] as const,
  );
  return new Map(await Promise.all(read));
}

/** Byte for byte the same, but for hashes that are stated beside those of the other. */
function expectSuperset(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): void {
  expect([...ours.keys()]).toEqual([...theirs.keys()]);
  for (const [path, text] of theirs) {
    const mine = ours.get(path) ?? '';
    if (!path.endsWith('1.1.0.json')) {
      expect(mine).toBe(text);
      continue;
    }
    const [own, other] = [mine, text].map((each) => Buffer.from(each, 'base64').toString());
    for (const hash of other?.match(/"(?:h1|zh):[^"]*"/gu) ?? []) expect(own).toContain(hash);
    const without = (each = ''): string => each.replace(/\[[^\]]*\]/gu, '[]');
    expect(without(own)).toBe(without(other));
  }
}

describe.skipIf(tofus.length === 0)('filesystem mirrors, beside OpenTofu', () => {
  it.each(tofus.map((path) => [basename(path), path]))(
    'are what %s writes, and state each hash that it states; each goes on from the other',
    async (_name, tofu) => {
      const ours = join(await tempFolder(), 'ours');
      const theirs = join(await tempFolder(), 'theirs');
      const target = createFilesystemTarget({ directory: ours });
      const place = await makeMirrorPlace(world, { to: () => target(place.provider) });
      const source = `${place.registry.host}/acme/thing`;
      const { env, home } = await makeInitProject(world, source);
      const write = async (folder: string, ...platforms: string[]): Promise<void> => {
        const options = platforms.map((platform) => `-platform=${platform}`);
        const args = ['providers', 'mirror', ...options, folder];
        const { code, stderr, stdout } = await runProgram(tofu, args, { cwd: home, env });
        expect(`${code ?? ''}${stdout}${stderr}`).toMatch(/^0/u);
      };
      await write(theirs, 'linux_amd64', 'darwin_arm64');
      expect(await place.run()).toMatchObject({ packages: { pushed: 2 }, failures: [] });
      const written = await filesBelow(theirs);
      expect(written.size).toBe(4);
      expectSuperset(await filesBelow(ours), written);

      // What one of them began the other completes to the same.
      await rm(ours, { recursive: true });
      await write(ours, 'darwin_arm64');
      expect(await place.run()).toMatchObject({ packages: { pushed: 1, present: 1 } });
      expectSuperset(await filesBelow(ours), written);
    },
  );
});
