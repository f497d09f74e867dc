import { describe, expect, it } from 'vitest';
import { formatRepositoryName } from '../spec/index.ts';
import { InvalidTemplateError, UnmappableProviderError } from './errors.ts';
import { checkOciMirrorTemplate } from './oci-mirror-template.ts';
import { parseProviderAddress } from './provider-address.ts';
import { parseProviderPattern } from './provider-pattern.ts';
import { parsePathTemplate, parseRepositoryTemplate } from './repository-template.ts';

const aws = parseProviderAddress('hashicorp/aws');

function refusal(parse: () => unknown): InvalidTemplateError {
  try {
    parse();
  } catch (error) {
    if (error instanceof InvalidTemplateError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseRepositoryTemplate accepts', () => {
  it.each([
    [
      'r.example/tf/{hostname}/{namespace}/{type}',
      'r.example/tf/registry.opentofu.org/hashicorp/aws',
    ],
    ['localhost:5000/{namespace}/{type}', 'localhost:5000/hashicorp/aws'],
    ['r.example/{namespace}-{type}', 'r.example/hashicorp-aws'],
    ['r.example/acme/aws', 'r.example/acme/aws'],
    ['{hostname}/{namespace}/{type}', 'registry.opentofu.org/hashicorp/aws'],
    ['r.example/${namespace}/${type}', 'r.example/hashicorp/aws'],
    ['r.example/${namespace}/${ type }', 'r.example/hashicorp/aws'],
    ['${hostname}/${namespace}/${type}', 'registry.opentofu.org/hashicorp/aws'],
    [
      'r.example/${hostname == "registry.opentofu.org" ? "public" : hostname}/${namespace}/${type}',
      'r.example/public/hashicorp/aws',
    ],
    [
      'r.example/%{ if namespace == "hashicorp" }official/%{ endif }${namespace}/${type}',
      'r.example/official/hashicorp/aws',
    ],
    ['r.example/${{ aws = "amazon" }["aws"]}/${type}', 'r.example/amazon/aws'],
    ['${"r.example/${namespace}"}/${type}', 'r.example/hashicorp/aws'],
  ])('%s', (text, expected) => {
    const template = parseRepositoryTemplate(text);
    expect(formatRepositoryName(template.repositoryFor(aws))).toBe(expected);
    expect(template.text).toBe(text);
  });

  it.each([
    ['r.example/{namespace}/{type}', ['namespace', 'type']],
    ['r.example/${hostname == "a" ? type : type}', ['hostname', 'type']],
    ['r.example/fixed', []],
  ])('and knows the variables of %s', (text, variables) => {
    expect([...parseRepositoryTemplate(text).variables].sort()).toEqual(variables);
  });

  it('and knows which are but text and variables in a row', () => {
    const sequence = [
      { literal: 'r.example/' },
      { variable: 'namespace' },
      { literal: '/x-' },
      { variable: 'type' },
    ];
    expect(parseRepositoryTemplate('r.example/{namespace}/x-{type}').pieces).toEqual(sequence);
    expect(parseRepositoryTemplate('r.example/${(namespace)}${"/x-"}${type}').pieces).toEqual(
      sequence,
    );
    expect(parseRepositoryTemplate('r.example/${true ? type : type}').pieces).toBeUndefined();
  });
});

describe('parseRepositoryTemplate rejects', () => {
  const symbol = (name: string) =>
    `the symbol "${name}" is not available for an OCI mirror repository address template. Only "hostname", "namespace", and "type" are available.`;
  const address =
    'template must generate a valid OCI repository address, including a registry hostname followed by a slash and then a repository name.';

  it.each([
    ['r.example/{name}/{type}', symbol('name')],
    ['r.example/{}/{type}', symbol('')],
    ['r.example/${name}/${type}', symbol('name')],
    ['r.example/{namespace/{type}', 'a brace has no counterpart.'],
    ['r.example/namespace}/{type}', 'a brace has no counterpart.'],
    [
      'r.example/${null}',
      'The expression result is null. Cannot include a null value in a string template.',
    ],
    ['${null}', 'template must not produce a null value.'],
    ['${["a"]}', 'template must produce a string value.'],
    ['${5}', address],
    ['r.example/Upper/{type}', address],
    ['r.example/{type}:latest', address],
    ['r.example/${namespace}/{type}', address],
    ['https://r.example/{type}', 'template has an empty segment, as if a variable were missing.'],
  ])('%s', (text, detail) => {
    const error = refusal(() => parseRepositoryTemplate(text));
    expect(error.code).toBe('ERR_DOMAIN_INVALID_TEMPLATE');
    expect(error.diagnostics.map((diagnostic) => diagnostic.detail)).toContain(detail);
  });

  it.each([
    '',
    'r.example/',
    'r.example/tf///',
    '/{namespace}/{type}',
    'r.example//{type}',
    '${""}',
  ])('%j, and asks whether the shell expanded it', (text) => {
    expect(refusal(() => parseRepositoryTemplate(text)).hint).toContain(
      'Did your shell expand it?',
    );
  });

  it.each([
    ['ghcr.io/acme/provider--', 'single quotes'],
    ['ghcr.io/acme/-', 'single quotes'],
    ['ghcr.io/acme/{type}:latest', 'Leave out ":latest"'],
    ['ghcr.io/acme/${type}:v1', 'Leave out ":v1"'],
    ['ghcr.io/acme/{type}@sha256:00', 'Leave out "@sha256:00"'],
  ])('%s, and says: %s', (text, hint) => {
    const error = refusal(() => parseRepositoryTemplate(text));
    expect(error.hint).toContain(hint);
    expect(error.message).not.toContain('Invalid repository template');
    expect(error.message).toMatch(/^invalid repository template ".*": template must generate /u);
  });

  it.each([
    'r.example/${namespace',
    'r.example/${namespace}/%{ if }',
    'r.example/${lower(type)}',
    'r.example/${namespace + 1}/${[] + 1}',
  ])('%s with the place of the problem', (text) => {
    const [first] = refusal(() => parseRepositoryTemplate(text, { file: 'here' })).diagnostics;
    expect(first?.range).toMatchObject({ file: 'here', start: { line: 1 } });
  });
});

describe('a repository template', () => {
  it.each([
    [
      'r.example/{hostname}/{type}',
      'localhost:8080/a/b',
      'invalid reference: invalid repository "localhost:8080/b"',
      'has a port',
    ],
    [
      'r.example/{namespace}/{type}',
      'Испытание/b',
      'invalid reference: invalid repository "испытание/b"',
      'ASCII',
    ],
    [
      '${namespace == "a" ? "a~b" : "y"}.example/x',
      'a/b',
      'invalid reference: invalid registry "a~b.example"',
      '',
    ],
    [
      'r.example/${namespace == "a" ? "x:1" : "y"}',
      'a/b',
      'invalid reference: artifact tag or digest not allowed',
      '',
    ],
    [
      'r.example/${namespace == "a" ? "x@sha256:00" : "y"}',
      'a/b',
      'invalid reference: artifact tag or digest not allowed',
      '',
    ],
    [
      '${namespace == "a" ? null : "r.example/y"}',
      'a/b',
      'template must not produce a null value.',
      '',
    ],
  ])('%s has no repository for %s', (text, provider, why, hint) => {
    let caught;
    try {
      parseRepositoryTemplate(text).repositoryFor(parseProviderAddress(provider));
    } catch (error) {
      if (!(error instanceof UnmappableProviderError)) throw error;
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'ERR_DOMAIN_UNMAPPABLE_PROVIDER' });
    expect(caught?.message).toContain(`selecting OCI repository address: ${why}`);
    expect(caught?.hint).toContain(hint);
  });

  it('takes the host in its comparison form', () => {
    const template = parseRepositoryTemplate('r.example/{hostname}/{type}');
    const { path } = template.repositoryFor(parseProviderAddress('bücher.example/a/b'));
    expect(path).toBe('xn--bcher-kva.example/b');
  });
});

