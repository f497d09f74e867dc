import { basename } from 'node:path';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlatform, parseProviderAddress, parseVersion } from '../../src/domain/index.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import { putPacked, putUnpacked } from '../support/provider-folders.ts';
import { type Compared, type Scenario, scenarios } from './client-scenarios.ts';
import { type ClientWorld, makeClientWorld, type Outcome, runScenario } from './client-world.ts';

const tofus = findTofus();
const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const compared: readonly Compared[] = ['succeeded', 'lock', 'installed', 'titles', 'lines'];

let shared: ClientWorld;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tofu-oci-client-'));
  shared = await makeClientWorld(root);
  const provider = parseProviderAddress('example.com/acme/thing');
  for (const { platform, version, zip } of shared.world.packages) {
    const request = { provider, version: parseVersion(version), platform: parsePlatform(platform) };
    await putPacked(shared.packed, request, zip);
    await putUnpacked(shared.unpacked, request, zip);
  }
});
afterAll(async () => {
  await shared.registry.close();
  await rm(root, { recursive: true, force: true });
});

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

describe.skipIf(tofus.length === 0)(
  `init and lock beside OpenTofu${tofus.length === 0 ? ' (skipped: tofu is not on PATH nor named by TOFU_BIN)' : ''}`,
  { timeout: 60_000, concurrent: true },
  () => {
    for (const tofu of tofus) {
      it.each(scenarios)(`${basename(tofu)}: $name`, async (scenario) => {
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
    it.each(scenarios.filter(({ terraform: otherwise }) => otherwise === undefined))(
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
