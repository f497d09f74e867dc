import { createHash } from 'node:crypto';
import { InvalidDigestError } from './errors.ts';

declare const brand: unique symbol;

/**
 * `algorithm:hex`, checked: a registered algorithm and lower-case hex of its exact length.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 */
export type Digest = string & { readonly [brand]: 'Digest' };

export type DigestAlgorithm = 'sha256' | 'sha512';

/** True for a digest of a registered algorithm. Any other text may never become a path or a URL. */
export function isDigest(text: string): text is Digest {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/u.test(text);
}

/** @throws InvalidDigestError */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new InvalidDigestError(text);
  return text;
}

export function digestParts(digest: Digest): { algorithm: DigestAlgorithm; hex: string } {
  return digest.startsWith('sha512:')
    ? { algorithm: 'sha512', hex: digest.slice(7) }
    : { algorithm: 'sha256', hex: digest.slice(7) };
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
}
