import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  expectLinearTime,
  expectPlacesWithin,
  fragments,
  soupOf,
} from '../../../test/support/hostile-texts.ts';
import { parseLockFile } from './index.ts';

const pieces = [
  ...['provider', 'module', '"a/b/c"', '"registry.opentofu.org/a/b"', '{', '}', '\n', '=', ']'],
  ...['version', 'constraints', 'hashes', '"1.0.0"', '"~> 1.0"', '"h1:x"', '"zh:x"', ',', '"'],
];

describe('a lock file of any text', () => {
  it('is read or reported with places within the text', () => {
    fc.assert(
      fc.property(soupOf(pieces), (text) => {
        expectPlacesWithin(text, parseLockFile(text, 'x').diagnostics);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ...fragments,
    ...['provider "a.b/c/d" {\n}\n', 'provider "a/b/c" {\n', 'provider "" {}\n', 'module "a" {}\n'],
  ])('is read in linear time: many of %j', (fragment) => {
    expectLinearTime((text) => parseLockFile(text, 'x'), fragment);
  });
});
