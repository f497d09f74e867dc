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

  it('finds every place of a line that is longer than a stride', () => {
    const line = 'aé😀\ud800 '.repeat(300);
    const places = new TextPlaces(`x\n${line}\ny`);
    const before = (column: number): number =>
      Buffer.byteLength(
        Array.from(line)
          .slice(0, column - 1)
          .join(''),
      );
    for (let column = 1; column < 1600; column += 7) {
      expect(places.at({ line: 2, column }).byte).toBe(2 + before(column));
    }
  });

  it('answers as many questions about a line of a megabyte as a machine asks', () => {
    const places = new TextPlaces('é'.repeat(1_000_000));
    let last = 0;
    for (let column = 1; column <= 1_000_000; column += 10)
      last = places.at({ line: 1, column }).byte;
    expect(last).toBe(2 * 999_990);
  });
});
