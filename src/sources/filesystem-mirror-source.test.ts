import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { putPacked, putUnpacked } from '../../test/support/provider-folders.ts';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from '../base/index.ts';
import {
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../domain/index.ts';
import { createFilesystemMirrorSource } from './filesystem-mirror-source.ts';
import { impliedMirrors } from './implied-mirrors.ts';
import type { PackageRequest, ProviderSource } from './interfaces.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const ask = (version = '1.0.0', platform = 'linux_amd64', of = provider): PackageRequest => ({
  provider: of,
  version: parseVersion(version),
  platform: parsePlatform(platform),
});
const zipOf = async ({ platform, provider: { type }, version }: PackageRequest): Promise<Buffer> =>
  await makeProviderZip({ type, version: formatVersion(version) }, formatPlatform(platform));

const packed = async (mirror: string, one = ask()): Promise<string> =>
  await putPacked(mirror, one, await zipOf(one));
const unpacked = async (mirror: string, one = ask()): Promise<string> =>
  await putUnpacked(mirror, one, await zipOf(one));

/** `VERSION OS_ARCH KIND` of the package that would be installed, or the error's code. */
async function chosen(source: ProviderSource, one = ask()): Promise<string> {
  const meta = await source.packageMeta(one);
  const staged = await meta.location.stage(await tempFolder());
  return staged.kind;
}

let mirror: string;
beforeEach(async () => {
  mirror = await tempFolder();
});
const source = (directory = mirror): ProviderSource => createFilesystemMirrorSource({ directory });
const versions = async (of = provider, directory = mirror): Promise<readonly string[]> =>
  (await source(directory).availableVersions(of)).map(formatVersion);

