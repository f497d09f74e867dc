import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProviderAddress, formatProviderPattern } from '../domain/index.ts';
import type { ConfigFile } from './config-file.ts';
import { decodeConfigFile } from './config-file.ts';
import type { Surroundings } from './surroundings.ts';

const surroundings: Surroundings = {
  env: { CACHE: '/c' },
  cwd: '/w',
  home: '/h',
  platform: 'linux',
};

function decode(text: string): ConfigFile {
  const { content, problems } = decodeConfigFile(text, '/etc/tofurc', surroundings);
  expect(problems.list).toEqual([]);
  return content;
}

/** `LINE:COLUMN summary | detail` of every problem. */
function problemsOf(text: string): readonly string[] {
  const { problems } = decodeConfigFile(text, '/etc/tofurc', surroundings);
  return problems.list.map(({ summary, detail, range }) => {
    const place = range === undefined ? '-' : `${range.start.line}:${range.start.column}`;
    return `${place} ${summary} | ${detail}`;
  });
}

describe('a provider_installation block', () => {
  it('has all methods, in order', () => {
    const { providerInstallations } = decode(`
      provider_installation {
        dev_overrides {
          "acme/tool"        = "/src/../src/tool/"
          "example.com/a/b"  = "build"
        }
        filesystem_mirror {
          path    = "~/mirror"
          include = ["example.com/*/*"]
        }
        network_mirror {
          url                  = "https://mirror.example.com/p/"
          exclude              = ["acme/*", "hashicorp/aws"]
          download_retry_count = "3"
          trust_all_hashes     = true
        }
        oci_mirror {
          repository_template = "ghcr.io/acme/\${namespace}-\${type}"
          include             = ["registry.opentofu.org/*/*"]
          trust_all_hashes    = true
        }
        direct {
          download_retry_count = 0
          exclude              = ["*/*/*"]
        }
      }`);
    const [installation] = providerInstallations;
    expect(
      installation?.devOverrides.map(({ provider, directory }) => [
        formatProviderAddress(provider),
        directory,
      ]),
    ).toEqual([
      ['registry.opentofu.org/acme/tool', '/src/tool'],
      ['example.com/a/b', 'build'],
    ]);
    const shown = installation?.methods.map(({ include, exclude, ...method }) => ({
      ...('template' in method ? { ...method, template: method.template.text } : method),
      include: include.map(formatProviderPattern),
      exclude: exclude.map(({ hostname, namespace, type }) =>
        [hostname, namespace, type].join('/'),
      ),
    }));
    expect(shown).toEqual([
      { kind: 'filesystem_mirror', path: '~/mirror', include: ['example.com/*/*'], exclude: [] },
      {
        kind: 'network_mirror',
        url: 'https://mirror.example.com/p/',
        downloadRetries: 3,
        trustAllHashes: true,
        include: [],
        exclude: ['registry.opentofu.org/acme/*', 'registry.opentofu.org/hashicorp/aws'],
      },
      {
        kind: 'oci_mirror',
        template: 'ghcr.io/acme/${namespace}-${type}',
        trustAllHashes: true,
        include: ['registry.opentofu.org/*/*'],
        exclude: [],
      },
      { kind: 'direct', downloadRetries: 0, include: [], exclude: ['*/*/*'] },
    ]);
  });

  it.each([
    [
      'arrays',
      '{"provider_installation":[{"oci_mirror":[{"repository_template":"r/${hostname}/${namespace}/${type}"}],"direct":[{}]}]}',
    ],
    [
      'plain objects',
      '{"provider_installation":{"oci_mirror":{"repository_template":"r/${hostname}/${namespace}/${type}"},"direct":{}}}',
    ],
  ])('may be written in JSON with %s', (_, text) => {
    const kinds = decode(text).providerInstallations.map((one) => one.methods.map((m) => m.kind));
    expect(kinds).toEqual([['oci_mirror', 'direct']]);
  });

  it('takes argument names in any case and passes over what it does not know', () => {
    const { providerInstallations } = decode(
      'provider_installation { filesystem_mirror { PATH = "p" colour = ["red"] } }\nfuture { a = 1 }',
    );
    expect(providerInstallations[0]?.methods).toMatchObject([{ path: 'p' }]);
  });

  it('takes a bare number for a string', () => {
    const { providerInstallations } = decode(
      'provider_installation { filesystem_mirror { path = 12 } }',
    );
    expect(providerInstallations[0]?.methods).toMatchObject([{ path: '12' }]);
  });

  const method = 'Invalid provider_installation method block';
  const block = 'Invalid provider_installation block';
  // What OpenTofu 1.12 prints for the same texts.
  it.each([
    [
      'provider_installation = {}',
      [
        `1:1 ${block} | The provider_installation block at 1:1 must not be introduced with an equals sign.`,
      ],
    ],
    [
      '{"provider_installation": 1}',
      [
        `1:2 ${block} | The provider_installation block at 1:2 must not be introduced with an equals sign.`,
      ],
    ],
    [
      'provider_installation "a" { direct "b" {} }',
      [
        `1:1 ${block} | The provider_installation block at 1:1 must not have any labels.`,
        `1:29 ${method} | The blocks inside the provider_installation block at 1:1 may not have any labels.`,
      ],
    ],
    [
      'provider_installation { direct = 1 }',
      [
        `1:25 ${method} | The items inside the provider_installation block at 1:1 must all be blocks.`,
      ],
    ],
    [
      '{"provider_installation": [{"direct": 1}]}',
      [
        `1:29 ${method} | The items inside the provider_installation block at 1:2 must all be blocks.`,
      ],
    ],
    [
      'provider_installation { foo {} }',
      [`1:25 ${method} | Unknown provider installation method "foo" at 1:25.`],
    ],
    [
      'provider_installation { filesystem_mirror {} }',
      [`1:25 ${method} | Invalid filesystem_mirror block at 1:1: "path" argument is required.`],
    ],
    [
      'provider_installation { network_mirror { url = "" } }',
      [`1:25 ${method} | Invalid network_mirror block at 1:1: "url" argument is required.`],
    ],
    [
      'provider_installation { oci_mirror {} }',
      [
        `1:25 ${method} | Invalid oci_mirror block at 1:36: "repository_template" argument is required.`,
      ],
    ],
    [
      'provider_installation { filesystem_mirror { path = ["a"] } }',
      [
        `1:52 ${method} | Invalid filesystem_mirror block at 1:1: At 1:52: root.path: unknown type for string *ast.ListType.`,
      ],
    ],
    [
      'provider_installation { filesystem_mirror { path = true } }',
      [
        `1:52 ${method} | Invalid filesystem_mirror block at 1:1: At 1:52: root.path: unknown type for string *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { filesystem_mirror { path = 1.5 } }',
      [
        `1:52 ${method} | Invalid filesystem_mirror block at 1:1: At 1:52: root.path: unknown type for string *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { filesystem_mirror { path { a = 1 } } }',
      [
        `1:52 ${method} | Invalid filesystem_mirror block at 1:1: At 1:52: root.path: unknown type for string *ast.ObjectList.`,
      ],
    ],
    [
      'provider_installation { filesystem_mirror { path = "x" include = "y" } }',
      [
        `1:66 ${method} | Invalid filesystem_mirror block at 1:1: At 1:66: unknown slice type: *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { filesystem_mirror { path = "x" include = [true] } }',
      [
        `1:67 ${method} | Invalid filesystem_mirror block at 1:1: At 1:67: root.include[0]: unknown type for string *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { direct { download_retry_count = "x" } }',
      [
        `1:57 ${method} | Invalid direct block at 1:1: strconv.ParseInt: parsing "x": invalid syntax.`,
      ],
    ],
    [
      'provider_installation { direct { download_retry_count = 08 } }',
      [
        `1:57 ${method} | Invalid direct block at 1:1: strconv.ParseInt: parsing "08": invalid syntax.`,
      ],
    ],
    [
      'provider_installation { direct { download_retry_count = 1.5 } }',
      [
        `1:57 ${method} | Invalid direct block at 1:1: At 1:57: root.download_retry_count: unknown type *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { direct { download_retry_count = true } }',
      [
        `1:57 ${method} | Invalid direct block at 1:1: At 1:57: root.download_retry_count: unknown type *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { network_mirror { url = "https://x/" trust_all_hashes = "true" } }',
      [
        `1:80 ${method} | Invalid network_mirror block at 1:1: At 1:80: root.trust_all_hashes: unknown type *ast.LiteralType.`,
      ],
    ],
    [
      'provider_installation { oci_mirror { repository_template = ["a"] } }',
      [
        `1:60 ${method} | Invalid oci_mirror block at 1:36: At 1:60: root.repository_template: unknown type for string *ast.ListType.`,
      ],
    ],
    [
      'provider_installation { dev_overrides { "a/b" = ["x"] } }',
      [
        `1:49 ${method} | Invalid dev_overrides block at 1:1: At 1:49: root.a/b: unknown type for string *ast.ListType.`,
      ],
    ],
    [
      'provider_installation { dev_overrides { "a/b/c/d" = "x" } }',
      [
        '1:41 Invalid provider installation dev overrides | The entry "a/b/c/d" in 1:1 is not a valid provider source string.\n\nInvalid provider source string: The "source" attribute must be in the format "[hostname/][namespace/]name"',
      ],
    ],
    [
      'provider_installation {\n  direct {}\n  dev_overrides {}\n}',
      [
        `3:3 ${method} | The dev_overrides block at at 3:3 must appear before all other installation methods, because development overrides always have the highest priority.`,
      ],
    ],
    [
      'provider_installation { direct { include = ["x"] } }',
      [
        '1:32 Invalid provider source inclusion patterns | CLI config specifies invalid provider inclusion patterns: invalid provider matching pattern "x": must have either two or three slash-separated segments.',
      ],
    ],
    [
      'provider_installation { direct { exclude = ["*/x/y"] } }',
      [
        '1:32 Invalid provider source exclusion patterns | CLI config specifies invalid provider exclusion patterns: invalid provider matching pattern "*/x/y": hostname can be a wildcard only if both namespace and provider type are also wildcards.',
      ],
    ],
    [
      'provider_installation { network_mirror { url = "http://x/" } }',
      [
        '1:25 Invalid URL for provider installation source | Cannot use "http://x/" as a URL for a network provider mirror: the mirror must be at an https: URL.',
      ],
    ],
    [
      'provider_installation { network_mirror { url = "::" } }',
      [
        '1:25 Invalid URL for provider installation source | Cannot parse "::" as a URL for a network provider mirror: parse "::": missing protocol scheme.',
      ],
    ],
    [
      'provider_installation { direct { ',
      ['1:34 Error parsing /etc/tofurc: At 1:35: object expected closing RBRACE got: EOF | '],
    ],
  ])('rejects %j in the words of OpenTofu', (text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it('drops only the method that is wrong', () => {
    const text =
      'provider_installation {\n direct {}\n oci_mirror {}\n filesystem_mirror { path = "p" }\n}';
    const { content, problems } = decodeConfigFile(text, 'rc', surroundings);
    expect(problems.list).toHaveLength(1);
    expect(content.providerInstallations[0]?.methods.map(({ kind }) => kind)).toEqual([
      'direct',
      'filesystem_mirror',
    ]);
  });
});

describe('a repository_template', () => {
  const wrap = (template: string, include?: string): string =>
    `provider_installation {\n  oci_mirror {\n    repository_template = "${template}"${include === undefined ? '' : `\n    include = [${include}]`}\n  }\n}`;

  it.each([
    ['all variables', 'r.example.com/${hostname}/${namespace}/${type}', undefined],
    ['a host less, with one host included', 'r.example.com/${namespace}-${type}', '"a.com/*/*"'],
    [
      'a conditional with quotes',
      '${namespace == \\"x\\" ? \\"a.com\\" : \\"b.com\\"}/${type}',
      '"a.com/x/*"',
    ],
  ])('may have %s', (_, template, include) => {
    // In HCL 1 quotes inside `${ }` are written as they are.
    const text = wrap(template.replaceAll('\\"', '"'), include);
    expect(decode(text).providerInstallations[0]?.methods).toHaveLength(1);
  });

  const title = 'Invalid oci_mirror repository template';
  it.each([
    [
      'an unknown symbol, with its place in the template',
      'r/${foo}',
      '"a.com/b/c"',
      `1:5 ${title} | Invalid oci_mirror block at 2:14: the symbol "foo" is not available for an OCI mirror repository address template. Only "hostname", "namespace", and "type" are available.`,
    ],
    [
      'a missing host',
      'r/${namespace}/${type}',
      undefined,
      `2:14 ${title} | Invalid oci_mirror block at 2:14: template must refer to the "hostname" symbol unless the "include" argument selects exactly one registry hostname.`,
    ],
    [
      'no address',
      '${hostname}${namespace}${type}',
      undefined,
      `2:14 ${title} | Invalid oci_mirror block at 2:14: template must generate a valid OCI repository address, including a registry hostname followed by a slash and then a repository name.`,
    ],
  ])('is rejected for %s', (_, template, include, expected) => {
    expect(problemsOf(wrap(template, include))).toEqual([expected]);
  });

  it('reports wrong patterns beside it once', () => {
    const found = problemsOf(wrap('r/${type}', '"x"'));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('Invalid provider source inclusion patterns');
  });
});

describe('an oci_credentials block', () => {
  it.each([
    ['a user', 'username = "u"\n password = "p"', { kind: 'basic', username: 'u', password: 'p' }],
    [
      'tokens',
      'access_token = "a"\n refresh_token = "r"',
      { kind: 'token', accessToken: 'a', refreshToken: 'r' },
    ],
    [
      'a helper',
      'docker_credentials_helper = "osxkeychain"',
      { kind: 'helper', helper: 'osxkeychain' },
    ],
  ])('may have %s', (_, body, credentials) => {
    expect(decode(`oci_credentials "Example.com:5000" {\n ${body}\n}`).ociCredentials).toEqual([
      { label: 'Example.com:5000', registry: 'example.com:5000', path: '', credentials },
    ]);
  });

  it('may be for a path', () => {
    const [block] = decode(
      'oci_credentials "ghcr.io/acme/x" { username = "u" password = "p" }',
    ).ociCredentials;
    expect(block).toMatchObject({ registry: 'ghcr.io', path: 'acme/x' });
  });

  it('may be written in JSON, several at once', () => {
    const text =
      '{"oci_credentials": {"a.com": {"username": "u", "password": "p"}, "b.com/c": {"username": "v", "password": "q"}}}';
    expect(decode(text).ociCredentials.map(({ label }) => label)).toEqual(['a.com', 'b.com/c']);
  });

  const title = 'Invalid oci_credentials block';
  it.each([
    [
      'oci_credentials "a" "b" {}',
      '1:1',
      'The oci_credentials block at 1:1 must have one label, giving an OCI repository address prefix.',
    ],
    [
      'oci_credentials = 1',
      '1:1',
      'The oci_credentials block at 1:1 must have one label, giving an OCI repository address prefix.',
    ],
    [
      'oci_credentials { "a" { username = "x" } }',
      '1:1',
      'The oci_credentials block at 1:1 must have one label, giving an OCI repository address prefix.',
    ],
    [
      '{"oci_credentials": {"a":1}}',
      '1:2',
      'The oci_credentials block at 1:2 must have one label, giving an OCI repository address prefix.',
    ],
    [
      'oci_credentials "a b" { username = "x" password="y"}',
      '1:1',
      'The oci_credentials block at 1:23 has an invalid block label: invalid reference: invalid registry "a b".',
    ],
    [
      'oci_credentials "a.com/B" {}',
      '1:1',
      'The oci_credentials block at 1:27 has an invalid block label: invalid reference: invalid repository "B".',
    ],
    [
      'oci_credentials "a.com/b:v1" {}',
      '1:1',
      'The oci_credentials block at 1:30 has an invalid block label: invalid reference: artifact tag or digest not allowed.',
    ],
    [
      'oci_credentials "a.com" {}',
      '1:1',
      'The oci_credentials block at 1:25 must set either username+password, access_token+refresh_token, or docker_credentials_helper.',
    ],
    [
      'oci_credentials "a.com" { username = "u" access_token = "t" }',
      '1:1',
      'The oci_credentials block at 1:25 must set only one group out of username+password, access_token+refresh_token, or docker_credentials_helper.',
    ],
    [
      'oci_credentials "a.com" { username = "u" }',
      '1:1',
      'The oci_credentials block at 1:25 must set both username and password together when using static credentials.',
    ],
    [
      'oci_credentials "a.com" { refresh_token = "t" }',
      '1:1',
      'The oci_credentials block at 1:25 must set both access_token and refresh_token together when using OAuth-style credentials.',
    ],
    [
      'oci_credentials "a.com/b" { docker_credentials_helper = "x" }',
      '1:1',
      'The oci_credentials block at 1:27 cannot set docker_credentials_helper with a repository path: credential helpers only support credentials for whole domains.',
    ],
    [
      'oci_credentials "a.com" { docker_credentials_helper = "../x" }',
      '1:1',
      'The oci_credentials block at 1:25 specifies the invalid Docker credential helper name "../x". Must be a non-empty string that could be used as part of an executable filename.',
    ],
    [
      'oci_credentials "a" { username = ["x"] }',
      '1:34',
      'Invalid oci_credentials block at 1:21: At 1:34: root.username: unknown type for string *ast.ListType.',
    ],
  ])('rejects %j in the words of OpenTofu', (text, place, detail) => {
    expect(problemsOf(text)).toEqual([`${place} ${title} | ${detail}`]);
  });

  it('never repeats a secret', () => {
    const secret = 'hunter2';
    for (const text of [
      `oci_credentials "a.com" { password = "${secret}" }`,
      `oci_credentials "a.com" { username = ["${secret}"] }`,
      `oci_credentials "a.com" { access_token = "${secret}" username = "${secret}" }`,
    ]) {
      expect(problemsOf(text).join()).not.toContain(secret);
      expect(problemsOf(text)).toHaveLength(1);
    }
  });
});

describe('an oci_default_credentials block', () => {
  it('has its defaults', () => {
    expect(decode('oci_default_credentials {}').ociDefaultCredentials).toEqual([
      { discoverAmbient: true, dockerStyleFiles: undefined, helper: undefined },
    ]);
  });

  it('resolves files from the folder of the configuration', () => {
    const text =
      'oci_default_credentials {\n docker_style_config_files = ["a.json", "/b.json"]\n docker_credentials_helper = "pass"\n}';
    expect(decode(text).ociDefaultCredentials).toEqual([
      { discoverAmbient: true, dockerStyleFiles: ['/etc/a.json', '/b.json'], helper: 'pass' },
    ]);
  });

  it('tells an empty list from none', () => {
    const [block] = decode(
      'oci_default_credentials { docker_style_config_files = [] }',
    ).ociDefaultCredentials;
    expect(block?.dockerStyleFiles).toEqual([]);
  });

  const title = 'Invalid oci_default_credentials block';
  it.each([
    [
      'oci_default_credentials "x" {}',
      '1:1',
      'The oci_default_credentials block at 1:1 must not have any labels.',
    ],
    [
      'oci_default_credentials = {}',
      '1:1',
      'The oci_default_credentials block at 1:1 must not be introduced with an equals sign.',
    ],
    [
      'oci_default_credentials { docker_style_config_files = "x" }',
      '1:55',
      'Invalid oci_default_credentials block at 1:25: At 1:55: unknown slice type: *ast.LiteralType.',
    ],
    [
      'oci_default_credentials { docker_credentials_helper = "a/b" }',
      '1:1',
      'The oci_default_credentials block at 1:25 specifies the invalid Docker credential helper name "a/b". Must be a non-empty string that could be used as part of an executable filename.',
    ],
    [
      'oci_default_credentials { discover_ambient_credentials = false docker_style_config_files = [] }',
      '1:1',
      'The oci_default_credentials block at 1:25 disables discovery of ambient credentials, but also sets docker_style_config_files which is relevant only when ambient credentials discovery is enabled.',
    ],
  ])('rejects %j in the words of OpenTofu', (text, place, detail) => {
    expect(problemsOf(text)).toEqual([`${place} ${title} | ${detail}`]);
  });
});

describe('plain settings', () => {
  it('fills variables into plugin_cache_dir', () => {
    const { pluginCacheDir, pluginCacheMayBreakLockFile } = decode(
      'plugin_cache_dir = "$CACHE/a/${CACHE}/$NONE"\nplugin_cache_may_break_dependency_lock_file = true',
    );
    expect(pluginCacheDir).toBe('/c/a//c/');
    expect(pluginCacheMayBreakLockFile).toBe(true);
  });

  it.each([
    ['$CACHE/$', '/c/$'],
    ['$$/x', '/x'],
    ['$1CACHE', 'CACHE'],
    ['$CACHE-x', '/c-x'],
    ['a$/b', 'a$/b'],
    ['a$', 'a$'],
    ['${}x', 'x'],
  ])('fills variables into %s as Go does', (text, expected) => {
    const { pluginCacheDir } = decode(`{"plugin_cache_dir": ${JSON.stringify(text)}}`);
    expect(pluginCacheDir).toBe(expected);
  });

  it('loses the file when one has the wrong type, as OpenTofu does', () => {
    const text = 'plugin_cache_dir = ["x"]\nprovider_installation { direct {} }';
    expect(problemsOf(text)).toEqual([
      '1:20 Error parsing /etc/tofurc: At 1:20: root.plugin_cache_dir: unknown type for string *ast.ListType | ',
    ]);
    expect(decodeConfigFile(text, 'rc', surroundings).content.providerInstallations).toEqual([]);
  });

  it('counts columns in characters', () => {
    const [problem] = decodeConfigFile('a = "é😀" oci_credentials = 1', 'rc', surroundings).problems
      .list;
    expect(problem?.range?.start).toEqual({ line: 1, column: 10, byte: 13 });
  });
});

describe('any text', () => {
  const words = [
    'provider_installation',
    'oci_mirror',
    'direct',
    'dev_overrides',
    'include',
    'path',
    'oci_credentials',
    'oci_default_credentials',
    'host',
    'services',
    'credentials',
    'token',
    'credentials_helper',
    'args',
    'registry_protocols',
    'retry_count',
    'plugin_cache_dir',
    'dev_overrides',
    'network_mirror',
    'url',
    '{',
    '}',
    '=',
    '[',
    ']',
    '"a/b"',
    '"x"',
    '1',
    'true',
    '\n',
    '"${',
    '}"',
    ':',
    ',',
  ];
  const isDecoded = (text: string): void => {
    const { content } = decodeConfigFile(text, 'rc', surroundings);
    expect(Array.isArray(content.providerInstallations)).toBe(true);
  };

  it('is decoded or reported, and never throws', () => {
    const pieces = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...words) },
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => isDecoded(parts.join(' '))),
      { numRuns: 2000 },
    );
  });

  it('is decoded or reported when it is JSON, and never throws', () => {
    const names = fc.constantFrom(...words.filter((word) => /^\w+$/u.test(word)), 'a b', '');
    const { object } = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constantFrom<unknown>(null, true, 1, 1.5, '', 'a/b', '${'),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(names, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(object, (value) => isDecoded(JSON.stringify(value))),
      { numRuns: 2000 },
    );
  });
});
