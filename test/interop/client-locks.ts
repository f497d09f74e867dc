import {
  configured,
  foreign,
  fromFolder,
  fsMirror,
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

const readonly = [['init', '-lockfile=readonly']] as const;

/** What stands in the lock file before. */
const entries: readonly Scenario[] = [
  {
    name: 'a wrong h1 beside the right zh',
    make: fromFolder(
      {},
      locked('1.1.0', (world) => [hashesOf(world, '1.0.0').h1, hashesOf(world, '1.1.0').zh]),
    ),
  },
  {
    name: 'an unknown scheme beside the right h1',
    make: fromFolder(
      {},
      locked('1.1.0', (world) => ['h9:unknown', hashesOf(world, '1.1.0').h1]),
    ),
  },
  {
    name: 'an unknown scheme beside a foreign hash',
    make: fromFolder(
      {},
      locked('1.1.0', () => ['h9:unknown', foreign]),
    ),
  },
  {
    name: 'two entries, one of them no longer required',
    make: fromFolder({}, (world) => ({
      [lockFile]:
        lockText('example.com/acme/gone', '1.0.0', [foreign]) +
        lockText(mirrored, '1.0.0', [hashesOf(world, '1.0.0').h1]).replace(/^#.*\n#.*\n/u, ''),
    })),
  },
  {
    name: 'other constraints than those that are locked',
    make: fromFolder(
      { version: '>= 1.0.0' },
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').h1]),
    ),
  },
  {
    name: 'a prerelease that is locked and no longer named',
    make: fromFolder(
      {},
      locked('2.0.0-beta1', (world) => [hashesOf(world, '2.0.0-beta1').h1]),
    ),
  },
  {
    name: '-upgrade to an older version',
    make: fromFolder(
      { version: '< 1.1', args: [['init', '-upgrade']] },
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').h1]),
    ),
  },
  {
    name: '-upgrade to the version that is locked, by a foreign hash',
    make: fromFolder(
      { args: [['init', '-upgrade']] },
      locked('1.1.0', () => [foreign]),
    ),
  },
  {
    name: '-upgrade where nothing fits',
    make: fromFolder(
      { version: '> 7', args: [['init', '-upgrade']] },
      locked('1.1.0', (world) => [hashesOf(world, '1.1.0').h1]),
    ),
  },
  {
    name: '-upgrade=false',
    make: fromFolder(
      { args: [['init', '-upgrade=false']] },
      locked('1.0.0', (world) => [hashesOf(world, '1.0.0').h1]),
    ),
  },
  {
    name: 'the zh of both platforms, from a network mirror',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        ...locked('1.1.0', () => [
          hashesOf(world, '1.1.0').zh,
          hashesOf(world, '1.1.0', otherPlatform).zh,
        ])(world),
      },
    }),
  },
  {
    name: 'a signed provider with a foreign zh',
    make: (world) => ({
      ...origin()(world),
      files: {
        'main.tf': main(own(world)),
        [lockFile]: lockText(own(world), '1.1.0', [foreign]),
      },
    }),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  {
    name: 'a signed provider with its h1 only',
    make: (world) => ({
      ...origin()(world),
      files: {
        'main.tf': main(own(world)),
        [lockFile]: lockText(own(world), '1.1.0', [hashesOf(world, '1.1.0').h1]),
      },
    }),
  },
  {
    name: 'a locked version that the registry withdrew',
    make: (world) => ({
      ...origin()(world),
      files: {
        'main.tf': main(own(world)),
        [lockFile]: lockText(own(world), '1.0.5', [foreign]),
      },
    }),
  },
  {
    name: 'the entry of the predecessor for a provider that is required',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main('hashicorp/thing'),
        'mirror/registry.opentofu.org/hashicorp/thing': `COPY ${world.packed}/${mirrored}`,
        [lockFile]: lockText('registry.terraform.io/hashicorp/thing', '1.0.0', [foreign]),
      },
    }),
  },
  {
    name: 'the entry of the predecessor in another namespace',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main('acme/thing'),
        'mirror/registry.opentofu.org/acme/thing': `COPY ${world.packed}/${mirrored}`,
        [lockFile]: lockText('registry.terraform.io/acme/thing', '1.0.0', [foreign]),
      },
    }),
  },
  {
    name: 'a lock file that somebody wrote by hand, and that changes',
    make: fromFolder({}, (world) => ({
      [lockFile]: `# by hand\r\nprovider "${mirrored}" { # here\r\n  hashes = ["${hashesOf(world, '1.1.0').zh}",]\r\n  version="1.1.0"\r\n}\r\n`,
    })),
  },
  {
    name: 'a lock file that somebody wrote by hand, and that stays',
    make: fromFolder({}, (world) => ({
      [lockFile]: `# by hand\nprovider "${mirrored}" {\n  hashes = ["${hashesOf(world, '1.1.0').h1}",]\n  version="1.1.0"\n}\n`,
    })),
  },
  {
    name: 'a lock file that is a link',
    make: fromFolder({}, (world) => ({
      'kept.hcl': lockText(mirrored, '1.1.0', [hashesOf(world, '1.1.0').zh]),
      [lockFile]: 'LINK kept.hcl',
    })),
  },
  {
    name: 'a lock file for modules, too',
    make: fromFolder({}, (world) => ({
      [lockFile]: `${lockText(mirrored, '1.1.0', [hashesOf(world, '1.1.0').h1])}\nmodule "x" {\n}\n`,
    })),
  },
  { name: 'an empty lock file', make: fromFolder({}, () => ({ [lockFile]: '' })) },
];

