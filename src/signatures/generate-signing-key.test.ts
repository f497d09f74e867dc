import { describe, expect, it } from 'vitest';
import { generateSigningKey, readPublicKeys, signDetached, verifyDetached } from './index.ts';

describe('generateSigningKey', () => {
  const now = new Date('2024-06-01T12:00:00Z');
  const data = Buffer.from('checksums\n');

  it('makes a key whose signatures verify with its public part', async () => {
    const key = await generateSigningKey('a test', { now });
    const signature = await signDetached(data, key, { now });
    const signed = await verifyDetached(data, signature, [key.publicArmor], { now });
    expect(signed).toMatchObject({ keyId: key.keyId, fingerprint: key.fingerprint });
    expect(await readPublicKeys(key.publicArmor)).toMatchObject([{ userId: 'a test' }]);
  });

  it('makes another one each time', async () => {
    const [one, two] = [await generateSigningKey('a'), await generateSigningKey('a')];
    expect(one.fingerprint).not.toBe(two.fingerprint);
  });
});
