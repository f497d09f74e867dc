import type { Outcome } from './client-outcome.ts';
import type { OriginKind } from './client-places.ts';
import type { ClientWorld, ScenarioFiles } from './client-world.ts';
import { lockText } from './client-world.ts';

/** A situation in which ours and theirs have to do the same. */
export interface Scenario {
  readonly name: string;
  readonly make: (world: ClientWorld) => ScenarioFiles;
  /** What differs on purpose: a row of docs/differences.md, and what is then not compared. */
  readonly differs?: { readonly row: string; readonly in: readonly Compared[] };
  /** The first version of OpenTofu that has what it is about. */
  readonly since?: '1.11' | '1.12';
  /** Why Terraform does otherwise than OpenTofu, which we follow; it is not compared then. */
  readonly terraform?: string;
}

/** Parts of an outcome. */
export type Compared = Exclude<keyof Outcome, 'said'>;

export const mirrored = 'example.com/acme/thing';
export const foreign = `zh:${'f'.repeat(64)}`;

export const main = (source: string, version?: string): string =>
  `terraform {\n  required_providers {\n    thing = {\n      source = "${source}"\n${version === undefined ? '' : `      version = "${version}"\n`}    }\n  }\n}\n`;
export const methods = (...blocks: readonly string[]): string =>
  `provider_installation {\n${blocks.map((block) => `  ${block}\n`).join('')}}\n`;
export const fsMirror = (path: string, more = ''): string =>
  `filesystem_mirror {\n    path = "${path}"\n${more}  }`;
export const netMirror = (url: string): string => `network_mirror {\n    url = "${url}"\n  }`;
export const init = [['init']] as const;
export const lockFile = '.terraform.lock.hcl';

/** A project that takes `example.com/acme/thing` from a folder of zips. */
export const fromFolder =
  (
    over: Partial<ScenarioFiles> & { readonly version?: string },
    files: (world: ClientWorld) => Readonly<Record<string, string>> = () => ({}),
  ): Scenario['make'] =>
  (world) => ({
    config: methods(fsMirror(world.packed)),
    args: init,
    ...over,
    files: { 'main.tf': main(mirrored, over.version), ...files(world), ...over.files },
  });
export const locked =
  (version: string, hashes: (world: ClientWorld) => readonly string[]) =>
  (world: ClientWorld): Readonly<Record<string, string>> => ({
    [lockFile]: lockText(mirrored, version, hashes(world)),
  });
export const own = (world: ClientWorld): string => `${world.registry.host}/acme/thing`;
export const origin =
  (over: Partial<ScenarioFiles> & { readonly version?: string } = {}): Scenario['make'] =>
  (world) => ({
    config: '',
    args: init,
    ...over,
    files: { 'main.tf': main(own(world), over.version), ...over.files },
  });

export const ociMirror = (world: ClientWorld, more = ''): string =>
  `oci_mirror {\n    repository_template = "${world.places.oci}/tf/\${hostname}/\${namespace}/\${type}"\n    include = ["*/*/*"]\n${more}  }`;

/** A `host` block: the services of `host` are those of a registry on loopback. */
export const hostBlock = (host: string, world: ClientWorld, kind?: OriginKind): string =>
  `host "${host}" {\n  services = {\n    "providers.v1" = "${(kind === undefined ? world.registry : world.places.origins[kind]).providersUrl}"\n  }\n}\n`;

/** A project that takes its provider from a registry with something about it. */
export const from =
  (kind: OriginKind, over: Partial<ScenarioFiles> = {}): Scenario['make'] =>
  (world) => ({
    config: '',
    args: init,
    files: { 'main.tf': main(`${world.places.origins[kind].host}/acme/thing`) },
    ...over,
  });

/** A project with one provider and a CLI configuration. */
export const configured =
  (
    config: (world: ClientWorld) => string,
    over: Partial<ScenarioFiles> & { readonly source?: string; readonly version?: string } = {},
  ): Scenario['make'] =>
  (world) => ({
    config: config(world),
    args: init,
    ...over,
    files: { 'main.tf': main(over.source ?? mirrored, over.version), ...over.files },
  });

/** `providers lock` in a project that requires one provider. */
export const locking =
  (
    args: (world: ClientWorld) => readonly string[],
    over: Partial<ScenarioFiles> & { readonly source?: string } = {},
  ): Scenario['make'] =>
  (world) => ({
    config: '',
    args: [['providers', 'lock', ...args(world)]],
    ...over,
    files: { 'main.tf': main(over.source ?? mirrored), ...over.files },
  });

/** A file of the shared folder of zips, for a mirror of one's own. */
export const zipOf = (world: ClientWorld, version: string, platform: string): string =>
  `COPY ${world.packed}/${mirrored}/terraform-provider-thing_${version}_${platform}.zip`;
