import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { guardRequest, hostName } from './guard.ts';

function request(method: string, headers: Record<string, string>): IncomingMessage {
  return { method, headers, headersDistinct: {} } as unknown as IncomingMessage;
}
const listed = { allowed: new Set(['registry.example.com']) };

describe('hostName', () => {
  it.each([
    ['localhost', 'localhost'],
    ['LOCALHOST:5000', 'localhost'],
    ['[::1]:5000', '::1'],
    ['127.0.0.1:', '127.0.0.1'],
    ['registry.example.com.:443', 'registry.example.com'],
  ])('accepts %s', (header, name) => expect(hostName(header)).toBe(name));
  it.each([undefined, '', 'a@b', 'a/b', '::1', 'a b', 'a:b', 'localhost:5000/'])(
    'rejects %j',
    (header) => expect(hostName(header)).toBeUndefined(),
  );
});

describe('guardRequest', () => {
  it.each([
    ['a loopback name', 'GET', { host: 'localhost:5000' }],
    ['a loopback address', 'PUT', { host: '127.0.0.1:5000' }],
    ['a loopback IPv6 address', 'PUT', { host: '[::1]:5000' }],
    ['a listed name', 'PUT', { host: 'registry.example.com' }],
    ['a page of our own', 'PUT', { host: 'localhost:5000', origin: 'http://localhost:5000' }],
    ['a link from elsewhere', 'GET', { host: 'localhost', 'sec-fetch-site': 'cross-site' }],
    ['an address bar', 'POST', { host: 'localhost', 'sec-fetch-site': 'none' }],
  ])('accepts %s', (_, method, headers) => {
    expect(guardRequest(request(method, headers), listed)).toBeUndefined();
  });

  it.each([
    ['a rebound name', 'GET', { host: 'evil.example' }, 421],
    ['a name that only begins like ours', 'GET', { host: 'localhost.evil.example' }, 421],
    ['a name that looks like an address', 'GET', { host: '127.0.0.1.evil.example' }, 421],
    ['no host', 'GET', {}, 421],
    ['a write of another page', 'PUT', { host: 'localhost', origin: 'https://evil.example' }, 403],
    [
      'a write of another port',
      'PUT',
      { host: 'localhost:5000', origin: 'http://localhost:1' },
      403,
    ],
    ['a write of a sandboxed page', 'POST', { host: 'localhost', origin: 'null' }, 403],
    ['a cross-site form', 'POST', { host: 'localhost', 'sec-fetch-site': 'cross-site' }, 403],
    ['a same-site form', 'DELETE', { host: 'localhost', 'sec-fetch-site': 'same-site' }, 403],
  ])('refuses %s', (_, method, headers, status) => {
    expect(guardRequest(request(method, headers), listed)?.status).toBe(status);
  });

  it.each([[listed], ['any' as const]])('refuses two hosts in one request', (rule) => {
    const given = request('GET', { host: 'localhost' });
    given.headersDistinct['host'] = ['localhost', 'evil.example'];
    expect(guardRequest(given, rule)?.status).toBe(400);
  });

  it('answers to any name where a certificate is the proof', () => {
    expect(guardRequest(request('GET', { host: 'any.example' }), 'any')).toBeUndefined();
  });
});
