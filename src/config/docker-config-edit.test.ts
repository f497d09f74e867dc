import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withLogin, withoutLogins } from './docker-config-edit.ts';
import { DockerConfigProblem, parseDockerConfig } from './docker-config.ts';

const ann = { username: 'ann', password: 'pa:ss' };
const auth = Buffer.from('ann:pa:ss').toString('base64');
const parsed = (text: string): unknown => JSON.parse(text);

describe('withLogin', () => {
  it.each([[undefined], [''], ['\n'], ['{}'], ['\ufeff{}'], ['{"auths":null}']])(
    'makes of %j a file as Docker writes it',
    (text) => {
      const expected = `{\n\t"auths": {\n\t\t"a.com": {\n\t\t\t"auth": "${auth}"\n\t\t}\n\t}\n}`;
      expect(withLogin(text, ['a.com'], ann).trimEnd()).toBe(expected);
    },
  );

  it('keeps everything that is not the login, in its order', () => {
    const text = JSON.stringify({
      HttpHeaders: { 'User-Agent': 'x' },
      auths: { 'b.com': { auth: 'eDp5', email: 'x@y' }, 'a.com': { email: 'ann@a.com' } },
      credHelpers: { 'c.com': 'pass' },
      'psFormat\u00e9': ['\t"'],
    });
    const changed = withLogin(text, ['a.com'], ann);
    expect(parsed(changed)).toEqual({
      HttpHeaders: { 'User-Agent': 'x' },
      auths: { 'b.com': { auth: 'eDp5', email: 'x@y' }, 'a.com': { email: 'ann@a.com', auth } },
      credHelpers: { 'c.com': 'pass' },
      'psFormat\u00e9': ['\t"'],
    });
    expect(Object.keys(parsed(changed) as object)).toEqual(Object.keys(parsed(text) as object));
  });

  it('leaves nothing of an older login in the entry', () => {
    const old = {
      identitytoken: 't',
      registrytoken: 'r',
      username: 'u',
      password: 'p',
      auth: 'eDp5',
    };
    const changed = withLogin(JSON.stringify({ auths: { 'a.com': old } }), ['a.com'], ann);
    expect(parsed(changed)).toEqual({ auths: { 'a.com': { auth } } });
  });

  it('replaces an entry that was damaged', () => {
    const changed = withLogin('{"auths":{"a.com":{"auth":"%%%"}}}', ['a.com'], ann);
    expect(parsed(changed)).toEqual({ auths: { 'a.com': { auth } } });
  });

  it('keeps the line break at the end, if there is one', () => {
    expect(withLogin('{}\n', ['a.com'], ann).endsWith('}\n')).toBe(true);
    expect(withLogin('{}', ['a.com'], ann).endsWith('}')).toBe(true);
  });

  it.each([
    ['no JSON', '{"auths": hunter2', 'it is not valid JSON'],
    ['no object', '["hunter2"]', 'it is not a JSON object'],
    ['no object of logins', '{"auths":["hunter2"]}', 'its "auths" is not a JSON object'],
    [
      'another login that is damaged, with which OpenTofu would read none',
      '{"auths":{"b.com":{"auth":"hunter2!"}}}',
      'the auth of "b.com" is not valid base64',
    ],
  ])('refuses %s', (_, text, why) => {
    expect(() => withLogin(text, ['a.com'], ann)).toThrow(new DockerConfigProblem(why));
  });

  it('stores what is read again, whatever the user name and the password hold', () => {
    const username = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !s.includes(':'));
    fc.assert(
      fc.property(username, fc.string({ unit: 'grapheme', minLength: 1 }), (name, password) => {
        const { auths } = parseDockerConfig(
          withLogin(undefined, ['k'], { username: name, password }),
        );
        expect(auths[0]?.login).toEqual({ kind: 'basic', username: name, password });
      }),
    );
  });
});

describe('withoutLogins', () => {
  const text = JSON.stringify({
    auths: { 'a.com': { auth }, 'b.com': { auth }, 'c.com': {}, 'd.com': { auth: '%%%' } },
    credsStore: 'pass',
  });

  it('takes away what is wanted away, a damaged entry as well', () => {
    const result = withoutLogins(text, (key) => key === 'a.com' || key === 'd.com');
    expect(result.removed).toEqual(['a.com', 'd.com']);
    expect(parsed(result.text)).toEqual({
      auths: { 'b.com': { auth }, 'c.com': {} },
      credsStore: 'pass',
    });
  });

  it('does not count an entry without a login', () => {
    const { removed, text: after } = withoutLogins(text, (key) => key === 'c.com');
    expect(removed).toEqual([]);
    expect(after).not.toContain('c.com');
  });

  it('leaves a text alone in which there is nothing to do', () => {
    expect(withoutLogins(text, () => false)).toEqual({ text, removed: [] });
  });

  it('undoes withLogin', () => {
    const before = withLogin('{}\n', ['b.com'], ann);
    const after = withoutLogins(withLogin(before, ['a.com'], ann), (key) => key === 'a.com').text;
    expect(after).toBe(before);
  });
});
