import { describe, expect, it } from 'vitest';
import { TextPlaces } from './text-places.ts';

describe('TextPlaces', () => {
  it.each([
    [1, 1, 0],
    [1, 3, 3],
    [1, 4, 7],
    [2, 1, 9],
    [2, 2, 10],
    [2, 9, 10],
    [3, 1, 11],
  ])('finds %i:%i at byte %i', (line, column, byte) => {
    expect(new TextPlaces('aé😀x\nb\n').at({ line, column })).toEqual({ line, column, byte });
  });
});
