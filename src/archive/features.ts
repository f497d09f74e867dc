import { UnsupportedArchiveError } from './errors.ts';
import { flagBits, methods } from './zip-records.ts';

/** @throws UnsupportedArchiveError for what OpenTofu's reader does not know either. */
export function checkFeatures(header: { flags: number; method: number }, entry: string): void {
  const { encrypted, strongEncryption, maskedHeader } = flagBits;
  if ((header.flags & (encrypted | strongEncryption | maskedHeader)) !== 0) {
    throw new UnsupportedArchiveError('encryption', 'it is encrypted', { entry });
  }
  const known = flagBits.compressionLevel | flagBits.dataDescriptor | flagBits.utf8;
  if ((header.flags & ~known) !== 0) {
    const flags = header.flags.toString(16).padStart(4, '0');
    throw new UnsupportedArchiveError('flags', `its flags are 0x${flags}`, { entry });
  }
  if (header.method !== methods.stored && header.method !== methods.deflated) {
    const detail = `its compression method is ${header.method}`;
    throw new UnsupportedArchiveError('method', detail, { entry });
  }
}
