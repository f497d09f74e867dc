import { describe, expect, it } from 'vitest';
import { formatProviderAddress } from '../provider-address.ts';
import { formatVersion } from '../version.ts';
import { formatConstraints } from '../version-constraints.ts';
import { parseLockFile } from './parse-lock-file.ts';

/** Diagnostics as `LINE:COLUMN SUMMARY`. */
function problems(text: string): readonly string[] {
  return parseLockFile(text, 'x').diagnostics.map(({ range, summary }) => {
    const { line, column } = range!.start;
    return `${line}:${column} ${summary}`;
  });
}

/** The details of what is wrong with the inside of one block. */
function details(inside: string): readonly string[] {
  return parseLockFile(`provider "x.com/a/b" {\n${inside}\n}\n`, 'x').diagnostics.map(
    ({ detail }) => detail,
  );
}

describe('parseLockFile reads', () => {
  it.each(['', '\n', '# a comment\n', '/* another */'])('%j as no locks', (text) => {
    const { lockFile, diagnostics } = parseLockFile(text, 'x');
    expect(lockFile.providers()).toEqual([]);
    expect(diagnostics).toEqual([]);
  });

  it('what OpenTofu wrote, whatever the layout', () => {
    const { lockFile, diagnostics } = parseLockFile(
      `
provider "terraform.io/test/version-only" { version = "1.0.0" }
provider "terraform.io/test/constraints" {
  constraints = "~> 1.2"
  version = ("1.2.0")
}
provider "terraform.io/test/all" {
  version     = "3.0.10"
  constraints = ">= 3.0.2"

  hashes = [
    "test:2", "h1:a",  # a note
    "zh:1"
  ]
}
`,
      'x',
    );
    expect(diagnostics).toEqual([]);
    expect(
      lockFile
        .providers()
        .map(({ provider, version, constraints, hashes }) => [
          formatProviderAddress(provider),
          formatVersion(version),
          formatConstraints(constraints),
          hashes,
        ]),
    ).toEqual([
      ['terraform.io/test/all', '3.0.10', '>= 3.0.2', ['test:2', 'h1:a', 'zh:1']],
      ['terraform.io/test/constraints', '1.2.0', '~> 1.2', []],
      ['terraform.io/test/version-only', '1.0.0', '', []],
    ]);
  });
});