describe('a filesystem mirror', () => {
  it('prefers the unpacked package, which is linked, over the zip', async () => {
    await packed(mirror);
    await expect(chosen(source())).resolves.toBe('extracted');
    const path = await unpacked(mirror);
    const meta = await source().packageMeta(ask());
    expect(meta.location.display).toBe(path);
    expect(await meta.location.stage(await tempFolder())).toMatchObject({ kind: 'linked', path });
    expect(await versions()).toEqual(['1.0.0']);
  });

  it.each([
    ['Terraform-Provider-THING_1.0.0_Linux_AMD64.ZIP', ['1.0.0']],
    ['terraform-provider-thing_1.0.0_linux_amd64_extra.zip', ['1.0.0']],
    ['terraform-provider-thing_1.2_linux_amd64.zip', ['1.2.0']],
    ['terraform-provider-thing_1.0.0-RC1_linux_amd64.zip', ['1.0.0-rc1']],
  ])('accepts the name %s of a zip', async (name, expected) => {
    const path = await packed(mirror);
    await rename(path, join(dirname(path), name));
    expect(await versions()).toEqual(expected);
  });

  it.each([
    'terraform-provider-thing_1.0.0_linux.zip',
    'terraform-provider-thing_v1.0.0_linux_amd64.zip',
    'terraform-provider-thing_1.0.0_linux_amd64.tgz',
    'terraform-provider-other_1.0.0_linux_amd64.zip',
    'thing_1.0.0_linux_amd64.zip',
    'index.json',
    '1.0.0.json',
  ])('rejects the name %s of a zip without a word', async (name) => {
    const path = await packed(mirror);
    await rename(path, join(dirname(path), name));
    await expect(versions()).rejects.toMatchObject({ code: 'ERR_SOURCES_PROVIDER_NOT_FOUND' });
  });

  it.each([
    ['v1.0.0', 'linux_amd64'],
    ['latest', 'linux_amd64'],
    ['1.0.0', 'linux'],
    ['1.0.0', 'linux_amd64_v2'],
    ['1.0.0', 'linux amd64'],
  ])('rejects the folder %s/%s', async (version, platform) => {
    await mkdir(join(mirror, 'example.com/acme/thing', version, platform), { recursive: true });
    await expect(versions()).rejects.toMatchObject({ code: 'ERR_SOURCES_PROVIDER_NOT_FOUND' });
  });

  it('takes no file for an unpacked package, and no folder for a zip', async () => {
    const folder = join(mirror, 'example.com/acme/thing');
    await mkdir(join(folder, '1.0.0'), { recursive: true });
    await writeFile(join(folder, '1.0.0', 'linux_amd64'), '');
    await mkdir(join(folder, 'terraform-provider-thing_2.0.0_linux_amd64.zip'));
    await expect(versions()).rejects.toMatchObject({ code: 'ERR_SOURCES_PROVIDER_NOT_FOUND' });
  });

  it('finds providers under names that normalise to theirs', async () => {
    await packed(mirror, ask('1.0.0'));
    await rename(join(mirror, 'example.com'), join(mirror, 'EXAMPLE.com'));
    await rename(join(mirror, 'EXAMPLE.com/acme'), join(mirror, 'EXAMPLE.com/Acme'));
    await unpacked(mirror, ask('2.0.0'));
    expect(await versions()).toEqual(['1.0.0', '2.0.0']);
  });

  it('has hosts in the form that people read', async () => {
    const umlaut = parseProviderAddress('münchen.example/acme/thing');
    expect(umlaut.hostname).toContain('xn--');
    await packed(mirror, ask('1.0.0', 'linux_amd64', umlaut));
    expect(await versions(umlaut)).toEqual(['1.0.0']);
    await rename(join(mirror, 'münchen.example'), join(mirror, umlaut.hostname));
    await expect(versions(umlaut)).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
    });
  });

  it('keeps the legacy namespace to the default host', async () => {
    const legacy = { hostname: 'registry.opentofu.org', namespace: '-', type: 'thing' };
    const strange = { ...legacy, hostname: 'example.com' };
    await packed(mirror, ask('1.0.0', 'linux_amd64', legacy));
    await packed(mirror, ask('1.0.0', 'linux_amd64', strange));
    expect(await versions(legacy)).toEqual(['1.0.0']);
    await expect(versions(strange)).rejects.toThrow(/was not found/u);
  });

  it('warns of version 0.0.0, which nobody can require', async () => {
    await unpacked(mirror, ask('0.0.0'));
    const warnings: string[] = [];
    const found = await source().availableVersions(provider, {
      onWarning: (text) => warnings.push(text),
    });
    expect(found.map(formatVersion)).toEqual(['0.0.0']);
    expect(warnings).toEqual([
      `Provider example.com/acme/thing has an unspecified (0.0.0) version available in the filesystem mirror, source at ${mirror}. It will not be used. \nIf the version 0.0.0 is intended to represent a non-published provider, consider using dev_overrides - https://opentofu.org/docs/cli/config/config-file/#development-overrides-for-provider-developers`,
    ]);
  });

  it('says where it looked for a provider that is not there', async () => {
    await packed(mirror);
    await expect(versions(parseProviderAddress('example.com/acme/other'))).rejects.toThrow(
      `provider example.com/acme/other was not found in any of the search locations\n\n  - ${mirror}`,
    );
  });

  it('tells a version that is not there from one for other platforms', async () => {
    await packed(mirror);
    await expect(source().packageMeta(ask('2.0.0'))).rejects.toMatchObject({
      code: 'ERR_SOURCES_VERSION_NOT_FOUND',
      message: `${mirror} has no example.com/acme/thing 2.0.0`,
    });
    await expect(source().packageMeta(ask('1.0.0', 'plan9_386'))).rejects.toMatchObject({
      code: 'ERR_SOURCES_PLATFORM_NOT_SUPPORTED',
    });
  });

  it('fails when there is no such folder, and holds nothing when it is a file', async () => {
    const missing = join(mirror, 'none');
    await expect(versions(provider, missing)).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      message: `cannot search ${missing}: no such file or directory`,
    });
    const file = join(mirror, 'file');
    await writeFile(file, '');
    await expect(versions(provider, file)).rejects.toMatchObject({
      code: 'ERR_SOURCES_PROVIDER_NOT_FOUND',
    });
  });

  it('looks again after a failure, and once after none', async () => {
    const directory = join(mirror, 'late');
    const late = source(directory);
    await expect(late.availableVersions(provider)).rejects.toThrow(/cannot search/u);
    await packed(directory);
    await expect(late.availableVersions(provider)).resolves.toHaveLength(1);
    await packed(directory, ask('2.0.0'));
    await expect(late.availableVersions(provider)).resolves.toHaveLength(1);
  });

  it('refuses a zip that is none, and one that went away', async () => {
    const path = await packed(mirror);
    const meta = await source().packageMeta(ask());
    await writeFile(path, 'no zip');
    const folder = await tempFolder();
    await expect(meta.location.stage(folder)).rejects.toMatchObject({ category: 'integrity' });
    await rm(path);
    await expect(meta.location.stage(folder)).rejects.toMatchObject({
      code: 'ERR_BASE_FILE_ACCESS',
      path,
    });
  });
});

