import { describe, expect, it } from 'vitest';
import { WeightedCache } from './weighted-cache.ts';

describe('a cache with a bound on its weight', () => {
  it('forgets what was used longest ago', () => {
    const cache = new WeightedCache<number>(10);
    cache.set('a', 1, 4);
    cache.set('b', 2, 4);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3, 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('does not keep what is too heavy by itself, nor what it replaces', () => {
    const cache = new WeightedCache<number>(10);
    cache.set('a', 1, 5);
    cache.set('b', 2, 5);
    cache.set('a', 3, 11);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
    cache.set('b', 4, 10);
    cache.set('b', 5, 10);
    expect(cache.get('b')).toBe(5);
    cache.delete('b');
    cache.set('c', 6, 10);
    expect(cache.get('c')).toBe(6);
  });
});