describe('parsePathTemplate', () => {
  it('names paths without a registry', () => {
    const template = parsePathTemplate('tf/{hostname}/{namespace}/{type}');
    expect(template.pathFor(aws)).toBe('tf/registry.opentofu.org/hashicorp/aws');
    expect(() => template.pathFor(parseProviderAddress('localhost:1/a/b'))).toThrow(
      UnmappableProviderError,
    );
  });

  it.each(['', '/{type}', '{type}/', 'Upper/{type}', '../{type}', '{name}'])(
    'rejects %j',
    (text) => {
      expect(() => parsePathTemplate(text)).toThrow(InvalidTemplateError);
    },
  );
});

describe('checkOciMirrorTemplate', () => {
  const check = (text: string, include: readonly string[] = []) =>
    checkOciMirrorTemplate(text, { at: '3:5', include: include.map(parseProviderPattern) });
  const prefix = 'Invalid oci_mirror block at 3:5: ';
  const details = (text: string, include?: readonly string[]) =>
    check(text, include).diagnostics.map(({ summary, detail }) => {
      expect(summary).toBe('Invalid oci_mirror repository template');
      expect(detail.startsWith(prefix)).toBe(true);
      return detail.slice(prefix.length);
    });
  const mustRefer = (name: string, one: string) =>
    `template must refer to the "${name}" symbol unless the "include" argument selects exactly one ${one}.`;
  const hostname = mustRefer('hostname', 'registry hostname');
  const namespace = mustRefer('namespace', 'provider namespace');
  const type = mustRefer('type', 'provider');

  it.each([
    ['r.example/${hostname}/${namespace}/${type}', []],
    ['r.example/${namespace}/${type}', ['example.com/*/*']],
    ['r.example/${type}', ['example.com/a/*']],
    ['r.example/x', ['example.com/a/b']],
    ['r.example/${type}', ['a/b', 'a/c']],
    // Wildcards are passed over, although the template then mixes hosts up.
    ['r.example/${namespace}/${type}', ['registry.opentofu.org/*/*', '*/*/*']],
  ])('accepts %s with include %j', (text, include) => {
    const { template, diagnostics } = check(text, include);
    expect(diagnostics).toEqual([]);
    expect(template?.repositoryFor(aws).registry).toBe('r.example');
  });

  it.each([
    ['GHCR.io/${hostname}/${namespace}/${type}', 'ghcr.io'],
    ['my_registry.example/${hostname}/${namespace}/${type}', 'my_registry.example'],
    ['bücher.example/${hostname}/${namespace}/${type}', 'xn--bcher-kva.example'],
  ])('takes the host of %s as OpenTofu does', (text, registry) => {
    expect(check(text).template?.repositoryFor(aws).registry).toBe(registry);
  });

  it.each([
    ['r.example/x', [], [hostname, namespace, type]],
    ['r.example/${type}', ['example.com/*/*'], [namespace]],
    ['r.example/${type}', ['example.com/a/b', 'other.example/a/b'], [hostname]],
    ['r.example/${namespace}', ['a/b', 'a/c'], [type]],
    [
      'r.example/${foo}/${type}',
      [],
      [
        'the symbol "foo" is not available for an OCI mirror repository address template. Only "hostname", "namespace", and "type" are available.',
        hostname,
        namespace,
      ],
    ],
    ['${null}', ['x.com/a/b'], ['template must not produce a null value.']],
    ['${[type]}', ['x.com/a/b'], ['template must produce a string value.']],
    [
      'r.example/{hostname}/{namespace}/{type}',
      ['x.com/a/b'],
      [
        'template must generate a valid OCI repository address, including a registry hostname followed by a slash and then a repository name.',
      ],
    ],
    [
      'r.example',
      ['x.com/a/b'],
      [
        'template must generate a valid OCI repository address, including a registry hostname followed by a slash and then a repository name.',
      ],
    ],
  ])('rejects %s with include %j', (text, include, expected) => {
    expect(details(text, include)).toEqual(expected);
    expect(check(text, include).template).toBeUndefined();
  });

  it("gives HCL's own words for what HCL finds", () => {
    for (const text of [
      'r.example/${',
      'r.example/${upper(hostname)}${namespace}${type}',
      'r.example/${hostname + []}${namespace}${type}',
    ]) {
      const [first] = check(text).diagnostics;
      expect(first?.summary).not.toContain('oci_mirror');
      expect(first?.range?.file).toBe('<oci_mirror repository_template>');
    }
  });

  it('leaves the coverage alone when include could not be read', () => {
    const { diagnostics } = checkOciMirrorTemplate('r.example/x', {
      at: '1:1',
      include: undefined,
    });
    expect(diagnostics).toEqual([]);
  });
});
