import {
  configured,
  from,
  fsMirror,
  hostBlock,
  init,
  locked,
  lockFile,
  main,
  methods,
  mirrored,
  netMirror,
  ociMirror,
  origin,
  own,
  type Scenario,
  zipOf,
} from './client-scenario.ts';
import { hashesOf, lockText, otherPlatform } from './client-world.ts';
import { token } from './client-places.ts';
import { hostPlatform } from './peer-commands.ts';

const enforced = { OPENTOFU_ENFORCE_GPG_VALIDATION: 'true' };
const only = (pattern: string): string => `    include = ["${pattern}"]\n`;
const zip = (version: string, platform = hostPlatform): string =>
  `terraform-provider-thing_${version}_${platform}.zip`;

/** What registries say of their packages, and what OpenTofu makes of it. */
const registries: readonly Scenario[] = [
  {
    name: 'a registry without keys',
    make: from('unsigned'),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  { name: 'an expired key', make: from('expired') },
  {
    name: 'an expired key, where that is forbidden',
    make: from('expired', { env: { OPENTOFU_ENFORCE_GPG_EXPIRATION: 'true' } }),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  {
    name: 'another shasum than in the sums',
    make: from('wrong'),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  { name: 'a package that is not the one that was signed', make: from('altered') },
  { name: 'a provider for an old protocol', make: from('oldProtocol') },
  { name: 'warnings of a registry', make: from('warning') },
  { name: 'a registry without its newest package', make: from('lost') },
  { name: 'a page in place of the services', make: from('html') },
  { name: 'a registry that wants a token, and gets none', make: from('guarded') },
  {
    name: 'a registry that wants a token, and gets another',
    make: (world) => ({
      ...from('guarded')(world),
      config: `credentials "${world.places.origins.guarded.host}" {\n  token = "other"\n}\n`,
    }),
  },
  {
    name: 'a registry that wants a token, and gets it',
    make: (world) => ({
      ...from('guarded')(world),
      config: `credentials "${world.places.origins.guarded.host}" {\n  token = "${token}"\n}\n`,
    }),
  },
  {
    name: 'a token in the environment, for a host of the CLI configuration',
    make: configured((world) => hostBlock('registry.example.com', world, 'guarded'), {
      source: 'registry.example.com/acme/thing',
      env: { TF_TOKEN_registry_example_com: token },
    }),
  },
  {
    name: 'packages that a third party reports',
    make: from('reporting'),
    since: '1.12',
  },
  {
    name: 'the default host, signed',
    make: configured((world) => hostBlock('registry.opentofu.org', world), {
      source: 'acme/thing',
    }),
  },
  {
    name: 'the default host without keys',
    make: configured((world) => hostBlock('registry.opentofu.org', world, 'unsigned'), {
      source: 'acme/thing',
    }),
  },
  {
    name: 'the default host without keys, where signatures are enforced',
    make: configured((world) => hostBlock('registry.opentofu.org', world, 'unsigned'), {
      source: 'acme/thing',
      env: enforced,
    }),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  {
    name: 'packages that the default host reports',
    make: configured((world) => hostBlock('registry.opentofu.org', world, 'reporting'), {
      source: 'acme/thing',
    }),
    since: '1.12',
  },
  {
    name: 'a provider that the default host does not know',
    make: configured((world) => hostBlock('registry.opentofu.org', world), {
      source: 'acme/absent',
    }),
  },
  {
    name: 'a host without a provider registry',
    make: configured(() => 'host "registry.example.com" {\n  services = {}\n}\n', {
      source: 'registry.example.com/acme/thing',
    }),
  },
  {
    name: 'two providers of a registry',
    make: (world) => ({
      config: '',
      args: init,
      files: {
        'main.tf': main(own(world)),
        'other/main.tf': main(`${world.registry.host}/acme/other`),
        'm.tf': 'module "other" {\n  source = "./other"\n}\n',
      },
    }),
    differs: { row: 'the record of modules, `modules.json`', in: ['installed'] },
  },
];

const networkMirrors: readonly Scenario[] = [
  {
    name: 'a network mirror without hashes',
    make: configured((world) => methods(netMirror(world.places.origins.silent.mirrorUrl))),
  },
  {
    name: 'a network mirror with other hashes',
    make: configured((world) => methods(netMirror(world.places.origins.wrong.mirrorUrl))),
  },
  {
    name: 'a network mirror with hashes of unknown schemes',
    make: configured((world) => methods(netMirror(world.places.origins.unsigned.mirrorUrl))),
    differs: { row: 'a package that is refused for what is said of it', in: ['lines'] },
  },
  {
    name: 'a network mirror that altered the package',
    make: configured((world) => methods(netMirror(world.places.origins.altered.mirrorUrl))),
  },
  {
    name: 'a network mirror that lost a version that it lists',
    make: configured((world) => methods(netMirror(world.places.origins.lost.mirrorUrl))),
  },
  {
    name: 'a network mirror that answers with pages',
    make: configured((world) => methods(netMirror(world.places.origins.html.mirrorUrl))),
  },
  {
    name: 'a network mirror that wants a token, and gets none',
    make: configured((world) => methods(netMirror(world.places.origins.guarded.mirrorUrl))),
  },
  {
    name: 'a network mirror that wants a token, and gets it',
    make: configured(
      (world) =>
        `credentials "${world.places.origins.guarded.host}" {\n  token = "${token}"\n}\n${methods(netMirror(world.places.origins.guarded.mirrorUrl))}`,
    ),
  },
  {
    name: 'a network mirror that does not know the provider',
    make: configured((world) => methods(netMirror(world.registry.mirrorUrl)), {
      source: 'example.com/acme/absent',
    }),
  },
  {
    name: 'a network mirror without a slash at the end',
    make: configured((world) => methods(netMirror(world.registry.mirrorUrl.replace(/\/$/u, '')))),
  },
  {
    name: 'a network mirror over plain HTTP',
    make: configured((world) =>
      methods(netMirror(world.registry.mirrorUrl.replace('https:', 'http:'))),
    ),
  },
  {
    name: 'a network mirror for the default host, trusted for all hashes',
    make: configured(
      (world) =>
        methods(
          `network_mirror {\n    url = "${world.registry.mirrorUrl}"\n    trust_all_hashes = true\n  }`,
        ),
      { source: 'acme/thing' },
    ),
    since: '1.12',
  },
  {
    name: 'a network mirror for another host, trusted for all hashes',
    make: configured((world) =>
      methods(
        `network_mirror {\n    url = "${world.registry.mirrorUrl}"\n    trust_all_hashes = true\n  }`,
      ),
    ),
    since: '1.12',
  },
  {
    name: 'a locked version that a network mirror lacks, and a folder has',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl), fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/${zip('1.0.9')}`]: zipOf(world, '1.0.0', hostPlatform),
        ...locked('1.0.9', () => [hashesOf(world, '1.0.0').zh, hashesOf(world, '1.0.0').h1])(world),
      },
    }),
    differs: {
      row: 'a version that the first of several methods lacks while it is locked',
      in: ['succeeded', 'installed', 'titles', 'lines'],
    },
  },
];

const ociMirrors: readonly Scenario[] = [
  { name: 'an OCI mirror', make: configured((world) => methods(ociMirror(world))) },
  {
    name: 'an OCI mirror and a constraint',
    make: configured((world) => methods(ociMirror(world)), { version: '~> 1.0.0' }),
  },
  {
    name: 'an OCI mirror and an exact prerelease',
    make: configured((world) => methods(ociMirror(world)), { version: '2.0.0-beta1' }),
  },
  {
    name: 'an OCI mirror and a constraint that nothing satisfies',
    make: configured((world) => methods(ociMirror(world)), { version: '> 3' }),
  },
  {
    name: 'an OCI mirror without the repository',
    make: configured((world) => methods(ociMirror(world)), { source: 'example.com/acme/absent' }),
  },
  {
    name: 'an OCI mirror for the default host',
    make: configured((world) => methods(ociMirror(world)), { source: 'acme/thing' }),
  },
  {
    name: 'an OCI mirror and the zh of the package in the lock file',
    make: (world) => ({
      config: methods(ociMirror(world)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').zh])(world),
      },
    }),
    differs: { row: 'a lock file with checksums of this platform only', in: ['titles'] },
  },
  {
    name: 'an OCI mirror and a foreign zh in the lock file',
    make: (world) => ({
      config: methods(ociMirror(world)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        ...locked('1.1.0', () => [hashesOf(world, '1.0.0').zh])(world),
      },
    }),
    differs: { row: 'a locked version that is not installed', in: ['lines'] },
  },
  {
    name: 'an OCI mirror and only an h1 in the lock file',
    make: (world) => ({
      config: methods(ociMirror(world)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').h1])(world),
      },
    }),
    differs: {
      row: 'the lock file has only `h1:` hashes, and the package comes from an OCI mirror',
      in: ['succeeded', 'lock', 'installed', 'titles', 'lines'],
    },
  },
  {
    name: 'an OCI mirror without the newest version, before a folder with it',
    make: (world) => ({
      config: methods(ociMirror(world), fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main('example.org/acme/thing'),
        [`mirror/example.org/acme/thing/${zip('1.1.0')}`]: zipOf(world, '1.1.0', hostPlatform),
      },
    }),
    differs: {
      row: 'an `oci_mirror` stands before another method and has no tag for the chosen version',
      in: ['succeeded', 'lock', 'installed', 'titles', 'lines'],
    },
  },
  {
    name: 'a folder with the newest version, before an OCI mirror without it',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror'), ociMirror(world)),
      args: init,
      files: {
        'main.tf': main('example.org/acme/thing'),
        [`mirror/example.org/acme/thing/${zip('1.1.0')}`]: zipOf(world, '1.1.0', hostPlatform),
      },
    }),
  },
  {
    name: 'an OCI mirror that excludes the provider',
    make: configured((world) =>
      methods(ociMirror(world, '    exclude = ["example.com/acme/*"]\n'), fsMirror(world.packed)),
    ),
  },
  {
    name: 'a template without what its pattern leaves open',
    make: configured((world) =>
      methods(
        `oci_mirror {\n    repository_template = "${world.places.oci}/tf/thing"\n    include = ["*/*/*"]\n  }`,
      ),
    ),
  },
];

const combined: readonly Scenario[] = [
  {
    name: 'the same version in two mirrors: the first counts',
    make: configured((world) =>
      methods(fsMirror(world.unpacked), netMirror(world.registry.mirrorUrl)),
    ),
  },
  {
    name: 'a platform that only the second of two mirrors has',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror'), fsMirror(world.packed)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/${zip('1.1.0', otherPlatform)}`]: zipOf(world, '1.1.0', otherPlatform),
      },
    }),
  },
  {
    name: 'one method for one provider, another for the other',
    make: (world) => ({
      config: methods(
        fsMirror(world.packed, only('example.com/acme/thing')),
        `direct {\n    exclude = ["example.com/*/*"]\n  }`,
      ),
      args: init,
      files: {
        'main.tf': `terraform {\n  required_providers {\n    thing = {\n      source = "${mirrored}"\n    }\n    other = {\n      source = "${world.registry.host}/acme/other"\n    }\n  }\n}\n`,
      },
    }),
  },
  {
    name: 'direct that includes the provider',
    make: (world) => ({
      config: methods(`direct {\n    include = ["${world.registry.host}/*/*"]\n  }`),
      args: init,
      files: { 'main.tf': main(own(world)) },
    }),
  },
  {
    name: 'a pattern without a host',
    make: configured((world) => methods(fsMirror(world.packed, only('acme/*'))), {
      source: mirrored,
    }),
  },
  {
    name: 'the first of two providers fails',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: init,
      files: {
        'main.tf': `terraform {\n  required_providers {\n    other = {\n      source = "example.com/acme/other"\n      version = "> 7"\n    }\n    thing = {\n      source = "${mirrored}"\n    }\n  }\n}\n`,
      },
    }),
  },
  {
    name: 'implied mirrors in two places',
    make: (world) => ({
      config: '',
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`terraform.d/plugins/${mirrored}/${zip('1.0.0')}`]: zipOf(world, '1.0.0', hostPlatform),
        [`home/.local/share/terraform/plugins/${mirrored}/${zip('1.1.0')}`]: zipOf(
          world,
          '1.1.0',
          hostPlatform,
        ),
      },
    }),
  },
  {
    name: 'implied mirrors below XDG_DATA_HOME',
    make: (world) => ({
      config: '',
      args: init,
      env: { XDG_DATA_HOME: 'HERE/xdg' },
      files: { 'main.tf': main(mirrored), 'xdg/opentofu/plugins': `COPY ${world.packed}` },
    }),
  },
  {
    name: 'an implied mirror for one provider, the registry for the other',
    make: (world) => ({
      config: '',
      args: init,
      files: {
        'main.tf': main(mirrored),
        'other/main.tf': main(own(world)),
        'm.tf': 'module "other" {\n  source = "./other"\n}\n',
        'terraform.d/plugins': `COPY ${world.packed}`,
      },
    }),
    differs: { row: 'the record of modules, `modules.json`', in: ['installed'] },
  },
  {
    name: 'an older version in an implied mirror than in the registry',
    make: (world) => ({
      config: '',
      args: init,
      files: {
        'main.tf': main(own(world)),
        [`terraform.d/plugins/${own(world)}/${zip('1.0.0')}`]: zipOf(world, '1.0.0', hostPlatform),
      },
    }),
  },
];

