import fc from 'fast-check';
import { expect } from 'vitest';
import type { Diagnostic } from '../../src/base/index.ts';

/** What opens something without closing it, what is closed at once, and what is one more of its kind. */
export const fragments: readonly string[] = [
  ...['[', '{', '(', '"', '${', '"${', '%{ if a }', '[1,', '{"a":', 'a = ', 'a.', 'a ? ', '-'],
  ...['a=1\n', 'a {}\n', 'a {\n', 'a "b" ', 'a = <<E\nx\nE\n', '<<E\n', '<<-E\n', 'a = "é"\n'],
  ...['/*', '/* x */', '# x\n', '//\n', '\n', '\r\n', '\\', '\0', 'e\u0301', '9', '"a",'],
];

/** Pieces of a language and any characters, in any order. */
export function soupOf(pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...pieces, ...fragments) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
  );
  return fc
    .tuple(fc.array(piece, { maxLength: 30 }), fc.constantFrom('', ' '))
    .map(([parts, between]) => parts.join(between));
}

export function expectPlacesWithin(text: string, diagnostics: readonly Diagnostic[]): void {
  const lines = text.split('\n').length;
  for (const { range } of diagnostics) {
    if (range === undefined) continue;
    const { end, start } = range;
    expect(start.byte).toBeGreaterThanOrEqual(0);
    expect(end.byte).toBeGreaterThanOrEqual(start.byte);
    expect(end.byte).toBeLessThanOrEqual(Buffer.byteLength(text));
    expect(start.line).toBeGreaterThanOrEqual(1);
    expect(end.line).toBeLessThanOrEqual(lines);
    expect(Math.min(start.column, end.column)).toBeGreaterThanOrEqual(1);
  }
}

/**
 * Eight times the text may take three times as long as it should, and a second more: what grows with the square
 * takes 64 times as long. It is processor time, so that other programs do not count.
 */
export function expectLinearTime(read: (text: string) => unknown, fragment: string): void {
  const milliseconds = (length: number): number => {
    const text = fragment.repeat(Math.ceil(length / fragment.length));
    const before = process.cpuUsage();
    read(text);
    return process.cpuUsage(before).user / 1000;
  };
  const short = milliseconds(50_000);
  expect(milliseconds(400_000)).toBeLessThan(24 * short + 1000);
}
