import { UnpackBudget } from './budget.ts';
import type { ByteInput } from './byte-input.ts';
import { CentralDirectoryReader } from './central-directory.ts';
import { readEndRecords } from './end-records.ts';
import { EntryNames } from './entry-name.ts';
import {
  ArchiveLimitError,
  InconsistentArchiveError,
  NotAZipError,
  UnsupportedArchiveError,
} from './errors.ts';
import type { ArchiveLimits } from './limits.ts';
import { type EntrySink, type LocalEntry, readLocalEntry } from './local-entry.ts';
import type { PackageEntry } from './package-summary.ts';
import type { Spool } from './spool.ts';
import { readStoredLengths } from './stored-lengths.ts';
import { signatures } from './zip-records.ts';

export interface ReadZipOptions {
  readonly limits: ArchiveLimits;
  readonly sink: EntrySink;
  /** Puts the rest of the input where it can be read in any order. Called at most once. */
  readonly spoolRest: () => Promise<Spool>;
}

/**
 * Reads a zip from front to back, unpacking as it goes, and answers only when every byte has one
 * meaning:
 *
 * 1. Local entries stand one behind the other from byte 0, without gaps. Each is checked by name,
 *    features and declared size before anything is made of it, and by CRC and sizes afterwards.
 * 2. The central directory follows at once. It lists exactly these entries, with the same facts.
 * 3. The end records follow at once, state the place and size of the directory truthfully, and are the
 *    last bytes.
 *
 * So no two readers, whether they go from the front or from the back, can see different archives. One
 * kind of entry says its length only in the central directory (stored, with a data descriptor): then the
 * rest is spooled, the length looked up, and the reading goes on as before.
 *
 * What was unpacked must be thrown away when this throws.
 * @throws NotAZipError, TruncatedArchiveError, HostileEntryError, ArchiveLimitError,
 *   InconsistentArchiveError, UnsupportedArchiveError, and what the input and the sink throw
 */
export async function readZip(
  input: ByteInput,
  options: ReadZipOptions,
): Promise<readonly PackageEntry[]> {
  const { limits } = options;
  const locals = await readLocals(input, options);
  const directoryOffset = input.position;
  const directory = new CentralDirectoryReader(input, locals, limits);
  const entries: PackageEntry[] = [];
  while ((await signatureAt(input)) === signatures.centralHeader) {
    checkCount(entries.length, limits);
    entries.push(await directory.readHeader());
  }
  const size = input.position - directoryOffset;
  await readEndRecords(input, { offset: directoryOffset, size, entries: entries.length });
  directory.finish();
  if (entries.length === 0) throw new NotAZipError('it has no entries');
  return entries;
}

async function readLocals(input: ByteInput, options: ReadZipOptions): Promise<LocalEntry[]> {
  const { limits, sink } = options;
  const storedLengthAt = lookUpStoredLengths(input, options);
  const names = new EntryNames(limits);
  const budget = new UnpackBudget(limits);
  const reading = { input, sink, limits, names, budget, storedLengthAt };
  const locals: LocalEntry[] = [];
  for (;;) {
    const signature = await signatureAt(input);
    if (signature === signatures.localHeader) {
      checkCount(locals.length, limits);
      locals.push(await readLocalEntry(reading));
      continue;
    }
    checkDirectoryBegins(signature, input.position);
    return locals;
  }
}

function lookUpStoredLengths(
  input: ByteInput,
  { spoolRest, limits }: ReadZipOptions,
): (offset: number, entry: string) => Promise<number> {
  let lengths: ReadonlyMap<number, number> | undefined;
  return async (offset, entry) => {
    if (lengths === undefined) {
      const position = input.position;
      const spool = await spoolRest();
      lengths = await readStoredLengths(spool, limits);
      input.continueWith(spool.chunksFrom(position), position);
    }
    const length = lengths.get(offset);
    if (length !== undefined) return length;
    const detail = 'the central directory does not list it';
    throw new InconsistentArchiveError('unlisted-entry', detail, { entry });
  };
}

/** What is no local header must be the beginning of the directory. */
function checkDirectoryBegins(signature: number, position: number): void {
  switch (signature) {
    case signatures.centralHeader:
    case signatures.zip64End:
    case signatures.end:
      return;
    case signatures.dataDescriptor:
    case signatures.temporarySpanning:
      if (position === 0) {
        throw new UnsupportedArchiveError('multi-disk', 'it is one part of several');
      }
      break;
    case signatures.archiveExtraData:
      throw new UnsupportedArchiveError('encryption', 'its central directory is encrypted');
    default:
  }
  if (position === 0) {
    throw new NotAZipError(
      'it does not begin with a zip entry (a program or text in front of the entries is not accepted)',
    );
  }
  throw new InconsistentArchiveError('gap', `what is at byte ${position} belongs to no entry`);
}

function checkCount(count: number, { maxEntries }: ArchiveLimits): void {
  if (count >= maxEntries) {
    throw new ArchiveLimitError('maxEntries', maxEntries, 'the number of entries');
  }
}

const localSignature = Buffer.from([0x50, 0x4b, 0x03, 0x04]);

/** The signature at the input's position, which is not moved. */
async function signatureAt(input: ByteInput): Promise<number> {
  const bytes = await input.peek(4);
  if (bytes.length === 4) return bytes.readUInt32LE(0);
  const mayBeZip = input.position > 0 || localSignature.subarray(0, bytes.length).equals(bytes);
  throw mayBeZip ? input.truncated('its entries') : new NotAZipError('it is only a few bytes long');
}