const folders: readonly Scenario[] = [
  {
    name: 'a mirror that is a link',
    make: (world) => ({
      config: methods(fsMirror('HERE/link')),
      args: init,
      files: { 'main.tf': main(mirrored), link: `LINK ${world.packed}` },
    }),
  },
  {
    name: 'a mirror with a link within it',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        'mirror/example.com': `LINK ${world.packed}/example.com`,
      },
    }),
  },
  {
    name: 'a zip that is a link',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/${zip('1.0.0')}`]: zipOf(world, '1.0.0', hostPlatform).replace(
          'COPY',
          'LINK',
        ),
      },
    }),
  },
  {
    name: 'an unpacked package that is a link',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/1.0.0/${hostPlatform}`]: `LINK ${world.unpacked}/${mirrored}/1.0.0/${hostPlatform}`,
      },
    }),
  },
  {
    name: 'a version both packed and unpacked',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/1.0.0/${hostPlatform}`]: `COPY ${world.unpacked}/${mirrored}/1.0.0/${hostPlatform}`,
        [`mirror/${mirrored}/${zip('1.0.0')}`]: zipOf(world, '1.0.0', hostPlatform),
      },
    }),
  },
  {
    name: 'names in a mirror that are none',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/${zip('x.y')}`]: 'no zip',
        [`mirror/${mirrored}/terraform-provider-else_9.0.0_${hostPlatform}.zip`]: 'no zip',
        [`mirror/${mirrored}/README.md`]: 'read me',
        [`mirror/${mirrored}/9.0.0/${hostPlatform}`]: 'a file',
        [`mirror/${mirrored}/deep/er/8.0.0/${hostPlatform}/x`]: 'too deep',
        [`mirror/${mirrored}/Terraform-Provider-Thing_1.0.0_${hostPlatform}.ZIP`]: zipOf(
          world,
          '1.0.0',
          hostPlatform,
        ),
      },
    }),
  },
  {
    name: 'more in the name of a zip',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/terraform-provider-thing_1.0.0_${hostPlatform}_extra.zip`]: zipOf(
          world,
          '1.0.0',
          hostPlatform,
        ),
      },
    }),
  },
  {
    name: 'the version 0.0.0 in a mirror',
    make: (world) => ({
      config: methods(fsMirror('HERE/mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/${zip('0.0.0')}`]: zipOf(world, '1.0.0', hostPlatform),
      },
    }),
  },
  {
    name: 'a mirror below the project, by a relative path',
    make: (world) => ({
      config: methods(fsMirror('./mirror')),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [`mirror/${mirrored}/${zip('1.0.0')}`]: zipOf(world, '1.0.0', hostPlatform),
      },
    }),
  },
  {
    name: 'an unpacked package and only a zh in the lock file',
    make: (world) => ({
      config: methods(fsMirror(world.unpacked)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        ...locked('1.1.0', () => [hashesOf(world, '1.1.0').zh])(world),
      },
    }),
    differs: {
      row: 'an unpacked package, and a lock file with `zh:` hashes only',
      in: ['succeeded', 'lock', 'installed', 'titles', 'lines'],
    },
  },
  {
    name: 'an unpacked package and another h1 in the lock file',
    make: (world) => ({
      config: methods(fsMirror(world.unpacked)),
      args: init,
      files: {
        'main.tf': main(mirrored),
        [lockFile]: lockText(mirrored, '1.1.0', [hashesOf(world, '1.0.0').h1]),
      },
    }),
  },
  {
    name: '-plugin-dir, and then without it',
    make: (world) => ({
      config: methods(fsMirror(world.packed)),
      args: [['init', `-plugin-dir=${world.packed}`], ['init']],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: '-plugin-dir that is not there',
    make: origin({ args: [['init', '-plugin-dir=HERE/nowhere']] }),
  },
  {
    name: '-plugin-dir twice, against the CLI configuration',
    make: (world) => ({
      config: methods(netMirror(world.registry.mirrorUrl)),
      args: [['init', '-plugin-dir', world.unpacked, '-plugin-dir', world.packed]],
      files: { 'main.tf': main(mirrored) },
    }),
  },
  {
    name: '-plugin-dir, relative',
    make: (world) => ({
      config: '',
      args: [['init', '-plugin-dir=mirror']],
      files: { 'main.tf': main(mirrored), mirror: `COPY ${world.unpacked}` },
    }),
  },
];

/** Where packages come from. */
export const sourceScenarios: readonly Scenario[] = [
  ...registries,
  ...networkMirrors,
  ...ociMirrors,
  ...combined,
  ...folders,
];
