import type { SignaturePacket } from 'openpgp';
import { LimitExceededError } from '../base/index.ts';
import { MalformedOpenPgpError } from './errors.ts';
import { type OpenPgpLibrary, signatureLimits } from './openpgp-library.ts';

/** Every OpenPGP packet begins with a set top bit (RFC 9580 §4.2), and no ASCII armor does. */
const packetBit = 0x80;

/**
 * The signature packets of a detached signature file, binary or ASCII-armored.
 * @throws MalformedOpenPgpError when there is none that can be read
 * @throws LimitExceededError above 64 KiB or 16 packets
 */
export async function parseSignature(
  bytes: Uint8Array,
  { config, openpgp }: OpenPgpLibrary,
): Promise<SignaturePacket[]> {
  if (bytes.length > signatureLimits.signatureBytes) {
    throw new LimitExceededError('the signature', signatureLimits.signatureBytes);
  }
  const first = bytes[0];
  if (first === undefined)
    throw new MalformedOpenPgpError('the signature', new Error('it is empty'));
  const reading =
    (first & packetBit) === 0
      ? openpgp.readSignature({ armoredSignature: Buffer.from(bytes).toString('latin1'), config })
      : // A copy of our own: parsed packets keep views into it.
        openpgp.readSignature({ binarySignature: Uint8Array.from(bytes), config });
  const signature = await reading.catch((cause: unknown) => {
    throw new MalformedOpenPgpError('the signature', cause, {
      hint: 'Expected is a detached signature, as `gpg --detach-sign` makes it.',
    });
  });
  // Unknown versions come back as packets of another class (RFC 9580 §5.2 asks to ignore them).
  const packets = signature.packets.filter((packet) => packet instanceof openpgp.SignaturePacket);
  if (packets.length === 0) {
    const cause = new Error('it holds no signature of a supported version');
    throw new MalformedOpenPgpError('the signature', cause);
  }
  if (packets.length > signatureLimits.signaturePackets) {
    throw new LimitExceededError('the signature', signatureLimits.signaturePackets, 'signatures');
  }
  return packets;
}
