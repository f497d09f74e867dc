import { describe, expect, it } from 'vitest';
import {
  formatProviderPattern,
  parseProviderPattern,
  parseRepositoryTemplate,
} from '../domain/index.ts';
import { decodeConfigFile } from './config-file.ts';
import { UnwritableBlockError } from './errors.ts';
import { formatProviderInstallation, type FormatOptions } from './format-provider-installation.ts';

const format = (template: string, options: FormatOptions = {}): string =>
  formatProviderInstallation(parseRepositoryTemplate(template), options);

const surroundings = { env: {}, cwd: '/', home: undefined, platform: 'linux' };

describe('formatProviderInstallation', () => {
  it('excludes from direct what comes from the registry', () => {
    expect(format('ghcr.io/acme/{namespace}-{type}', { trustAllHashes: true })).toBe(`\
provider_installation {
  oci_mirror {
    repository_template = "ghcr.io/acme/\${namespace}-\${type}"
    include             = ["registry.opentofu.org/*/*"]
    # For tofu-oci: believe the checksums that this registry reports for other platforms.
    # OpenTofu passes over this line.
    trust_all_hashes    = true
  }
  direct {
    exclude = ["registry.opentofu.org/*/*"]
  }
}
`);
  });

  it('takes everything from a registry whose template tells hosts apart', () => {
    expect(format('r.example.com/tf/{hostname}/{namespace}/{type}')).toBe(`\
provider_installation {
  oci_mirror {
    repository_template = "r.example.com/tf/\${hostname}/\${namespace}/\${type}"
    include             = ["*/*/*"]
  }
}
`);
  });

  it.each([
    ['r.example.com/{hostname}/{namespace}/{type}', {}],
    ['r.example.com/{hostname}/{namespace}/{type}', { host: 'registry.terraform.io' }],
    ['r.example.com/{namespace}/{type}', { host: 'example.com:8443' }],
    ['r.example.com/{namespace}/{type}', { host: 'xn--bcher-kva.example' }],
    ['r.example.com/fixed/{type}', { include: [parseProviderPattern('example.com/acme/*')] }],
    ['r.example.com/one', { include: [parseProviderPattern('example.com/acme/tool')] }],
    ['r.example.com/${namespace}/${type}', {}],
    ['r.example.com/${namespace == "hashicorp" ? "h" : namespace}/${type}', {}],
    ['r.example.com/${type == "}" ? "a" : "b"}/${namespace}', {}],
    ['r.example.com/%{ if type == "x" }y%{ else }z%{ endif }/${namespace}/${type}', {}],
  ] satisfies [string, FormatOptions][])(
    'writes %s %j so that it is read back',
    (text, options) => {
      const template = parseRepositoryTemplate(text);
      const block = formatProviderInstallation(template, options);
      const { content, problems } = decodeConfigFile(block, 'rc', surroundings);
      expect(problems.list).toEqual([]);
      const [mirror, direct] = content.providerInstallations[0]?.methods ?? [];
      if (mirror?.kind !== 'oci_mirror') throw new Error('no oci_mirror');
      const provider = { hostname: 'example.com', namespace: 'acme', type: 'tool' };
      expect(mirror.template.repositoryFor(provider)).toEqual(template.repositoryFor(provider));
      expect(mirror.trustAllHashes).toBe(false);
      if (direct !== undefined) {
        expect(direct.exclude.map(formatProviderPattern)).toEqual(
          mirror.include.map(formatProviderPattern),
        );
      }
    },
  );

  it.each([
    ['has no type', 'r.example.com/{namespace}', 'template must refer to the "type" symbol'],
    [
      'HCL 1 can not read',
      'r.example.com/${type == "{" ? "a" : "b"}/${namespace}',
      'HCL 1, the language of that file, can not express it',
    ],
  ])('refuses a template that %s', (_, text, why) => {
    let error: unknown;
    try {
      format(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UnwritableBlockError);
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_UNWRITABLE_BLOCK',
      category: 'usage',
      template: text,
    });
    expect(String(error)).toContain(why);
  });
});
