import 'reflect-metadata';
import { createHash, KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TokenKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** As docker-registry calls it. */
  readonly id: string;
  /** In PEM, signed by itself. */
  readonly certificate: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A key for tokens, with the certificate that docker-registry knows it by. */
export async function makeTokenKey(): Promise<TokenKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=token server of the tests',
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2049-01-01T00:00:00Z'),
    keys,
    signingAlgorithm: algorithm,
  });
  const publicKey = KeyObject.from(keys.publicKey);
  return {
    privateKey: KeyObject.from(keys.privateKey),
    publicKey,
    id: keyId(publicKey),
    certificate: certificate.toString('pem'),
  };
}

/** The first 240 bits of the hash of the key, in Base32, in twelve groups of four. */
function keyId(key: KeyObject): string {
  const hash = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...hash.subarray(0, 30)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const text = (bits.match(/.{5}/gu) ?? []).map((five) => letters[parseInt(five, 2)]).join('');
  return (text.match(/.{4}/gu) ?? []).join(':');
}
