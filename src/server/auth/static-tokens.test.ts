import { describe, expect, it } from 'vitest';
import { TokenSettingsError } from '../errors.ts';
import { createStaticTokenAuthenticator } from './static-token-authenticator.ts';
import { hashOfToken, holdsStaticTokens, parseStaticTokens } from './static-tokens.ts';

const line = (name: string, token: string): string => `${name} sha256:${hashOfToken(token)}\n`;
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('a file of tokens', () => {
  it('has one a line, and may have several of one name', () => {
    const text = `# made in May\n\n${line('ci', 'one')}${line('ci', 'two')}${line('ann', 'three')}`;
    expect(holdsStaticTokens(text)).toBe(true);
    expect([...parseStaticTokens(text, 'tokens').values()]).toEqual(['ci', 'ci', 'ann']);
    expect(holdsStaticTokens(' \n {"realm": "https://a"}')).toBe(false);
  });

  it.each([
    ['a token as it is', 'ci verysecret', /line 1: what stands after "ci" is no sha256/u],
    ['a token of an unset variable', line('ci', ''), /is empty/u],
    [
      'one token twice',
      line('ci', 'a') + line('ann', 'a'),
      /line 2: the token of "ann" is there twice/u,
    ],
    ['a name with a colon', line('a:b', 'x'), /expected NAME sha256:HEX/u],
    ['something after it', line('ci', 'x').trim() + ' admin', /expected NAME sha256:HEX/u],
    ['upper case', line('ci', 'x').toUpperCase(), /is no sha256/u],
    ['nothing', '# nobody\n', /it has no token/u],
  ])('is refused with %s', (_, text, message) => {
    const parse = () => parseStaticTokens(text, 'tokens');
    expect(parse).toThrow(TokenSettingsError);
    expect(parse).toThrow(message);
    // Whoever wrote a secret into it does not find it in a log.
    expect(parse).not.toThrow(/verysecret/u);
  });
});

describe('a token', () => {
  const tokens = () => parseStaticTokens(line('ci', 'secret') + line('ann', 'other'), 'tokens');

  it('says whose it is, as a bearer and as the password of its name', async () => {
    const tokenLogin = createStaticTokenAuthenticator(tokens);
    const ci = { kind: 'user', name: 'ci' };
    expect(await tokenLogin.authenticate('Bearer secret', '1.1.1.1')).toEqual(ci);
    expect(await tokenLogin.authenticate('bearer  secret ', '1.1.1.1')).toEqual(ci);
    expect(await tokenLogin.authenticate(basic('ci', 'secret'), '1.1.1.1')).toEqual(ci);
    for (const wrong of [
      basic('ann', 'secret'),
      'Bearer Secret',
      'Bearer secret other',
      `Bearer ${hashOfToken('secret')}`,
      'Basic secret',
      'secret',
    ]) {
      expect([wrong, await tokenLogin.authenticate(wrong, '1.1.1.1')]).toEqual([
        wrong,
        { kind: 'challenge' },
      ]);
    }
  });

  it('is guessed a few times only, and its owner does not suffer from those who guess', async () => {
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const tokenLogin = createStaticTokenAuthenticator(tokens, { clock });
    const kinds: string[] = [];
    for (let n = 0; n < 12; n++) {
      kinds.push((await tokenLogin.authenticate(`Bearer guess${String(n)}`, '1.1.1.1')).kind);
    }
    expect(kinds.filter((kind) => kind === 'wait')).toHaveLength(2);
    expect(await tokenLogin.authenticate('Bearer secret', '1.1.1.1')).toMatchObject({ name: 'ci' });
  });

  it('leaves names and passwords to who knows them', async () => {
    const asked: string[] = [];
    const tokenLogin = createStaticTokenAuthenticator(tokens, {
      passwords: {
        authenticate: (text = '') => {
          asked.push(text);
          return Promise.resolve({ kind: 'user', name: 'bob' });
        },
        close: () => Promise.resolve(),
      },
    });
    expect(await tokenLogin.authenticate(basic('bob', 'pw'), '1.1.1.1')).toEqual({
      kind: 'user',
      name: 'bob',
    });
    expect(await tokenLogin.authenticate('Bearer pw', '1.1.1.1')).toEqual({ kind: 'challenge' });
    expect(asked).toEqual([basic('bob', 'pw')]);
  });
});
