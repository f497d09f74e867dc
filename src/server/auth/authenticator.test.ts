import { createRequire } from 'node:module';
import { hash } from 'bcryptjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../base/index.ts';
import { AttemptLimiter, networkOf } from './attempt-limiter.ts';
import { createBasicAuthenticator } from './authenticator.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import {
  createInlineChecker,
  createPasswordChecker,
  createThreadChecker,
  type PasswordChecker,
} from './password-checker.ts';

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function manualClock(): Clock & { pass(ms: number): void } {
  let now = 1_000_000;
  return { now: () => now, sleep: () => Promise.resolve(), pass: (ms) => void (now += ms) };
}

/** Knows the password of each hash by looking, and counts how often it was asked. */
function countingChecker(): PasswordChecker & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    check: (password, hashed) => {
      asked.push(hashed);
      return Promise.resolve(hashed === `$2b$04$${password}`);
    },
    close: () => Promise.resolve(),
  };
}

describe('parseBasicCredentials', () => {
  it.each([
    [basic('ann', 'pw'), { user: 'ann', password: 'pw' }],
    [basic('ann', 'with:colon'), { user: 'ann', password: 'with:colon' }],
    [basic('ann', ''), { user: 'ann', password: '' }],
    [basic('änn', 'pässwörd'), { user: 'änn', password: 'pässwörd' }],
    [basic('ann', 'pw').replace('Basic', 'bAsIc'), { user: 'ann', password: 'pw' }],
  ])('accepts %s', (header, credentials) => {
    expect(parseBasicCredentials(header)).toEqual(credentials);
  });
  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    'Bearer abc',
    'Basic !!!!',
    basic('', 'pw'),
    `Basic ${Buffer.from('no-colon').toString('base64')}`,
    basic('ann', 'x'.repeat(5000)),
  ])('rejects %j', (header) => expect(parseBasicCredentials(header)).toBeUndefined());
});

describe('createBasicAuthenticator', () => {
  const hashes = new Map([['ann', '$2b$04$right']]);
  const users = () => hashes;

  it('lets a known user with the right password in', async () => {
    const authenticator = createBasicAuthenticator(users, countingChecker());
    expect(await authenticator.authenticate(basic('ann', 'right'), '192.0.2.1')).toEqual({
      kind: 'user',
      name: 'ann',
    });
  });

  it.each([
    ['no credentials', undefined],
    ['another scheme', 'Bearer right'],
    ['a wrong password', basic('ann', 'wrong')],
    ['an unknown user', basic('bob', 'right')],
  ])('answers %s with the same challenge', async (_, header) => {
    const authenticator = createBasicAuthenticator(users, countingChecker());
    expect(await authenticator.authenticate(header, '192.0.2.1')).toEqual({ kind: 'challenge' });
  });

  it('does the work of a comparison for an unknown user too, at the cost of the real hashes', async () => {
    const checker = countingChecker();
    const authenticator = createBasicAuthenticator(() => new Map([['ann', '$2b$11$x']]), checker);
    await authenticator.authenticate(basic('bob', 'x'), '192.0.2.1');
    expect(checker.asked).toEqual([`$2b$11$${'.'.repeat(53)}`]);
  });

  it('hashes a right password once a minute, and once for requests that come together', async () => {
    const clock = manualClock();
    const checker = countingChecker();
    const authenticator = createBasicAuthenticator(users, checker, clock);
    const ask = () => authenticator.authenticate(basic('ann', 'right'), '192.0.2.1');
    await Promise.all([ask(), ask(), ask()]);
    clock.pass(59_000);
    await ask();
    expect(checker.asked).toHaveLength(1);
    clock.pass(2_000);
    await ask();
    expect(checker.asked).toHaveLength(2);
  });

  it('forgets right passwords when the users change', async () => {
    const checker = countingChecker();
    let current = new Map([['ann', '$2b$04$right']]);
    const authenticator = createBasicAuthenticator(() => current, checker);
    const ask = () => authenticator.authenticate(basic('ann', 'right'), '192.0.2.1');
    expect(await ask()).toMatchObject({ kind: 'user' });
    current = new Map([['ann', '$2b$04$other']]);
    expect(await ask()).toEqual({ kind: 'challenge' });
    current = new Map();
    expect(await ask()).toEqual({ kind: 'challenge' });
    expect(checker.asked).toHaveLength(3);
  });

  it('lets no address guess without end, and others in meanwhile', async () => {
    const clock = manualClock();
    const checker = countingChecker();
    const authenticator = createBasicAuthenticator(users, checker, clock);
    const guess = (n: number) =>
      authenticator.authenticate(basic('ann', `guess ${n}`), '192.0.2.1');
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => guess(n)));
    expect(outcomes.filter(({ kind }) => kind === 'challenge')).toHaveLength(10);
    expect(outcomes.filter(({ kind }) => kind === 'wait')).toHaveLength(20);
    expect(await guess(31)).toEqual({ kind: 'wait', retryAfterMs: 6000 });
    const right = basic('ann', 'right');
    expect(await authenticator.authenticate(right, '198.51.100.1')).toMatchObject({ kind: 'user' });
    // Remembered by now, so even the blocked address may go on with the right password.
    expect(await authenticator.authenticate(right, '192.0.2.1')).toMatchObject({ kind: 'user' });
    clock.pass(6000);
    expect(await guess(32)).toEqual({ kind: 'challenge' });
  });

  it('makes clients wait while too many passwords are being checked', async () => {
    const release: (() => void)[] = [];
    const slow: PasswordChecker = {
      check: () => new Promise((resolve) => release.push(() => resolve(true))),
      close: () => Promise.resolve(),
    };
    const authenticator = createBasicAuthenticator(users, slow);
    const running = Array.from({ length: 64 }, (_, n) =>
      authenticator.authenticate(basic('ann', `p${n}`), `192.0.2.${n}`),
    );
    expect(await authenticator.authenticate(basic('ann', 'p'), '198.51.100.1')).toMatchObject({
      kind: 'wait',
    });
    for (const go of release) go();
    await Promise.all(running);
  });
});

