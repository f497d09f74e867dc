import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildZip, type ZipEntry } from '../support/zips.ts';
import {
  configured,
  from,
  fromFolder,
  fsMirror,
  hostBlock,
  init,
  locked,
  main,
  methods,
  mirrored,
  netMirror,
  ociMirror,
  origin,
  type Scenario,
  zipOf,
} from './client-scenario.ts';
import { hashesOf, otherPlatform } from './client-world.ts';
import { hostPlatform } from './peer-commands.ts';

const installed = `.terraform/providers/${mirrored}/1.1.0/${hostPlatform}`;
const cached = `cache/${mirrored}/1.1.0/${hostPlatform}`;
const cache = { TF_PLUGIN_CACHE_DIR: 'HERE/cache' };
const mayBreak = { ...cache, TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: 'true' };
const executable: ZipEntry = {
  name: 'terraform-provider-thing_v1.1.0',
  content: '#!/bin/sh\nexit 1\n',
  mode: 0o100755,
};

/** A mirror with one package, made of these entries. */
const ofZip = (...entries: readonly ZipEntry[]): Scenario['make'] => ofBytes(buildZip(entries));
const ofBytes = (zip: Buffer): Scenario['make'] =>
  configured(() => methods(fsMirror('HERE/mirror')), {
    files: { [`mirror/${mirrored}/terraform-provider-thing_1.1.0_${hostPlatform}.zip`]: zip },
  });

const packages: readonly Scenario[] = [
  { name: 'a package of one file', make: ofZip(executable) },
  {
    name: 'a package with folders, modes and a name of its own',
    make: ofZip(
      { name: 'docs/' },
      { name: 'docs/deep/er.md', content: 'text', mode: 0o100600 },
      { name: 'tool', content: 'x', mode: 0o100777 },
      { ...executable, name: 'terraform-provider-thing' },
    ),
    differs: { row: 'permissions of the files of a package', in: ['installed'] },
  },
  {
    name: 'a package whose executable is called otherwise',
    make: ofZip({ ...executable, name: 'terraform-provider-thingy_v1' }),
    differs: { row: 'a package without the executable', in: ['installed'] },
  },
  {
    name: 'a package that climbs out of its folder',
    make: ofZip(executable, { name: '../outside', content: 'x' }),
    differs: { row: 'a package with a file that leads out of it', in: ['installed'] },
  },
  { name: 'a package that is no zip', make: ofBytes(Buffer.from('this is no zip at all')) },
  { name: 'a package without files', make: ofZip() },
  {
    name: 'a package that was cut off',
    make: ofBytes(buildZip([executable]).subarray(0, 60)),
  },
];

/** What is in `.terraform` before. */
const places: readonly Scenario[] = [
  {
    name: 'an empty folder where the package goes',
    make: fromFolder({ files: { [installed]: 'FOLDER' } }),
  },
  {
    name: 'a file where the package goes',
    make: fromFolder({ files: { [installed]: 'a file' } }),
    differs: { row: 'a file where a package goes', in: ['lines'] },
  },
  {
    name: 'a link to nowhere where the package goes',
    make: fromFolder({ files: { [installed]: 'LINK /nowhere/at/all' } }),
  },
  {
    name: 'a link to a folder with the package',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [installed]: `LINK ${world.unpacked}/${mirrored}/1.1.0/${hostPlatform}`,
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').h1])(world),
      },
    }),
  },
  {
    name: 'a link to a folder with another package',
    make: (world) => ({
      config: methods(fsMirror(world.unpacked)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [installed]: `LINK ${world.unpacked}/${mirrored}/1.0.0/${hostPlatform}`,
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').h1])(world),
      },
    }),
  },
  {
    name: '.terraform that is a link',
    make: fromFolder({ files: { elsewhere: 'FOLDER', '.terraform': 'LINK elsewhere' } }),
  },
  {
    name: 'another version beside the one that is chosen',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: [['init'], ['init']],
      files: { 'main.tf': main(mirrored, '< 1.1') },
      before: async (project) => {
        await writeFile(join(project, 'main.tf'), main(mirrored));
        await rm(join(project, '.terraform.lock.hcl'));
      },
    }),
  },
  {
    name: 'an installed package without a lock file',
    make: fromFolder({
      args: [['init'], ['init']],
      before: (project) => rm(join(project, '.terraform.lock.hcl')),
    }),
  },
  {
    name: 'an installed package with a file too many',
    make: fromFolder({
      args: [['init'], ['init']],
      before: (project) => writeFile(join(project, installed, 'more'), 'more'),
    }),
  },
  {
    name: 'an installed package with a folder too many',
    make: fromFolder({
      args: [['init'], ['init']],
      before: async (project) => {
        await mkdir(join(project, installed, 'more'));
      },
    }),
  },
  {
    name: 'an installed package that is gone, and so is its mirror',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: [['init'], ['init']],
      files: { 'main.tf': main(mirrored), mirror: `COPY ${world.packed}` },
      before: async (project) => {
        await rm(join(project, '.terraform'), { recursive: true });
        await rm(join(project, 'mirror'), { recursive: true });
      },
    }),
    differs: { row: 'a locked version that is not installed', in: ['titles'] },
  },
  {
    name: 'a data folder elsewhere',
    make: fromFolder({ env: { TF_DATA_DIR: 'deep/er/data' } }),
  },
];

