import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChunkRange, parseRange } from './byte-range.ts';

describe('parseRange', () => {
  it.each([
    ['bytes=500-1499', 4000, { kind: 'part', range: { start: 500, end: 1499 } }],
    ['bytes=500-', 4000, { kind: 'part', range: { start: 500, end: 3999 } }],
    ['bytes=-500', 4000, { kind: 'part', range: { start: 3500, end: 3999 } }],
    ['bytes=-5000', 4000, { kind: 'part', range: { start: 0, end: 3999 } }],
    ['bytes=2000-5000', 4000, { kind: 'part', range: { start: 2000, end: 3999 } }],
    ['bytes=0-0', 4000, { kind: 'part', range: { start: 0, end: 0 } }],
    ['BYTES=0-0', 1, { kind: 'part', range: { start: 0, end: 0 } }],
    ['bytes=500-0', 4000, { kind: 'unsatisfiable' }],
    ['bytes=5000-10000', 4000, { kind: 'unsatisfiable' }],
    ['bytes=4000-', 4000, { kind: 'unsatisfiable' }],
    ['bytes=-0', 4000, { kind: 'unsatisfiable' }],
    ['bytes=0-', 0, { kind: 'unsatisfiable' }],
    [undefined, 4000, { kind: 'whole' }],
    ['bytes=-', 4000, { kind: 'whole' }],
    ['bytes=0-1,3-4', 4000, { kind: 'whole' }],
    ['lines=0-1', 4000, { kind: 'whole' }],
    ['bytes=a-b', 4000, { kind: 'whole' }],
  ])('reads %j of %d bytes', (header, size, range) => {
    expect(parseRange(header, size)).toEqual(range);
  });

  it('never leads outside the content', () => {
    const number = fc.oneof(fc.constant(''), fc.bigInt({ min: 0n, max: 2n ** 66n }).map(String));
    fc.assert(
      fc.property(number, number, fc.nat(), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size);
        if (range.kind !== 'part') return;
        const { start, end } = range.range;
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThan(size);
      }),
    );
  });
});

describe('parseChunkRange', () => {
  it.each([
    ['0-0', { start: 0, end: 0 }],
    ['10-19', { start: 10, end: 19 }],
    ['bytes 0-9/10', { start: 0, end: 9 }],
    ['bytes 0-9/*', { start: 0, end: 9 }],
  ])('accepts %s', (header, range) => expect(parseChunkRange(header)).toEqual(range));
  it.each(['', '1-0', 'a-b', '-5', '5-', '0-99999999999999999', 'bytes=0-1', '0-1,2-3'])(
    'rejects %j',
    (header) => expect(parseChunkRange(header)).toBeUndefined(),
  );
});
