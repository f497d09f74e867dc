import { describe, expect, it } from 'vitest';
import {
  formatVersion,
  parseConstraints,
  parseProviderAddress,
  parseVersion,
} from '../../domain/index.ts';
import {
  type CountedVersion,
  decideVersions,
  describeReason,
  type KeepRules,
} from './prune-plan.ts';

const thing = parseProviderAddress('example.com/acme/thing');
const other = parseProviderAddress('example.com/acme/other');

function counted(text: string): CountedVersion {
  const [version, mark] = text.split(' ');
  const standing = mark === 'refused' || mark === 'no-release' ? mark : 'counts';
  return { version: parseVersion(version ?? ''), standing, why: 'w' };
}

function rules(over: Partial<KeepRules>): KeepRules {
  return { newest: undefined, constraints: [], locked: undefined, ...over };
}

const lock = (version: string, file: string, provider = thing) => ({
  provider,
  version: parseVersion(version),
  file,
});

function decide(versions: readonly string[], over: Partial<KeepRules>): string[] {
  return decideVersions(thing, versions.map(counted), rules(over)).map(
    ({ kept, removedBecause, version }) =>
      `${formatVersion(version)}: ${kept.length > 0 ? kept.map(describeReason).join(', ') : `removed, ${removedBecause}`}`,
  );
}

describe('what is kept', () => {
  it.each<[string, readonly string[], Partial<KeepRules>, readonly string[]]>([
    [
      'the newest, by version and not by name',
      ['1.10.0', '1.9.0', '1.2.0'],
      { newest: 2 },
      ['1.2.0: removed, not among the newest 2', '1.9.0: newest 2 of 2', '1.10.0: newest 1 of 2'],
    ],
    ['all, where there are fewer', ['1.0.0'], { newest: 3 }, ['1.0.0: newest 1 of 3']],
    [
      'releases before prereleases, which do not count',
      ['1.0.0', '2.0.0-beta1'],
      { newest: 1 },
      ['1.0.0: newest 1 of 1', '2.0.0-beta1: removed, prereleases do not count among the newest 1'],
    ],
    [
      'prereleases where there is nothing else',
      ['2.0.0-beta1', '2.0.0-beta2'],
      { newest: 1 },
      [
        '2.0.0-beta1: removed, prereleases do not count among the newest 1',
        '2.0.0-beta2: newest 1 of 1',
      ],
    ],
    [
      'what is accepted: what is not does not count',
      ['1.0.0', '2.0.0', '3.0.0 refused'],
      { newest: 1 },
      [
        '1.0.0: removed, not among the newest 1',
        '2.0.0: newest 1 of 1',
        '3.0.0: removed, it is not accepted, so it does not count among the newest: w',
      ],
    ],
    [
      'what is no release, without counting it',
      ['1.0.0', '2.0.0 no-release'],
      { newest: 1 },
      ['1.0.0: newest 1 of 1', '2.0.0: no release that could be removed: w'],
    ],
    [
      'what satisfies any of the constraints, prereleases by name',
      ['1.0.0', '2.0.0', '3.0.0', '3.1.0-rc1'],
      {
        constraints: [
          parseConstraints('>= 3.0.0'),
          parseConstraints('3.1.0-rc1'),
          parseConstraints('~> 1.0'),
        ],
      },
      [
        '1.0.0: satisfies "~> 1.0"',
        '2.0.0: removed, does not satisfy ">= 3.0.0" or "3.1.0-rc1" or "~> 1.0"',
        '3.0.0: satisfies ">= 3.0.0"',
        '3.1.0-rc1: satisfies "3.1.0-rc1"',
      ],
    ],
    [
      'what lock files name of this provider, each file once',
      ['1.0.0', '2.0.0', '3.0.0'],
      {
        locked: [
          lock('1.0.0', 'a'),
          lock('1.0.0', 'a'),
          lock('1.0.0', 'b'),
          lock('2.0.0', 'a', other),
        ],
      },
      [
        '1.0.0: locked by a, locked by b',
        '2.0.0: removed, no lock file needs it',
        '3.0.0: removed, no lock file needs it',
      ],
    ],
    [
      'the union of all that',
      ['1.0.0', '2.0.0', '3.0.0 refused', '4.0.0'],
      { newest: 1, constraints: [parseConstraints('3.0.0')], locked: [lock('1.0.0', 'a')] },
      [
        '1.0.0: locked by a',
        '2.0.0: removed, not among the newest 1; does not satisfy "3.0.0"; no lock file needs it',
        '3.0.0: satisfies "3.0.0"',
        '4.0.0: newest 1 of 1',
      ],
    ],
    [
      'nothing, where lock files name nothing',
      ['1.0.0'],
      { locked: [] },
      ['1.0.0: removed, no lock file needs it'],
    ],
  ])('is %s', (_, versions, over, expected) => {
    expect(decide(versions, over)).toEqual(expected);
  });
});
