import {
  foreign,
  fsMirror,
  hostBlock,
  locked,
  lockFile,
  locking,
  main,
  methods,
  mirrored,
  own,
  type Scenario,
  zipOf,
} from './client-scenario.ts';
import { type ClientWorld, hashesOf, lockText, otherPlatform } from './client-world.ts';
import { hostPlatform } from './peer-commands.ts';

const both = [`-platform=${hostPlatform}`, `-platform=${otherPlatform}`];
const packed = (world: ClientWorld): string => `-fs-mirror=${world.packed}`;
const partial = '`lock`: a failure';

const places: readonly Scenario[] = [
  {
    name: 'providers lock ignores provider_installation',
    make: (world) => ({
      ...locking(() => both, { source: own(world) })(world),
      config: methods(fsMirror('HERE/nowhere')),
    }),
  },
  {
    name: 'providers lock from the default host',
    make: (world) => ({
      ...locking(() => both, { source: 'acme/thing' })(world),
      config: hostBlock('registry.opentofu.org', world),
    }),
  },
  {
    name: 'providers lock from the default host, which reports packages',
    make: (world) => ({
      ...locking(() => [], { source: 'acme/thing' })(world),
      config: hostBlock('registry.opentofu.org', world, 'reporting'),
    }),
    since: '1.12',
  },
  {
    name: 'providers lock from a registry without keys',
    make: (world) =>
      locking(() => both, { source: `${world.places.origins.silent.host}/acme/thing` })(world),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  {
    name: 'providers lock from the default host without keys',
    make: (world) => ({
      ...locking(() => both, { source: 'acme/thing' })(world),
      config: hostBlock('registry.opentofu.org', world, 'silent'),
    }),
  },
  {
    name: 'providers lock with an expired key',
    make: (world) =>
      locking(() => both, { source: `${world.places.origins.expired.host}/acme/thing` })(world),
  },
  {
    name: 'providers lock from a network mirror, for both platforms',
    make: locking((world) => [`-net-mirror=${world.registry.mirrorUrl}`, ...both]),
  },
  {
    name: 'providers lock from a network mirror without hashes',
    make: locking((world) => [`-net-mirror=${world.places.origins.silent.mirrorUrl}`, ...both]),
  },
  {
    name: 'providers lock from a network mirror with other hashes',
    make: locking((world) => [`-net-mirror=${world.places.origins.wrong.mirrorUrl}`]),
  },
  {
    name: 'providers lock from a network mirror over plain HTTP',
    make: locking(() => ['-net-mirror=http://127.0.0.1:9/']),
  },
  {
    name: 'providers lock from a folder of zips, for both platforms',
    make: locking((world) => [packed(world), ...both]),
  },
  {
    name: 'providers lock from a folder that is not there',
    make: locking(() => ['-fs-mirror=HERE/nowhere']),
  },
  {
    name: 'providers lock from two kinds of mirrors',
    make: locking((world) => [packed(world), `-net-mirror=${world.registry.mirrorUrl}`]),
  },
  {
    name: 'providers lock of a changed package',
    make: (world) =>
      locking(() => [], { source: `${world.places.origins.altered.host}/acme/thing` })(world),
  },
];

const entries: readonly Scenario[] = [
  {
    name: 'providers lock with all hashes there',
    make: (world) => ({
      ...locking(() => [packed(world), ...both])(world),
      args: [
        ['providers', 'lock', packed(world), ...both],
        ['providers', 'lock', packed(world), `-platform=${otherPlatform}`],
      ],
    }),
  },
  {
    name: 'providers lock with an older version in the lock file',
    make: locking((world) => [packed(world)], {
      files: {},
    }),
  },
  {
    name: 'providers lock with a version that is not there',
    make: (world) =>
      locking(() => [packed(world)], { files: locked('1.0.5', () => [foreign])(world) })(world),
  },
  {
    name: 'providers lock with an older version, which stays',
    make: (world) =>
      locking(() => [packed(world), ...both], {
        files: locked('1.0.0', () => [hashesOf(world, '1.0.0').h1])(world),
      })(world),
  },
  {
    name: 'providers lock with a foreign hash in the lock file',
    make: (world) =>
      locking(() => [packed(world)], { files: locked('1.1.0', () => [foreign])(world) })(world),
    differs: {
      row: '`lock`: a mirror offers, for a platform, a package that is not the one that was locked',
      in: ['succeeded', 'lock', 'titles', 'lines'],
    },
  },
  {
    name: 'providers lock keeps an entry that nothing requires',
    make: locking((world) => [packed(world)], {
      files: { [lockFile]: lockText('example.com/acme/gone', '1.0.0', [foreign]) },
    }),
  },
  {
    name: 'providers lock of one provider leaves the other entry',
    make: (world) =>
      locking(() => [packed(world), mirrored], {
        files: {
          'other.tf': 'resource "other_x" "y" {\n  provider = other\n}\n',
          'r.tf': '',
          'main.tf': `terraform {\n  required_providers {\n    thing = {\n      source = "${mirrored}"\n    }\n    other = {\n      source = "example.com/acme/other"\n    }\n  }\n}\n`,
          [lockFile]: lockText('example.com/acme/other', '1.0.0', [foreign]),
        },
      })(world),
  },
  {
    name: 'providers lock of two providers',
    make: locking((world) => [packed(world), ...both], {
      files: {
        'm.tf': 'module "m" {\n  source = "./m"\n}\n',
        'm/main.tf': main('example.com/acme/other'),
      },
    }),
    differs: {
      row: '`lock`: a module of a folder of the configuration that is not in `modules.json`',
      in: ['succeeded', 'lock', 'titles', 'lines'],
    },
  },
  {
    name: 'providers lock with a lock file that can not be read',
    make: locking((world) => [packed(world)], {
      files: { [lockFile]: `provider "${mirrored}" {\n}\n` },
    }),
  },
  {
    name: 'providers lock with a version that does not fit',
    make: (world) =>
      locking(() => [packed(world)], {
        files: { 'main.tf': main(mirrored, '> 1.0'), ...locked('1.0.0', () => [foreign])(world) },
      })(world),
  },
];

const requests: readonly Scenario[] = [
  {
    name: 'providers lock without a configuration',
    make: locking((world) => [packed(world)], { files: { 'main.tf': '' } }),
  },
  {
    name: 'providers lock of a built-in provider only',
    make: locking((world) => [packed(world)], {
      files: { 'main.tf': 'resource "terraform_data" "x" {}\n' },
    }),
  },
  {
    name: 'providers lock of an address that is none',
    make: locking((world) => [packed(world), 'a/b/c/d']),
    differs: { row: 'what is wrong with options and arguments', in: ['titles'] },
  },
  {
    name: 'providers lock of a provider twice',
    make: locking((world) => [packed(world), mirrored, mirrored]),
  },
  {
    name: 'providers lock for a platform twice',
    make: locking((world) => [
      packed(world),
      `-platform=${hostPlatform}`,
      `-platform=${hostPlatform}`,
    ]),
    differs: { row: '`lock`: a platform that is named twice', in: ['lines'] },
  },
  {
    name: 'providers lock for a platform that only one of two providers has',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', '-fs-mirror=HERE/mirror', ...both]],
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/terraform-provider-thing_1.0.0_${hostPlatform}.zip`]: zipOf(
          world,
          '1.0.0',
          hostPlatform,
        ),
      },
    }),
    differs: { row: partial, in: ['titles', 'lines'] },
  },
  {
    name: 'providers lock with other versions for other platforms',
    make: (world) => ({
      config: '',
      args: [['providers', 'lock', '-fs-mirror=HERE/mirror', ...both]],
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/terraform-provider-thing_1.0.0_${hostPlatform}.zip`]: zipOf(
          world,
          '1.0.0',
          hostPlatform,
        ),
        [`mirror/${mirrored}/terraform-provider-thing_1.1.0_${otherPlatform}.zip`]: zipOf(
          world,
          '1.1.0',
          otherPlatform,
        ),
      },
    }),
    differs: { row: partial, in: ['titles', 'lines'] },
  },
  {
    name: 'providers lock of one provider that is there and one that is not',
    make: locking((world) => [packed(world)], {
      files: { 'r.tf': 'resource "null_x" "y" {}\n' },
    }),
  },
  {
    name: 'providers lock with an unknown option',
    make: locking((world) => [packed(world), '-nothing']),
    differs: { row: 'what is wrong with options and arguments', in: ['titles'] },
  },
];

