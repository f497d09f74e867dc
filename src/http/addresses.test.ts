import { describe, expect, it } from 'vitest';
import { isLoopbackHost, isPrivateAddress, isPrivateHost } from './addresses.ts';

describe('isPrivateAddress', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
  ])('accepts %s', (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each([
    '1.1.1.1',
    '11.0.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '126.255.255.255',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    'example.com',
    '',
  ])('rejects %s', (address) => expect(isPrivateAddress(address)).toBe(false));
});

describe('isLoopbackHost', () => {
  it.each([
    'http://localhost/',
    'http://LOCALHOST:5000/',
    'http://127.0.0.1:5000/',
    'http://127.9.8.7/',
    'http://0x7f.1/',
    'http://[::1]:80/',
  ])('accepts %s', (url) => expect(isLoopbackHost(new URL(url))).toBe(true));

  it.each([
    'http://localhost.example.com/',
    'http://mylocalhost/',
    'http://registry.local/',
    'http://127.0.0.1.example.com/',
    'http://x127.0.0.1.nip.io/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://10.0.0.1/',
  ])('rejects %s', (url) => expect(isLoopbackHost(new URL(url))).toBe(false));
});

describe('isPrivateHost', () => {
  it.each([
    'https://localhost./',
    'https://x.localhost/',
    'https://169.254.169.254/',
    'https://[::]/',
  ])('accepts %s', (url) => expect(isPrivateHost(new URL(url))).toBe(true));
  it.each(['https://example.com/', 'https://8.8.8.8/', 'https://10.0.0.1.example.com/'])(
    'rejects %s',
    (url) => expect(isPrivateHost(new URL(url))).toBe(false),
  );
});
