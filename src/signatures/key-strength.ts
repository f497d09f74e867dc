import type { AnyKeyPacket } from 'openpgp';
import { keyBits, type OpenPgpLibrary } from './openpgp-library.ts';

/**
 * What speaks against computing with this key at all, as the end of the sentence "key X ...".
 * It is asked before any signature of the key is looked at: the parameters are a stranger's, and
 * the library verifies self-signatures before it judges strength.
 */
export function weaknessOf(
  packet: AnyKeyPacket,
  { config, openpgp }: OpenPgpLibrary,
): string | undefined {
  const { publicKey } = openpgp.enums;
  const { algorithm, bits, curve } = packet.getAlgorithmInfo();
  switch (packet.algorithm) {
    case publicKey.rsaEncryptSign:
    case publicKey.rsaSign:
      if (bits === undefined || bits < keyBits.min) {
        return `is too weak: RSA with ${bits ?? 0} bits, at least ${keyBits.min} are needed`;
      }
      if (bits > keyBits.max) return `is too large: RSA with ${bits} bits, at most ${keyBits.max}`;
      // What OpenSSL bounds it to; a longer one only serves to keep the verifier busy.
      return exponentBytes(packet.publicParams) > 8
        ? 'has an RSA exponent above 64 bits'
        : undefined;
    case publicKey.ecdsa:
    case publicKey.eddsaLegacy:
      return [...config.rejectCurves].some((rejected) => rejected === curve)
        ? `is on the curve ${curve ?? ''}, which is not accepted`
        : undefined;
    case publicKey.ed25519:
    case publicKey.ed448:
      return undefined;
    case publicKey.dsa:
      return 'is too weak: DSA is not accepted';
    default:
      return `is of a kind that does not sign (${algorithm})`;
  }
}

function exponentBytes(params: object): number {
  return 'e' in params && params.e instanceof Uint8Array ? params.e.length : 0;
}
