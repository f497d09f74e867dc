import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTofuOciError } from '../base/index.ts';
import { formatConstraints, formatPlatform, formatProviderAddress } from '../domain/index.ts';
import { InvalidMirrorFileError } from './errors.ts';
import { parseMirrorFile } from './mirror-file.ts';

const parse = (text: string, defaultHost?: string) =>
  parseMirrorFile(text, 'mirror.hcl', { defaultHost });

describe('a mirror file', () => {
  it('says where to, for which hosts and platforms, and what', () => {
    const file = parse(`
      mirror {
        to        = "registry.example.com/tf/{hostname}/{namespace}/{type}"
        hosts     = ["registry.opentofu.org", "registry.terraform.io"]
        platforms = ["linux_amd64", "darwin/arm64"]

        provider "hashicorp/aws" {
          versions = ">= 5.80.0"
          newest   = 3
        }
        provider "example.com/acme/thing" {}
        configuration "./environments/*" {}
      }
      trust {
        provider "hashicorp/*" {
          keys = ["x"]
        }
      }`);
    expect(file.to).toMatchObject({ kind: 'registry' });
    expect(file.hosts).toEqual(['registry.opentofu.org', 'registry.terraform.io']);
    expect(file.platforms?.map(formatPlatform)).toEqual(['linux_amd64', 'darwin_arm64']);
    expect(
      file.providers.map(({ constraints, newest, providers }) => [
        providers.map(formatProviderAddress),
        constraints && formatConstraints(constraints),
        newest,
      ]),
    ).toEqual([
      [
        ['registry.opentofu.org/hashicorp/aws', 'registry.terraform.io/hashicorp/aws'],
        '>= 5.80.0',
        3,
      ],
      [['example.com/acme/thing'], undefined, undefined],
    ]);
    expect(file.configurations.map(({ pattern }) => pattern)).toEqual(['./environments/*']);
  });

  it('takes the default host where no hosts are named, and both spellings of a template', () => {
    const { providers, to } = parse(
      'mirror {\n to = "r.example.com/${hostname}/${namespace}/${type}"\n provider "acme/thing" {}\n}',
      'registry.terraform.io',
    );
    expect(providers[0]?.providers.map(formatProviderAddress)).toEqual([
      'registry.terraform.io/acme/thing',
    ]);
    expect(to).toMatchObject({
      template: { text: expect.stringContaining('{hostname}') as string },
    });
  });

  it.each<readonly [string, string, number, RegExp]>([
    ['no mirror block', 'trust {}', 1, /has no "mirror" block/u],
    ['two of them', 'mirror {}\nmirror {}', 2, /another "mirror" block/u],
    ['a name', 'mirror "x" {}', 1, /has no name/u],
    ['another block', 'mirror {}\nserve {}', 2, /Unsupported block type/u],
    ['an argument beside it', 'to = "x"\nmirror {}', 1, /Unsupported argument/u],
    ['an unknown argument', 'mirror {\n from = "direct"\n}', 2, /Unsupported argument/u],
    ['a number as a place', 'mirror {\n to = 1\n}', 2, /Inappropriate value for "to"/u],
    ['a place that is none', 'mirror {\n to = "x"\n}', 2, /./u],
    ['a place to fetch from', 'mirror {\n to = "direct"\n}', 2, /no place for this command/u],
    ['a platform that is none', 'mirror {\n platforms = ["linux"]\n}', 2, /platform/u],
    ['no platform', 'mirror {\n platforms = []\n}', 2, /Inappropriate value for "platforms"/u],
    ['a host that is none', 'mirror {\n hosts = ["a b"]\n}', 2, /host/u],
    ['one text for a list', 'mirror {\n hosts = "a.example"\n}', 2, /list of texts|Inappropriate/u],
    ['no address', 'mirror {\n provider {}\n}', 2, /named by the address/u],
    ['two names', 'mirror {\n provider "a" "b" {}\n}', 2, /named by the address/u],
    ['a bad address', 'mirror {\n provider "a/b/c/d" {}\n}', 2, /./u],
    ['a bad constraint', 'mirror {\n provider "a/b" {\n versions = "newest"\n}\n}', 3, /./u],
    ['none of the newest', 'mirror {\n provider "a/b" {\n newest = 0\n}\n}', 3, /"newest"/u],
    ['half a version', 'mirror {\n provider "a/b" {\n newest = 1.5\n}\n}', 3, /"newest"/u],
    ['a variable', 'mirror {\n provider "a/b" {\n versions = var.x\n}\n}', 3, /Variables/u],
    ['what a configuration has', 'mirror {\n configuration "." {\n x = 1\n}\n}', 3, /Unsupported/u],
    ['what is no HCL', 'mirror {', 1, /./u],
  ])('refuses %s, and says where', (_name, text, line, message) => {
    const failure = (() => {
      try {
        return parse(text);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(InvalidMirrorFileError);
    const { diagnostics } = failure as InvalidMirrorFileError;
    expect(diagnostics[0]?.range).toMatchObject({ file: 'mirror.hcl', start: { line } });
    expect(`${diagnostics[0]?.summary ?? ''} ${diagnostics[0]?.detail ?? ''}`).toMatch(message);
  });

  it('never fails with anything but its own error', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((inner) => `mirror {\n${inner}\n}`),
    );
    fc.assert(
      fc.property(text, (any) => {
        try {
          parse(any);
        } catch (error) {
          expect(isTofuOciError(error)).toBe(true);
        }
      }),
    );
  });
});
