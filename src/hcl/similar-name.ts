/** Names longer than this are not compared: the work grows with the square of the length. */
const longest = 100;

/** The first of `names` that differs from `given` in fewer than three places, for "Did you mean". */
export function similarName(given: string, names: Iterable<string>): string | undefined {
  if (given.length > longest) return undefined;
  for (const name of names) {
    if (name.length <= longest && editDistance(given, name) < 3) return name;
  }
  return undefined;
}

/** Levenshtein's distance: insertions, deletions and replacements, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
