import { describe, expect, it } from 'vitest';
import { idleRules, type WhoLogsIn } from './idle-rules.ts';
import { parseRights } from './rights.ts';

const users: WhoLogsIn = { kind: 'users', names: new Map([['ann', '']]), file: 'users' };

const warnings = (rules: string, login: WhoLogsIn): readonly string[] =>
  idleRules(parseRights(rules, 'rights'), 'rights', login);

describe('rules that can never apply', () => {
  it.each<[string, string, WhoLogsIn, string]>([
    [
      'users that are none',
      'ann read **\nbob write tf/**',
      users,
      'rights: there is no user bob in users, so the rules for them never apply',
    ],
    [
      'only users that are none',
      'zoe write **\nbob read **',
      users,
      'rights: there are no users zoe, bob in users, so the rules for them never apply, and nobody may do anything',
    ],
    [
      'users where nobody can log in',
      '@users read **\n@anonymous read public/**',
      { kind: 'nobody' },
      'rights: nobody can log in, so the rules for @users never apply',
    ],
    [
      'nothing but users where nobody can log in',
      'ann read **',
      { kind: 'nobody' },
      'rights: nobody can log in, so the rules for ann never apply, and nobody may do anything',
    ],
    [
      'users where tokens are shown',
      'ann read **',
      { kind: 'bearers' },
      'rights: tokens say their own rights, so the rules for ann never apply',
    ],
    [
      'many users that are none',
      'a read **\nb read **\nc read **\nd read **\ne read **\nf read **\nann read **',
      users,
      'rights: there are no users a, b, c, d, e and 1 more in users, so the rules for them never apply',
    ],
  ])('are told of: %s', (_, rules, login, warning) => {
    expect(warnings(rules, login)).toEqual([warning]);
  });

  it.each<[string, WhoLogsIn]>([
    ['@anonymous read **', { kind: 'nobody' }],
    ['@anonymous read **', { kind: 'bearers' }],
    ['@anonymous read **\n@users write **\nann replace **', users],
  ])('are not in %j', (rules, login) => {
    expect(warnings(rules, login)).toEqual([]);
  });
});
