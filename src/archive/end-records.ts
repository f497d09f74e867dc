import type { ByteInput } from './byte-input.ts';
import { InconsistentArchiveError, type Inconsistency, UnsupportedArchiveError } from './errors.ts';
import {
  type EndRecord,
  parseEnd,
  parseZip64End,
  parseZip64Locator,
  recordBytes,
  saturated,
  signatures,
} from './zip-records.ts';

/** What was really read, for the end records to agree with. */
export interface DirectoryFacts {
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

const endSignature = Buffer.from([0x50, 0x4b, 0x05, 0x06]);

/**
 * Reads from behind the last central header to the last byte: perhaps the zip64 records, then the end
 * record with its comment, then nothing.
 * @see APPNOTE 6.3.9, sections 4.3.14 to 4.3.16
 */
export async function readEndRecords(input: ByteInput, facts: DirectoryFacts): Promise<void> {
  const zip64Offset = input.position;
  const isZip64 = (await peekSignature(input)) === signatures.zip64End;
  if (isZip64) await readZip64Records(input, zip64Offset, facts);

  if ((await peekSignature(input)) !== signatures.end) {
    throw new InconsistentArchiveError(
      'central-directory',
      `something else than an entry or the end record is at byte ${input.position}`,
    );
  }
  const end = parseEnd(await input.take(recordBytes.end, 'the end record'));
  checkEnd(isZip64 ? unsaturated(end, facts) : end, facts, 'central-directory');
  const comment = await input.take(end.commentLength, 'the comment of the archive');
  if (comment.includes(endSignature)) {
    throw new InconsistentArchiveError('comment', 'its comment contains a second end record');
  }
  if ((await input.available()) !== undefined) {
    throw new InconsistentArchiveError(
      'trailing-data',
      `there are bytes behind its end at byte ${input.position}`,
    );
  }
}

async function readZip64Records(
  input: ByteInput,
  offset: number,
  facts: DirectoryFacts,
): Promise<void> {
  const end = parseZip64End(await input.take(recordBytes.zip64End, 'the zip64 end record'));
  if (end.recordSize !== recordBytes.zip64End - 12) {
    throw new InconsistentArchiveError('zip64', 'its zip64 end record has another length than 56');
  }
  checkEnd(end, facts, 'zip64');
  if ((await peekSignature(input)) !== signatures.zip64Locator) {
    throw new InconsistentArchiveError('zip64', 'its zip64 end record has no locator behind it');
  }
  const locator = parseZip64Locator(
    await input.take(recordBytes.zip64Locator, 'the zip64 locator'),
  );
  if (locator.disk !== 0 || locator.disks !== 1) throw multiDisk();
  if (locator.offset !== offset) {
    throw new InconsistentArchiveError('zip64', 'its zip64 locator points elsewhere');
  }
}

function checkEnd(end: EndRecord, facts: DirectoryFacts, what: Inconsistency): void {
  if (end.disk !== 0 || end.directoryDisk !== 0 || end.entriesOnDisk !== end.entries) {
    throw multiDisk();
  }
  if (end.entries !== facts.entries) {
    const detail = `it claims ${end.entries} entries and has ${facts.entries}`;
    throw new InconsistentArchiveError('entry-count', detail);
  }
  if (end.directoryOffset !== facts.offset || end.directorySize !== facts.size) {
    throw new InconsistentArchiveError(
      what,
      `its directory is ${facts.size} bytes at byte ${facts.offset}, and its end record says ${end.directorySize} bytes at byte ${end.directoryOffset}`,
    );
  }
}

/** Behind a zip64 record, which was checked, a saturated field of the end record says nothing. */
function unsaturated(end: EndRecord, facts: DirectoryFacts): EndRecord {
  const or = (value: number, mark: number, fact: number): number => (value === mark ? fact : value);
  const { short, long } = saturated;
  return {
    disk: or(end.disk, short, 0),
    directoryDisk: or(end.directoryDisk, short, 0),
    entriesOnDisk: or(end.entriesOnDisk, short, facts.entries),
    entries: or(end.entries, short, facts.entries),
    directorySize: or(end.directorySize, long, facts.size),
    directoryOffset: or(end.directoryOffset, long, facts.offset),
  };
}

function multiDisk(): UnsupportedArchiveError {
  return new UnsupportedArchiveError('multi-disk', 'it is one part of several');
}

async function peekSignature(input: ByteInput): Promise<number> {
  const bytes = await input.peek(4);
  if (bytes.length < 4) throw input.truncated('the central directory');
  return bytes.readUInt32LE(0);
}
