/** Bounds on what a client may send, with the reason for each number. */
export interface RegistryLimits {
  /**
   * Bytes of one blob. Ten times the largest provider package known; also GHCR's limit for a layer, so
   * that whatever is accepted here can be copied there.
   */
  readonly maxBlobBytes: number;
  /** Milliseconds for a manifest's body to arrive: 4 MiB at 70 KiB/s. */
  readonly manifestBodyMs: number;
  /**
   * Bytes of manifests that may arrive and be stored at once, by their declared lengths: 16 of the largest,
   * each of which takes five times that in memory; tens of thousands of the usual ones.
   */
  readonly maxManifestBytesAtOnce: number;
  /**
   * Bytes of long lists that may wait for clients to read them: 21 of the longest. A list of up to 64 KiB,
   * which is nearly every one, does not count.
   */
  readonly maxListBytesAtOnce: number;
  /** Tags, repositories or referrers in one answer, whatever `n` asks for. */
  readonly maxPageItems: number;
  /** Bytes of one page of referrers; clients bound their reads at the manifest limit. */
  readonly maxPageBytes: number;
}

export const defaultLimits: RegistryLimits = {
  maxBlobBytes: 10 * 1024 ** 3,
  manifestBodyMs: 60_000,
  maxManifestBytesAtOnce: 64 * 1024 ** 2,
  maxListBytesAtOnce: 64 * 1024 ** 2,
  maxPageItems: 10_000,
  maxPageBytes: 3 * 1024 ** 2,
};
