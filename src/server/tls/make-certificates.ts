import { webcrypto } from 'node:crypto';
import type { CertificateHost } from './hosts.ts';
import { nameConstraintsOid, permitOnly } from './name-constraints.ts';

export interface CertificateFiles {
  /** PEM; what clients are told to trust. */
  readonly ca: string;
  /** PEM, the server's certificate and then the authority's. */
  readonly chain: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const validDays = 90;
/** Clocks of clients run behind ours by this much at most. */
const clockSkewMs = 60 * 60 * 1000;

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;

/**
 * Makes a certificate for `hosts` and an authority that signed it and can sign nothing else: its key
 * never leaves this function, it may not have authorities below it, and a client that checks critical
 * name constraints takes it for no other host.
 */
export async function makeCertificates(
  hosts: readonly CertificateHost[],
  now: number,
): Promise<CertificateFiles> {
  // x509 is wired with decorators; they need this to be there first.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const { subtle } = webcrypto;

  const usage = ['sign', 'verify'] as const;
  const authorityKeys = await subtle.generateKey(curve, false, usage);
  const serverKeys = await subtle.generateKey(curve, true, usage);

  const validity = {
    notBefore: new Date(now - clockSkewMs),
    notAfter: new Date(now + validDays * dayMs),
  };
  const stamp = new Date(now).toISOString().slice(0, 10);
  const issuer = `CN=tofu-oci development CA ${stamp}`;
  const { KeyUsageFlags } = x509;

  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: randomSerial(),
    name: issuer,
    keys: authorityKeys,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      new x509.Extension(nameConstraintsOid, true, permitOnly(hosts)),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });

  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: randomSerial(),
    subject: 'CN=tofu-oci development server',
    issuer,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) =>
          host.kind === 'dns'
            ? { type: 'dns', value: host.name }
            : { type: 'ip', value: host.address },
        ),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
    ],
  });

  const ca = `${authority.toString('pem')}\n`;
  const pkcs8 = Buffer.from(await subtle.exportKey('pkcs8', serverKeys.privateKey));
  return { ca, chain: `${server.toString('pem')}\n${ca}`, key: pem('PRIVATE KEY', pkcs8) };
}

/** Positive, not zero, 16 bytes. */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(Buffer.alloc(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/gu) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