describe('AttemptLimiter', () => {
  it('gives a right attempt its token back', () => {
    const limiter = new AttemptLimiter(manualClock());
    for (let n = 0; n < 100; n++) {
      expect(limiter.take('192.0.2.1')).toBe(0);
      limiter.giveBack('192.0.2.1');
    }
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('counts %s as %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('password checkers', () => {
  const path = createRequire(import.meta.url).resolve('bcryptjs');
  const open: PasswordChecker[] = [];
  const keep = (checker: PasswordChecker) => {
    open.push(checker);
    return checker;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((checker) => checker.close()));
  });

  it.each([
    ['the chosen one', () => createPasswordChecker()],
    ['in a thread', () => Promise.resolve(createThreadChecker(path))],
    ['inline', () => createInlineChecker()],
  ])('%s: tells right from wrong passwords', async (_, make) => {
    const checker = keep(await make());
    const hashed = await hash('right', 4);
    const other = hashed.replace('$2b$', '$2y$');
    const verdicts = await Promise.all([
      checker.check('right', hashed),
      checker.check('wrong', hashed),
      checker.check('right', other),
      checker.check('', hashed),
    ]);
    expect(verdicts).toEqual([true, false, true, false]);
  });

  it('in a thread: rejects what waits when it is closed, and what comes after', async () => {
    const checker = createThreadChecker(path);
    const waiting = checker.check('x', await hash('x', 4));
    const refused = expect(waiting).rejects.toMatchObject({ code: 'ERR_BASE_INTERNAL' });
    await checker.close();
    await refused;
    await checker.close();
    await expect(checker.check('x', 'y')).rejects.toMatchObject({ code: 'ERR_BASE_INTERNAL' });
  });

  it('in a thread: rejects what waits when the thread dies, and starts another', async () => {
    const checker = keep(createThreadChecker(path.replace(/index\.js$/u, 'nothing-here.js')));
    await expect(checker.check('x', 'y')).rejects.toMatchObject({ code: 'ERR_BASE_INTERNAL' });
    await expect(checker.check('x', 'y')).rejects.toMatchObject({ code: 'ERR_BASE_INTERNAL' });
  });
});
