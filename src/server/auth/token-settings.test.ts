import { describe, expect, it } from 'vitest';
import { TokenSettingsError } from '../errors.ts';
import { parseTokenSettings } from './token-settings.ts';

const good = { realm: 'https://auth.example.com/token', service: 'registry', keys: 'keys.pem' };

describe('parseTokenSettings', () => {
  it('finds the keys beside the file', () => {
    const text = JSON.stringify({ ...good, issuer: 'auth.example.com' });
    expect(parseTokenSettings(text, '/etc/serve/tokens.json')).toEqual({
      realm: good.realm,
      service: 'registry',
      issuer: 'auth.example.com',
      keyFile: '/etc/serve/keys.pem',
    });
    const absolute = JSON.stringify({ ...good, keys: '/keys/a.pem' });
    expect(parseTokenSettings(absolute, '/etc/tokens.json').keyFile).toBe('/keys/a.pem');
  });

  it.each([
    ['no JSON', 'realm: x', /no JSON object/u],
    ['a list', '[]', /no JSON object/u],
    ['an unknown setting', JSON.stringify({ ...good, issuers: [] }), /no setting "issuers"/u],
    ['no realm', JSON.stringify({ ...good, realm: undefined }), /"realm" should be a text/u],
    ['a realm that is a path', JSON.stringify({ ...good, realm: '/token' }), /https/u],
    [
      'a realm with a user',
      JSON.stringify({ ...good, realm: 'https://a:b@c/' }),
      /without a user/u,
    ],
    ['a realm of another scheme', JSON.stringify({ ...good, realm: 'ftp://c/' }), /https/u],
    ['a service with quotes', JSON.stringify({ ...good, service: 'a"b' }), /without quotes/u],
    ['a service of two lines', JSON.stringify({ ...good, service: 'a\r\nb' }), /printable/u],
    ['an issuer that is none', JSON.stringify({ ...good, issuer: 7 }), /"issuer"/u],
    ['no keys', JSON.stringify({ ...good, keys: [] }), /"keys"/u],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseTokenSettings(text, 'f')).toThrow(TokenSettingsError);
    expect(() => parseTokenSettings(text, 'f')).toThrow(message);
    expect(() => parseTokenSettings(text, 'f')).toThrow(
      expect.objectContaining({ code: 'ERR_SERVER_TOKENS', file: 'f' }),
    );
  });
});
