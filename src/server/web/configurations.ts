import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { CatalogedProvider } from '../gateway/index.ts';
import type { Place } from './place.ts';

/** Something that goes into a file of the reader's. */
export interface Configuration {
  readonly label: string;
  readonly intro: string;
  /** To copy; undefined where nothing is needed. */
  readonly text: string | undefined;
}

/** Services of the well-known hosts beside providers: a `host` block names all that there are. */
const otherServices: Readonly<Record<string, string>> = {
  'registry.opentofu.org': 'https://registry.opentofu.org/v1/modules/',
  'registry.terraform.io': 'https://registry.terraform.io/v1/modules/',
};

/** What makes OpenTofu and Terraform take a provider from here, ready to paste. */
export function configurations(
  place: Place,
  cataloged: CatalogedProvider,
): readonly Configuration[] {
  return [
    requiredProviders(cataloged),
    ...(cataloged.provider.hostname === place.host
      ? [ownHost(place)]
      : [networkMirror(place, cataloged), hostOverride(place, cataloged)]),
    ...(place.repositoryTemplate === undefined
      ? []
      : [ociMirror(place.repositoryTemplate, cataloged)]),
  ];
}

function requiredProviders({ provider, releases }: CatalogedProvider): Configuration {
  const newest = releases.findLast(({ version }) => version.prerelease === '') ?? releases.at(-1);
  const version = newest && formatVersion(newest.version);
  const lines = [
    'terraform {',
    '  required_providers {',
    `    ${provider.type} = {`,
    `      source  = "${formatProviderAddress(provider)}"`,
    ...(version === undefined ? [] : [`      version = "${version}"`]),
    '    }',
    '  }',
    '}',
  ];
  return {
    label: 'In a module',
    intro: 'What the module requires, wherever its providers are installed from.',
    text: lines.join('\n'),
  };
}

function ownHost({ host }: Place): Configuration {
  return {
    label: 'OpenTofu and Terraform, any version',
    intro: `The address names this server (${host}), which is its registry: nothing has to be configured.`,
    text: undefined,
  };
}

function networkMirror(
  { url }: Place,
  { provider: { hostname } }: CatalogedProvider,
): Configuration {
  const hint = url.startsWith('https:')
    ? ''
    : ' Network mirrors are asked by HTTPS only: use this server’s HTTPS address.';
  return {
    label: 'As a network mirror',
    intro: `OpenTofu and Terraform, any version, in the CLI configuration (~/.tofurc or ~/.terraformrc).${hint}`,
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
      'OpenTofu and Terraform, any version: checksums of all platforms and signatures, as from the origin. The block names all services of the host that are used.',
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

function ociMirror(template: string, { provider: { hostname } }: CatalogedProvider): Configuration {
  return {
    label: 'As an OCI mirror',
    intro: 'OpenTofu 1.10 and newer, without the help of this server’s other protocols.',
    text: [
      'provider_installation {',
      '  oci_mirror {',
      `    repository_template = "${template}"`,
      `    include             = ["${hostname}/*/*"]`,
      '  }',
      '  direct {',
      `    exclude = ["${hostname}/*/*"]`,
      '  }',
      '}',
    ].join('\n'),
  };
}
