import { printable, TofuOciError } from '../base/index.ts';
import type { ArchiveLimits } from './limits.ts';

const askForAnother =
  'The archive was not made by a normal zip program, or it was damaged. Ask its publisher for another.';

/** The bytes do not begin as a zip, or they are a zip without entries. */
export class NotAZipError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_NOT_A_ZIP';
  readonly category = 'integrity';
  constructor(why: string) {
    super(`this is not a provider's zip archive: ${why}`, {
      hint: 'Look at what is there: an error page, an archive of another kind, or a self-extracting program.',
    });
  }
}

/** The archive stops in the middle. */
export class TruncatedArchiveError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_TRUNCATED';
  readonly category = 'integrity';
  /** Where the bytes end, counted from the start of the zip. */
  readonly offset: number;
  constructor(reading: string, offset: number) {
    super(`the zip archive ends at byte ${offset}, in the middle of ${reading}`, {
      hint: 'Download it again; if it stays short, its publisher uploaded half a file.',
    });
    this.offset = offset;
  }
}

export type HostileEntryReason =
  | 'absolute-name'
  | 'backslash'
  | 'case-duplicate'
  | 'character'
  | 'control-character'
  | 'current-folder'
  | 'device-file'
  | 'device-name'
  | 'drive'
  | 'duplicate'
  | 'empty-name'
  | 'empty-segment'
  | 'encoding'
  | 'file-and-folder'
  | 'folder-with-content'
  | 'link'
  | 'parent-folder'
  | 'trailing-dot-or-space'
  | 'type';

const reasonTexts: Readonly<Record<HostileEntryReason, string>> = {
  'absolute-name': 'its name is absolute',
  backslash: 'its name has a backslash',
  'case-duplicate':
    'its name differs from another only in case or in the Unicode form, which some systems do not tell apart',
  character: 'its name has a character that Windows forbids',
  'control-character': 'its name has a control or invisible character',
  'current-folder': 'its name has a "." part',
  'device-file': 'it is a device, a pipe or a socket',
  'device-name': 'its name is a device on Windows',
  drive: 'its name has a colon: a drive or a second data stream on Windows',
  duplicate: 'its name occurs twice',
  'empty-name': 'it has no name',
  'empty-segment': 'its name has an empty part',
  encoding: 'its name is not one UTF-8 text',
  'file-and-folder': 'its name is used as a file and as a folder',
  'folder-with-content': 'it is a folder with content',
  link: 'it is a link',
  'parent-folder': `entry contains '..'`,
  'trailing-dot-or-space': 'a part of its name ends with a dot or a space, which Windows drops',
  type: 'its name and its attributes disagree whether it is a folder',
};

/** An entry that a provider never needs and that could do harm somewhere. */
export class HostileEntryError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_HOSTILE_ENTRY';
  readonly category = 'integrity';
  readonly entry: string;
  readonly reason: HostileEntryReason;
  constructor(entry: string, reason: HostileEntryReason) {
    super(
      `the zip archive has an entry that is never extracted, "${printable(entry, 200)}": ${reasonTexts[reason]}`,
      { hint: 'Do not use this archive; a provider needs regular files with plain names only.' },
    );
    this.entry = entry;
    this.reason = reason;
  }
}

/** The archive holds more than we are willing to look at. */
export class ArchiveLimitError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_LIMIT';
  readonly category = 'integrity';
  readonly limit: keyof ArchiveLimits;
  readonly maximum: number;
  constructor(limit: keyof ArchiveLimits, maximum: number, what: string) {
    super(`${what} is over the limit of ${maximum} (${limit})`, {
      hint: 'No provider known comes near this limit; look at the archive before you trust it.',
    });
    this.limit = limit;
    this.maximum = maximum;
  }
}

export type Inconsistency =
  | 'central-directory'
  | 'comment'
  | 'compressed-data'
  | 'crc'
  | 'data-descriptor'
  | 'entry-count'
  | 'extra-field'
  | 'flags'
  | 'gap'
  | 'method'
  | 'name'
  | 'offset'
  | 'overlap'
  | 'size'
  | 'trailing-data'
  | 'unlisted-entry'
  | 'zip64';

/** Two places of the archive say different things, so two programs could see two different archives. */
export class InconsistentArchiveError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_INCONSISTENT';
  readonly category = 'integrity';
  readonly what: Inconsistency;
  readonly entry: string | undefined;
  constructor(
    what: Inconsistency,
    detail: string,
    options: { readonly entry?: string; readonly cause?: unknown } = {},
  ) {
    const { entry, cause } = options;
    const where = entry === undefined ? '' : ` at entry "${printable(entry, 200)}"`;
    super(`the zip archive contradicts itself${where}: ${detail}`, { hint: askForAnother, cause });
    this.what = what;
    this.entry = entry;
  }
}

export type UnsupportedFeature = 'encryption' | 'flags' | 'method' | 'multi-disk';

/** A valid zip that uses something no provider package uses, and OpenTofu can not read either. */
export class UnsupportedArchiveError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_UNSUPPORTED';
  readonly category = 'unsupported';
  readonly feature: UnsupportedFeature;
  readonly entry: string | undefined;
  constructor(feature: UnsupportedFeature, detail: string, options: { entry?: string } = {}) {
    const { entry } = options;
    const where = entry === undefined ? '' : ` at entry "${printable(entry, 200)}"`;
    super(`the zip archive uses a feature that is not supported${where}: ${detail}`, {
      hint: 'Make it again as one plain, unencrypted zip with "stored" or "deflate" compression.',
    });
    this.feature = feature;
    this.entry = entry;
  }
}

/** The bytes are not the ones that were asked for. */
export class ArchiveChecksumError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_CHECKSUM';
  readonly category = 'integrity';
  readonly field: 'size' | 'sha256';
  readonly expected: string;
  readonly actual: string;
  constructor(field: 'size' | 'sha256', expected: string, actual: string) {
    super(`the zip archive has the wrong ${field}: expected ${expected}, got ${actual}`, {
      hint: 'The archive was damaged or replaced on its way; find out where before you trust it.',
    });
    this.field = field;
    this.expected = expected;
    this.actual = actual;
  }
}

/** A good archive or folder without the executable that makes it a provider. */
export class NotAProviderPackageError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_NOT_A_PROVIDER';
  readonly category = 'usage';
  readonly type: string;
  /** The names at the top level, in name order. */
  readonly found: readonly string[];
  constructor(type: string, found: readonly string[]) {
    const names = found.slice(0, 10).map((name) => `"${printable(name, 100)}"`);
    const more = found.length > names.length ? ` and ${found.length - names.length} more` : '';
    const list = names.length === 0 ? 'nothing' : `${names.join(', ')}${more}`;
    super(
      `provider binary not found: could not find executable file starting with terraform-provider-${type}; found ${list}`,
      {
        hint: `The executable must be at the top level and be called terraform-provider-${type}, or that followed by "_" or ".".`,
      },
    );
    this.type = type;
    this.found = found;
  }
}

/** A folder holds something that has no h1 hash. */
export class UnhashableFolderError extends TofuOciError {
  readonly code = 'ERR_ARCHIVE_UNHASHABLE_FOLDER';
  readonly category = 'integrity';
  readonly path: string;
  constructor(path: string, why: string) {
    super(`cannot compute the h1 hash of a folder because of ${path}: ${why}`, {
      hint: 'Remove what does not belong to the provider, or remove the folder and install again.',
    });
    this.path = path;
  }
}
