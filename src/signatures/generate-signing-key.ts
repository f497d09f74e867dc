import { loadOpenPgp } from './openpgp-library.ts';
import { readSigningKey, type SigningKeyPair } from './signing-key.ts';

/**
 * Makes a key that is never stored: whoever trusts its signatures trusts only the process that holds it.
 *
 * The curve is NIST P-256, since Terraform before 1.3 verifies with a library that does not know Ed25519.
 * @param userId for people who look at the key
 */
export async function generateSigningKey(
  userId: string,
  options: { readonly now?: Date } = {},
): Promise<SigningKeyPair> {
  const { config, openpgp } = await loadOpenPgp();
  const { privateKey } = await openpgp.generateKey({
    type: 'ecc',
    curve: 'nistP256',
    userIDs: [{ name: userId }],
    // It signs, and nobody writes to it.
    subkeys: [],
    date: options.now ?? new Date(),
    format: 'armored',
    config,
  });
  return await readSigningKey(privateKey, undefined, options);
}
