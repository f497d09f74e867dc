import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashTree } from '../../src/archive/index.ts';
import {
  type InitProject,
  type InitWorld,
  makeInitProject,
  makeInitWorld,
} from '../support/init-world.ts';
import { type Finished, runCli } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { platform } from '../support/published-registry.ts';

const source = 'example.com/acme/thing';
const inside = `${source}/1.1.0/${platform}`;
const count = 16;

let world: InitWorld;
let h1: string | undefined;
beforeAll(async () => {
  world = await makeInitWorld([platform]);
  h1 = world.packages.find(({ version }) => version === '1.1.0')?.h1;
});

/** The text of a CLI configuration with a mirror of the test's own. */
async function makeMirror(): Promise<string> {
  const mirror = await world.mirrorFolder(source);
  return `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`;
}

const init = ({ env, home }: InitProject, cache?: string): Promise<Finished> =>
  runCli(['init'], {
    cwd: home,
    env: { ...env, ...(cache === undefined ? {} : { TF_PLUGIN_CACHE_DIR: cache }) },
  });

/** Nothing half done, and nothing left over. */
async function expectWhole(project: InitProject): Promise<void> {
  const data = join(project.home, '.terraform');
  expect(await hashTree(join(data, 'providers', inside))).toBe(h1);
  expect(await readdir(data)).toEqual(['providers']);
  expect((await readdir(project.home)).sort()).toEqual([
    '.terraform',
    '.terraform.lock.hcl',
    'main.tf',
  ]);
  expect((await project.lockText()).match(/"h1:[^"]+"/gu)).toEqual([`"${String(h1)}"`]);
}

describe('sixteen processes at once', { timeout: 60_000 }, () => {
  it('install into one folder, and nothing is torn', async () => {
    const project = await makeInitProject(world, source, await makeMirror());
    const runs = await Promise.all(Array.from({ length: count }, () => init(project)));
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    await expectWhole(project);
  });

  it('share a plugin cache, and nothing is torn', async () => {
    const cache = await tempFolder();
    const config = await makeMirror();
    const projects = await Promise.all(
      Array.from({ length: count }, () => makeInitProject(world, source, config)),
    );
    const runs = await Promise.all(projects.map((project) => init(project, cache)));
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    for (const project of projects) await expectWhole(project);
    expect(await hashTree(join(cache, inside))).toBe(h1);
    expect(await readdir(cache)).toEqual(['example.com']);
  });

  it('with a lock file fetch a package into the plugin cache once', async () => {
    const config = await makeMirror();
    const first = await makeInitProject(world, source, config);
    expect(await init(first)).toMatchObject({ code: 0 });
    const cache = await tempFolder();
    const projects = await Promise.all(
      Array.from({ length: count }, async () => {
        const project = await makeInitProject(world, source, config);
        const name = '.terraform.lock.hcl';
        await copyFile(join(first.home, name), join(project.home, name));
        return project;
      }),
    );
    const runs = await Promise.all(projects.map((project) => init(project, cache)));
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    for (const project of projects) await expectWhole(project);
    const fetched = runs.filter(({ stdout }) => stdout.includes('to the shared cache directory'));
    expect(fetched).toHaveLength(1);
  });
});
