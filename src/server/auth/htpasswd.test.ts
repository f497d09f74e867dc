import { describe, expect, it } from 'vitest';
import { HtpasswdError } from '../errors.ts';
import { costOf, parseHtpasswd } from './htpasswd.ts';

const bcrypt = (variant: string, cost: string) => `$2${variant}$${cost}$${'a'.repeat(53)}`;

describe('parseHtpasswd', () => {
  it.each([
    ['one user', `ann:${bcrypt('y', '05')}\n`, ['ann']],
    [
      'the three spellings of bcrypt',
      ['a', 'b', 'y'].map((v) => `${v}:${bcrypt(v, '10')}`).join('\n'),
      ['a', 'b', 'y'],
    ],
    ['comments, blank lines and CRLF', `# users\r\n\r\nann:${bcrypt('b', '14')}\r\n`, ['ann']],
  ])('accepts %s', (_, text, users) => {
    expect([...parseHtpasswd(text, 'users').keys()]).toEqual(users);
  });

  it.each([
    ['an MD5 hash', 'ann:$apr1$abcdefgh$0123456789012345678901', 1, /not hashed with bcrypt/],
    ['a SHA-1 hash', 'ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 1, /not hashed with bcrypt/],
    ['a plain password', `ok:${bcrypt('y', '05')}\nann:secret`, 2, /not hashed with bcrypt/],
    ['a cost that would stall the server', `ann:${bcrypt('y', '15')}`, 1, /cost 15/],
    ['a cost below the scheme', `ann:${bcrypt('y', '03')}`, 1, /cost 3/],
    ['a user twice', `ann:${bcrypt('y', '05')}\nann:${bcrypt('y', '05')}`, 2, /twice/],
    ['a line without a colon', 'ann', 1, /USER:HASH/],
    ['a line without a user', `:${bcrypt('y', '05')}`, 1, /USER:HASH/],
    ['no user at all', '# nobody\n', undefined, /names no user/],
  ])('rejects %s', (_, text, line, message) => {
    const parse = () => parseHtpasswd(text, 'users');
    expect(parse).toThrow(HtpasswdError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'ERR_SERVER_HTPASSWD', line }));
  });

  it('does not repeat the hash in a message', () => {
    expect(() => parseHtpasswd('ann:hunter2', 'users')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as unknown }),
    );
  });
});

describe('costOf', () => {
  it('reads the two digits', () => expect(costOf(bcrypt('b', '12'))).toBe(12));
});
