import { describe, expect, it } from 'vitest';
import { environmentForHelpers, readEnvironment } from './environment.ts';
import { displayPath, homeOf, type Surroundings } from './surroundings.ts';

function around(env: Surroundings['env'], platform = 'linux'): Surroundings {
  return { env, cwd: platform === 'win32' ? 'C:\\w' : '/w', home: '/system/home', platform };
}

describe('homeOf', () => {
  it.each([
    ['HOME elsewhere', { HOME: '/h' }, 'linux', '/h'],
    ['USERPROFILE on Windows', { HOME: '/h', USERPROFILE: 'C:\\u' }, 'win32', 'C:\\u'],
    ['the system when the variable is empty', { HOME: '' }, 'darwin', '/system/home'],
  ])('is %s', (_, env, platform, expected) => {
    expect(homeOf(around(env, platform))).toBe(expected);
  });
});

describe('displayPath', () => {
  it.each([
    ['/h/.docker/config.json', '~/.docker/config.json'],
    ['/etc/auth.json', '/etc/auth.json'],
    ['/home2/x', '/home2/x'],
  ])('shows %s as %s', (path, shown) => {
    expect(displayPath(path, around({ HOME: '/h' }))).toBe(shown);
  });

  it('writes Windows paths below home with slashes', () => {
    const windows = around({ USERPROFILE: 'C:\\u' }, 'win32');
    expect(displayPath('C:\\u\\.docker\\config.json', windows)).toBe('~/.docker/config.json');
    expect(displayPath('D:\\auth.json', windows)).toBe('D:\\auth.json');
  });
});

describe('readEnvironment', () => {
  it('has defaults when nothing is set', () => {
    expect(readEnvironment(around({}))).toEqual({
      dataDirectory: '.terraform',
      enforceSignatures: false,
      enforceExpiration: false,
      location: undefined,
      defaultHost: undefined,
      trustFile: undefined,
      caFiles: [],
      proxies: {},
    });
  });

  it('reads what is set, and takes empty for unset', () => {
    const env = {
      TF_DATA_DIR: 'data',
      OPENTOFU_ENFORCE_GPG_VALIDATION: 'true',
      TOFU_OCI_LOCATION: 'r.example.com/{type}',
      TOFU_OCI_DEFAULT_HOST: '',
      TOFU_OCI_TRUST: 'trust.hcl',
      SSL_CERT_FILE: 'ca.pem',
      NODE_EXTRA_CA_CERTS: '/etc/more.pem',
    };
    expect(readEnvironment(around(env))).toEqual({
      dataDirectory: 'data',
      enforceSignatures: true,
      enforceExpiration: false,
      location: 'r.example.com/{type}',
      defaultHost: undefined,
      trustFile: 'trust.hcl',
      caFiles: ['/w/ca.pem', '/etc/more.pem'],
      proxies: {},
    });
  });

  it.each(['1', 'TRUE', 'yes', ''])('does not enforce signatures for %j', (value) => {
    const env = { OPENTOFU_ENFORCE_GPG_VALIDATION: value };
    expect(readEnvironment(around(env)).enforceSignatures).toBe(false);
  });

  it('names a certificate file once when both variables have it', () => {
    const env = { SSL_CERT_FILE: '/ca', NODE_EXTRA_CA_CERTS: '/ca' };
    expect(readEnvironment(around(env)).caFiles).toEqual(['/ca']);
  });
});

describe('proxies in the environment', () => {
  const proxies = (env: Surroundings['env']) => readEnvironment(around(env)).proxies;

  it.each(['HTTPS_PROXY', 'https_proxy'])('are named by %s', (name) => {
    expect(proxies({ [name]: ' http://p:1 ' })).toEqual({ https: { name, value: 'http://p:1' } });
  });

  it('are named by upper case rather than by lower case', () => {
    const env = { HTTP_PROXY: 'a', http_proxy: 'b', NO_PROXY: 'c', no_proxy: 'd' };
    expect(proxies(env)).toEqual({ http: { name: 'HTTP_PROXY', value: 'a' }, exempt: 'c' });
    expect(proxies({ ...env, HTTP_PROXY: '', NO_PROXY: '' })).toEqual({
      http: { name: 'http_proxy', value: 'b' },
      exempt: 'd',
    });
  });

  it('are not named by what the client of a web server can set', () => {
    const env = { REQUEST_METHOD: 'GET', HTTP_PROXY: 'evil', http_proxy: 'evil', HTTPS_PROXY: 'a' };
    expect(proxies(env)).toEqual({ https: { name: 'HTTPS_PROXY', value: 'a' } });
  });

  it('are not named by ALL_PROXY, which Go does not know', () => {
    expect(proxies({ ALL_PROXY: 'a', all_proxy: 'b' })).toEqual({});
  });
});

describe('environmentForHelpers', () => {
  const env = {
    PATH: '/bin',
    AWS_SECRET_ACCESS_KEY: 'theirs',
    TOFU_OCI_PASSWORD: 'ours',
    TOFU_OCI_LOCATION: 'x',
    UNSET: undefined,
  };

  it('takes out our own secrets and nothing else', () => {
    expect(environmentForHelpers(around(env))).toEqual({
      PATH: '/bin',
      AWS_SECRET_ACCESS_KEY: 'theirs',
      TOFU_OCI_LOCATION: 'x',
    });
  });

  it('does so whatever the case on Windows', () => {
    expect(environmentForHelpers(around({ tofu_oci_password: 'x', a: 'b' }, 'win32'))).toEqual({
      a: 'b',
    });
  });
});
