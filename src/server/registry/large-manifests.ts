import pLimit from 'p-limit';

/** By far the most of all manifests are not larger than this; the largest have sixty times as much. */
const smallBytes = 64 * 1024;

/** Reading one takes up to 25 MB of memory and a tenth of a second of computing: more at once are no faster. */
const atOnce = 4;

/** Runs a task about a manifest of `size` bytes; those about large ones wait for each other. */
export type InTurn = <T>(size: number, task: () => Promise<T>) => Promise<T>;

/** Bounds what hundreds of clients can make the server hold in memory by asking for the largest manifests. */
export function largeManifestTurns(): InTurn {
  const limit = pLimit(atOnce);
  return (size, task) => (isLargeManifest(size) ? limit(task) : task());
}

export function isLargeManifest(size: number): boolean {
  return size > smallBytes;
}
