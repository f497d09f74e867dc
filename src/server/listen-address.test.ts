import { describe, expect, it } from 'vitest';
import { ListenAddressError } from './errors.ts';
import { isLoopback, parseListenAddress, urlHost } from './listen-address.ts';

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:5000', { host: '127.0.0.1', port: 5000 }],
    ['localhost:0', { host: '127.0.0.1', port: 0 }],
    ['LocalHost:1', { host: '127.0.0.1', port: 1 }],
    ['[::1]:5000', { host: '::1', port: 5000 }],
    [':5000', { host: undefined, port: 5000 }],
    ['5000', { host: undefined, port: 5000 }],
    ['Registry.example.com:65535', { host: 'registry.example.com', port: 65_535 }],
  ])('accepts %s', (text, address) => expect(parseListenAddress(text)).toEqual(address));
  it.each([
    '',
    'localhost',
    'localhost:',
    'localhost:x',
    'localhost:65536',
    '::1:5000',
    '[localhost]:1',
    'http://localhost:1',
    'a b:1',
    'user@host:1',
  ])('rejects %j', (text) => {
    expect(() => parseListenAddress(text)).toThrow(ListenAddressError);
    expect(() => parseListenAddress(text)).toThrow(
      expect.objectContaining({ code: 'ERR_SERVER_LISTEN_ADDRESS' }),
    );
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.0.3', '::1', 'localhost'])('is true for %s', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
  it.each([undefined, '0.0.0.0', '::', '192.0.2.1', '127.0.0.1.example', '127.example', '::2'])(
    'is false for %s',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});

describe('urlHost', () => {
  it.each([
    [undefined, 'localhost'],
    ['0.0.0.0', 'localhost'],
    ['::', 'localhost'],
    ['::1', '[::1]'],
    ['192.0.2.1', '192.0.2.1'],
  ])('writes %s as %s', (host, text) => expect(urlHost(host)).toBe(text));
});