describe('parseLockFile finds', () => {
  it.each([
    ['doodad "blah" {\n}\n', ['1:1 Unsupported block type']],
    ['\nfoo = 1\n', ['2:1 Unsupported argument']],
    ['provider = 1\n', ['1:1 Unsupported argument']],
    ['provider {\n}\n', ['1:10 Missing source_addr for provider']],
    ['provider { version = "1.0.0" }\n', ['1:10 Missing source_addr for provider']],
    ['provider "a" "b" {\n}\n', ['1:14 Extraneous label for provider']],
    ['provider "" {\n}\n', ['1:10 Invalid provider source address']],
    ['provider "too/many/parts/here" {\n}\n', ['1:10 Invalid provider source address']],
    ['provider "registry.opentofu.org/-/null" {\n}\n', ['1:10 Invalid provider source address']],
    ['provider "terraform.io/builtin/foo" {\n}\n', ['1:10 Invalid provider source address']],
    ['provider "aws" {\n}\n', ['1:10 Non-normalized provider source address']],
    ['provider "hashicorp/aws" {\n}\n', ['1:10 Non-normalized provider source address']],
    ['provider "X.com/a/b" {\n}\n', ['1:10 Non-normalized provider source address']],
    ['provider "x.com/A/b" {\n}\n', ['1:10 Non-normalized provider source address']],
    ['provider "x.com:443/a/b" {\n}\n', ['1:10 Non-normalized provider source address']],
    [
      'provider "x.com/a/b" {\n  version = "1.0.0"\n}\n\nprovider "x.com/a/b" {\n  version = "1.0.0"\n}\n',
      ['5:1 Duplicate provider lock'],
    ],
    ['provider "x.com/a/b" {\n}\n', ['1:22 Missing required argument']],
    ['provider "x.com/a/b" {\n  version = null\n}\n', ['2:13 Missing required argument']],
    [
      'module "x" {\n}\nmodule "y" {\n}\n',
      ['1:1 Dependency locks for modules are not yet supported'],
    ],
  ])('in %j: %j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  const inBlock = (inside: string): string => `provider "x.com/a/b" {\n${inside}\n}\n`;

  it.each([
    // An invalid version and the one taken in its place.
    [
      '  version = ""',
      ['2:13 Invalid provider version number', '2:13 Invalid provider version number'],
    ],
    [
      '  version = "v1.0.0"',
      ['2:13 Invalid provider version number', '2:13 Invalid provider version number'],
    ],
    ['  version = "1.0"', ['2:13 Invalid provider version number']],
    ['  version = "1"', ['2:13 Invalid provider version number']],
    ['  version = "1.02"', ['2:13 Invalid provider version number']],
    ['  version = 1', ['2:13 Invalid provider version number']],
    [
      '  version = true',
      ['2:13 Invalid provider version number', '2:13 Invalid provider version number'],
    ],
    ['  version = ["1.0.0"]', ['2:13 Unsuitable value type']],
    ['  version = foo', ['2:13 Variables not allowed']],
    ['  version = upper("1")', ['2:13 Function calls not allowed']],
    ['  version = "1.0.0"\n  other = 1', ['3:3 Unsupported argument']],
    ['  version = "1.0.0"\n  thing {\n  }', ['3:3 Unsupported block type']],
    ['  version = "1.0.0"\n  version = "1.0.0"', ['3:3 Attribute redefined']],
    ['  version = "1.0.0"\n  constraints = ">= 1"', ['3:17 Invalid provider version constraints']],
    [
      '  version = "1.0.0"\n  constraints = ">= 2.0.0, >= 1.0.0"',
      ['3:17 Invalid provider version constraints'],
    ],
    [
      '  version = "1.0.0"\n  constraints = "=> 1"',
      ['3:17 Invalid provider version constraints', '3:17 Invalid provider version constraints'],
    ],
    ['  version = "1.0.0"\n  constraints = null', ['3:17 Unsuitable value type']],
    ['  version = "1.0.0"\n  constraints = { a = 1 }', ['3:17 Unsuitable value type']],
    ['  version = "1.0.0"\n  hashes = []', ['3:12 Invalid provider hash set']],
    ['  version = "1.0.0"\n  hashes = null', ['3:12 Invalid expression']],
    ['  version = "1.0.0"\n  hashes = "h1:a"', ['3:13 Invalid expression']],
    ['  version = "1.0.0"\n  hashes = (["h1:a"])', ['3:13 Invalid expression']],
    ['  version = "1.0.0"\n  hashes = [for x in ["h1:a"] : x]', ['3:12 Invalid expression']],
    ['  version = "1.0.0"\n  hashes = ["h1:a", "b"]', ['3:21 Invalid provider hash string']],
    ['  version = "1.0.0"\n  hashes = [\n    ":a",\n  ]', ['4:5 Invalid provider hash string']],
    ['  version = "1.0.0"\n  hashes = [1]', ['3:13 Invalid provider hash string']],
    [
      '  version = "1.0.0"\n  hashes = [null, ["h1:a"], foo]',
      ['3:13 Unsuitable value type', '3:19 Unsuitable value type', '3:29 Variables not allowed'],
    ],
  ])('in a block with %j: %j', (inside, expected) => {
    expect(problems(inBlock(inside))).toEqual(expected);
  });

  it('syntax errors in the words of HCL, and goes on behind them', () => {
    const found = problems(
      'provider "x.com/a/b" {\n  version = "1.0.0\n}\n\nprovider "aws" {\n}\n',
    );
    expect(found[0]).toMatch(/^2:/u);
    expect(found.length).toBeGreaterThan(0);
  });

  it('each problem at its own place, in the order of the text', () => {
    expect(
      problems(`module "m" {
}
provider "aws" {
}
provider "x.com/a/b" {
  version = "1.0"
  hashes  = []
}
stray = true
`),
    ).toEqual([
      '1:1 Dependency locks for modules are not yet supported',
      '3:10 Non-normalized provider source address',
      '6:13 Invalid provider version number',
      '7:13 Invalid provider hash set',
      '9:1 Unsupported argument',
    ]);
  });

  it('columns by characters that people see', () => {
    expect(
      problems('provider "x.com/ü/b" { version = "1.0.0" } # é\n/* e\u0301 */ stray = 1\n'),
    ).toEqual(['2:9 Unsupported argument']);
  });

  it('that a file is too large to be one', () => {
    expect(problems('#'.repeat(16 * 1024 * 1024 + 1))).toEqual([
      '1:1 Dependency lock file too large',
    ]);
  });
});

describe('parseLockFile says', () => {
  it.each([
    [
      '  version = "1.0"',
      'The selected version number for provider x.com/a/b must be written in normalized form: "1.0.0".',
    ],
    [
      '  version = "v1.0.0"',
      'The selected version number for provider x.com/a/b is invalid: a "v" prefix should not be used.',
    ],
    [
      '  version = "v1.0.0"',
      'The selected version number for provider x.com/a/b must be written in normalized form: "0.0.0".',
    ],
    [
      '  version = "1.0.0"\n  constraints = "=> 1"',
      'The recorded version constraints for provider x.com/a/b are invalid: invalid specification "=> 1": invalid constraint operator "=>"; did you mean ">="?.',
    ],
    [
      '  version = "1.0.0"\n  constraints = "~> 1"',
      'The recorded version constraints for provider x.com/a/b must be written in normalized form: "~> 1.0".',
    ],
    [
      '  version = "1.0.0"\n  hashes = ["x"]',
      'Cannot interpret "x" as a provider hash: hash string must start with a scheme keyword followed by a colon.',
    ],
    [
      '  version = "1.0.0"\n  hashes = []',
      'The "hashes" argument must either be omitted or contain at least one hash value.',
    ],
    ['  version = null', 'A provider lock block must contain a "version" argument.'],
    ['', 'The argument "version" is required, but no definition was found.'],
    ['  version = []', 'Unsuitable value: string required, but have tuple'],
    ['  version = {}', 'Unsuitable value: string required, but have object'],
    [
      '  versoin = "1.0.0"',
      'An argument named "versoin" is not expected here. Did you mean "version"?',
    ],
    // What is there already is not suggested.
    [
      '  version = "1.0.0"\n  versoin = "1.0.0"',
      'An argument named "versoin" is not expected here.',
    ],
    ['  version = "1.0.0"\n  hashes = "x"', 'A static list expression is required.'],
    ['  version = "1.0.0"\n  x = 1', 'An argument named "x" is not expected here.'],
    [
      '  version = "1.0.0"\n  hashes {\n  }',
      'Blocks of type "hashes" are not expected here. Did you mean to define argument "hashes"? If so, use the equals sign to assign it a value.',
    ],
  ])('of a block with %j: %s', (inside, detail) => {
    expect(details(inside)).toContain(detail);
  });

  it.each([
    [
      'provider "a/b/c/d" {\n}\n',
      'The provider source address for a provider lock must be a valid, fully-qualified address of the form "hostname/namespace/type".',
    ],
    [
      'provider "AWS" {\n}\n',
      'The provider source address for this provider lock must be written as "registry.opentofu.org/hashicorp/aws", the fully-qualified and normalized form.',
    ],
    [
      'provider "registry.opentofu.org/-/null" {\n}\n',
      'Provider source address registry.opentofu.org/-/null is a special provider that is not eligible for dependency locking.',
    ],
    [
      'provider "terraform.io/builtin/terraform" {\n}\n',
      "Cannot lock a version for built-in provider terraform.io/builtin/terraform. Built-in providers are bundled inside OpenTofu itself, so you can't select a version for them independently of the OpenTofu release you are currently running.",
    ],
    [
      'provider "x.com/a/b" {\n  version = "1.0.0"\n}\nprovider "x.com/a/b" {\n  version = "1.0.0"\n}\n',
      'This lockfile already declared a lock for provider x.com/a/b at x:1,1-21.',
    ],
    [
      'provider = 1\n',
      'An argument named "provider" is not expected here. Did you mean to define a block of type "provider"?',
    ],
    ['provider {\n}\n', 'All provider blocks must have 1 labels (source_addr).'],
    ['module "a" "b" {\n}\n', 'Only 1 labels (path) are expected for module blocks.'],
    [
      'providers "x" {\n}\n',
      'Blocks of type "providers" are not expected here. Did you mean "provider"?',
    ],
    ['modul "x" {\n}\n', 'Blocks of type "modul" are not expected here. Did you mean "module"?'],
    ['toString = 1\n', 'An argument named "toString" is not expected here.'],
    ['toString {\n}\n', 'Blocks of type "toString" are not expected here.'],
  ])('of %j: %s', (text, detail) => {
    expect(parseLockFile(text, 'x').diagnostics.map((each) => each.detail)).toContain(detail);
  });

  it('nothing but a warning of modules', () => {
    const { diagnostics } = parseLockFile('module "x" {\n}\n', 'x');
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
  });

  it.each([
    ['arguments', (i: number) => `  a${i} = 1`],
    ['blocks', (i: number) => `  a${i} {}`],
  ])('of more %s in an entry than a function takes arguments, in linear time', (_, line) => {
    const lines = Array.from({ length: 130_000 }, (_, i) => line(i)).join('\n');
    const text = `provider "x.com/a/b" {\n${lines}\n}\n`;
    expect(parseLockFile(text, 'x').diagnostics).toHaveLength(130_001);
  });
});
