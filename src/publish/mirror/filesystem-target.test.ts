import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import {
  makeMirrorPlace,
  type MirrorTestPlace,
  newest,
} from '../../../test/support/mirror-place.ts';
import { putUnpacked } from '../../../test/support/provider-folders.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { FileAccessError, type Files, nodeFiles } from '../../base/index.ts';
import { parsePlatform, parseProviderAddress, parseVersion } from '../../domain/index.ts';
import { createFilesystemMirrorSource } from '../../sources/index.ts';
import { createFilesystemTarget } from './filesystem-target.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

const linux = parsePlatform('linux_amd64');
const all = [{ ...newest, newest: 'all' as const }];

interface FolderPlace extends MirrorTestPlace {
  /** Of the provider, in the filesystem mirror. */
  readonly path: string;
  readonly directory: string;
  readonly text: (name: string) => Promise<string>;
}

/** A registry whose provider is mirrored into a folder. */
async function folderPlace(files: Files = nodeFiles, given?: string): Promise<FolderPlace> {
  const directory = given ?? join(await tempFolder(), 'new', 'mirror');
  const target = createFilesystemTarget({ directory, files });
  let to: ReturnType<typeof target> | undefined;
  const place = await makeMirrorPlace(world, { to: () => (to ??= target(place.provider)) });
  const path = target(place.provider).name;
  return { ...place, directory, path, text: (name) => readFile(join(path, name), 'utf8') };
}

const zhOf = (version: string, platform: string): string => {
  const found = world.packages.find((one) => one.version === version && one.platform === platform);
  return `zh:${createHash('sha256')
    .update(found?.zip ?? '')
    .digest('hex')}`;
};
const h1Of = (version: string, platform: string): string =>
  world.packages.find((one) => one.version === version && one.platform === platform)?.h1 ?? '';

