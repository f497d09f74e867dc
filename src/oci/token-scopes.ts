import { printable } from '../base/index.ts';
import { actionsByResource } from './scopes.ts';

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
    return typeof value === 'string' ? scopesInToken(value) : undefined;
  } catch {
    return undefined;
  }
}

/** As `grantedScopes`, of a token. */
export function scopesInToken(token: string): readonly string[] | undefined {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
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

/**
 * What a token that was refused lacks of what it was asked for, in words: token servers give less than they are
 * asked for without a word of it.
 * @returns undefined when it lacks nothing, or does not say what it holds.
 */
export function tellShortfall(token: string, asked: readonly string[]): string | undefined {
  const granted = scopesInToken(token);
  if (granted === undefined) return undefined;
  const holds = actionsByResource(granted);
  const lacks = [...actionsByResource(asked)].flatMap(([resource, actions]) => {
    const held = holds.get(resource) ?? new Set();
    const missing = [...actions].filter((action) => !held.has(action) && !held.has('*'));
    if (missing.length === 0) return [];
    const kept = [...actions].filter((action) => !missing.includes(action));
    const name = resource.replace(/^repository:/u, '');
    return kept.length === 0
      ? [`no right to ${missing.join(' or ')} ${name}`]
      : [`the right to ${kept.join(' and ')} ${name}, not to ${missing.join(' or ')}`];
  });
  return lacks.length === 0 ? undefined : `the token server grants ${lacks.join('; ')}`;
}
