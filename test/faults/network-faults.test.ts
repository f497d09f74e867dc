import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapBounded } from '../../src/base/index.ts';
import { type FaultPlan, type RequestKind, startFaultRelay } from '../support/fault-relay.ts';
import { type MainRun, runMain } from '../support/run-main.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { type RunningRegistry, startRegistry } from '../support/running-registry.ts';
import { temporaryStorage } from '../support/temporary-storage.ts';
import { walkRegistry } from '../support/walk-registry.ts';
import { type NamedFault, networkFaults } from './network-faults.ts';

/**
 * Every command that speaks with a registry, times every kind of request that it makes, times every fault, once and for
 * as long as it tries: the result is the right one, or an error that says what is wrong; nothing is left half done; and
 * when the fault is gone the same command does its work.
 *
 * `npm test` runs one in so many of them, `npm run proof` (PROOF=1) all.
 */
const isProof = process.env.PROOF === '1';
const sample = 120;
/** Runs at the same time: most of them wait to try again. */
const concurrency = 12;

const address = 'registry.opentofu.org/acme/thing';
const platforms = [`linux_${process.arch === 'x64' ? 'amd64' : process.arch}`, 'darwin_arm64'];
const project =
  'terraform {\n  required_providers {\n    thing = {\n      source = "acme/thing"\n    }\n  }\n}\n';

let root: string;
let source: RunningRegistry;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tofu-oci-faults-'));
  const storage = await temporaryStorage();
  source = await startRegistry(storage);
  const dist = join(root, 'dist');
  await makeReleaseFolder(dist, {
    type: 'thing',
    version: '1.2.3',
    platforms,
    salt: 'x'.repeat(30_000),
  });
  const to = `${new URL(source.url).host}/tf/{hostname}/{namespace}/{type}`;
  const pushed = await runMain(['push', address, dist, '--to', to], { home: root });
  expect([pushed.code, pushed.stderr]).toEqual([0, expect.any(String)]);
  const bundled = await runMain(['export', '--from', to, address, '-o', 'bundle.tar'], {
    home: root,
  });
  expect(bundled.code).toBe(0);
  return async () => {
    await source.close();
    await storage.close();
  };
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Job {
  /** @param place the location behind the faults @param other one without */
  readonly args: (place: string, other: string) => readonly string[];
  readonly writes?: boolean;
  /** What it has made in its folder; default what it printed. */
  readonly result?: (home: string, run: MainRun) => Promise<unknown>;
  /** Takes what a second run would find away. */
  readonly undo?: (home: string) => Promise<unknown>;
}

const lockOf = async (home: string): Promise<unknown> =>
  await readFile(join(home, '.terraform.lock.hcl'), 'utf8').catch(() => 'none');
const forget = async (home: string): Promise<void> => {
  await rm(join(home, '.terraform.lock.hcl'), { force: true });
  await rm(join(home, '.terraform'), { recursive: true, force: true });
};
const fileOf = (name: string) => (home: string) =>
  readFile(join(home, name)).then(
    ({ length }) => length,
    () => 'none',
  );

const jobs: Readonly<Record<string, Job>> = {
  init: { args: (place) => ['init', '--from', place], result: lockOf, undo: forget },
  lock: {
    args: (place) => ['lock', '--from', place, ...platforms.map((one) => `--platform=${one}`)],
    result: lockOf,
    undo: forget,
  },
  list: { args: (place) => ['list', address, '--from', place, '--json'] },
  inspect: { args: (place) => ['inspect', `${address}@1.2.3`, '--from', place, '--json'] },
  verify: { args: (place) => ['verify', address, '--from', place, '--json'] },
  'copy from': {
    args: (place, other) => ['copy', address, '--from', place, '--to', other],
    result: () => Promise.resolve('in the registry'),
  },
  'copy to': {
    args: (place, other) => ['copy', address, '--from', other, '--to', place],
    writes: true,
  },
  export: {
    args: (place) => ['export', address, '--from', place, '-o', 'out.tar'],
    result: fileOf('out.tar'),
    undo: (home) => rm(join(home, 'out.tar'), { force: true }),
  },
  import: { args: (place) => ['import', '../bundle.tar', '--to', place], writes: true },
  push: { args: (place) => ['push', address, '../dist', '--to', place], writes: true },
  'mirror from': {
    args: (place) => ['mirror', address, '--from', place, '--to', 'fs:mirrored'],
    result: fileOf(`mirrored/${address}/1.2.3.json`),
    undo: (home) => rm(join(home, 'mirrored'), { recursive: true, force: true }),
  },
  'mirror to': {
    args: (place, other) => ['mirror', address, '--from', other, '--to', place],
    writes: true,
  },
};

const template = 'tf/{hostname}/{namespace}/{type}';
const repository = `tf/${address}`;

