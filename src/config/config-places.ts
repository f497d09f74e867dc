import type { SourceRange } from '../base/index.ts';
import { type Hcl1Object, withLabels } from '../hcl/index.ts';
import type { ConfigProblems } from './config-problems.ts';

/** Where the blocks and settings of a file stand, by {@link placeKey}, in the order of the file. */
export type ConfigPlaces = ReadonlyMap<string, readonly SourceRange[]>;

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
  const places = new Map<string, SourceRange[]>();
  for (const item of root.items) {
    const name = (item.keys[0]?.name ?? '').toLowerCase();
    // In JSON a label is written as a nested object.
    const blocks = labelledBlocks.has(name) ? withLabels(item, 1) : [item];
    for (const { keys, pos } of blocks) {
      for (const key of new Set([placeKey(name), placeKey(name, keys[1]?.name)])) {
        places.set(key, [...(places.get(key) ?? []), problems.rangeAt(pos)]);
      }
    }
  }
  return places;
}

/** Of all files together: the one that comes last, which is the one too many. */
export function lastPlace(
  files: readonly { readonly places: ConfigPlaces }[],
  key: string,
): SourceRange | undefined {
  return files.flatMap(({ places }) => places.get(key) ?? []).at(-1);
}
