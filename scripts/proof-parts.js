/**
 * What `npm run proof` runs. A part is a run of vitest with PROOF=1 that takes less than ten minutes and prints lines
 * `PROOF <number> <words>`; the numbers of all parts of a kind are added up, and must reach the kind's goal.
 */

/** Kind to the number of cases, rounds or targets that must have passed. */
export const goals = {
  'hostile archives': 80,
  'good archives': 500,
  'network faults': 300,
  'kill -9 of the server': 2000,
};

/** @typedef {{ kind: keyof typeof goals, name: string, vitest: readonly string[], env?: Readonly<Record<string, string>> }} Part */

const commands = [
  'init',
  'lock',
  'list',
  'inspect',
  'verify',
  'copy from',
  'copy to',
  'export',
  'import',
  'push',
  'mirror from',
  'mirror to',
];

/** @type {(count: number) => readonly string[]} */
const nths = (count) => Array.from({ length: count }, (_, index) => `${index + 1}/${count}`);

/** @type {readonly Part[]} */
export const parts = [
  {
    kind: 'hostile archives',
    name: 'hostile archives',
    vitest: ['test/faults/hostile-archives.test.ts'],
  },
  {
    kind: 'good archives',
    name: 'good archives',
    vitest: ['test/faults/good-archives.test.ts'],
  },
  ...commands.map((name) => ({
    kind: /** @type {const} */ ('network faults'),
    name: `network faults of ${name}`,
    vitest: ['test/faults/network-faults.test.ts', '-t', `ways ${name} gives`],
  })),
  ...nths(8).map((nth) => ({
    kind: /** @type {const} */ ('kill -9 of the server'),
    name: `kill -9 of the server ${nth}`,
    vitest: ['test/faults/server-kills.test.ts'],
    env: { PROOF_PART: nth },
  })),
];
