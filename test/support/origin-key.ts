import * as openpgp from 'openpgp';

/** A key that signs releases in tests. */
export interface OriginKey {
  /** The public key, ASCII-armored. */
  readonly armor: string;
  /** 16 upper-case hex digits. */
  readonly keyId: string;
  /** Of the primary key: 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** The public key after its owner declared it void. */
  revoked(): Promise<string>;
  /** A detached binary signature. */
  sign(bytes: Buffer): Promise<Buffer>;
}

export interface OriginKeyOptions {
  /** Its life ended long ago, and its signatures were made before that. */
  readonly expired?: boolean;
}

/** A fresh RSA key, which every OpenTofu can verify with. */
export async function makeOriginKey(options: OriginKeyOptions = {}): Promise<OriginKey> {
  const date = new Date(options.expired === true ? '2020-01-01T00:00:00Z' : '2024-01-01T00:00:00Z');
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name: 'Author', email: 'author@example.org' }],
    type: 'rsa',
    rsaBits: 2048,
    date,
    ...(options.expired === true ? { keyExpirationTime: 30 * 24 * 3600 } : {}),
    format: 'object',
  });
  return {
    armor: privateKey.toPublic().armor(),
    keyId: privateKey.getKeyID().toHex().toUpperCase(),
    fingerprint: privateKey.getFingerprint().toUpperCase(),
    async revoked() {
      const { publicKey } = await openpgp.revokeKey({ key: privateKey, format: 'object' });
      return publicKey.armor();
    },
    async sign(bytes) {
      const signature: unknown = await openpgp.sign({
        message: await openpgp.createMessage({ binary: bytes }),
        signingKeys: privateKey,
        detached: true,
        format: 'binary',
        date: new Date(+date + 24 * 3600 * 1000),
      });
      return Buffer.from(signature as Uint8Array);
    },
  };
}
