import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dockerConfigLocations } from './docker-config-locations.ts';
import { DockerConfigProblem, parseDockerConfig } from './docker-config.ts';
import type { Surroundings } from './surroundings.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('parseDockerConfig', () => {
  it('reads auths, credHelpers and credsStore, and passes over the rest', () => {
    const config = parseDockerConfig(
      JSON.stringify({
        auths: {
          'ghcr.io': { auth: base64('me:pa:ss'), email: 'x' },
          'b.com/c': { auth: base64('u:') },
        },
        credHelpers: { 'gcr.io': 'gcloud', 'none.com': '' },
        credsStore: 'desktop',
        HttpHeaders: { 'User-Agent': 'x' },
      }),
    );
    expect(config.auths).toEqual([
      { key: 'ghcr.io', login: { kind: 'basic', username: 'me', password: 'pa:ss' }, ours: false },
      { key: 'b.com/c', login: { kind: 'basic', username: 'u', password: '' }, ours: false },
    ]);
    expect([...config.helpers]).toEqual([['gcr.io', 'gcloud']]);
    expect(config.store).toBe('desktop');
    expect(config.remarks).toEqual([]);
  });

  it('takes an identity token, which beats the user beside it', () => {
    const { auths } = parseDockerConfig(
      JSON.stringify({
        auths: {
          'a.azurecr.io': {
            auth: base64('00000000-0000-0000-0000-000000000000:'),
            identitytoken: 't1',
          },
          'b.azurecr.io': { identitytoken: 't2' },
        },
      }),
    );
    expect(auths).toEqual([
      { key: 'a.azurecr.io', login: { kind: 'identity-token', refreshToken: 't1' }, ours: false },
      { key: 'b.azurecr.io', login: { kind: 'identity-token', refreshToken: 't2' }, ours: true },
    ]);
  });

  it.each([
    ['{}'],
    ['\ufeff{}'],
    ['{"auths":null,"credHelpers":null,"credsStore":null}'],
    ['{"auths":{"a.com":{},"b.com":null,"c.com":{"auth":""}}}'],
  ])('finds nothing in %j', (text) => {
    expect(parseDockerConfig(text)).toMatchObject({ auths: [], store: undefined, remarks: [] });
  });

  it('passes over an entry without a colon, and says so without its text', () => {
    const { auths, remarks } = parseDockerConfig(
      JSON.stringify({ auths: { 'a.com': { auth: base64('hunter2') } } }),
    );
    expect(auths).toEqual([]);
    expect(remarks).toEqual(['the auth of "a.com" does not hold USER:PASSWORD']);
  });

  it('reads base64 over several lines, as Go does', () => {
    const auth = base64('user:password').replace(/^(.{4})/u, '$1\r\n');
    const { auths } = parseDockerConfig(JSON.stringify({ auths: { 'a.com': { auth } } }));
    expect(auths[0]?.login).toEqual({ kind: 'basic', username: 'user', password: 'password' });
  });

  it.each([
    ['no JSON', '{"auths": {"a.com": {"auth": "hunter2', 'it is not valid JSON'],
    ['no object', '["hunter2"]', 'it does not have the form of a Docker configuration'],
    [
      'a wrong type',
      '{"auths":{"a.com":{"auth":["hunter2"]}}}',
      'it does not have the form of a Docker configuration at "auths.a.com.auth"',
    ],
    [
      'bad base64',
      '{"auths":{"a.com":{"auth":"hunter2!"}}}',
      'the auth of "a.com" is not valid base64',
    ],
    [
      'base64 without padding',
      '{"auths":{"a.com":{"auth":"aHVudGVyMg"}}}',
      'the auth of "a.com" is not valid base64',
    ],
  ])('rejects %s without repeating what is in the file', (_, text, message) => {
    expect(() => parseDockerConfig(text)).toThrow(new DockerConfigProblem(message));
  });

  it('never fails in another way', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean());
    const inner = fc.dictionary(fc.constantFrom('auth', 'identitytoken', '__proto__'), leaf);
    const document = fc.record(
      {
        auths: fc.oneof(leaf, fc.dictionary(fc.string(), inner)),
        credHelpers: fc.oneof(leaf, fc.dictionary(fc.string(), leaf)),
        credsStore: leaf,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, (value) => {
        try {
          expect(Array.isArray(parseDockerConfig(JSON.stringify(value)).auths)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DockerConfigProblem);
        }
      }),
    );
  });
});

describe('dockerConfigLocations', () => {
  const paths = (env: Surroundings['env'], platform = 'linux'): readonly string[] =>
    dockerConfigLocations({
      env,
      cwd: platform === 'win32' ? 'C:\\w' : '/w',
      home: undefined,
      platform,
    }).map(({ path, ours }) => (ours ? `ours ${path}` : path));

  it.each([
    [
      'Linux',
      { HOME: '/h', XDG_RUNTIME_DIR: '/run/u' },
      'linux',
      [
        '/run/u/containers/auth.json',
        '/h/.config/containers/auth.json',
        '/h/.docker/config.json',
        '/h/.dockercfg',
      ],
    ],
    [
      'Linux with XDG_CONFIG_HOME',
      { HOME: '/h', XDG_CONFIG_HOME: '/x' },
      'linux',
      ['/x/containers/auth.json', '/h/.docker/config.json', '/h/.dockercfg'],
    ],
    [
      'macOS, each place once',
      { HOME: '/h', XDG_RUNTIME_DIR: '/run/u' },
      'darwin',
      ['/h/.config/containers/auth.json', '/h/.docker/config.json', '/h/.dockercfg'],
    ],
    [
      'macOS with XDG_CONFIG_HOME',
      { HOME: '/h', XDG_CONFIG_HOME: '/x' },
      'darwin',
      [
        '/h/.config/containers/auth.json',
        '/x/containers/auth.json',
        '/h/.docker/config.json',
        '/h/.dockercfg',
      ],
    ],
    [
      'Windows',
      { USERPROFILE: 'C:\\u' },
      'win32',
      ['C:\\u\\.config\\containers\\auth.json', 'C:\\u\\.docker\\config.json', 'C:\\u\\.dockercfg'],
    ],
    ['a place without a home', {}, 'linux', []],
  ])("are OpenTofu's on %s", (_, env, platform, expected) => {
    expect(paths(env, platform)).toEqual(expected);
  });

  it('begin with those that the environment names', () => {
    const env = { HOME: '/h', REGISTRY_AUTH_FILE: 'auth.json', DOCKER_CONFIG: '/d' };
    expect(paths(env).slice(0, 2)).toEqual(['ours /w/auth.json', 'ours /d/config.json']);
  });

  it("stay OpenTofu's when the environment names the same", () => {
    const env = { HOME: '/h', DOCKER_CONFIG: '/h/.docker' };
    expect(paths(env)).not.toContainEqual(expect.stringContaining('ours'));
  });
});
