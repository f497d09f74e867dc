import { describe, expect, it } from 'vitest';
import { normaliseArguments } from './arguments.ts';

describe('normaliseArguments', () => {
  it.each([
    [['init', '-upgrade'], ['init', '--upgrade'], true],
    [['init', '-upgrade=false'], ['init'], true],
    [['init', '-upgrade=true'], ['init', '--upgrade'], true],
    [['-chdir=x', 'init'], ['--chdir=x', 'init'], true],
    [['init', '-lockfile=readonly'], ['init', '--lockfile=readonly'], true],
    [['init', '-no-color', '-input=false'], ['init', '--no-color', '--input=false'], true],
    [['providers', 'lock', '-platform=a_b'], ['lock', '--platform=a_b'], true],
    [['--chdir', 'x', 'providers', 'lock'], ['--chdir', 'x', 'lock'], true],
    [['providers', 'mirror', 'x'], ['mirror', '--platform=current', '--to=fs:x'], true],
    [
      ['-chdir=p', 'providers', 'mirror', '-platform=a_b', '-platform', 'c_d', '/x', '-json'],
      ['--chdir=p', 'mirror', '--platform=a_b', '--platform', 'c_d', '--to=fs:/x', '--json'],
      true,
    ],
    [['providers', 'mirror', '-help'], ['mirror', '--help'], true],
    [['providers', 'schema'], ['providers', 'schema'], false],
    [['push', 'providers', 'lock'], ['push', 'providers', 'lock'], false],
    [
      ['lock', '-fs-mirror', 'x', '-net-mirror=y'],
      ['lock', '--fs-mirror', 'x', '--net-mirror=y'],
      true,
    ],
    [['init', '--upgrade'], ['init', '--upgrade'], false],
    [['init', '-upgrade=maybe'], ['init', '-upgrade=maybe'], true],
    [['init', '-backend=false'], ['init', '-backend=false'], false],
    [['exec', '--', 'tofu', 'init', '-upgrade'], ['exec', '--', 'tofu', 'init', '-upgrade'], false],
  ])('%j becomes %j', (argv, args, tofuSpelling) => {
    expect(normaliseArguments(argv)).toEqual({ args, tofuSpelling });
  });
});