/** Lock files that are refused: by the configuration's reader, before anything else. */
const unreadable: readonly Scenario[] = [
  ['an unknown block', `thing "x" {\n}\n`],
  ['an entry twice', lockText(mirrored, '1.0.0', []) + lockText(mirrored, '1.1.0', [])],
  ['no version', `provider "${mirrored}" {\n}\n`],
  ['a version that is none', `provider "${mirrored}" {\n  version = "v1"\n}\n`],
  ['an address that is not in full', 'provider "acme/thing" {\n  version = "1.0.0"\n}\n'],
  [
    'a hash without a scheme',
    `provider "${mirrored}" {\n  version = "1.0.0"\n  hashes = ["x"]\n}\n`,
  ],
  ['no hashes in the list', `provider "${mirrored}" {\n  version = "1.0.0"\n  hashes = []\n}\n`],
].map(([name = '', text = '']) => ({
  name: `a lock file with ${name}`,
  make: fromFolder({ files: { [lockFile]: text } }),
  differs: { row: 'a lock file with errors, found while', in: ['titles'] },
}));

const unchanged: readonly Scenario[] = [
  {
    name: '-lockfile=readonly with an entry that nothing requires',
    make: fromFolder({ args: readonly }, (world) => ({
      [lockFile]:
        lockText('example.com/acme/gone', '1.0.0', [foreign]) +
        lockText(mirrored, '1.1.0', [hashesOf(world, '1.1.0').h1]).replace(/^#.*\n#.*\n/u, ''),
    })),
  },
  {
    name: '-lockfile=readonly with a foreign hash',
    make: fromFolder(
      { args: readonly },
      locked('1.1.0', () => [foreign]),
    ),
  },
  {
    name: '-lockfile=readonly with a version that no longer fits',
    make: fromFolder(
      { args: readonly, version: '> 1.0' },
      locked('1.0.0', (world) => [hashesOf(world, '1.0.0').h1]),
    ),
  },
  {
    name: '-lockfile=readonly with an entry without hashes',
    make: fromFolder(
      { args: readonly },
      locked('1.1.0', () => []),
    ),
  },
  {
    name: '-lockfile=readonly with nothing to install',
    make: fromFolder({ args: readonly, files: { 'main.tf': '' } }),
  },
  {
    name: '-lockfile=readonly in a second run',
    make: fromFolder({ args: [['init'], ['init', '-lockfile=readonly']] }),
  },
  {
    name: '-lockfile with another word',
    make: fromFolder({ args: [['init', '-lockfile=other']] }),
    differs: {
      row: '`-lockfile` with another word than `readonly`',
      in: ['succeeded', 'lock', 'installed', 'titles', 'lines'],
    },
  },
  {
    name: '-lockfile=readonly where the registry has more hashes',
    make: (world) => ({
      ...origin({ args: readonly })(world),
      files: {
        'main.tf': main(own(world)),
        [lockFile]: lockText(own(world), '1.1.0', [hashesOf(world, '1.1.0').zh]),
      },
    }),
  },
  {
    name: 'a run that fails leaves the lock file alone',
    make: configured((world) => methods(fsMirror(world.packed)), {
      files: {
        'other.tf': 'resource "null_x" "y" {}\n',
        [lockFile]: lockText('example.com/acme/gone', '1.0.0', [foreign]),
      },
    }),
  },
];

/** Lock files, and what becomes of them. */
export const lockFileScenarios: readonly Scenario[] = [...entries, ...unreadable, ...unchanged];
