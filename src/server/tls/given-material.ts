import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Clock, nodeFiles, readFileBounded, systemClock } from '../../base/index.ts';
import { TlsMaterialError } from '../errors.ts';
import type { ReadText } from '../reloadable.ts';
import type { TlsMaterial } from './self-signed.ts';

export interface GivenMaterialOptions {
  /** PEM file: certificate, then its chain. */
  readonly certFile: string;
  /** PEM file, not encrypted. */
  readonly keyFile: string;
  readonly clock?: Clock | undefined;
  readonly read?: ReadText | undefined;
}

/** A chain of certificates, or a key, has some kilobytes. */
const maxPemBytes = 256 * 1024;

/**
 * Reads a certificate and its key, and finds out at start, rather than at the first handshake, that
 * they can not work.
 * @throws TlsMaterialError, FileAccessError, LimitExceededError
 */
export async function givenMaterial(options: GivenMaterialOptions): Promise<TlsMaterial> {
  const { certFile, keyFile, clock = systemClock, read = readText } = options;
  const cert = await read(certFile, maxPemBytes);
  const key = await read(keyFile, maxPemBytes);
  const certificate = attempt(
    certFile,
    'it is no PEM certificate',
    () => new X509Certificate(cert),
  );
  const privateKey = attempt(keyFile, 'it is no PEM private key without a passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsMaterialError(keyFile, `it is not the key of the certificate in ${certFile}`);
  }
  if (Date.parse(certificate.validTo) <= clock.now()) {
    throw new TlsMaterialError(certFile, `the certificate expired on ${certificate.validTo}`, {
      hint: 'Renew it; every client would refuse it.',
    });
  }
  return { cert, key };
}

async function readText(path: string, maxBytes: number): Promise<string> {
  return (await readFileBounded(path, { files: nodeFiles, maxBytes })).toString();
}

function attempt<T>(file: string, problem: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TlsMaterialError(file, problem, { cause });
  }
}
