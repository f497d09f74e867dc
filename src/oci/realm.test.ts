import { describe, expect, it } from 'vitest';
import { RealmRefusedError } from './errors.ts';
import { checkRealm } from './realm.ts';

function check(registry: string, realm: string, trusted: readonly string[] = []): string {
  return checkRealm(new URL(registry), realm, trusted).href;
}

describe('checkRealm', () => {
  it.each([
    ['https://ghcr.io', 'https://ghcr.io/token'],
    ['https://r.example.com:5000', 'https://r.example.com/token'],
    ['https://registry-1.docker.io', 'https://auth.docker.io/token'],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['https://r.example.co.uk', 'https://auth.example.co.uk/token'],
    ['https://my.azurecr.io', 'https://my.azurecr.io/oauth2/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
    ['http://localhost:5000', 'http://127.0.0.1:5001/token'],
    ['http://localhost:5000', 'https://localhost:5001/token'],
    ['http://registry.lan', 'http://registry.lan:8080/token'],
    ['https://10.0.0.1', 'https://10.0.0.1/token'],
  ])('accepts for %s the realm %s', (registry, realm) =>
    expect(check(registry, realm)).toBe(realm),
  );

  it.each([
    ['https://r.example.com', 'https://evil.example/token', 'foreign'],
    ['https://r.example.com', 'https://r.example.com.evil.example/token', 'foreign'],
    ['https://r.example.co.uk', 'https://other.co.uk/token', 'foreign'],
    ['https://my.azurecr.io', 'https://yours.azurecr.io/token', 'foreign'],
    ['https://registry', 'https://auth/token', 'foreign'],
    ['https://1.2.3.4', 'https://9.9.3.4/token', 'foreign'],
    ['https://[2001:db8::1]', 'https://[2001:db8::2]/token', 'foreign'],
    ['https://r.example.com', 'http://r.example.com/token', 'plain HTTP'],
    ['https://r.example.com', 'http://localhost/token', 'plain HTTP'],
    ['http://registry.lan', 'http://auth.lan/token', 'plain HTTP'],
    ['https://r.example.com', 'https://localhost/token', 'private'],
    ['https://r.example.com', 'https://127.0.0.1/token', 'private'],
    ['https://r.example.com', 'https://0x7f000001/token', 'private'],
    ['https://r.example.com', 'https://0.0.0.0/token', 'private'],
    ['https://r.example.com', 'https://169.254.169.254/latest', 'private'],
    ['https://r.example.com', 'https://[::]/token', 'private'],
    ['https://r.example.com', 'https://[::ffff:10.0.0.1]/token', 'private'],
    ['https://r.example.com', 'https://u:p@r.example.com/token', 'user name'],
    ['https://r.example.com', 'ftp://r.example.com/token', 'neither'],
    ['https://r.example.com', 'file:///etc/passwd', 'neither'],
    ['https://r.example.com', '/token', 'not a URL'],
    ['https://r.example.com', '', 'not a URL'],
  ])('rejects for %s the realm %s', (registry, realm, why) => {
    expect(() => check(registry, realm)).toThrow(RealmRefusedError);
    expect(() => check(registry, realm)).toThrow(why);
  });

  it('accepts a host on the list, but not over plain HTTP', () => {
    expect(check('https://r.example.com', 'https://sso.other/token', ['sso.other'])).toBe(
      'https://sso.other/token',
    );
    expect(() => check('https://r.example.com', 'http://sso.other/token', ['sso.other'])).toThrow(
      'plain HTTP',
    );
  });

  it('never shows the secret part of a realm', () => {
    try {
      check('https://r.example.com', 'https://u:hunter2@r.example.com/');
      expect.fail('it should have failed');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_OCI_REALM_REFUSED', category: 'auth' });
      expect(String(error)).not.toContain('hunter2');
    }
  });
});
