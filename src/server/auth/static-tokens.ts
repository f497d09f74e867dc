import { createHash } from 'node:crypto';
import { printable } from '../../base/index.ts';
import { TokenSettingsError } from '../errors.ts';

/** SHA-256 of a token, in hex, to the name of whom it is for. */
export type StaticTokens = ReadonlyMap<string, string>;

/** 10,000 tokens. */
export const maxStaticTokensBytes = 1024 ** 2;

/** Names are users': rules of rights are for them, and Basic has to carry them. */
const namePattern = /^[^\s:#@\p{Cc}][^\s:\p{Cc}]{0,99}$/u;

/** Settings of a token server are one JSON object; tokens are lines. */
export function holdsStaticTokens(text: string): boolean {
  return !text.trimStart().startsWith('{');
}

/**
 * Reads tokens: one `NAME sha256:HEX` a line, blank lines and `#` comments allowed. The hash is fast, so tokens have to
 * be made by a machine; several tokens may have one name, so that one can be replaced while the other is in use.
 * @throws TokenSettingsError naming the line
 */
export function parseStaticTokens(text: string, file: string): StaticTokens {
  const tokens = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const fail = (problem: string): TokenSettingsError =>
      new TokenSettingsError(file, `line ${String(index + 1)}: ${problem}`, { hint });
    const [name = '', hash = '', ...more] = line.split(/\s+/u);
    const [, hex] = /^sha256:([0-9a-f]{64})$/u.exec(hash) ?? [];
    if (more.length > 0 || !namePattern.test(name)) throw fail('expected NAME sha256:HEX');
    if (hex === undefined) throw fail(`what stands after "${printable(name)}" is no sha256`);
    if (hex === hashOfNothing) throw fail(`the token of "${printable(name)}" is empty`);
    if (tokens.has(hex)) throw fail(`the token of "${printable(name)}" is there twice`);
    tokens.set(hex, name);
  }
  if (tokens.size === 0) throw new TokenSettingsError(file, 'it has no token', { hint });
  return tokens;
}

const hint = `Write NAME sha256:HEX, and make it with: printf %s "$TOKEN" | sha256sum`;

/** Of a token as a client sends it. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** What `sha256sum` says of a variable that was not set. */
const hashOfNothing = hashOfToken('');
