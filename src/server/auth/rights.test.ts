import { describe, expect, it } from 'vitest';
import { RightsError } from '../errors.ts';
import { createPolicy } from './policy.ts';
import { parseRepositoryPattern } from './repository-pattern.ts';
import { parseRights, rightNames, rightOn } from './rights.ts';

describe('parseRepositoryPattern', () => {
  it.each([
    ['**', ['a', 'a/b', 'a/b/c'], []],
    ['tf/**', ['tf', 'tf/a', 'tf/a/b'], ['tfx', 'x/tf', 'tfx/a']],
    ['tf/*', ['tf/a', 'tf/a.b-c'], ['tf', 'tf/a/b']],
    ['**/null', ['null', 'a/null', 'a/b/null'], ['a/nulls', 'null/a']],
    ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a', 'z', 'a/b', 'b/a/z']],
    ['a/**/b/**/c', ['a/b/c', 'a/x/b/y/c', 'a/b/b/c'], ['a/c', 'a/b', 'a/x/c']],
    ['team-*', ['team-a', 'team-'], ['team', 'team-a/b', 'xteam-a']],
    ['*-x-*', ['a-x-b', '-x-', 'a-x-x-b'], ['a-x', 'x-b', 'a-x/-b']],
    ['a*a', ['aa', 'aba'], ['a', 'ab']],
    ['a/b', ['a/b'], ['a', 'a/b/c', 'a.b', 'A/b']],
    ['a.b', ['a.b'], ['axb']],
    ['*', ['a'], ['a/b']],
  ])('%s matches what it should', (pattern, matching, others) => {
    const matches = parseRepositoryPattern(pattern);
    expect(matching.filter((path) => matches?.(path) !== true)).toEqual([]);
    expect(others.filter((path) => matches?.(path) !== false)).toEqual([]);
  });

  it.each(['', '/', 'a/', '/a', 'a//b', 'A', 'a b', 'a**', '***', 'a:b', 'x'.repeat(256)])(
    'refuses %j',
    (text) => expect(parseRepositoryPattern(text)).toBeUndefined(),
  );

  it('needs no time for patterns that make others go back and forth', () => {
    const matches = parseRepositoryPattern(`${'a*'.repeat(60)}b/${'**/x/'.repeat(20)}**`);
    expect(matches?.(`${'a'.repeat(200)}/${'x/'.repeat(25)}y`)).toBe(false);
  });
});

const rights = parseRights(
  `# who may do what
@anonymous  read     tf/public/**
@users      read     tf/**
@users      write    tf/sandbox/*
ann         replace  tf/acme/**   tf/corp/**\r
`,
  'rights',
);

describe('parseRights', () => {
  it.each([
    ['tf/public/null', undefined, 'read'],
    ['tf/acme/null', undefined, undefined],
    ['tf/acme/null', 'bob', 'read'],
    ['tf/acme/null', 'ann', 'replace'],
    ['tf/corp/null', 'ann', 'replace'],
    ['tf/sandbox/x', 'ann', 'write'],
    ['tf/sandbox/x/y', 'ann', 'read'],
    ['other', 'ann', undefined],
    ['tf/acme/null', '@users', 'read'],
  ])('on %s gives %s the right: %s', (repository, user, right) => {
    expect(rightNames[rightOn(rights, repository, user)]).toBe(right);
  });

  it.each([
    ['nothing but comments', '# none\n\n', undefined],
    ['a group that is none', '@all read **', 1],
    ['a right that is none', '\nann delete **', 2],
    ['no right', 'ann', 1],
    ['no repositories', 'ann read', 1],
    ['a pattern that matches nothing', '@users read **\nann read Tf/**', 2],
  ])('refuses %s', (_, text, line) => {
    expect(() => parseRights(text, 'rights')).toThrow(RightsError);
    expect(() => parseRights(text, 'rights')).toThrow(
      expect.objectContaining({ code: 'ERR_SERVER_RIGHTS', line }),
    );
  });
});

describe('createPolicy', () => {
  const anonymous = { kind: 'anonymous' } as const;
  const ann = { kind: 'user', name: 'ann' } as const;
  const token = (type: string, name: string, ...actions: string[]) =>
    ({ kind: 'token', name: undefined, access: [{ type, name, actions }] }) as const;
  const all = ['list', 'pull', 'push', 'delete', 'replace'] as const;
  const mayOf = (
    parts: Parameters<typeof createPolicy>[0],
    caller: Parameters<ReturnType<typeof createPolicy>['may']>[0],
    repository = 'tf/acme/null',
  ) => all.filter((action) => createPolicy(parts).may(caller, { repository, action }));

  it.each([
    ['everybody may do everything where nobody can log in', false, undefined, anonymous, all],
    ['without rules nobody comes in without a login', true, undefined, anonymous, []],
    ['without rules users replace nothing', true, undefined, ann, all.slice(0, 4)],
    ['rules hold where nobody can log in, too', false, rights, anonymous, []],
    ['rules hold for users', true, rights, { ...ann, name: 'bob' }, all.slice(0, 2)],
    ['rules can allow everything', true, rights, ann, all],
    [
      'a token may what it says: pull',
      true,
      undefined,
      token('repository', 'tf/acme/null', 'pull'),
      ['list', 'pull'],
    ],
    [
      'a token may what it says: push',
      true,
      undefined,
      token('repository', 'tf/acme/null', 'push'),
      ['push'],
    ],
    [
      'a token may what it says: delete',
      true,
      undefined,
      token('repository', 'tf/acme/null', 'delete'),
      ['delete', 'replace'],
    ],
    [
      'a token may what it says: everything',
      true,
      undefined,
      token('repository', 'tf/acme/null', '*'),
      all,
    ],
    ['a token for another repository', true, undefined, token('repository', 'tf/acme', '*'), []],
    [
      'a token for another kind of thing',
      true,
      undefined,
      token('repository(plugin)', 'tf/acme/null', '*'),
      [],
    ],
    [
      'a token for the list of all names',
      true,
      undefined,
      token('registry', 'catalog', '*'),
      ['list'],
    ],
    [
      'the rules of users are not those of tokens',
      true,
      rights,
      { ...token('x', 'y'), name: 'ann' },
      [],
    ],
  ] as const)('%s', (_, hasLogin, rules, caller, allowed) => {
    expect(mayOf({ hasLogin, rights: () => rules }, caller)).toEqual(allowed);
  });

  it('gives everybody what is public, with a token or without', () => {
    const parts = { hasLogin: true, rights: () => rights };
    for (const caller of [anonymous, ann, token('repository', 'x', 'pull')]) {
      expect(mayOf(parts, caller, 'tf/public/x').slice(0, 2)).toEqual(['list', 'pull']);
    }
  });
});
