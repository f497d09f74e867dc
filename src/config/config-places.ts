import type { SourceRange } from '../base/index.ts';
import { type Hcl1Object, withLabels } from '../hcl/index.ts';
import type { ConfigProblems } from './config-problems.ts';

/** Where the last block or setting of each {@link placeKey} stands in a file. */
export type ConfigPlaces = ReadonlyMap<string, SourceRange>;

const labelledBlocks: ReadonlySet<string> = new Set([
  'host',
  'credentials',
  'credentials_helper',
  'oci_credentials',
]);

export function placeKey(name: string, label?: string): string {
  return label === undefined ? name : `${name} ${label}`;
}

/** For what is only found to be wrong when all files are together. */
export function placesIn(root: Hcl1Object, problems: ConfigProblems): ConfigPlaces {
  const places = new Map<string, SourceRange>();
  for (const item of root.items) {
    const name = (item.keys[0]?.name ?? '').toLowerCase();
    // In JSON a label is written as a nested object.
    const blocks = labelledBlocks.has(name) ? withLabels(item, 1) : [item];
    for (const { keys, pos } of blocks) {
      const range = problems.rangeAt(pos);
      places.set(placeKey(name), range);
      places.set(placeKey(name, keys[1]?.name), range);
    }
  }
  return places;
}

/** Of all files together: the one that comes last, which is the one too many. */
export function lastPlace(
  files: readonly { readonly places: ConfigPlaces }[],
  key: string,
): SourceRange | undefined {
  return files.findLast(({ places }) => places.has(key))?.places.get(key);
}
