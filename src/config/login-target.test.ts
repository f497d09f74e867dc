import { describe, expect, it } from 'vitest';
import { InvalidRegistryError } from './errors.ts';
import { formatLoginTarget, isKeyOf, keysToStore, parseLoginTarget } from './login-target.ts';

describe('parseLoginTarget', () => {
  it.each([
    ['registry.example.com', 'registry.example.com'],
    ['Registry.Example.com:5000', 'registry.example.com:5000'],
    ['https://registry.example.com/', 'registry.example.com'],
    ['oci://registry.example.com/acme', 'registry.example.com/acme'],
    ['registry.example.com/acme/tf/', 'registry.example.com/acme/tf'],
    ['127.0.0.1:5000', '127.0.0.1:5000'],
    ['localhost', 'localhost'],
    ['docker.io', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry-1.docker.io/acme', 'docker.io/acme'],
  ])('takes %s for %s', (text, expected) => {
    expect(formatLoginTarget(parseLoginTarget(text))).toBe(expected);
  });

  it.each([
    ['', 'invalid registry'],
    ['/acme', 'invalid registry'],
    ['registry.example.com/Acme', 'invalid repository'],
    ['registry.example.com/acme:v1', 'artifact tag or digest not allowed'],
    ['registry.example.com/tf/{namespace}', 'a template for many repositories'],
    ['registry.example.com/acme\n', 'invalid repository'],
  ])('refuses %j', (text, why) => {
    expect(() => parseLoginTarget(text)).toThrow(InvalidRegistryError);
    expect(() => parseLoginTarget(text)).toThrow(why);
  });

  it('does not repeat a password that stands where none belongs', () => {
    for (const text of ['https://ann:hunter2@a.com', 'ann:hunter2@a.com/x']) {
      try {
        parseLoginTarget(text);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('hunter2');
        expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID_REGISTRY', category: 'usage' });
      }
    }
  });
});

describe('the keys of a login', () => {
  it.each([
    ['a.com', ['a.com']],
    ['a.com/acme', ['a.com/acme']],
    ['docker.io', ['docker.io', 'https://index.docker.io/v1/']],
    ['docker.io/acme', ['docker.io/acme']],
  ])('for %s are %j', (text, keys) => {
    expect(keysToStore(parseLoginTarget(text))).toEqual(keys);
  });

  it.each([
    ['a.com', 'https://a.com', true],
    ['a.com', 'http://a.com/v2/', true],
    ['a.com', 'a.com/acme', false],
    ['a.com', 'a.com:5000', false],
    ['a.com/acme', 'a.com/acme', true],
    ['a.com/acme', 'a.com', false],
    ['docker.io', 'https://index.docker.io/v1/', true],
    ['docker.io', 'registry-1.docker.io', true],
    ['a.com', 'not a key', false],
  ])('mean %s when they are %s: %s', (text, key, expected) => {
    expect(isKeyOf(parseLoginTarget(text), key)).toBe(expected);
  });
});