const caches: readonly Scenario[] = [
  {
    name: 'a plugin cache that is not there',
    make: fromFolder({ env: { TF_PLUGIN_CACHE_DIR: 'HERE/nowhere' } }),
    differs: {
      row: 'a plugin cache directory that is none',
      in: ['succeeded', 'lock', 'installed', 'titles', 'lines'],
    },
  },
  {
    name: 'a plugin cache that is a file',
    make: fromFolder({ env: cache, files: { cache: 'a file' } }),
    differs: { row: 'a plugin cache directory that is none', in: ['titles', 'lines'] },
  },
  {
    name: 'a plugin cache of the CLI configuration',
    make: configured(
      (world) => `plugin_cache_dir = "HERE/cache"\n${methods(fsMirror(world.packed))}`,
      { files: { 'cache/.keep': '' } },
    ),
  },
  {
    name: 'a plugin cache with the package, and a lock file',
    make: (world) => ({
      config: methods(fsMirror('HERE/nowhere')),
      args: init,
      env: cache,
      files: {
        'main.tf': main(mirrored),
        [cached]: `COPY ${world.unpacked}/${mirrored}/1.1.0/${hostPlatform}`,
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').h1])(world),
      },
    }),
    since: '1.12',
  },
  {
    name: 'a plugin cache with the package, and no lock file',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: init,
      env: cache,
      files: {
        'main.tf': main(mirrored),
        [cached]: `COPY ${world.unpacked}/${mirrored}/1.1.0/${hostPlatform}`,
      },
    }),
  },
  {
    name: 'a plugin cache with the package, and no lock file, which may break it',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl)),
      args: init,
      env: mayBreak,
      files: {
        'main.tf': main(mirrored),
        [cached]: `COPY ${world.unpacked}/${mirrored}/1.1.0/${hostPlatform}`,
      },
    }),
  },
  {
    name: 'a plugin cache with a package that was changed',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: init,
      env: cache,
      files: {
        'main.tf': main(mirrored),
        [`${cached}/README.md`]: 'changed',
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').h1])(world),
      },
    }),
  },
  {
    name: 'a plugin cache and unpacked packages',
    make: (world) => ({
      config: methods(fsMirror(world.unpacked)),
      args: init,
      env: cache,
      files: { 'main.tf': main(mirrored), 'cache/.keep': '' },
    }),
  },
  {
    name: 'a plugin cache and a signed provider',
    make: origin({ env: cache, files: { 'cache/.keep': '' } }),
  },
  {
    name: 'a plugin cache and an OCI mirror',
    make: configured((world) => methods(ociMirror(world)), {
      env: cache,
      files: { 'cache/.keep': '' },
    }),
  },
  {
    name: 'a plugin cache for two projects',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: [['-chdir=a', 'init'], ['init']],
      env: cache,
      files: { 'a/main.tf': main(mirrored), 'main.tf': main(mirrored), 'cache/.keep': '' },
    }),
  },
  {
    name: 'a plugin cache that was filled, in a second run after .terraform is gone',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl)),
      args: [['init'], ['init']],
      env: cache,
      files: { 'main.tf': main(mirrored), 'cache/.keep': '' },
      before: (project) => rm(join(project, '.terraform'), { recursive: true }),
    }),
  },
  {
    name: 'a link of .terraform into a plugin cache that is gone',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: [['init'], ['init']],
      env: cache,
      files: { 'main.tf': main(mirrored), 'cache/.keep': '' },
      before: async (project) => {
        await rm(join(project, 'cache'), { recursive: true });
        await mkdir(join(project, 'cache'));
      },
    }),
  },
];

const missing: readonly Scenario[] = [
  ...(['packed', 'unpacked'] as const)
    .map((form) => ({
      name: `no package for this platform in a folder (${form})`,
      make: configured(() => methods(fsMirror('HERE/mirror')), {
        files: {},
      }),
      form,
    }))
    .map(({ form, name }): Scenario => ({
      name,
      make: (world) => ({
        config: methods(fsMirror('HERE/mirror')),
        args: init,
        files: {
          'main.tf': main(mirrored),
          ...(form === 'packed'
            ? {
                [`mirror/${mirrored}/terraform-provider-thing_1.0.0_${otherPlatform}.zip`]: zipOf(
                  world,
                  '1.0.0',
                  otherPlatform,
                ),
              }
            : {
                [`mirror/${mirrored}/1.0.0/${otherPlatform}`]: `COPY ${world.unpacked}/${mirrored}/1.0.0/${otherPlatform}`,
              }),
        },
      }),
    })),
  {
    name: 'a provider in no folder and no registry',
    make: configured(
      (world) =>
        `${hostBlock('registry.example.com', world)}${methods(fsMirror(world.packed), 'direct {\n  }')}`,
      { source: 'registry.example.com/acme/absent' },
    ),
  },
  {
    name: 'development overrides for a provider that is nowhere',
    make: configured(
      () => methods(`dev_overrides {\n    "${mirrored}" = "HERE"\n  }`, fsMirror('HERE/empty')),
      { files: { 'empty/.keep': '' } },
    ),
  },
  {
    name: 'TF_REATTACH_PROVIDERS that is no JSON',
    make: fromFolder({ env: { TF_REATTACH_PROVIDERS: 'no JSON' } }),
    differs: { row: '`TF_REATTACH_PROVIDERS` that is no JSON', in: ['titles'] },
  },
  {
    name: 'a provider for an old protocol, in a lock file',
    make: from('oldProtocol', { args: [['init'], ['init']] }),
  },
];

/** `.terraform`, the plugin cache, and packages with something about them. */
export const folderScenarios: readonly Scenario[] = [...packages, ...places, ...caches, ...missing];
