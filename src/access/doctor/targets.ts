import type { Files } from '../../base/index.ts';
import { type InstallationMethod, parseLoginTarget } from '../../config/index.ts';
import { parseLocation, parseProviderAddress, type ProviderAddress } from '../../domain/index.ts';
import { formatRepositoryName } from '../../spec/index.ts';
import type { FoundConfiguration } from './check-configuration.ts';
import { checkTemplate, type RegistryLocation } from './check-location.ts';
import { failedCheck, type Tell } from './check.ts';

/** A registry to try. */
export interface Target {
  readonly registry: string;
  /** Undefined when only the registry was named. */
  readonly location: RegistryLocation | undefined;
}

/** Stands for all providers; nobody publishes one of that name. */
export const probeProvider: ProviderAddress = parseProviderAddress(
  'registry.opentofu.org/tofu-oci/doctor',
);

export interface TargetOptions {
  readonly found: FoundConfiguration;
  readonly files: Files;
  readonly resolve: (path: string) => string;
}

type OciMirror = Extract<InstallationMethod, { kind: 'oci_mirror' }>;

/** What there is to try, and whether the templates are sound. */
export async function targetsOf(
  location: string | undefined,
  options: TargetOptions,
  tell: Tell,
): Promise<readonly Target[]> {
  const mirrors = mirrorsOf(options.found);
  if (location !== undefined) return await targetsAt(location, mirrors, options, tell);
  if (mirrors.length === 0) {
    tell({
      topic: 'location',
      status: 'skipped',
      text: 'no registry was tried: no location was given, and the CLI configuration has no oci_mirror',
      advice: 'Run for example: tofu-oci doctor registry.example.com',
    });
  }
  return mirrors.flatMap(({ include, template }) => {
    checkTemplate(template, include, tell);
    const source = 'the oci_mirror of the CLI configuration';
    return targetOf({ template, include, source }, tell);
  });
}

function mirrorsOf({ config }: FoundConfiguration): readonly OciMirror[] {
  const methods = config.providerInstallation?.methods ?? [];
  return methods.flatMap((method) => (method.kind === 'oci_mirror' ? [method] : []));
}

async function targetsAt(
  text: string,
  mirrors: readonly OciMirror[],
  options: TargetOptions,
  tell: Tell,
): Promise<readonly Target[]> {
  try {
    if (isRegistry(text))
      return [{ registry: parseLoginTarget(text).registry, location: undefined }];
    const location = parseLocation(text);
    if (location.kind === 'registry') {
      checkTemplate(location.template, [], tell);
      checkConfigured(location.template, mirrors, tell);
      return targetOf({ template: location.template, include: [], source: 'the location' }, tell);
    }
    if (location.kind === 'oci-layout') {
      checkTemplate(location.template, [], tell);
      await checkFolder(location.directory, options, tell);
    } else {
      const what = `nothing to try with a location of the kind "${location.kind}"`;
      tell({ topic: 'location', status: 'skipped', text: what });
    }
  } catch (error) {
    tell(failedCheck('location', text, error));
  }
  return [];
}

/** A registry alone is no location, and still something to try. */
function isRegistry(text: string): boolean {
  const plain = text.replace(/^(?:oci|https?):\/\//u, '').replace(/\/$/u, '');
  return plain !== 'direct' && /^(?:\w[\w.-]*|\[[\da-f:]+\])(?::\d+)?$/iu.test(plain);
}

function targetOf(location: RegistryLocation, tell: Tell): readonly Target[] {
  try {
    const { registry } = location.template.repositoryFor(probeProvider);
    return [{ registry, location }];
  } catch (error) {
    tell(failedCheck('location', location.source, error));
    return [];
  }
}

/** Whether `tofu init` would look there, too. */
function checkConfigured(
  template: RegistryLocation['template'],
  mirrors: readonly OciMirror[],
  tell: Tell,
): void {
  const wanted = formatRepositoryName(template.repositoryFor(probeProvider));
  const isConfigured = mirrors.some((mirror) => {
    return formatRepositoryName(mirror.template.repositoryFor(probeProvider)) === wanted;
  });
  if (isConfigured) {
    tell({ topic: 'location', status: 'ok', text: 'OpenTofu is configured to install from there' });
    return;
  }
  tell({
    topic: 'location',
    status: 'ok',
    text: 'OpenTofu is not configured to install from there',
    advice: `To make it, add what this prints to its CLI configuration: tofu-oci config '${template.text}'`,
  });
}

async function checkFolder(
  directory: string,
  { files, resolve }: TargetOptions,
  tell: Tell,
): Promise<void> {
  const path = resolve(directory);
  try {
    if ((await files.stat(path)).isDirectory()) {
      tell({
        topic: 'location',
        status: 'ok',
        text: `${path} is a folder; there is no registry to try`,
      });
      return;
    }
    tell({
      topic: 'location',
      status: 'problem',
      category: 'usage',
      text: `${path} is not a folder`,
    });
  } catch {
    tell({
      topic: 'location',
      status: 'warning',
      text: `there is no folder ${path}`,
      advice: 'It is made by the first push.',
    });
  }
}