/** A run in a world of its own, before which somebody may stand. */
async function attempt(
  name: string,
  job: Job,
  given: Omit<FaultPlan, 'on'> & { on?: RequestKind },
) {
  const home = await mkdtemp(join(root, 'home-'));
  await mkdir(join(home, 'empty'));
  await writeFile(join(home, 'main.tf'), project);
  const storage = await temporaryStorage();
  const own = await startRegistry(storage);
  const [ownHost, sourceHost] = [new URL(own.url).host, new URL(source.url).host];
  let plan: FaultPlan | undefined =
    given.on === undefined ? undefined : { on: given.on, fault: given.fault, times: given.times };
  const relay = await startFaultRelay(job.writes === true ? ownHost : sourceHost, () => plan);
  const other = job.writes === true ? sourceHost : ownHost;
  const args = job.args(`${relay.host}/${template}`, `${other}/${template}`);
  const run = async (): Promise<MainRun & { readonly result: unknown }> => {
    const done = await runMain(args, { home });
    const said = done.stdout
      .replaceAll(/127\.0\.0\.1:[0-9]+/gu, 'HOST')
      .replaceAll(/[0-9.]+ s\b/gu, 'S');
    const result = job.result === undefined ? said : await job.result(home, done);
    return { ...done, result: job.writes === true ? 'in the registry' : result };
  };
  const shown = async () => await walkRegistry(ownHost, [repository]);
  try {
    const first = await run();
    const seen = [...relay.seen].filter((kind) => kind !== 'other');
    const { struck } = relay;
    const torn = (await shown()).filter(({ missing }) => missing.length > 0);
    plan = undefined;
    if (given.on === undefined)
      return { name, first, second: first, seen, struck, torn, shown: await shown() };
    await job.undo?.(home);
    const second = await run();
    return { name, first, second, seen, struck, torn, shown: await shown() };
  } finally {
    await relay.close();
    await own.close();
    await storage.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** What is wrong with how a case ended; empty when nothing is. */
function complaints(
  { fault, times }: { readonly fault: NamedFault; readonly times: number },
  found: Awaited<ReturnType<typeof attempt>>,
  good: Awaited<ReturnType<typeof attempt>>,
): readonly string[] {
  const { first, second, struck, torn } = found;
  const wrong: string[] = [];
  if (struck === 0) return [];
  if (![0, 3, 4, 5, 6, 7].includes(first.code)) wrong.push(`exit code ${String(first.code)}`);
  if (/\n\s+at .*:\d+:\d+/u.test(first.stderr)) wrong.push('a stack trace');
  if (
    first.code !== 0 &&
    !/^(?:│ )?Error: \S/mu.test(first.stderr) &&
    !/"(?:error|problem)"/u.test(first.stdout)
  )
    wrong.push('no error is told');
  if (torn.length > 0) wrong.push(`a version that is not whole: ${JSON.stringify(torn)}`);
  const isRight = JSON.stringify(first.result) === JSON.stringify(good.first.result);
  if (first.code === 0 && !isRight && fault.nature !== 'lie') {
    wrong.push(`another result: ${String(first.result).slice(0, 300)}`);
  }
  if (fault.nature === 'passing' && times === 1 && first.code !== 0) {
    wrong.push(`gave up: ${first.stderr.slice(0, 400)}`);
  }
  if (second.code !== 0) wrong.push(`does not recover: ${second.stderr.slice(0, 400)}`);
  else if (JSON.stringify(second.result) !== JSON.stringify(good.first.result)) {
    wrong.push(`recovers with another result: ${String(second.result).slice(0, 300)}`);
  }
  if (JSON.stringify(found.shown) !== JSON.stringify(good.shown))
    wrong.push('the registry differs');
  return wrong;
}

const never: FaultPlan['fault'] = { kind: 'drop' };

describe('a registry that fails in all ways', () => {
  it.each(Object.entries(jobs))(
    '%s gives the right result or an error, and nothing is torn',
    { timeout: 900_000 },
    async (name, job) => {
      const good = await attempt(name, job, { fault: never, times: 0 });
      expect([name, good.first.code, good.first.stderr.match(/^Error.*/mu)]).toEqual([
        name,
        0,
        null,
      ]);
      const cases = good.seen
        .flatMap((on) =>
          networkFaults.flatMap((fault) => [1, 1000].map((times) => ({ on, fault, times }))),
        )
        .filter((_, index) => isProof || index % sample === name.length % sample);
      const found = await mapBounded(cases, concurrency, async ({ fault, on, times }) => {
        const ended = await attempt(name, job, { on, fault: fault.fault, times });
        const what = `${name}, ${on}, ${fault.name}, ${times === 1 ? 'once' : 'always'}`;
        return complaints({ fault, times }, ended, good).map((text) => `${what}: ${text}`);
      });
      if (isProof) console.log(`PROOF ${String(cases.length)} network faults of ${name}`);
      expect(found.flat()).toEqual([]);
    },
  );
});
