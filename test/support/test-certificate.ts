import 'reflect-metadata';
import { randomUUID, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TestCertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** PEM of the authority that signed it, known to nobody. */
  readonly ca: string;
}

export interface TestCertificateOptions {
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  readonly notAfter?: Date;
  /** Default `test server`. */
  readonly commonName?: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A server certificate from an authority made on the spot; for loopback unless told otherwise. */
export async function makeTestCertificate(
  options: TestCertificateOptions = {},
): Promise<TestCertificate> {
  const notBefore = new Date('2020-01-01T00:00:00Z');
  const notAfter = options.notAfter ?? new Date('2049-01-01T00:00:00Z');
  const caKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    // Of two authorities of one name a client may try the wrong one.
    name: `CN=test authority ${randomUUID()}`,
    notBefore,
    notAfter: new Date('2049-01-01T00:00:00Z'),
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: '02',
    subject: `CN=${options.commonName ?? 'test server'}`,
    issuer: ca.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...(options.names ?? ['localhost']).map((value) => ({ type: 'dns' as const, value })),
        ...(options.addresses ?? ['127.0.0.1']).map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    cert: cert.toString('pem'),
    ca: ca.toString('pem'),
  };
}
