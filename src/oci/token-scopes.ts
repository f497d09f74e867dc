import { printable } from '../base/index.ts';

/** More than this of it is of no use to anybody. */
const maxScopes = 20;

/**
 * The scopes that a token server's answer grants, as the token says itself; undefined when it does not, which is
 * its right: tokens are opaque. Nothing is verified, so this is for telling only.
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
export function grantedScopes(answer: Buffer): readonly string[] | undefined {
  try {
    const { access_token, token } = objectOf(JSON.parse(answer.toString()));
    const value = typeof token === 'string' && token !== '' ? token : access_token;
    if (typeof value !== 'string') return undefined;
    const payload = Buffer.from(value.split('.')[1] ?? '', 'base64url').toString();
    const { access } = objectOf(JSON.parse(payload));
    if (!Array.isArray(access)) return undefined;
    return access.slice(0, maxScopes).map((entry: unknown) => {
      const { actions, name, type } = objectOf(entry);
      const what = Array.isArray(actions) ? actions.map(String).sort().join(',') : '';
      return printable(`${String(type)}:${String(name)}:${what}`, 300);
    });
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return Object.fromEntries(Object.entries(value));
}
