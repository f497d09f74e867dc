import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from '../base/index.ts';
import { openLogFile } from './log-file.ts';

function manualClock() {
  let now = 0;
  return { now: () => now, sleep: () => Promise.resolve(), pass: (ms: number) => void (now += ms) };
}

describe('openLogFile', () => {
  it('adds lines in their order to what is there', async () => {
    const path = join(await tempFolder(), 'access.log');
    for (const word of ['first', 'second']) {
      const log = await openLogFile(path);
      for (let n = 0; n < 100; n++) log.write(`${word} ${n}`);
      await log.close();
    }
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines).toHaveLength(201);
    expect([lines[0], lines[100], lines[199]]).toEqual(['first 0', 'second 0', 'second 99']);
    expect((await stat(path)).mode & 0o007).toBe(0);
  });

  it.each([
    ['moved away', (path: string) => rename(path, `${path}.1`)],
    ['removed', (path: string) => rm(path)],
  ])('begins a new file when the old one was %s', async (_, rotate) => {
    const path = join(await tempFolder(), 'access.log');
    const clock = manualClock();
    const log = await openLogFile(path, { clock });
    log.write('before');
    await expect.poll(() => readFile(path, 'utf8')).toBe('before\n');
    await rotate(path);
    clock.pass(1000);
    log.write('after');
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('after\n');
  });

  it('says once that it can not write, and goes on when it can', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'access.log');
    const clock = manualClock();
    const errors: unknown[] = [];
    let isBroken = false;
    const files = {
      ...nodeFiles,
      stat: ((...args: Parameters<typeof nodeFiles.stat>) =>
        isBroken
          ? Promise.reject(new Error('broken'))
          : nodeFiles.stat(...args)) as typeof nodeFiles.stat,
    };
    const log = await openLogFile(path, { clock, files, onError: (error) => errors.push(error) });
    const write = async (line: string) => {
      clock.pass(1000);
      log.write(line);
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    isBroken = true;
    await write('lost');
    await write('lost');
    expect(errors).toHaveLength(1);
    isBroken = false;
    await write('kept');
    isBroken = true;
    await write('lost');
    await log.close();
    expect(errors).toHaveLength(2);
    expect(await readFile(path, 'utf8')).toBe('kept\n');
  });

  it('says at once when there is no such place', async () => {
    const path = join(await tempFolder(), 'none', 'access.log');
    await expect(openLogFile(path)).rejects.toMatchObject({ code: 'ERR_BASE_FILE_ACCESS', path });
  });
});
