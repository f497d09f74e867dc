import { describe, expect, it } from 'vitest';
import { parseModuleManifest } from './module-manifest.ts';

const path = 'modules.json';

describe('a record of installed modules', () => {
  it.each([
    ['no list', '{}', []],
    ['null for a list', '{"Modules": null}', []],
    ['an empty list', '{"Modules": []}', []],
    [
      'old spellings of sources',
      '{"Modules": [{"Key": "a", "Source": "x/y/z", "Version": "v1.0", "Dir": "d"}, {"Key": "b.c", "Source": "./b/../c/", "Dir": "c", "Other": 1}]}',
      [
        ['a', { source: 'registry.opentofu.org/x/y/z', version: 'v1.0', directory: 'd' }],
        ['b.c', { source: './c', version: undefined, directory: 'c' }],
      ],
    ],
  ])('may have %s', (_, text, expected) => {
    expect([...parseModuleManifest(text, path)]).toEqual(expected);
  });

  const record = (more: string): string => `{"Modules": [{${more}}]}`;
  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'it has no list "Modules"'],
    ['{"Modules": {}}', 'it has no list "Modules"'],
    ['{"Modules": [1]}', 'a record has no "Key", "Source" or "Dir"'],
    [record('"Key": "a", "Source": 1, "Dir": "d"'), 'a record has no "Key", "Source" or "Dir"'],
    [
      record('"Key": "a", "Source": "", "Dir": "d"}, {"Key": "a", "Source": "", "Dir": "e"'),
      'snapshot file contains two records for path a',
    ],
    [
      record('"Key": "a", "Source": "", "Dir": "d", "Version": "x y"'),
      'invalid version "x y" for a',
    ],
  ])('is refused: %s', (text, why) => {
    expect(() => parseModuleManifest(text, path)).toThrow(
      expect.objectContaining({
        code: 'ERR_REQUIREMENTS_INVALID_MANIFEST',
        message: expect.stringContaining(why) as string,
      }) as Error,
    );
  });
});
