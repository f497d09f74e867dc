import { printable } from '../../base/index.ts';
import { HtpasswdError } from '../errors.ts';

/** User name to bcrypt hash. */
export type PasswordHashes = ReadonlyMap<string, string>;

/** A file larger than this is not an htpasswd file: it would be 10,000 users. */
export const maxHtpasswdBytes = 1024 ** 2;

/**
 * The highest cost accepted. Each step doubles the work; above this one wrong password would keep a
 * processor busy for seconds, which makes the login a weapon against the server.
 */
const maxCost = 14;

/**
 * Reads an htpasswd file: one `USER:HASH` a line, blank lines and `#` comments allowed. Only bcrypt
 * (`$2a$`, `$2b$`, `$2y$`) is taken: every other scheme of the format is fast to guess.
 * @throws HtpasswdError naming the line
 */
export function parseHtpasswd(text: string, file: string): PasswordHashes {
  const hashes = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/u, '');
    if (line.trim() === '' || line.startsWith('#')) continue;
    const fail = (problem: string, hint?: string) =>
      new HtpasswdError(file, index + 1, problem, hint);
    const colon = line.indexOf(':');
    if (colon < 1) throw fail('expected USER:HASH');
    const user = line.slice(0, colon);
    const hash = line.slice(colon + 1);
    const shown = `user "${printable(user, 100)}"`;
    const match = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/u.exec(hash);
    if (match === null) {
      throw fail(
        `the password of ${shown} is not hashed with bcrypt`,
        'Make the entry again with "htpasswd -B".',
      );
    }
    const cost = Number(match[1]);
    if (cost < 4 || cost > maxCost) {
      throw fail(
        `the bcrypt cost ${cost} of ${shown} is outside of 4 to ${maxCost}`,
        'Make the entry again with "htpasswd -B -C 10".',
      );
    }
    if (hashes.has(user)) throw fail(`${shown} is there twice`);
    hashes.set(user, hash);
  }
  if (hashes.size === 0) {
    throw new HtpasswdError(file, undefined, 'it names no user', 'Add one with "htpasswd -B".');
  }
  return hashes;
}

/** The bcrypt cost of a hash that `parseHtpasswd` let through. */
export function costOf(hash: string): number {
  return Number(hash.slice(4, 6));
}
