import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Check, Group, ReadCase, WriteCase } from './cases.ts';
import { chunkCases } from './chunks.ts';
import { dataSets } from './data-sets.ts';
import type { DataSet } from './set-parts.ts';
import { load, type ReadApi, readApis } from './data-set-reads.ts';
import { type WriteApi, writeApis } from './data-set-writes.ts';
import { deleteCases } from './deletes.ts';
import { grammarReadCases, grammarWriteCases } from './grammar.ts';
import { refusedManifests } from './refused-manifests.ts';
import { methodCases } from './methods.ts';
import { mountCases } from './mounts.ts';
import { pullCases } from './pull.ts';
import { blobPushCases } from './push-blobs.ts';
import { manifestPushCases } from './push-manifests.ts';
import { referrerCases } from './referrers.ts';
import { refusedSets } from './refused-sets.ts';
import { openStage, type Running, type Setup, type Stage } from './setups.ts';
import { sessionCases } from './upload-sessions.ts';
import { tagCases } from './tags.ts';
import { refusedWrites } from './refused-writes.ts';

export const readGroups: readonly Group<ReadCase>[] = [
  ...methodCases,
  ...pullCases,
  ...tagCases,
  ...referrerCases,
  ...grammarReadCases,
];

export const writeGroups: readonly Group<WriteCase>[] = [
  ...blobPushCases,
  ...chunkCases,
  ...sessionCases,
  ...mountCases,
  ...manifestPushCases,
  ...refusedManifests,
  ...deleteCases,
  ...grammarWriteCases,
  ...refusedSets,
];

interface Row<Api> {
  readonly api: Api;
  readonly set: DataSet;
  readonly name: string;
  readonly clause: string;
}

function rowsOf<Api extends ReadApi | WriteApi>(apis: readonly Api[]): Row<Api>[] {
  return dataSets.flatMap((set) =>
    apis
      .filter(({ applies }) => applies(set))
      .map((api) => ({ api, set, name: `${api.name}, ${set.name}`, clause: api.clause })),
  );
}

/** Titles that are shown whole, however long. */
function titled<Case extends { readonly clause: string; readonly name: string }>(
  cases: readonly Case[],
) {
  return cases.map((each) => [`${each.clause}: ${each.name}`, each] as const);
}

/**
 * Everything that the distribution specification, 1.1.1 and main, says of a registry, tried on a server
 * of ours that runs in one particular way. Each case is a row with the clause it stands on.
 */
export function conformance(setup: Setup, extra: readonly Group<WriteCase>[] = []): void {
  // Most of the time goes by waiting for the disk; and a registry has many clients at once.
  describe(`distribution specification, ${setup.name}`, { concurrent: true }, () => {
    const content = new Content();
    beforeAll(() => content.open(setup));
    afterAll(() => content.close());

    describe.each(readGroups)('$title', ({ cases }) => {
      it.each(titled(cases))('%s', async (_, each) => {
        const check = await content.prepared(each);
        await check(content.running.registry);
      });
    });

    describe('every API reads every data set', () => {
      it.each(titled(rowsOf(readApis)))('%s', async (_, { api, set }) => {
        const name = await content.loaded(set);
        await api.check({ registry: content.registryFor(set), name, set });
      });
    });

    if (setup.isReadOnly) {
      describe.each(refusedWrites)('$title', ({ cases }) => {
        it.each(titled(cases))('%s', async (_, each) => {
          const check = await content.prepared(each);
          await check(content.running.registry);
        });
      });
      return;
    }

    describe.each([...writeGroups, ...extra])('$title', ({ cases }) => {
      it.each(titled(cases))('%s', async (_, { run }) => {
        await run(content.running.registry);
      });
    });

    describe('every API writes every data set', () => {
      it.each(titled(rowsOf(writeApis)))('%s', async (_, { api, set }) => {
        await api.run(content.registryFor(set), set);
      });
    });
  });
}

/**
 * The servers of one setup with what has been put into them. For a read-only server everything is put
 * there before it starts, by one that may write; for the others each case brings its own when it runs.
 */
class Content {
  readonly #checks = new Map<ReadCase, Promise<Check>>();
  readonly #names = new Map<DataSet, Promise<string>>();
  #stage: Stage | undefined;
  #running: Running | undefined;

  get running(): Running {
    if (this.#running === undefined) throw new Error('the server did not start');
    return this.#running;
  }

  async open(setup: Setup): Promise<void> {
    this.#stage = await openStage(setup);
    this.#running = await this.#stage.start();
    if (!setup.isReadOnly) return;
    for (const { cases } of [...readGroups, ...refusedWrites]) {
      for (const each of cases) await this.prepared(each);
    }
    for (const set of dataSets) await this.loaded(set);
    await this.#running.close();
    this.#running = await this.#stage.start({ readOnly: true });
  }

  prepared(each: ReadCase): Promise<Check> {
    return remember(this.#checks, each, () => each.prepare(this.running.registry));
  }

  /** The repository that has the set. */
  loaded(set: DataSet): Promise<string> {
    return remember(this.#names, set, () => load(this.registryFor(set), set));
  }

  registryFor({ sparse = false }: DataSet) {
    return sparse ? this.running.tolerant : this.running.registry;
  }

  async close(): Promise<void> {
    await this.#running?.close();
    await this.#stage?.close();
  }
}

function remember<Key, Value>(map: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>) {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
