import { describe, expect, it } from 'vitest';
import { mapBounded } from './map-bounded.ts';

describe('mapBounded', () => {
  it('keeps the order of the items, whatever is ready first', async () => {
    const waits = [3, 1, 2, 0];
    const results = await mapBounded(waits, 4, async (turns, index) => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      return `${String(index)}:${String(turns)}`;
    });
    expect(results).toEqual(['0:3', '1:1', '2:2', '3:0']);
  });

  it.each([1, 3])('runs at most %i at the same time', async (limit) => {
    let running = 0;
    let most = 0;
    await mapBounded([1, 2, 3, 4, 5, 6, 7, 8], limit, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    });
    expect(most).toBe(limit);
  });

  it('begins nothing after a failure, and throws it when the rest has ended', async () => {
    const ended: number[] = [];
    const begun: number[] = [];
    const task = async (item: number): Promise<void> => {
      begun.push(item);
      await new Promise(setImmediate);
      if (item === 1) throw new Error('one');
      await new Promise(setImmediate);
      ended.push(item);
    };
    await expect(mapBounded([0, 1, 2, 3, 4, 5], 3, task)).rejects.toThrow('one');
    expect(begun).toEqual([0, 1, 2]);
    expect(ended).toEqual([0, 2]);
  });

  it('has nothing to do for no items', async () => {
    expect(await mapBounded([], 3, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