const machineReadable: readonly Scenario[] = [
  { args: ['providers', 'lock', ...both], name: 'providers lock -json' },
  { args: ['providers', 'lock', '-platform=haiku_arm'], name: 'providers lock -json that fails' },
].map(({ args, name }): Scenario => ({
  name,
  make: (world) => ({
    config: '',
    args: [[...args, packed(world), '-json']],
    files: { 'main.tf': main(mirrored) },
  }),
  since: '1.12',
}));

const machineReadableInit: readonly Scenario[] = [
  ['init -json', mirrored, ''],
  ['init -json that fails', 'example.com/acme/absent', ''],
  ['init -json with a constraint that nothing satisfies', mirrored, '> 7'],
  ['init -json with an error in the configuration', 'a/b/c/d', ''],
].map(([name = '', source = '', version = '']): Scenario => ({
  name,
  make: (world) => ({
    config: methods(fsMirror(world.packed)),
    args: [['init', '-json']],
    files: { 'main.tf': main(source, version === '' ? undefined : version) },
  }),
  since: '1.12',
}));

/** `providers lock`, and the machine-readable form. */
export const lockingScenarios: readonly Scenario[] = [
  ...places,
  ...entries,
  ...requests,
  ...machineReadable,
  ...machineReadableInit,
];
