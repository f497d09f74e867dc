import { basename } from 'node:path';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPeer, findTofus } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import type { Outcome } from './client-outcome.ts';
import type { Compared, Scenario } from './client-scenario.ts';
import { folderScenarios } from './client-folders.ts';
import { lockingScenarios } from './client-locking.ts';
import { lockFileScenarios } from './client-locks.ts';
import { projectScenarios } from './client-projects.ts';
import { scenarios as firstOnes } from './client-scenarios.ts';
import { sourceScenarios } from './client-sources.ts';
import { type ClientWorld, makeClientWorld, runScenario } from './client-world.ts';

const tofus = findTofus();
const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const compared: readonly Compared[] = [
  'succeeded',
  'lock',
  'installed',
  'pluginPath',
  'titles',
  'lines',
];
const scenarios = [
  ...firstOnes,
  ...sourceScenarios,
  ...folderScenarios,
  ...lockFileScenarios,
  ...lockingScenarios,
  ...projectScenarios,
];

let shared: ClientWorld;
beforeAll(async () => {
  shared = await makeClientWorld();
});
afterAll(() => shared.close());

const limit = pLimit(2);
const ourRuns = new Map<Scenario, Promise<Outcome>>();
const ours = (scenario: Scenario): Promise<Outcome> => {
  const run =
    ourRuns.get(scenario) ?? limit(() => runScenario(shared, scenario.make(shared), undefined));
  ourRuns.set(scenario, run);
  return run;
};

const pick = (outcome: Outcome, { differs }: Scenario): Partial<Outcome> =>
  Object.fromEntries(
    compared
      .filter((name) => differs?.in.includes(name) !== true)
      .map((name) => [name, outcome[name]]),
  );

async function minorOf(tofu: string): Promise<number> {
  const { stdout } = await runProgram(tofu, ['version'], {});
  return Number(/v1\.(\d+)\./u.exec(stdout)?.[1]);
}

describe.skipIf(tofus.length === 0)(
  `init and lock beside OpenTofu${tofus.length === 0 ? ' (skipped: tofu is not on PATH nor named by TOFU_BIN)' : ''}`,
  { timeout: 60_000, concurrent: true },
  () => {
    for (const tofu of tofus) {
      it.for(scenarios)(`${basename(tofu)}: $name`, async (scenario, { skip }) => {
        skip(
          scenario.since !== undefined && (await minorOf(tofu)) < Number(scenario.since.slice(2)),
          `came with OpenTofu ${scenario.since ?? ''}`,
        );
        const theirs = await limit(() => runScenario(shared, scenario.make(shared), tofu));
        expect(pick(await ours(scenario), scenario)).toEqual(pick(theirs, scenario));
      });
    }
  },
);

describe.skipIf(terraform.path === undefined)(
  `init and lock beside Terraform${terraform.path === undefined ? ` (skipped: ${terraform.reason})` : ''}`,
  { timeout: 60_000, concurrent: true },
  () => {
    // It has words and titles of its own.
    const alike = (outcome: Outcome, scenario: Scenario): object => ({
      ...pick(outcome, scenario),
      titles: undefined,
      lines: undefined,
    });
    it.each(firstOnes.filter(({ terraform: otherwise }) => otherwise === undefined))(
      '$name',
      async (scenario) => {
        const run = runScenario(shared, scenario.make(shared), terraform.path);
        expect(alike(await ours(scenario), scenario)).toEqual(alike(await run, scenario));
      },
    );
  },
);

it('names a row of docs/differences.md for each difference', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/differences.md'), 'utf8');
  for (const { differs, name } of scenarios) {
    if (differs !== undefined) expect(page, name).toContain(`| ${differs.row}`);
  }
});
