import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { parseNoProxy } from './no-proxy.ts';
import { proxyCredentials, proxyRules, type ProxySettings } from './proxy-settings.ts';

const settings: ProxySettings = {
  https: { name: 'HTTPS_PROXY', value: 'http://secure.example:3128' },
  http: { name: 'HTTP_PROXY', value: 'plain.example:3128' },
  exempt: '.internal',
};

function proxyOf(target: string, given: ProxySettings = settings): string | undefined {
  return proxyRules(given)(new URL(target))?.origin;
}

describe('the proxy for a target', () => {
  it.each([
    ['https://registry.example/', 'http://secure.example:3128'],
    ['https://registry.example:8443/', 'http://secure.example:3128'],
    ['http://registry.example/', 'http://plain.example:3128'],
    ['https://10.1.2.3/', 'http://secure.example:3128'],
    ['https://localhost.example/', 'http://secure.example:3128'],
  ])('of %s is %s', (target, proxy) => expect(proxyOf(target)).toBe(proxy));

  it.each([
    'https://localhost/',
    'http://localhost:5000/',
    'https://127.0.0.1:5000/',
    'https://127.9.9.9/',
    'http://[::1]:5000/',
    'https://registry.internal/',
  ])('of %s is none', (target) => expect(proxyOf(target)).toBeUndefined());

  it('is none where no variable names one', () => {
    expect(proxyOf('https://registry.example/', { http: settings.http })).toBeUndefined();
    expect(proxyOf('http://registry.example/', { https: settings.https })).toBeUndefined();
  });

  it.each([
    ['socks5://proxy.example:1080', 'socks5'],
    ['http://', 'not the address'],
    ['http://user:hunter2@[bad', 'not the address'],
    ['file:///etc/passwd', 'not the address'],
  ])('can not be %s', async (value, said) => {
    const rules = proxyRules({ https: { name: 'https_proxy', value } });
    expect(rules(new URL('https://localhost/'))).toBeUndefined();
    const failure = await failureOf(
      Promise.resolve().then(() => rules(new URL('https://registry.example/'))),
    );
    expect(failure).toMatchObject({
      code: 'ERR_HTTP_PROXY_ADDRESS',
      category: 'usage',
      setting: 'https_proxy',
      message: expect.stringContaining(said) as string,
    });
    expect(String(failure)).not.toContain('hunter2');
  });

  it('gets the user name and password of its address, decoded', () => {
    expect(proxyCredentials(new URL('http://a%40b:p%3Aw@proxy.example'))).toBe(
      `Basic ${Buffer.from('a@b:p:w').toString('base64')}`,
    );
    expect(proxyCredentials(new URL('http://ann:100%@proxy.example'))).toBe(
      `Basic ${Buffer.from('ann:100%').toString('base64')}`,
    );
    expect(proxyCredentials(new URL('http://proxy.example'))).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', 'anything.example', '443'],
    ['example.com', 'example.com', '443'],
    ['example.com', 'a.b.example.com', '443'],
    [' Example.COM , other', 'a.example.com', '443'],
    ['.example.com', 'a.example.com', '443'],
    ['*.example.com', 'a.example.com', '443'],
    ['example.com:8443', 'example.com', '8443'],
    ['.example.com:80', 'a.example.com', '80'],
    ['10.0.0.0/8', '10.1.2.3', '443'],
    ['fd00::/8', 'fd12::1', '443'],
    ['192.0.2.7', '192.0.2.7', '443'],
    ['192.0.2.7:8443', '192.0.2.7', '8443'],
    ['2001:db8::1', '2001:db8::1', '443'],
    ['[2001:db8::1]:8443', '2001:db8::1', '8443'],
    ['[2001:db8::1]', '2001:db8::1', '80'],
    ['bücher.example', 'xn--bcher-kva.example', '443'],
    ['bad/99,,:80,x', 'x', '443'],
  ])('%j exempts %s:%s', (list, host, port) => expect(parseNoProxy(list)(host, port)).toBe(true));

  it.each([
    ['', 'example.com', '443'],
    ['.example.com', 'example.com', '443'],
    ['*.example.com', 'example.com', '443'],
    ['example.com', 'badexample.com', '443'],
    ['example.com', 'example.com.evil.example', '443'],
    ['example.com:8443', 'example.com', '443'],
    ['10.0.0.0/8', '11.0.0.1', '443'],
    ['10.0.0.0/33', '10.0.0.1', '443'],
    ['10.0.0.0/8', 'ten.example', '443'],
    ['192.0.2.7:8443', '192.0.2.7', '443'],
    ['2001:db8::1', '2001:db8::2', '443'],
    [':443', 'example.com', '443'],
    ['exam*', 'example.com', '443'],
  ])('%j does not exempt %s:%s', (list, host, port) =>
    expect(parseNoProxy(list)(host, port)).toBe(false),
  );
});
