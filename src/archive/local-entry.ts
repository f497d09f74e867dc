import { ContentMeter } from './content-meter.ts';
import type { UnpackBudget } from './budget.ts';
import type { ByteInput } from './byte-input.ts';
import { takeDataDescriptor } from './data-descriptor.ts';
import { type EntryName, type EntryNames, parseEntryName } from './entry-name.ts';
import { ArchiveLimitError, HostileEntryError, InconsistentArchiveError } from './errors.ts';
import { checkFeatures } from './features.ts';
import { parseExtraFields, resolveZip64 } from './extra-fields.ts';
import { inflate } from './inflate.ts';
import type { ArchiveLimits } from './limits.ts';
import { flagBits, methods, parseLocalHeader, recordBytes } from './zip-records.ts';

/** Where unpacked bytes go while nothing is known to be right yet. */
export interface EntrySink {
  folder(name: EntryName): Promise<void>;
  file(name: EntryName): Promise<FileSink>;
}

export interface FileSink {
  /** The chunk is not changed afterwards. */
  write(chunk: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** An entry as its local header says and its bytes prove. */
export interface LocalEntry {
  readonly name: EntryName;
  readonly offset: number;
  /** Offset behind its last byte. */
  readonly end: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
  /** Lower-case hex of the unpacked bytes. */
  readonly sha256: string;
}

export interface LocalReading {
  readonly input: ByteInput;
  readonly sink: EntrySink;
  readonly limits: ArchiveLimits;
  readonly names: EntryNames;
  readonly budget: UnpackBudget;
  /** Length of the stored entry at this offset, where only the central directory tells. */
  readonly storedLengthAt: (offset: number, entry: string) => Promise<number>;
}

interface Header {
  readonly name: EntryName;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
  readonly hasDescriptor: boolean;
}

/** Reads the local header at the input's position and unpacks its entry into the sink. */
export async function readLocalEntry(reading: LocalReading): Promise<LocalEntry> {
  const { input, budget, sink } = reading;
  const offset = input.position;
  const header = await readHeader(reading);
  const { name } = header;
  const entry = name.text;
  reading.names.add(name);
  budget.packed(input.position);

  const meter = new ContentMeter();
  const declared = header.hasDescriptor ? undefined : header;
  if (declared !== undefined) {
    if (name.isFolder && declared.size > 0)
      throw new HostileEntryError(entry, 'folder-with-content');
    budget.check(declared);
  }
  const consume = async (target: FileSink | undefined, chunk: Buffer): Promise<void> => {
    if (meter.size + chunk.length > (declared?.size ?? Infinity)) throw wrongSize(entry);
    if (name.isFolder) throw new HostileEntryError(entry, 'folder-with-content');
    budget.unpacked(chunk.length);
    const writing = target?.write(chunk);
    meter.update(chunk);
    await writing;
  };
  const unpack = (target: FileSink | undefined): Promise<number> =>
    header.method === methods.stored
      ? readStored(reading, { header, offset, use: (chunk) => consume(target, chunk) })
      : inflateEntry(reading, { header, use: (chunk) => consume(target, chunk) });

  let compressedSize: number;
  if (name.isFolder) {
    await sink.folder(name);
    compressedSize = await unpack(undefined);
  } else {
    const file = await sink.file(name);
    try {
      compressedSize = await unpack(file);
    } finally {
      await file.close();
    }
  }
  const content = { ...meter.finish(), compressedSize };
  if (header.hasDescriptor) await takeDataDescriptor(input, content, entry);
  checkHeader(header, content);
  return {
    name,
    offset,
    end: input.position,
    flags: header.flags,
    method: header.method,
    ...content,
  };
}

async function readHeader({ input, limits }: LocalReading): Promise<Header> {
  const fixed = parseLocalHeader(await input.take(recordBytes.localHeader, 'a local header'));
  if (fixed.nameLength > limits.maxNameBytes) {
    throw new ArchiveLimitError('maxNameBytes', limits.maxNameBytes, 'the name of an entry');
  }
  const name = parseEntryName(await input.take(fixed.nameLength, 'the name of an entry'), limits);
  checkFeatures(fixed, name.text);
  if (fixed.extraLength > limits.maxExtraBytes) {
    throw new ArchiveLimitError(
      'maxExtraBytes',
      limits.maxExtraBytes,
      'the extra fields of an entry',
    );
  }
  const extra = await input.take(fixed.extraLength, 'the extra fields of an entry');
  const wide = { size: fixed.size, compressedSize: fixed.compressedSize, offset: 0 };
  const { zip64 } = parseExtraFields(extra, name.text);
  const { size, compressedSize } = resolveZip64(wide, zip64, name.text);
  const { flags, method, crc } = fixed;
  const hasDescriptor = (flags & flagBits.dataDescriptor) !== 0;
  return { name, flags, method, crc, size, compressedSize, hasDescriptor };
}

async function inflateEntry(
  { input, budget }: LocalReading,
  { header, use }: { header: Header; use: (chunk: Buffer) => Promise<void> },
): Promise<number> {
  const start = input.position;
  const used = await inflate(input, use, {
    entry: header.name.text,
    compressedSize: header.hasDescriptor ? undefined : header.compressedSize,
    size: header.hasDescriptor ? undefined : header.size,
    onInput: (offered) => budget.packed(start + offered),
  });
  budget.packed(input.position);
  return used;
}

async function readStored(
  { input, budget, storedLengthAt }: LocalReading,
  options: { header: Header; offset: number; use: (chunk: Buffer) => Promise<void> },
): Promise<number> {
  const { header, offset, use } = options;
  const length = await storedLength(header, () => storedLengthAt(offset, header.name.text));
  let left = length;
  while (left > 0) {
    const bytes = await input.available();
    if (bytes === undefined) throw input.truncated('the content of an entry');
    const piece = bytes.subarray(0, left);
    budget.packed(input.position + piece.length);
    await use(piece);
    input.skip(piece.length);
    left -= piece.length;
  }
  return length;
}

async function storedLength(header: Header, fromDirectory: () => Promise<number>): Promise<number> {
  const { size, compressedSize, name, hasDescriptor } = header;
  if (size !== compressedSize) throw wrongSize(name.text);
  // Whatever is assumed here, the data descriptor behind it and the central directory must confirm it.
  if (!hasDescriptor || size > 0 || name.isFolder) return size;
  return await fromDirectory();
}

/** What the local header says must be true; with a data descriptor it may also say nothing. */
function checkHeader(
  header: Header,
  content: { readonly size: number; readonly compressedSize: number; readonly crc: number },
): void {
  const entry = header.name.text;
  const agrees = (declared: number, real: number): boolean =>
    declared === real || (header.hasDescriptor && declared === 0);
  if (!agrees(header.size, content.size)) throw wrongSize(entry);
  if (!agrees(header.compressedSize, content.compressedSize)) throw wrongSize(entry);
  if (!agrees(header.crc, content.crc)) {
    throw new InconsistentArchiveError('crc', 'its content has another CRC than declared', {
      entry,
    });
  }
}

function wrongSize(entry: string): InconsistentArchiveError {
  return new InconsistentArchiveError('size', 'its content has another size than declared', {
    entry,
  });
}
