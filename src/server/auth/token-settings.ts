import { dirname, resolve } from 'node:path';
import { TokenSettingsError } from '../errors.ts';

/** Whose tokens are taken, and where clients get them. */
export interface TokenSettings {
  /** The URL that challenges send clients to. */
  readonly realm: string;
  /** What the token server knows us as. */
  readonly service: string;
  /** The only `iss` accepted; any when not given. */
  readonly issuer: string | undefined;
  /** PEM file with the public keys, or certificates, that tokens are verified with. */
  readonly keyFile: string;
}

/** Four short texts. */
export const maxTokenSettingsBytes = 64 * 1024;

const known: ReadonlySet<string> = new Set(['realm', 'service', 'issuer', 'keys']);

/**
 * Reads `{"realm": URL, "service": NAME, "issuer": NAME, "keys": FILE}`; the file of keys is looked for
 * beside this one. `issuer` may be left out.
 * @throws TokenSettingsError
 */
export function parseTokenSettings(text: string, file: string): TokenSettings {
  const fail = (problem: string) => new TokenSettingsError(file, problem);
  const settings = readObject(text);
  if (settings === undefined) throw fail('it is no JSON object');
  const unknown = Object.keys(settings).find((name) => !known.has(name));
  if (unknown !== undefined) throw fail(`there is no setting ${JSON.stringify(unknown)}`);
  const textOf = (name: string) => {
    const value = settings[name];
    if (typeof value !== 'string' || value === '') throw fail(`"${name}" should be a text`);
    // It goes into a quoted string of a header, where it should need no escapes.
    if (!/^[\x20-\x7e]{1,1000}$/u.test(value) || /["\\]/u.test(value)) {
      throw fail(`"${name}" may have printable ASCII only, without quotes and backslashes`);
    }
    return value;
  };
  const realm = textOf('realm');
  if (!isRealm(realm)) throw fail('"realm" should be an https:// or http:// URL without a user');
  const { keys } = settings;
  if (typeof keys !== 'string' || keys === '') throw fail('"keys" should be the name of a file');
  return {
    realm,
    service: textOf('service'),
    issuer: settings['issuer'] === undefined ? undefined : textOf('issuer'),
    keyFile: resolve(dirname(file), keys),
  };
}

function isRealm(text: string): boolean {
  if (!URL.canParse(text) || text.includes(' ')) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/u.test(protocol) && username === '' && password === '' && hash === '';
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    // The caller says that it is none.
    return undefined;
  }
}
