import type { HostileZip } from './hostile-zip.ts';
import { noZips, unsupportedZips, zipBombs } from './hostile-zip-bombs.ts';
import { disagreeingFields, lyingDescriptors, wideNumbers } from './hostile-zip-fields.ts';
import { crowds, cutZips, damagedData, otherFiles, strangeLayouts } from './hostile-zip-layouts.ts';
import { lyingZip64s, lyingZips } from './hostile-zip-lies.ts';
import { hostileNames, hostileTypes } from './hostile-zip-names.ts';

export type { HostileZip } from './hostile-zip.ts';

/** Every archive is refused under the default limits, whatever system unpacks it. */
export const hostileZips: readonly HostileZip[] = [
  ...hostileNames,
  ...hostileTypes,
  ...lyingZips,
  ...lyingZip64s,
  ...unsupportedZips,
  ...zipBombs,
  ...noZips,
  ...disagreeingFields,
  ...lyingDescriptors,
  ...wideNumbers,
  ...cutZips,
  ...strangeLayouts,
  ...damagedData,
  ...crowds,
  ...otherFiles,
];
