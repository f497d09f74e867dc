import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, SingleFlight, systemClock } from '../../base/index.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import type { Authenticator, AuthOutcome } from './caller.ts';
import { costOf, type PasswordHashes } from './htpasswd.ts';
import type { PasswordChecker } from './password-checker.ts';

/** How long a right password need not be hashed again, while the users stay the same. */
const rememberMs = 60_000;
const maxRemembered = 1000;

/** Checks waiting at once; with the usual cost that is some ten seconds of work. */
const maxWaiting = 64;

/**
 * Basic authentication against bcrypt hashes. An unknown user costs the same time and gets the same
 * answer as a wrong password. Right passwords are remembered for a minute under a keyed hash, since
 * clients send them with each of their many requests.
 * @param users asked for each time; when it gives others, nobody is remembered
 */
export function createBasicAuthenticator(
  users: () => PasswordHashes,
  checker: PasswordChecker,
  clock: Clock = systemClock,
): Authenticator {
  const limiter = new AttemptLimiter(clock);
  const remembered = new Map<string, { readonly until: number; readonly by: PasswordHashes }>();
  const running = new SingleFlight<AuthOutcome>();
  const key = randomBytes(32);
  let waiting = 0;

  const remember = (fingerprint: string, by: PasswordHashes) => {
    remembered.delete(fingerprint);
    remembered.set(fingerprint, { until: clock.now() + rememberMs, by });
    if (remembered.size <= maxRemembered) return;
    const [oldest] = remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
  };

  const check = async (user: string, password: string, address: string, fingerprint: string) => {
    if (waiting >= maxWaiting) return { kind: 'wait', retryAfterMs: 1000 } as const;
    const retryAfterMs = limiter.take(address);
    if (retryAfterMs > 0) return { kind: 'wait', retryAfterMs } as const;
    const by = users();
    const hash = by.get(user);
    waiting++;
    try {
      const equal = await checker.check(password, hash ?? decoyHash(by));
      if (hash === undefined || !equal) return { kind: 'challenge' } as const;
    } finally {
      waiting--;
    }
    limiter.giveBack(address);
    remember(fingerprint, by);
    return { kind: 'user', name: user } as const;
  };

  return {
    authenticate: async (authorization, address) => {
      const credentials = parseBasicCredentials(authorization);
      if (credentials === undefined) return { kind: 'challenge' };
      const { user, password } = credentials;
      const fingerprint = createHmac('sha256', key)
        .update(JSON.stringify([user, password]))
        .digest('base64');
      const known = remembered.get(fingerprint);
      if (known !== undefined && known.by === users() && known.until > clock.now()) {
        return { kind: 'user', name: user };
      }
      // The address is part of the key: nobody's failures are counted on somebody else's account.
      return running.run(`${address} ${fingerprint}`, () =>
        check(user, password, address, fingerprint),
      );
    },
    close: () => checker.close(),
  };
}

/** A hash no password has been found for, as costly to compare with as the costliest real one. */
function decoyHash(users: PasswordHashes): string {
  const cost = Math.max(4, ...[...users.values()].map(costOf));
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}
