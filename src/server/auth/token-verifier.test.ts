import {
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  sign,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signToken } from '../../../test/support/token-server.ts';
import { TokenKeyError } from '../errors.ts';
import { parseTokenKeys } from './token-keys.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

const nowMs = 1_800_000_000_000;
const now = nowMs / 1000;
const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
const service = 'registry.test';
const access = [{ type: 'repository', name: 'a/b', actions: ['pull'] }];

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed = generateKeyPairSync('ed25519');

function pem({ publicKey }: KeyPairKeyObjectResult): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

function verifierFor(...pairs: readonly KeyPairKeyObjectResult[]): TokenVerifier {
  const keys = parseTokenKeys(pairs.map(pem).join('\n'), 'keys.pem');
  return createTokenVerifier({ keys, service, issuer: 'tests', clock });
}

const good = { iss: 'tests', aud: service, sub: 'ann', exp: now + 60, nbf: now, access };

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  );
}

function token(claims: unknown = good, header: unknown = { alg: 'ES256' }): string {
  const text = `${encode(header)}.${encode(claims)}`;
  const key = { key: ec.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function signWith(alg: string, digest: string | null, key: Parameters<typeof sign>[2]): string {
  const text = `${encode({ alg })}.${encode(good)}`;
  return `${text}.${sign(digest, Buffer.from(text), key).toString('base64url')}`;
}

function p1363(key: KeyObject) {
  return { key, dsaEncoding: 'ieee-p1363' } as const;
}

const pss = { padding: 6, saltLength: 32 } as const;

describe('createTokenVerifier', () => {
  it.each([
    ['ES256', ec, () => signWith('ES256', 'sha256', p1363(ec.privateKey))],
    ['ES384', p384, () => signWith('ES384', 'sha384', p1363(p384.privateKey))],
    ['RS256', rsa, () => signWith('RS256', 'sha256', rsa.privateKey)],
    ['PS256', rsa, () => signWith('PS256', 'sha256', { key: rsa.privateKey, ...pss })],
    ['EdDSA', ed, () => signWith('EdDSA', null, ed.privateKey)],
  ])('accepts %s by a key of its kind', (_, pair, make) => {
    const made = make();
    expect(verifierFor(pair)(made)).toMatchObject({ subject: 'ann', access });
    // The second time it is remembered.
    const verify = verifierFor(rsa, p384, ed, ec);
    for (let n = 0; n < 2; n++) expect(verify(made)).toMatchObject({ subject: 'ann', access });
  });

  it.each([
    ['several audiences', { ...good, aud: ['other', service] }],
    ['no subject', { ...good, sub: undefined }],
    ['no access', { ...good, access: undefined }],
    ['an expiry that our clock has just passed', { ...good, exp: now - 59 }],
    ['a beginning that our clock has not quite reached', { ...good, nbf: now + 60 }],
    ['no beginning', { ...good, nbf: undefined }],
  ])('accepts %s', (_, claims) => expect(verifierFor(ec)(token(claims))).toBeDefined());

  it.each([
    ['an expiry a minute ago', { ...good, exp: now - 60 }],
    ['an expiry that is a text', { ...good, exp: String(now + 60) }],
    ['no expiry', { ...good, exp: undefined }],
    ['a beginning in the future', { ...good, nbf: now + 61 }],
    ['another issuer', { ...good, iss: 'others' }],
    ['another audience', { ...good, aud: 'other' }],
    ['no audience', { ...good, aud: undefined }],
    ['an audience that only begins like ours', { ...good, aud: [`${service}.evil`] }],
    ['access that is no list', { ...good, access: {} }],
    ['more access than anybody needs', { ...good, access: Array(1001).fill(access[0]) }],
    ['claims that are a list', [good]],
    ['claims that are no JSON', '{'],
  ])('refuses %s', (_, claims) => expect(verifierFor(ec)(token(claims))).toBeUndefined());

  it.each([
    ['no algorithm', {}],
    ['an algorithm of another kind of key', { alg: 'RS256' }],
    ['an algorithm of another curve', { alg: 'ES384' }],
    ['none', { alg: 'none' }],
    ['a name that objects have', { alg: 'constructor' }],
    ['a list of algorithms', { alg: ['ES256'] }],
    ['critical extensions', { alg: 'ES256', crit: ['b64'], b64: false }],
    ['a header that is a text', '"ES256"'],
  ])('refuses %s', (_, header) => expect(verifierFor(ec)(token(good, header))).toBeUndefined());

  it('refuses a key that the token brings along', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const header = { alg: 'ES256', jwk: other.publicKey.export({ format: 'jwk' }) };
    expect(verifierFor(ec)(signToken(header, good, other.privateKey))).toBeUndefined();
  });

  it.each(['HS256', 'HS384', 'HS512'])('refuses %s with the public key for a secret', (alg) => {
    const text = `${encode({ alg })}.${encode(good)}`;
    for (const secret of [
      pem(ec),
      pem(ec).trim(),
      ec.publicKey.export({ type: 'spki', format: 'der' }),
    ]) {
      const mac = createHmac(`sha${alg.slice(2)}`, secret)
        .update(text)
        .digest('base64url');
      expect(verifierFor(ec)(`${text}.${mac}`)).toBeUndefined();
    }
  });

  it.each([
    ['a signature in DER', () => signWith('ES256', 'sha256', ec.privateKey)],
    ['an empty signature', () => `${token().split('.', 2).join('.')}.`],
    ['a signature that is cut', () => token().slice(0, -4)],
    ['a signature of zeros', () => `${token().split('.', 2).join('.')}.${encode('\0'.repeat(64))}`],
    ['four parts', () => `${token()}.x`],
    ['padding', () => `${token()}=`],
    ['other letters', () => token().replace('.', '.+')],
    [
      'a salt of another length',
      () => signWith('PS256', 'sha256', { key: rsa.privateKey, ...pss, saltLength: 20 }),
    ],
    ['more than 32 KiB', () => token({ ...good, more: 'x'.repeat(32 * 1024) })],
  ])('refuses %s', (_, make) => expect(verifierFor(ec, rsa)(make())).toBeUndefined());

  it('takes entries of access that it can not read for nothing', () => {
    const odd = [
      null,
      'all',
      { type: 'repository', name: 'x' },
      { type: 1, name: 'x', actions: [] },
    ];
    const claims = { ...good, access: [...odd, { ...access[0], actions: ['pull', 7] }] };
    expect(verifierFor(ec)(token(claims))?.access).toEqual(access);
  });

  it('refuses a remembered token once it has expired', () => {
    let at = nowMs;
    const later = { ...clock, now: () => at };
    const verify = createTokenVerifier({
      keys: parseTokenKeys(pem(ec), 'k'),
      service,
      clock: later,
    });
    expect(verify(token())).toBeDefined();
    at += 120_001;
    expect(verify(token())).toBeUndefined();
  });
});

describe('parseTokenKeys', () => {
  it.each([
    ['nothing', '', /no public key/u],
    [
      'a private key',
      ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /private/u,
    ],
    ['a short RSA key', pem(generateKeyPairSync('rsa', { modulusLength: 1024 })), /1024 bits/u],
    [
      'a curve without an algorithm',
      pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
      /curve/u,
    ],
    ['a key that signs nothing', pem(generateKeyPairSync('x25519')), /x25519/u],
    [
      'damaged text',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      /no public key/u,
    ],
    ['keys without end', pem(ec).repeat(17), /more than 16/u],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseTokenKeys(text, 'keys.pem')).toThrow(TokenKeyError);
    expect(() => parseTokenKeys(text, 'keys.pem')).toThrow(message);
    expect(() => parseTokenKeys(text, 'keys.pem')).toThrow(
      expect.objectContaining({ code: 'ERR_SERVER_TOKEN_KEY', file: 'keys.pem' }),
    );
  });
});
