import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { type Clock, systemClock } from '../../base/index.ts';
import type { TokenAccess } from './caller.ts';
import type { TokenAlgorithm, TokenKey } from './token-keys.ts';

export interface VerifiedToken {
  readonly subject: string | undefined;
  readonly access: readonly TokenAccess[];
}

export interface TokenRules {
  readonly keys: readonly TokenKey[];
  /** The `aud` that tokens for us have. */
  readonly service: string;
  /** The `iss` that they must have, when given. */
  readonly issuer?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** `undefined` for every token that is not good, whatever is wrong with it. */
export type TokenVerifier = (token: string) => VerifiedToken | undefined;

/** Tokens with long lists of groups have 20 KiB; headers as a whole may have 64 KiB here. */
const maxTokenLength = 32 * 1024;

/** A token is asked for with the scopes of one command; a mirror of all providers needs hundreds. */
const maxAccessEntries = 1000;

/** Clocks of token servers differ from ours by this much at most; docker's registry allows it too. */
const leewayMs = 60_000;

/** A client sends the same token with each of its many requests. */
const maxRemembered = 1000;

interface Claims extends VerifiedToken {
  readonly expiresMs: number;
  readonly notBeforeMs: number;
}

/**
 * Verifies JSON Web Tokens as the token servers of registries make them. The keys are ours and decide
 * about the algorithm: keys, and the places of keys, that a token brings along (`jwk`, `x5c`, `jku`) are
 * not looked at, `none` and the MACs are none of them, and an extension marked critical is refused.
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function createTokenVerifier(rules: TokenRules): TokenVerifier {
  const { clock = systemClock } = rules;
  const remembered = new Map<string, Claims>();

  const read = (token: string): Claims | undefined => {
    const fingerprint = createHash('sha256').update(token).digest('base64');
    const known = remembered.get(fingerprint);
    if (known !== undefined) return known;
    const claims = verifiedClaims(token, rules);
    if (claims === undefined) return undefined;
    remembered.set(fingerprint, claims);
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
    return claims;
  };

  return (token) => {
    if (token.length > maxTokenLength) return undefined;
    const claims = read(token);
    if (claims === undefined) return undefined;
    const now = clock.now();
    const isNow = claims.notBeforeMs - leewayMs <= now && now < claims.expiresMs + leewayMs;
    return isNow ? claims : undefined;
  };
}

/** Everything but the time. */
function verifiedClaims(token: string, rules: TokenRules): Claims | undefined {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/u.exec(token);
  const [, header = '', payload = '', signature = ''] = parts ?? [];
  if (parts === null) return undefined;
  const head = readObject(header);
  if (head === undefined || head['crit'] !== undefined) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  const mac = Buffer.from(signature, 'base64url');
  const fits = rules.keys.filter(({ algorithms }) =>
    algorithms.some((each) => each === head['alg']),
  );
  const isGood = fits.some(({ key }) => isSigned(signed, mac, key, head['alg']));
  return isGood ? readClaims(readObject(payload) ?? {}, rules) : undefined;
}

const digests: Readonly<Record<TokenAlgorithm, string | null>> = {
  RS256: 'sha256',
  PS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
};

function isSigned(text: Buffer, signature: Buffer, key: KeyObject, algorithm: unknown): boolean {
  if (typeof algorithm !== 'string' || !isAlgorithm(algorithm)) return false;
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
  const ways: Readonly<Partial<Record<TokenAlgorithm, object>>> = {
    RS256: { padding: RSA_PKCS1_PADDING },
    PS256: { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST },
  };
  // The fixed-length form of RFC 7518 §3.4; keys without two numbers in a signature ignore it.
  const given = { key, dsaEncoding: 'ieee-p1363', ...ways[algorithm] } as const;
  return verify(digests[algorithm], text, given, signature);
}

function isAlgorithm(text: string): text is TokenAlgorithm {
  return Object.hasOwn(digests, text);
}

function readClaims(
  claims: Readonly<Record<string, unknown>>,
  { service, issuer }: TokenRules,
): Claims | undefined {
  const { iss, aud, exp, nbf = 0, sub, access = [] } = claims;
  const isForUs = aud === service || (Array.isArray(aud) && aud.includes(service));
  if (!isForUs || (issuer !== undefined && iss !== issuer)) return undefined;
  if (typeof exp !== 'number' || typeof nbf !== 'number') return undefined;
  if (!Array.isArray(access) || access.length > maxAccessEntries) return undefined;
  return {
    subject: typeof sub === 'string' && sub !== '' ? sub : undefined,
    access: access.flatMap(readAccess),
    expiresMs: exp * 1000,
    notBeforeMs: nbf * 1000,
  };
}

/** What can not be read allows nothing. */
function readAccess(entry: unknown): readonly TokenAccess[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { type, name, actions } = entry as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(actions)) return [];
  return [{ type, name, actions: actions.filter((action) => typeof action === 'string') }];
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    // What is no JSON is no token.
    return undefined;
  }
}
