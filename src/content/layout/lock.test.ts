import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { faultyFiles } from '../../../test/support/faulty-files.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { type Clock, type Files, nodeFiles, systemClock } from '../../base/index.ts';
import { mediaTypes } from '../../spec/index.ts';
import { bytesSource, openLayoutRepository, StoreLockedError } from '../index.ts';

let layout: string;
let lockFile: string;
beforeEach(async () => {
  layout = join(await tempFolder(), 'layout');
  lockFile = join(layout, '.tofu-oci', 'lock');
  await (await openLayoutRepository(layout, { mode: 'create' })).close();
});

async function failureOf(task: Promise<unknown>): Promise<unknown> {
  return await task.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

/** What a process like this one writes into its lock. */
async function ownLock(): Promise<Record<string, unknown>> {
  const repository = await openLayoutRepository(layout);
  const holder = JSON.parse(await readFile(lockFile, 'utf8')) as Record<string, unknown>;
  await repository.close();
  return holder;
}

function later(ms: number): Clock {
  return {
    now: () => systemClock.now() + ms,
    sleep: (wait, signal) => systemClock.sleep(wait, signal),
  };
}

const isLinux = (await stat('/proc/self/ns/pid').catch(() => undefined)) !== undefined;

describe("a layout's lock", () => {
  it('keeps a second writer out, names the first, and goes with it', async () => {
    const first = await openLayoutRepository(layout);
    const error = await failureOf(openLayoutRepository(layout));
    expect(error).toBeInstanceOf(StoreLockedError);
    expect(error).toMatchObject({
      code: 'ERR_CONTENT_STORE_LOCKED',
      category: 'conflict',
      folder: layout,
      holder: isLinux ? `process ${String(process.pid)}` : 'another process',
    });
    await first.close();
    await (await openLayoutRepository(layout)).close();
    await expect(stat(lockFile)).rejects.toThrow();
  });

  it.skipIf(!isLinux)('of a process that is gone is taken over at once', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    await writeFile(lockFile, JSON.stringify({ ...(await ownLock()), id: 'x', pid: child.pid }));
    await (await openLayoutRepository(layout)).close();
  });

  it.skipIf(!isLinux)('of an earlier process with the same number is taken over', async () => {
    await writeFile(lockFile, JSON.stringify({ ...(await ownLock()), id: 'x', started: '1' }));
    await (await openLayoutRepository(layout)).close();
  });

  it.each([
    [
      'a process in another container',
      (own: object) => JSON.stringify({ ...own, scope: 'another' }),
    ],
    [
      'a process that nothing is known about',
      (own: object) => JSON.stringify({ ...own, scope: '' }),
    ],
    ['a process that had just begun to write it', () => ''],
    ['something else', () => '{"id":7}'],
  ])('of %s holds while it is touched, and no longer', async (_, text) => {
    await writeFile(lockFile, text({ ...(await ownLock()), id: 'x' }));
    expect(await failureOf(openLayoutRepository(layout))).toBeInstanceOf(StoreLockedError);
    const repository = await openLayoutRepository(layout, { clock: later(61_000) });
    await repository.close();
  });

  it('from the future is nobody’s', async () => {
    await writeFile(lockFile, '');
    const repository = await openLayoutRepository(layout, { clock: later(-3_600_000) });
    await repository.close();
  });

  it.each([
    ['a link that leads nowhere', () => symlink('/nowhere/at/all', lockFile)],
    ['a folder with something in it', () => mkdir(join(lockFile, 'deep'), { recursive: true })],
  ])('is nobody’s where %s has its name', async (_, make) => {
    await make();
    const repository = await openLayoutRepository(layout);
    expect(await failureOf(openLayoutRepository(layout))).toBeInstanceOf(StoreLockedError);
    await repository.close();
    expect(await readdir(dirname(lockFile))).not.toContain(basename(lockFile));
  });

  it('stays held when it can not be read for a moment, as without free file descriptors', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      let looked = 0;
      let isShort = false;
      const files: Files = {
        ...nodeFiles,
        open: async (...args) => {
          if (!isShort || args[0] !== lockFile) return await nodeFiles.open(...args);
          looked++;
          throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
        },
      };
      const bytes = Buffer.from('{"schemaVersion":2,"manifests":[]}');
      const { descriptor } = bytesSource(bytes, mediaTypes.index);
      const repository = await openLayoutRepository(layout, { files });
      isShort = true;
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(() => {
        expect(looked).toBe(1);
      });
      isShort = false;
      await repository.tag({ descriptor, bytes }, 'kept');
      await repository.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('that was taken away lets its former holder write nothing more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const bytes = Buffer.from('{"schemaVersion":2,"manifests":[]}');
      const { descriptor } = bytesSource(bytes, mediaTypes.index);
      const first = await openLayoutRepository(layout);
      await first.tag({ descriptor, bytes }, 'before');
      vi.advanceTimersByTime(10_000);
      await writeFile(lockFile, JSON.stringify({ id: 'x', pid: 1, started: '', scope: '' }));
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(async () => {
        expect(await failureOf(first.tag({ descriptor, bytes }, 'after'))).toBeInstanceOf(
          StoreLockedError,
        );
      });
      await expect(first.close()).rejects.toBeInstanceOf(StoreLockedError);
      expect(await readFile(lockFile, 'utf8')).toContain('"x"');
      const reader = await openLayoutRepository(layout, { mode: 'read' });
      expect(reader.tagsAfter(undefined, 9)).toEqual(['before']);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('leaves no lock without a holder when it ends between making and writing it', async () => {
  // Nothing can be written or removed any more, as when the process is killed there.
  const ending = faultyFiles((_, operation) =>
    ['link', 'rm', 'writeFile'].includes(operation) ? 'EIO' : undefined,
  );
  await failureOf(openLayoutRepository(layout, { files: ending.files }));
  expect(ending.failed().length).toBeGreaterThan(0);
  const next = await openLayoutRepository(layout);
  await next.close();
});
