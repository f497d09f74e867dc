import { formatSha256Sums, type SigningKey } from '../../artifact/index.ts';
import { signDetached, type SigningKeyPair, verifyDetached } from '../../signatures/index.ts';
import { SignatureInputError } from '../errors.ts';
import type { LocalPackage } from './local-package.ts';
import type { ReleaseDocuments } from './release-documents.ts';

/** How a pushed release is vouched for. */
export type ReleaseSigner =
  | {
      /** The release brings its own signature; this is the key it was made with. */
      readonly kind: 'public-key';
      readonly asciiArmor: string;
    }
  | {
      /** SHA256SUMS is made over the packages read now, and signed. */
      readonly kind: 'sign';
      readonly key: SigningKeyPair;
    };

export interface SignaturePart {
  readonly sums: Buffer | undefined;
  readonly signature: Buffer | undefined;
  readonly keys: readonly SigningKey[];
}

/**
 * The documents about checksums and who signed them. A signature is published only when it verifies with
 * the key that is published beside it.
 * @throws SignatureInputError for a signature without key or a key without signature; what
 *   `verifyDetached` throws for one that does not verify.
 */
export async function signaturePart(
  signer: ReleaseSigner | undefined,
  documents: ReleaseDocuments,
  packages: readonly LocalPackage[],
): Promise<SignaturePart> {
  const { sums, signature } = documents;
  switch (signer?.kind) {
    case undefined: {
      if (signature === undefined) return { sums: sums?.bytes, signature: undefined, keys: [] };
      throw new SignatureInputError(`${signature.path} is a signature, and its key was not given`, {
        hint: 'Give the public key with --public-key FILE (gpg --armor --export KEYID > FILE).',
      });
    }
    case 'public-key': {
      if (sums === undefined || signature === undefined) {
        throw new SignatureInputError('--public-key was given, but there is no SHA256SUMS.sig');
      }
      const signed = await verifyDetached(sums.bytes, signature.bytes, [signer.asciiArmor]);
      const keys = [{ keyId: signed.keyId, asciiArmor: signer.asciiArmor }];
      return { sums: sums.bytes, signature: signature.bytes, keys };
    }
    case 'sign': {
      if (signature !== undefined) {
        throw new SignatureInputError(
          `${signature.path} is there already: the release is signed, so --sign-key does not fit`,
        );
      }
      const made = Buffer.from(
        formatSha256Sums(new Map(packages.map(({ record }) => [record.filename, record.zh]))),
      );
      const { key } = signer;
      return {
        sums: made,
        signature: await signDetached(made, key),
        keys: [{ keyId: key.keyId, asciiArmor: key.publicArmor }],
      };
    }
  }
}
