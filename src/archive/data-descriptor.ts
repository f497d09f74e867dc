import type { ByteInput } from './byte-input.ts';
import { InconsistentArchiveError } from './errors.ts';
import { readLong, signatures } from './zip-records.ts';

export interface Content {
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
}

/** Longest form: signature, CRC, two 64 bit sizes; then the signature of whatever follows. */
const longest = 24;

/**
 * Moves behind an entry's data descriptor. It has four forms, with or without signature, with 32 or 64
 * bit sizes, and nothing says which. We know the true numbers, so the form is the one that states them
 * and has another header behind it.
 * @see APPNOTE 6.3.9, section 4.3.9
 * @throws InconsistentArchiveError when no form states the truth.
 */
export async function takeDataDescriptor(
  input: ByteInput,
  content: Content,
  entry: string,
): Promise<void> {
  const bytes = await input.peek(longest + 4);
  for (const withSignature of [true, false]) {
    for (const wide of [false, true]) {
      const length = formLength(bytes, content, { withSignature, wide });
      if (length !== undefined && isHeaderAt(bytes, length)) {
        input.skip(length);
        return;
      }
    }
  }
  if (bytes.length < longest + 4) throw input.truncated('a data descriptor');
  const detail = 'its data descriptor does not state its real CRC and sizes';
  throw new InconsistentArchiveError('data-descriptor', detail, { entry });
}

/** Length of the descriptor if it has this form and states the truth. */
function formLength(
  bytes: Buffer,
  content: Content,
  form: { readonly withSignature: boolean; readonly wide: boolean },
): number | undefined {
  const start = form.withSignature ? 4 : 0;
  const length = start + 4 + (form.wide ? 16 : 8);
  if (bytes.length < length) return undefined;
  if (form.withSignature && bytes.readUInt32LE(0) !== signatures.dataDescriptor) return undefined;
  const number = (index: number): number =>
    form.wide ? readLong(bytes, start + 4 + index * 8) : bytes.readUInt32LE(start + 4 + index * 4);
  const states =
    bytes.readUInt32LE(start) === content.crc &&
    number(0) === content.compressedSize &&
    number(1) === content.size;
  return states ? length : undefined;
}

function isHeaderAt(bytes: Buffer, offset: number): boolean {
  if (bytes.length < offset + 4) return false;
  const signature = bytes.readUInt32LE(offset);
  return signature === signatures.localHeader || signature === signatures.centralHeader;
}
