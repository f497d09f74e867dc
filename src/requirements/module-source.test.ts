import { describe, expect, it } from 'vitest';
import { normalizeModuleSource, parseModuleSource } from './module-source.ts';

const none = { hasVersion: false };

describe('the source of a module', () => {
  it.each([
    ['./a', 'local', './a'],
    ['./', 'local', './.'],
    ['../', 'local', './..'],
    ['./a/', 'local', './a'],
    ['./a/../../b', 'local', '../b'],
    ['.\\a\\b', 'local', './a/b'],
    ['a/b/c', 'registry', 'registry.opentofu.org/a/b/c'],
    ['Example.com/a/b/c//x/../y', 'registry', 'example.com/a/b/c//y'],
    ['github.com/a/b', 'remote', 'git::https://github.com/a/b.git'],
    ['github.com/a/b.git//x?ref=1', 'remote', 'git::https://github.com/a/b.git//x?ref=1'],
    ['github.com/a/b/c/d', 'remote', 'git::https://github.com/a/b.git//c/d'],
    ['bitbucket.org/a/b', 'remote', 'git::https://bitbucket.org/a/b.git'],
    ['git@example.com:a/b.git', 'remote', 'git::ssh://git@example.com/a/b.git'],
    ['git::https://example.com/a.git', 'remote', 'git::https://example.com/a.git'],
    ['https://example.com/a.zip//x', 'remote', 'https://example.com/a.zip//x'],
    [
      's3-eu-west-1.amazonaws.com/b/o.zip',
      'remote',
      's3::https://s3-eu-west-1.amazonaws.com/b/o.zip',
    ],
    [
      'b.s3-eu-west-1.amazonaws.com/o.zip',
      'remote',
      's3::https://s3-eu-west-1.amazonaws.com/b/o.zip',
    ],
    [
      'b.s3.eu-west-1.amazonaws.com/o.zip',
      'remote',
      's3::https://s3.eu-west-1.amazonaws.com/b/o.zip',
    ],
    [
      'www.googleapis.com/storage/v1/b/o.zip',
      'remote',
      'gcs::https://www.googleapis.com/storage/v1/b/o.zip',
    ],
    ['oci://example.com/a', 'remote', 'oci://example.com/a'],
  ])('%j is %s: %s', (text, kind, expected) => {
    expect(parseModuleSource(text, none)).toEqual({ kind, text: expected });
  });

  const unknown = 'Invalid module source address';
  it.each([
    ['a', none, unknown, 'use "./a" instead'],
    ['', none, unknown, 'failed to determine'],
    ['a/b', none, unknown, 'use "./a/b" instead'],
    ['github.com/a', none, unknown, 'GitHub URLs should be github.com/username/repo'],
    ['https://example.com/a//../b', none, unknown, 'leads outside of the module package'],
    ['a.b.c.d.amazonaws.com/b', none, unknown, 'URL is not a valid S3 URL'],
    ['x.googleapis.com/a', none, unknown, 'URL is not a valid GCS URL'],
    [`./${'a'.repeat(9000)}`, none, unknown, 'longer than 8192'],
    [
      './a',
      { hasVersion: true },
      'Invalid registry module source address',
      "can't use local directory",
    ],
    [
      'github.com/a/b/c',
      { hasVersion: true },
      'Invalid registry module source address',
      'reserved for installing directly',
    ],
    ['a/b/c?x', { hasVersion: true }, 'Invalid registry module source address', 'query string'],
    [
      'a/b',
      { hasVersion: true },
      'Invalid registry module source address',
      'three or four slash-separated',
    ],
    ['a_/b/c', { hasVersion: true }, 'Invalid registry module source address', 'invalid namespace'],
    [
      'a/b/C',
      { hasVersion: true },
      'Invalid registry module source address',
      'invalid target system',
    ],
    [
      'host/a/b/c',
      { hasVersion: true },
      'Invalid registry module source address',
      'at least one dot',
    ],
  ])('%j with %o is none', (text, options, summary, detail) => {
    expect(parseModuleSource(text, options)).toEqual({
      summary,
      detail: expect.stringContaining(detail) as string,
    });
  });

  it('is kept by its record as it was written where it can not be read', () => {
    expect(normalizeModuleSource('a')).toBe('a');
    expect(normalizeModuleSource('a/b/c')).toBe('registry.opentofu.org/a/b/c');
  });
});
