import {
  buildSigningKeysDocument,
  evidenceLimits,
  evidenceTitles,
  type SigningKey,
} from '../../artifact/index.ts';
import { isTofuOciError, LimitExceededError } from '../../base/index.ts';
import type { RegistryDocument } from '../../origin/index.ts';
import { readPublicKeys, type SignedBy } from '../../signatures/index.ts';

/**
 * The keys of an origin that are kept beside a release that one of them signed: all that are public keys, or the one
 * that signed where all are more than evidence may have. Evidence that nobody can read again would keep the release
 * from ever being published anew, and from every reader who has a rule for it.
 * @throws LimitExceededError
 */
export async function keptKeys(
  { signingKeyIds, signingKeys }: Pick<RegistryDocument, 'signingKeyIds' | 'signingKeys'>,
  { fingerprint }: SignedBy,
): Promise<readonly SigningKey[]> {
  const readable: { readonly key: SigningKey; readonly isSigner: boolean }[] = [];
  for (const [index, asciiArmor] of signingKeys.entries()) {
    try {
      const found = await readPublicKeys(asciiArmor);
      const isSigner = found.some((one) => one.fingerprint === fingerprint);
      readable.push({ key: { keyId: signingKeyIds[index] ?? '', asciiArmor }, isSigner });
    } catch (error) {
      // It verified nothing; and what is a private key must not be handed on.
      if (!isTofuOciError(error)) throw error;
    }
  }
  const all = readable.map(({ key }) => key);
  if (fits(all)) return all;
  const signers = readable.filter(({ isSigner }) => isSigner).map(({ key }) => key);
  if (fits(signers)) return signers;
  throw new LimitExceededError(`${evidenceTitles.keys} of the evidence`, evidenceLimits.keys);
}

function fits(keys: readonly SigningKey[]): boolean {
  return buildSigningKeysDocument(keys).length <= evidenceLimits.keys;
}
