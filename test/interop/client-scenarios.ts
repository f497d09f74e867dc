import {
  fromFolder,
  fsMirror,
  foreign,
  init,
  locked,
  lockFile,
  main,
  methods,
  mirrored,
  netMirror,
  origin,
  own,
  type Scenario,
} from './client-scenario.ts';
import { hashesOf, lockText, otherPlatform } from './client-world.ts';
import { hostPlatform } from './peer-commands.ts';

export const scenarios: readonly Scenario[] = [
  { name: 'the newest version of a registry', make: origin() },
  { name: 'a constraint', make: origin({ version: '~> 1.0.0' }) },
  { name: 'an exact prerelease', make: origin({ version: '2.0.0-beta1' }) },
  { name: 'a prerelease that no range admits', make: origin({ version: '>= 2.0.0-beta1' }) },
  { name: 'a constraint that nothing satisfies', make: origin({ version: '> 3' }) },
  { name: 'a second run', make: origin({ args: [['init'], ['init']] }) },
  {
    name: 'a package that was changed on disk',
    make: fromFolder(
      {
        files: {
          [`.terraform/providers/${mirrored}/1.1.0/${hostPlatform}/README.md`]: 'changed',
        },
      },
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').h1]),
    ),
    terraform: 'it unpacks over a package that was changed',
  },
  {
    name: 'a provider that the registry does not know',
    make: (world) => ({
      config: '',
      args: init,
      files: { 'main.tf': main(`${world.registry.host}/acme/absent`) },
    }),
  },
  {
    name: 'a network mirror',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl)),
      args: init,
      files: { 'main.tf': main(mirrored) },
    }),
    terraform: 'it does not record the zh that a network mirror announces',
  },
  { name: 'a folder of zips', make: fromFolder({}) },
  {
    name: 'a folder of unpacked packages',
    make: (world) => ({
      config: methods(fsMirror(world.unpacked)),
      args: init,
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: 'a folder that is not there',
    make: fromFolder({ config: methods(fsMirror('/nowhere/at/all')) }),
  },
  {
    name: 'a method that excludes the provider',
    make: (world) => ({
      config: methods(
        fsMirror(world.packed, '    exclude = ["example.com/*/*"]\n'),
        netMirror(world.registry.mirrorUrl),
      ),
      args: init,
      files: { 'main.tf': main(mirrored) },
    }),
    terraform: 'it does not record the zh that a network mirror announces',
  },
  {
    name: 'no method for the provider',
    make: fromFolder({ config: methods(fsMirror('HERE', '    include = ["example.org/*/*"]\n')) }),
  },
  { name: 'an installation block without methods', make: fromFolder({ config: methods() }) },
  {
    name: 'mirrors that are not named: below the project',
    make: (world) => ({
      config: '',
      args: init,
      files: { 'main.tf': main(mirrored), 'terraform.d/plugins': `COPY ${world.packed}` },
    }),
  },
  {
    name: 'mirrors that are not named: below the home folder',
    make: (world) => ({
      config: '',
      args: init,
      files: { 'main.tf': main(mirrored), 'home/.terraform.d/plugins': `COPY ${world.packed}` },
    }),
  },
  {
    name: '-plugin-dir',
    make: (world) => ({
      config: '',
      args: [['init', `-plugin-dir=${world.packed}`]],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: 'two folders of -plugin-dir, the first without the provider',
    make: (world) => ({
      config: '',
      args: [['init', '-plugin-dir=HERE/empty', `-plugin-dir=${world.unpacked}`]],
      files: { 'main.tf': main(mirrored), 'empty/.keep': '' },
    }),
  },
  {
    name: 'a lock file of an older version',
    make: fromFolder(
      {},
      locked('1.0.0', (world) => [hashesOf(world, '1.0.0').h1]),
    ),
  },
  {
    name: 'a lock file of an older version, with -upgrade',
    make: fromFolder(
      { args: [['init', '-upgrade']] },
      locked('1.0.0', (world) => [hashesOf(world, '1.0.0').h1]),
    ),
  },
  {
    name: 'a lock file that does not satisfy the constraint',
    make: fromFolder(
      { version: '~> 1.1' },
      locked('1.0.0', (world) => [hashesOf(world, '1.0.0').h1]),
    ),
  },
  {
    name: 'a locked version that is not there',
    make: fromFolder(
      {},
      locked('1.0.5', () => [foreign]),
    ),
    differs: { row: 'a locked version that is not installed', in: ['lines'] },
  },
  {
    name: 'a foreign hash in the lock file',
    make: fromFolder(
      {},
      locked('1.1.0', () => [foreign]),
    ),
  },
  {
    name: 'the hashes of another platform only',
    make: fromFolder(
      {},
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0', otherPlatform).zh]),
    ),
  },
  {
    name: 'the zh of the package in the lock file',
    make: fromFolder(
      {},
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').zh]),
    ),
  },
  {
    name: 'the hashes of both platforms in the lock file',
    make: fromFolder(
      {},
      locked('1.1.0', (world) => [
        hashesOf(world, '1.1.0').h1,
        hashesOf(world, '1.1.0', otherPlatform).h1,
      ]),
    ),
  },
  {
    name: 'a hash of an unknown scheme in the lock file',
    make: fromFolder(
      {},
      locked('1.1.0', () => ['h9:unknown']),
    ),
  },
  {
    name: 'a lock file entry without hashes',
    make: fromFolder(
      {},
      locked('1.1.0', () => []),
    ),
  },
  {
    name: 'a lock file entry that nothing requires',
    make: fromFolder({}, () => ({
      [lockFile]: lockText('example.com/acme/gone', '1.0.0', [foreign]),
    })),
  },
  {
    name: 'a lock file entry under the name of the predecessor',
    make: fromFolder({}, () => ({
      [lockFile]: lockText('registry.terraform.io/hashicorp/gone', '1.0.0', [foreign]),
    })),
    terraform: 'it is the predecessor',
  },
  {
    name: 'a lock file that can not be read',
    make: fromFolder({ files: { [lockFile]: 'provider "example.com/acme/thing" {\n' } }),
    differs: { row: 'a lock file with errors, found while', in: ['titles'] },
  },
  {
    name: '-lockfile=readonly without a lock file',
    make: fromFolder({ args: [['init', '-lockfile=readonly']] }),
  },
  {
    name: '-lockfile=readonly where only a hash is new',
    make: fromFolder(
      { args: [['init', '-lockfile=readonly']] },
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').zh]),
    ),
  },
  {
    name: '-lockfile=readonly where nothing is new',
    make: fromFolder(
      { args: [['init', '-lockfile=readonly']] },
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').h1]),
    ),
  },
  {
    name: '-lockfile=readonly with -upgrade',
    make: fromFolder({ args: [['init', '-lockfile=readonly', '-upgrade']] }),
    differs: { row: '`-upgrade` with `-lockfile=readonly`', in: ['titles'] },
  },
  { name: 'TF_DATA_DIR', make: fromFolder({ env: { TF_DATA_DIR: '.data' } }) },
  {
    name: 'an empty plugin cache',
    make: fromFolder({ env: { TF_PLUGIN_CACHE_DIR: 'HERE/cache' }, files: { 'cache/.keep': '' } }),
  },
  {
    name: 'a plugin cache that has the locked package',
    make: fromFolder({
      env: { TF_PLUGIN_CACHE_DIR: 'HERE/cache' },
      files: { 'cache/.keep': '' },
      args: [['init'], ['init', '-upgrade']],
    }),
  },
  {
    name: 'a plugin cache that may break the lock file',
    make: fromFolder({
      env: {
        TF_PLUGIN_CACHE_DIR: 'HERE/cache',
        TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: '1',
      },
      files: { 'cache/.keep': '' },
    }),
  },
  {
    name: 'development overrides',
    make: (world) => ({
      config: methods(
        `dev_overrides {\n    "${mirrored}" = "/src/thing"\n  }`,
        fsMirror(world.packed),
      ),
      args: init,
      files: { 'main.tf': main(mirrored) },
    }),
    terraform: 'it installs nothing that is overridden',
  },
  {
    name: 'a provider that was started by hand',
    make: fromFolder({
      env: {
        TF_REATTACH_PROVIDERS: JSON.stringify({
          [mirrored]: {
            Protocol: 'grpc',
            ProtocolVersion: 5,
            Pid: 1,
            Test: true,
            Addr: { Network: 'unix', String: '/nowhere' },
          },
        }),
      },
    }),
  },
  {
    name: 'a local module',
    make: fromFolder({
      files: {
        'main.tf': 'module "inner" {\n  source = "./inner"\n}\n',
        'inner/main.tf': main(mirrored, '< 1.1'),
      },
    }),
    differs: { row: 'the record of modules, `modules.json`', in: ['installed'] },
  },
  {
    name: 'a resource of a provider under another name',
    make: fromFolder({ files: { 'r.tf': 'resource "thing_x" "y" {}\n' } }),
  },
  {
    name: 'a built-in provider',
    make: fromFolder({ files: { 'b.tf': 'resource "terraform_data" "x" {}\n' } }),
  },
  {
    name: 'a built-in provider with a version',
    make: fromFolder({
      files: {
        'main.tf':
          'terraform {\n  required_providers {\n    terraform = {\n      source = "terraform.io/builtin/terraform"\n      version = "1.0"\n    }\n  }\n}\n',
      },
    }),
  },
  { name: 'an empty folder', make: fromFolder({ files: { 'main.tf': '' } }) },
  {
    name: 'a version that only another platform has',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/terraform-provider-thing_1.1.0_${otherPlatform}.zip`]: `COPY ${world.packed}/${mirrored}/terraform-provider-thing_1.1.0_${otherPlatform}.zip`,
      },
    }),
  },
  {
    name: 'a package without the executable',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main('example.com/acme/other'),
        [`mirror/example.com/acme/other/terraform-provider-other_1.1.0_${hostPlatform}.zip`]: `COPY ${world.packed}/${mirrored}/terraform-provider-thing_1.1.0_${hostPlatform}.zip`,
      },
    }),
    differs: { row: 'a package without the executable', in: ['installed'] },
  },
  {
    name: 'two versions in two mirrors',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror'), netMirror(world.registry.mirrorUrl)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/terraform-provider-thing_1.0.0_${hostPlatform}.zip`]: `COPY ${world.packed}/${mirrored}/terraform-provider-thing_1.0.0_${hostPlatform}.zip`,
      },
    }),
    terraform: 'it does not record the zh that a network mirror announces',
  },
  {
    name: 'providers lock from a registry',
    make: origin({
      args: [['providers', 'lock', `-platform=${hostPlatform}`, `-platform=${otherPlatform}`]],
    }),
  },
  {
    name: 'providers lock from a folder of zips, twice',
    make: (world) => {
      const command = ['providers', 'lock', `-fs-mirror=${world.packed}`];
      return { config: '', args: [command, command], files: { 'main.tf': main(mirrored) } };
    },
  },
  {
    name: 'providers lock from a folder of unpacked packages',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', `-fs-mirror=${world.unpacked}`, `-platform=${otherPlatform}`]],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: 'providers lock from a network mirror, for another platform',
    make: (world) => ({
      config: '',
      args: [
        [
          'providers',
          'lock',
          `-net-mirror=${world.registry.mirrorUrl}`,
          `-platform=${otherPlatform}`,
        ],
      ],
      files: {
        'main.tf': main(mirrored),
        ...locked('1.1.0', () => Object.values(hashesOf(world, '1.1.0')))(world),
      },
    }),
    terraform: 'it does not record the zh that a network mirror announces',
  },
  {
    name: 'providers lock for a platform that is not there',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', `-fs-mirror=${world.packed}`, '-platform=haiku_arm']],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: 'providers lock of a provider that is not required',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', `-fs-mirror=${world.packed}`, 'example.com/acme/other']],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: 'providers lock of one provider of two',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', `-fs-mirror=${world.packed}`, mirrored]],
      files: {
        'main.tf': main(mirrored),
        'other.tf': 'resource "null_x" "y" {}\n',
      },
    }),
  },
  {
    name: 'providers lock with a platform that is none',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', `-fs-mirror=${world.packed}`, '-platform=linux']],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: 'providers lock with constraints that changed',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', `-fs-mirror=${world.packed}`]],
      files: {
        'main.tf': main(mirrored, '>= 1.0.0'),
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').h1])(world),
      },
    }),
  },
  {
    name: 'init after providers lock from the registry, from a mirror',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl)),
      args: [['providers', 'lock'], ['init']],
      files: { 'main.tf': main(own(world)) },
    }),
    differs: {
      row: 'a network mirror and a provider whose host has a port',
      in: ['succeeded', 'installed', 'titles', 'lines'],
    },
  },
];