describe('mirroring into a filesystem mirror', () => {
  it('writes what "tofu providers mirror" writes', async () => {
    const { path, registry, run, text } = await folderPlace();
    const { failures, releases } = await run();
    expect(failures).toEqual([]);
    expect(releases).toMatchObject([{ index: undefined, evidence: 'none', repository: path }]);
    expect(path.endsWith(join(registry.host, 'acme', 'thing'))).toBe(true);
    expect((await readdir(path)).sort()).toEqual([
      '1.1.0.json',
      'index.json',
      'terraform-provider-thing_1.1.0_darwin_arm64.zip',
      'terraform-provider-thing_1.1.0_linux_amd64.zip',
    ]);
    expect(await text('index.json')).toBe('{\n  "versions": {\n    "1.1.0": {}\n  }\n}');
    const archive = (platform: string): string =>
      `    "${platform}": {\n      "hashes": [\n        "${h1Of('1.1.0', platform)}",\n        "${zhOf('1.1.0', platform)}"\n      ],\n      "url": "terraform-provider-thing_1.1.0_${platform}.zip"\n    }`;
    expect(await text('1.1.0.json')).toBe(
      `{\n  "archives": {\n${archive('darwin_arm64')},\n${archive('linux_amd64')}\n  }\n}`,
    );
  });

  it('is a mirror that providers are installed from', async () => {
    const { directory, provider, run } = await folderPlace();
    await run();
    const mirror = createFilesystemMirrorSource({ directory });
    const version = parseVersion('1.1.0');
    const { location } = await mirror.packageMeta({ provider, version, platform: linux });
    expect(await location.stage(await tempFolder())).toMatchObject({
      h1OfTree: h1Of('1.1.0', 'linux_amd64'),
    });
  });

  it('fetches nothing the second time, and only what is missing of more', async () => {
    const { asked, provider, run, text } = await folderPlace();
    await run({ platforms: [linux] });
    asked();
    expect(await run({ platforms: [linux] })).toMatchObject({
      packages: { present: 1, pushed: 0 },
    });
    expect(asked().join()).not.toContain('.zip');
    const wanted = { providers: [{ provider, versions: [], wanted: all }] };
    expect(await run(wanted)).toMatchObject({ packages: { present: 1, pushed: 3 }, failures: [] });
    expect(JSON.parse(await text('index.json'))).toEqual({
      versions: { '1.0.0': {}, '1.1.0': {} },
    });
    const { archives } = JSON.parse(await text('1.1.0.json')) as { archives: object };
    expect(Object.keys(archives)).toEqual(['darwin_arm64', 'linux_amd64']);
  });

  it('only looks with a dry run', async () => {
    const { directory, run } = await folderPlace();
    expect(await run({ dryRun: true })).toMatchObject({ packages: { planned: 2 }, failures: [] });
    await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('writes the documents of zips that stand there without them', async () => {
    const { asked, path, run, text } = await folderPlace();
    for (const { platform, version, zip } of world.packages) {
      if (version !== '1.1.0') continue;
      await mkdir(path, { recursive: true });
      await writeFile(join(path, `terraform-provider-thing_${version}_${platform}.zip`), zip);
    }
    expect(await run()).toMatchObject({ packages: { present: 2, pushed: 0 }, failures: [] });
    expect(asked().join()).not.toContain('.zip');
    expect(await text('1.1.0.json')).toContain(h1Of('1.1.0', 'linux_amd64'));
    expect(await text('index.json')).toContain('1.1.0');
  });

  it('refuses a package with other bytes before anything is fetched, and replaces it if it may', async () => {
    const { asked, path, run, text } = await folderPlace();
    const name = 'terraform-provider-thing_1.1.0_linux_amd64.zip';
    await run({ platforms: [linux] });
    const other = world.packages.find((one) => one.version === '1.0.0')?.zip ?? Buffer.alloc(0);
    await writeFile(join(path, name), other);
    asked();
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_CONFLICT' } }]);
    expect(asked().join()).not.toContain('.zip');
    expect(await readFile(join(path, name))).toEqual(other);
    expect((await run({ mayReplace: () => true })).failures).toEqual([]);
    expect(await readFile(join(path, name))).not.toEqual(other);
    expect(await text('1.1.0.json')).toContain(h1Of('1.1.0', 'linux_amd64'));
  });

  it('refuses a platform that the origin does not know', async () => {
    const { path, run } = await folderPlace();
    await run();
    const zip = world.packages[0]?.zip ?? Buffer.alloc(0);
    await writeFile(join(path, 'terraform-provider-thing_1.1.0_plan9_386.zip'), zip);
    const { failures } = await run();
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_UNLISTED' } }]);
  });

  it('has no room for evidence, which the user may want', async () => {
    const { run } = await folderPlace();
    const { failures } = await run({ requireEvidence: true });
    expect(failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_EVIDENCE_REFUSED' } }]);
  });

  it('warns of what OpenTofu takes before the zip', async () => {
    const { directory, provider, run } = await folderPlace();
    const [one] = world.packages.filter(({ version }) => version === '1.1.0');
    if (one === undefined) throw new Error('there is no package');
    const request = {
      provider,
      version: parseVersion('1.1.0'),
      platform: parsePlatform(one.platform),
    };
    await putUnpacked(directory, request, one.zip);
    const { failures, warnings } = await run();
    expect(failures).toEqual([]);
    expect(warnings.join()).toMatch(/is unpacked, and OpenTofu takes it before the zip/u);
  });

  it.each([['{'], ['[]'], ['{"archives":{"linux_amd64":{"hashes":[1],"url":"x"}}}']])(
    'refuses to build upon a document like %s',
    async (document) => {
      const { path, run } = await folderPlace();
      await run();
      await writeFile(join(path, '1.1.0.json'), document);
      const { failures } = await run();
      expect(failures).toMatchObject([
        { error: { code: 'ERR_PUBLISH_MIRROR_FOLDER', category: 'integrity' } },
      ]);
    },
  );

  it('leaves no part of a zip when the disk is full, and goes on when there is room', async () => {
    const directory = await tempFolder();
    let isFull = true;
    const files: Files = {
      ...nodeFiles,
      rename: async (from, to) => {
        if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        await nodeFiles.rename(from, to);
      },
    };
    const { path, run } = await folderPlace(files, directory);
    const { failures } = await run();
    expect(failures[0]?.error).toBeInstanceOf(FileAccessError);
    expect(await readdir(path)).toEqual([]);
    isFull = false;
    expect(await run()).toMatchObject({ packages: { pushed: 2 }, failures: [] });
  });

  it('names a host in its own letters', () => {
    const provider = parseProviderAddress('bücher.example/acme/thing');
    const { name } = createFilesystemTarget({ directory: '/mirror' })(provider);
    expect(dirname(dirname(name))).toBe(join('/mirror', 'bücher.example'));
  });
});
