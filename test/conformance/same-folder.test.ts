import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server/index.ts';
import { send } from '../support/http-request.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startZot, zot } from '../support/zot.ts';
import { load } from './data-set-reads.ts';
import { dataSets } from './data-sets.ts';
import type { DataSet } from './set-parts.ts';
import { openRegistry, type Registry } from './registry.ts';
import { expectWhole } from './whole-set.ts';

/** A server of ours over the folder, and a client for it. */
async function serve(folder: string, prefix: string) {
  const options = { folder, listen: '127.0.0.1:0', missingContent: 'accept' } as const;
  const server = await startServer(options);
  onTestFinished(() => server.close());
  const registry = openRegistry({ url: server.addresses[0]?.url ?? '' }, prefix);
  onTestFinished(() => registry.close());
  return { server, registry, host: new URL(registry.url).host };
}

interface Stored {
  readonly name: string;
  readonly set: DataSet;
}

async function loadAll(registry: Registry, sets = dataSets): Promise<readonly Stored[]> {
  const stored: Stored[] = [];
  for (const set of sets) stored.push({ name: await load(registry, set), set });
  return stored;
}

async function expectAll(host: string, stored: readonly Stored[]): Promise<void> {
  for (const { name, set } of stored) await expectWhole(host, name, set);
}

/** Digests of what refers to each manifest of the sets, by repository and subject. */
async function referrersAt(host: string, stored: readonly Stored[]) {
  const found: Record<string, string[]> = {};
  for (const { name, set } of stored) {
    for (const { digest } of set.manifests) {
      const path = `/v2/${name}/referrers/${digest}`;
      const { json } = await send('GET', `http://${host}`, path);
      const { manifests } = json as { readonly manifests: readonly { readonly digest: string }[] };
      found[path] = manifests.map((each) => each.digest).sort();
    }
  }
  return found;
}

describe('a folder of layouts', () => {
  it('that one server wrote is the same to the next', async () => {
    const folder = await tempFolder();
    const first = await serve(folder, 'ours');
    const stored = await loadAll(first.registry);
    const referrers = await referrersAt(first.host, stored);
    await first.server.close();
    const second = await serve(folder, 'later');
    await expectAll(second.host, stored);
    expect(await referrersAt(second.host, stored)).toEqual(referrers);
  });

  const missing = zot.path === undefined ? ` (skipped: ${zot.reason})` : '';
  it.skipIf(zot.path === undefined)(
    `that our server wrote is served by zot, and the other way round${missing}`,
    async () => {
      const folder = await tempFolder();
      const ours = await serve(folder, 'ours');
      const stored = await loadAll(ours.registry);
      const referrers = await referrersAt(ours.host, stored);
      await ours.server.close();

      const theirs = await startZot(folder);
      onTestFinished(() => theirs.stop());
      await expectAll(theirs.host, stored);
      expect(await referrersAt(theirs.host, stored)).toEqual(referrers);
      const zotsOwn = openRegistry({ url: `http://${theirs.host}` }, 'theirs', () => undefined);
      const added = await loadAll(
        zotsOwn,
        dataSets.filter(({ sparse = false }) => !sparse),
      );
      const addedReferrers = await referrersAt(theirs.host, added);
      zotsOwn.close();
      await theirs.stop();

      const again = await serve(folder, 'again');
      await expectAll(again.host, [...stored, ...added]);
      expect(await referrersAt(again.host, stored)).toEqual(referrers);
      expect(await referrersAt(again.host, added)).toEqual(addedReferrers);
    },
  );
});
