import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { TokenKeyError } from '../errors.ts';

/** The JWS algorithms that a key may be used with; decided by the key, never by the token. */
export type TokenAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';

export interface TokenKey {
  readonly key: KeyObject;
  readonly algorithms: readonly TokenAlgorithm[];
}

/** One key, and the next one while they are exchanged; each costs an attempt for every bad token. */
const maxKeys = 16;

/** RFC 7518 §3.3: shorter ones are not to be used. */
const minRsaBits = 2048;

const curves: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/**
 * Reads the public keys, or certificates, of a PEM file. What else a certificate says is not looked at:
 * the operator put it there.
 * @throws TokenKeyError
 */
export function parseTokenKeys(text: string, file: string): readonly TokenKey[] {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/gu) ?? [];
  if (blocks.length === 0) {
    throw new TokenKeyError(file, 'it has no public key in PEM', {
      hint: 'Make one from the private key with "openssl pkey -in KEY -pubout".',
    });
  }
  if (blocks.length > maxKeys) throw new TokenKeyError(file, `it has more than ${maxKeys} keys`);
  return blocks.map((block) => {
    const key = readKey(block, file);
    return { key, algorithms: algorithmsOf(key, file) };
  });
}

function readKey(block: string, file: string): KeyObject {
  if (/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/u.test(block)) {
    throw new TokenKeyError(file, 'it holds a private key', {
      hint: 'A server that verifies needs the public one only: "openssl pkey -in KEY -pubout".',
    });
  }
  try {
    return block.startsWith('-----BEGIN CERTIFICATE-----')
      ? new X509Certificate(block).publicKey
      : createPublicKey(block);
  } catch (cause) {
    throw new TokenKeyError(file, 'a part of it is no public key in PEM', { cause });
  }
}

function algorithmsOf(key: KeyObject, file: string): readonly TokenAlgorithm[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const bits = details?.modulusLength ?? 0;
  if ((type === 'rsa' || type === 'rsa-pss') && bits < minRsaBits) {
    throw new TokenKeyError(file, `an RSA key of ${bits} bits is too short; 2048 are needed`);
  }
  switch (type) {
    case 'rsa':
      return ['RS256', 'PS256'];
    case 'rsa-pss':
      return ['PS256'];
    case 'ed25519':
      return ['EdDSA'];
    case 'ec': {
      const algorithm = curves[details?.namedCurve ?? ''];
      if (algorithm !== undefined) return [algorithm];
      throw new TokenKeyError(
        file,
        `the curve ${details?.namedCurve ?? 'of its key'} is not known`,
        {
          hint: 'P-256, P-384 and P-521 are.',
        },
      );
    }
    default:
      throw new TokenKeyError(file, `keys of the kind ${type ?? 'given'} do not sign tokens`, {
        hint: 'RSA, EC and Ed25519 keys do.',
      });
  }
}