describe('links in a filesystem mirror', () => {
  it.each(['zip', 'package folder', 'base'])('are followed in the place of a %s', async (what) => {
    const elsewhere = join(await tempFolder(), 'elsewhere');
    if (what === 'base') {
      await packed(mirror);
      await symlink(mirror, elsewhere);
      expect(await versions(provider, elsewhere)).toEqual(['1.0.0']);
      return;
    }
    const path = what === 'zip' ? await packed(mirror) : await unpacked(mirror);
    await rename(path, elsewhere);
    await symlink(elsewhere, path);
    expect(await versions()).toEqual(['1.0.0']);
    await expect(chosen(source())).resolves.toBe(what === 'zip' ? 'extracted' : 'linked');
  });

  it.each([
    'example.com',
    'example.com/acme',
    'example.com/acme/thing',
    'example.com/acme/thing/1.0.0',
  ])('are not followed in the place of %s', async (place) => {
    await unpacked(mirror);
    const elsewhere = join(await tempFolder(), 'elsewhere');
    await rename(join(mirror, place), elsewhere);
    await symlink(elsewhere, join(mirror, place));
    await expect(versions()).rejects.toMatchObject({ code: 'ERR_SOURCES_PROVIDER_NOT_FOUND' });
  });

  it('that lead nowhere, to themselves or to a socket are passed over', async () => {
    const folder = join(mirror, 'example.com/acme/thing');
    await packed(mirror);
    const name = (version: string): string =>
      join(folder, `terraform-provider-thing_${version}_linux_amd64.zip`);
    await symlink('nowhere', name('2.0.0'));
    await symlink(name('3.0.0'), name('3.0.0'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(name('4.0.0'), resolve));
    expect(await versions()).toEqual(['1.0.0']);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a hostile folder', () => {
  it('that is deep, or full of links to itself, is not walked', async () => {
    await unpacked(mirror);
    const inside = join(mirror, 'example.com/acme/thing/1.0.0/linux_amd64');
    await mkdir(join(inside, ...Array.from({ length: 200 }, () => 'd')), { recursive: true });
    await symlink(mirror, join(mirror, 'example.com/acme/thing/loop'));
    await symlink(mirror, join(mirror, 'loop.example'));
    expect(await versions()).toEqual(['1.0.0']);
    // Only the package itself is: its depth has a bound.
    const { location } = await source().packageMeta(ask());
    await expect(location.stage(await tempFolder())).rejects.toMatchObject({
      category: 'integrity',
    });
  });

  it('with more names than anybody needs is refused', async () => {
    await packed(mirror);
    const folder = join(mirror, 'example.com/acme/thing');
    const many = Array.from({ length: 200_001 }, (_, index) => `n${index}`);
    const readdir: unknown = async (path: string, options?: { withFileTypes: true }) =>
      path === folder ? many : await nodeFiles.readdir(path, options as never);
    const files = Object.assign({}, nodeFiles, { readdir });
    const hostile = createFilesystemMirrorSource({ directory: mirror, files });
    await expect(hostile.availableVersions(provider)).rejects.toMatchObject({
      code: 'ERR_BASE_LIMIT_EXCEEDED',
      limit: 200_000,
    });
  });

  it('that may not be read fails', async () => {
    await packed(mirror);
    const folder = join(mirror, 'example.com/acme/thing');
    const readdir: unknown = async (path: string, options?: { withFileTypes: true }) => {
      if (path === folder) throw Object.assign(new Error('no'), { code: 'EACCES' });
      return await nodeFiles.readdir(path, options as never);
    };
    const files = Object.assign({}, nodeFiles, { readdir });
    const closed = createFilesystemMirrorSource({ directory: mirror, files });
    await expect(closed.availableVersions(provider)).rejects.toThrow(
      `cannot search ${folder}: permission denied`,
    );
    // It counts as empty where folders are only looked at for what they hold.
    const implied = await impliedMirrors([mirror], { files });
    expect(implied).toMatchObject({ methods: [{ include: [] }], excludedFromDirect: [] });
  });
});

describe('the folders that are mirrors without a configuration', () => {
  it('are those that exist, and what they hold comes from no registry', async () => {
    const first = join(mirror, 'first');
    const second = join(mirror, 'second');
    const empty = join(mirror, 'empty');
    await packed(first, ask('1.0.0'));
    await unpacked(second, ask('2.0.0', 'plan9_386'));
    await unpacked(second, ask('1.0.0', 'linux_amd64', parseProviderAddress('b/other')));
    await mkdir(join(empty, 'example.com/acme/hollow/1.0.0'), { recursive: true });
    const file = join(mirror, 'file');
    await writeFile(file, '');
    const implied = await impliedMirrors([first, join(mirror, 'none'), second, empty, file]);
    expect(implied.methods.map((method) => method.source.display)).toEqual([first, second, empty]);
    expect(implied.excludedFromDirect.map((pattern) => formatProviderAddress(pattern))).toEqual([
      'example.com/acme/thing',
      'registry.opentofu.org/b/other',
    ]);
  });

  it('are none when none exists', async () => {
    await expect(impliedMirrors([join(mirror, 'none')])).resolves.toEqual({
      methods: [],
      excludedFromDirect: [],
    });
  });

  it('stop being searched when the caller gives up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(impliedMirrors([mirror], { signal })).rejects.toThrow('enough');
  });
});
