/** For each way in which we differ on purpose the row of docs/differences.md that says so. */
export const reasons = {
  bom: 'CLI configuration: a byte order mark',
  crash: 'CLI configuration: an escape that stands for no character',
  end: 'CLI configuration: `a =` at the end of the file',
  json: 'CLI configuration in JSON: what JSON does not allow',
  numbers: 'numbers in expressions',
  splat: 'a missing name after `.*.`',
} as const;

/**
 * A text, what the library makes of it (in the words of `readingOf`), and what we make of it where that
 * is something else.
 */
export type HclCase = readonly [
  text: string,
  library: string,
  differs?: { readonly ours: string; readonly because: keyof typeof reasons },
];
