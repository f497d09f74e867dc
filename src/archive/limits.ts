/**
 * Bounds on what an archive may hold. The archive is chosen by whoever serves it, so each number has a
 * reason: it is far above what any provider needs and far below what would hurt.
 */
export interface ArchiveLimits {
  /**
   * Entries, and files and folders they unpack to. Providers have one to five; a few ship documentation.
   * Keeps the tables in memory and the tree on disk small.
   */
  readonly maxEntries: number;
  /** Bytes of the zip. The largest provider known is 0.2 GB; a spooled zip takes this much disk. */
  readonly maxPackedBytes: number;
  /** Bytes of all files together. The largest provider known is 0.8 GB. */
  readonly maxUnpackedBytes: number;
  /**
   * Unpacked bytes for each byte of the zip read so far, once `ratioFloorBytes` are unpacked. Go
   * binaries pack 3:1 to 5:1 and debug sections 20:1; deflate itself ends at 1032:1.
   */
  readonly maxRatio: number;
  /** Below this many unpacked bytes the ratio does not matter: text and zeros pack very well. */
  readonly ratioFloorBytes: number;
  /** Bytes of a whole entry name: every system opens paths of this length below a normal folder. */
  readonly maxNameBytes: number;
  /** Bytes of one part of a name: the limit of ext4, APFS and NTFS. */
  readonly maxSegmentBytes: number;
  /** Parts of a name. Deeper trees exist only to exhaust whoever walks them. */
  readonly maxDepth: number;
  /** Bytes of one header's extra fields; times, owners and zip64 need 60, Windows ACLs up to 2 KB. */
  readonly maxExtraBytes: number;
  /** Bytes of one entry's comment. Nobody reads them. */
  readonly maxEntryCommentBytes: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  maxEntries: 2048,
  maxPackedBytes: 4 * 1024 ** 3,
  maxUnpackedBytes: 4 * 1024 ** 3,
  maxRatio: 200,
  ratioFloorBytes: 64 * 1024 ** 2,
  maxNameBytes: 1024,
  maxSegmentBytes: 255,
  maxDepth: 32,
  maxExtraBytes: 4096,
  maxEntryCommentBytes: 1024,
};
