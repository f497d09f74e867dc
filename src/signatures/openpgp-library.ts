import type * as OpenPgp from 'openpgp';

/** The OpenPGP library with the settings that this room uses everywhere. */
export interface OpenPgpLibrary {
  readonly openpgp: typeof OpenPgp;
  readonly config: OpenPgp.Config;
}

/**
 * Loads the library on first use: it costs more than the rest of a start taken together, and most
 * commands verify nothing.
 */
export async function loadOpenPgp(): Promise<OpenPgpLibrary> {
  const openpgp = await import('openpgp');
  return {
    openpgp,
    config: {
      ...openpgp.config,
      minRSABits: keyBits.min,
      // Keys of the first GnuPG generations state no flags, which RFC 4880 §5.2.3.21 leaves open.
      // OpenTofu and gpg take them; a subkey still has to confirm its binding.
      allowMissingKeyFlags: true,
      showVersion: false,
      showComment: false,
    },
  };
}

/** RSA: 2048 is what NIST SP 800-57 asks for; above 16384 OpenSSL refuses and a slow path begins. */
export const keyBits = { min: 2048, max: 16_384 } as const;

export const signatureLimits = {
  /** As evidence allows for `SHA256SUMS.sig`; one signature takes 100 to 600 bytes. */
  signatureBytes: 64 * 1024,
  /** Several people may sign; each packet costs a verification. */
  signaturePackets: 16,
  /** As evidence allows for signing keys; a key with many certifications has 100 KiB. */
  armorBytes: 256 * 1024,
  /** Keys in one armored block, and in all blocks given together. */
  keys: 32,
  /** Signatures a key makes on itself (user IDs, subkeys, renewals); each costs a verification. */
  selfSignatures: 256,
} as const;

/** 16 upper-case hex digits, as OpenTofu prints it. */
export function keyIdText(keyId: OpenPgp.KeyID): string {
  return keyId.toHex().toUpperCase();
}
