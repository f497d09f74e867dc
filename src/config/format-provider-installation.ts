import {
  defaultHost,
  formatProviderPattern,
  type ProviderPattern,
  type RepositoryTemplate,
} from '../domain/index.ts';
import { decodeConfigFile } from './config-file.ts';
import { UnwritableBlockError } from './errors.ts';
import { quoteHcl1 } from './format-hcl1.ts';
import type { Surroundings } from './surroundings.ts';

export interface FormatOptions {
  /**
   * Comparison form: the host whose providers are there. Without it: all hosts where the template has
   * `hostname`, else OpenTofu's default host.
   */
  readonly host?: string | undefined;
  /** Which providers are there, instead of all of a host: for a template without `namespace` or `type`. */
  readonly include?: readonly ProviderPattern[] | undefined;
  /** Also sets our own argument `trust_all_hashes`, which OpenTofu passes over, with a word about it. */
  readonly trustAllHashes?: boolean | undefined;
}

/**
 * The block of the CLI configuration that makes OpenTofu install from a registry, ready to paste, with a line
 * break at the end. Providers that are there come from there only, all others from their own registries.
 * @throws UnwritableBlockError when OpenTofu would not take the block, or would take another template from it
 */
export function formatProviderInstallation(
  template: RepositoryTemplate,
  options: FormatOptions = {},
): string {
  const patterns = patternsFor(template, options);
  const list = patterns.map((pattern) => JSON.stringify(formatPattern(pattern))).join(', ');
  const everything = patterns.some(({ hostname }) => hostname === '*');
  const hcl = hclSpelling(template);
  const block = [
    'provider_installation {',
    '  oci_mirror {',
    `    repository_template = ${quoteHcl1(hcl)}`,
    `    include             = [${list}]`,
    ...(options.trustAllHashes === true
      ? [
          '    # For tofu-oci: believe the checksums that this registry reports for other platforms.',
          '    # OpenTofu passes over this line.',
          '    trust_all_hashes    = true',
        ]
      : []),
    '  }',
    ...(everything ? [] : ['  direct {', `    exclude = [${list}]`, '  }']),
    '}',
    '',
  ].join('\n');
  verify(block, template, hcl);
  return block;
}

function patternsFor(
  { variables }: RepositoryTemplate,
  { host, include }: FormatOptions,
): readonly ProviderPattern[] {
  if (include !== undefined && include.length > 0) return include;
  const hostname = host ?? (variables.has('hostname') ? '*' : defaultHost);
  return [{ hostname, namespace: '*', type: '*' }];
}

function formatPattern(pattern: ProviderPattern): string {
  const { hostname, namespace, type } = pattern;
  return hostname === '*' ? `*/${namespace}/${type}` : formatProviderPattern(pattern);
}

/** OpenTofu knows the variables as `${hostname}` only. */
function hclSpelling({ spelling, text, pieces }: RepositoryTemplate): string {
  if (spelling === 'hcl' || pieces === undefined) return text;
  return pieces
    .map((piece) => ('literal' in piece ? piece.literal : `\${${piece.variable}}`))
    .join('');
}

const nowhere: Surroundings = { env: {}, cwd: '/', home: undefined, platform: 'linux' };

/** Reads the block back: not every template can be written in HCL 1, and not every one is complete. */
function verify(block: string, template: RepositoryTemplate, hcl: string): void {
  const { content, problems } = decodeConfigFile(block, '<block>', nowhere);
  const problem = problems.list.find(({ detail }) => detail !== '');
  if (problem !== undefined) {
    throw new UnwritableBlockError(template.text, withoutPlace(problem.detail), {
      hint: 'Use all of {hostname}, {namespace} and {type}, or say which providers it is for.',
    });
  }
  const [method] = content.providerInstallations[0]?.methods ?? [];
  if (method?.kind !== 'oci_mirror' || method.template.text !== hcl) {
    const why = 'HCL 1, the language of that file, can not express it as a string';
    throw new UnwritableBlockError(template.text, why);
  }
}

/** The block is not a file that anyone has, so places in it say nothing. */
function withoutPlace(why: string): string {
  return why.replace(/^Invalid oci_mirror block at \d+:\d+: /u, '');
}
