import {
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import type { CatalogedProvider, OfferedRelease } from '../gateway/index.ts';
import type { Place } from './place.ts';

/** A block for the CLI configuration of the reader. */
export interface Configuration {
  readonly label: string;
  readonly intro: string;
  /** To copy. */
  readonly text: string;
}

export interface Configurations {
  /** What is to be known before; sentences. */
  readonly notes: readonly string[];
  /** Each does it alone. */
  readonly choices: readonly Configuration[];
}

/** Services of the well-known hosts beside providers: a `host` block names all that there are. */
const otherServices: Readonly<Record<string, string>> = {
  'registry.opentofu.org': 'https://registry.opentofu.org/v1/modules/',
  'registry.terraform.io': 'https://registry.terraform.io/v1/modules/',
};

/** What the module itself says, wherever its providers are installed from. */
export function requiredProviders(provider: ProviderAddress, version: Version | undefined): string {
  return [
    'terraform {',
    '  required_providers {',
    `    ${provider.type} = {`,
    `      source  = "${formatProviderAddress(provider)}"`,
    ...(version === undefined ? [] : [`      version = "${formatVersion(version)}"`]),
    '    }',
    '  }',
    '}',
  ].join('\n');
}

/** What makes OpenTofu and Terraform take a provider from here. */
export function configurations(place: Place, cataloged: CatalogedProvider): Configurations {
  const isOwn = cataloged.provider.hostname === place.host;
  const byRegistry = cataloged.releases.some(isInRegistry);
  const byOci = ociMirror(place, cataloged);
  if (isOwn && byRegistry) return { notes: [ownHost(place)], choices: byOci };
  const byHost = isOwn || !byRegistry ? [] : [hostOverride(place, cataloged)];
  return {
    notes: byRegistry ? [] : [noRegistry],
    choices: [...byHost, networkMirror(place, cataloged), ...byOci],
  };
}

/** Whether anybody's key answers for it: the registry protocol shows nothing else. */
function isInRegistry({ ownPlatforms, proofs }: OfferedRelease): boolean {
  return ownPlatforms.size > 0 || proofs.length > 0;
}

const noRegistry =
  'This server is no provider registry for it: no accepted key has signed a release, and the server has no key of its own that would.';

function ownHost({ host }: Place): string {
  return `None is needed: the address names this server (${host}), which is the provider’s registry. OpenTofu and Terraform of any version find it by themselves.`;
}

function networkMirror(
  { url }: Place,
  { provider: { hostname } }: CatalogedProvider,
): Configuration {
  return {
    label: 'As a network mirror',
    intro: `OpenTofu and Terraform, any version. Clients look at no signatures.${httpsHint(url)}`,
    text: [
      'provider_installation {',
      '  network_mirror {',
      `    url     = "${url}/v1/mirror/"`,
      `    include = ["${hostname}/*/*"]`,
      '  }',
      '  direct {',
      `    exclude = ["${hostname}/*/*"]`,
      '  }',
      '}',
    ].join('\n'),
  };
}

function hostOverride(
  { url }: Place,
  { provider: { hostname } }: CatalogedProvider,
): Configuration {
  const modules = otherServices[hostname];
  return {
    label: 'As the provider registry',
    intro:
      'OpenTofu and Terraform, any version, with signatures and the checksums of all platforms. The block replaces all services of the host, so what else is used of it has to be named, too.',
    text: [
      `host "${hostname}" {`,
      '  services = {',
      `    "providers.v1" = "${url}/v1/providers/${hostname}/"`,
      ...(modules === undefined ? [] : [`    "modules.v1"   = "${modules}"`]),
      '  }',
      '}',
    ].join('\n'),
  };
}

function ociMirror(
  { repositoryTemplate: template, url }: Place,
  { provider: { hostname } }: CatalogedProvider,
): readonly Configuration[] {
  if (template === undefined) return [];
  const text = [
    'provider_installation {',
    '  oci_mirror {',
    `    repository_template = "${template}"`,
    `    include             = ["${hostname}/*/*"]`,
    '  }',
    '  direct {',
    `    exclude = ["${hostname}/*/*"]`,
    '  }',
    '}',
  ].join('\n');
  const intro = `OpenTofu 1.10 and newer, from the OCI registry that this server is.${httpsHint(url)}`;
  return [{ label: 'As an OCI mirror', intro, text }];
}

/** OpenTofu and Terraform ask mirrors in no other way. */
function httpsHint(url: string): string {
  return url.startsWith('https:')
    ? ''
    : ' Mirrors are asked by HTTPS only: use this server’s HTTPS address.';
}
