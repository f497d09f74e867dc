import * as v from 'valibot';
import { printable } from '../base/index.ts';

/** What a file in the format of Docker's `config.json` or Podman's `auth.json` says about credentials. */
export interface DockerConfig {
  /** In the order of the file. */
  readonly auths: readonly DockerAuth[];
  /** Names of helpers by key of the file. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for all registries. */
  readonly store: string | undefined;
  /** What was passed over, and why; without secrets. */
  readonly remarks: readonly string[];
}

/** An entry of `auths`. */
export interface DockerAuth {
  /** `REGISTRY`, `REGISTRY/PATH`, or something like `https://index.docker.io/v1/`. */
  readonly key: string;
  readonly login:
    | { readonly kind: 'basic'; readonly username: string; readonly password: string }
    | { readonly kind: 'identity-token'; readonly refreshToken: string };
  /** OpenTofu does not see an entry that has an identity token alone. */
  readonly ours: boolean;
}

/** Such a file is unusable as a whole; never leaves the room. The message never holds what the file holds. */
export class DockerConfigProblem extends Error {}

const text = v.nullish(v.string(), '');
const entry = v.nullish(v.object({ auth: text, identitytoken: text }));
const document = v.object({
  auths: v.nullish(v.record(v.string(), entry), {}),
  credHelpers: v.nullish(v.record(v.string(), text), {}),
  credsStore: text,
});

/** @throws DockerConfigProblem */
export function parseDockerConfig(source: string): DockerConfig {
  const value = parseJson(source);
  // The library takes an array for an object without properties.
  const read = v.safeParse(document, Array.isArray(value) ? undefined : value);
  if (!read.success) {
    // Only the place: the library's messages repeat the value, which may be a secret.
    const place = read.issues[0].path?.map(({ key }) => String(key)).join('.') ?? '';
    const where = place === '' ? '' : ` at ${JSON.stringify(printable(place, 200))}`;
    throw new DockerConfigProblem(`it does not have the form of a Docker configuration${where}`);
  }
  const { auths, credHelpers, credsStore } = read.output;
  const remarks: string[] = [];
  const entries: DockerAuth[] = [];
  for (const [key, value] of Object.entries(auths)) {
    const auth = readAuth(key, value ?? { auth: '', identitytoken: '' }, remarks);
    if (auth !== undefined) entries.push(auth);
  }
  return {
    auths: entries,
    helpers: new Map(Object.entries(credHelpers).filter(([, helper]) => helper !== '')),
    store: credsStore === '' ? undefined : credsStore,
    remarks,
  };
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source.replace(/^\ufeff/u, ''));
  } catch {
    // The parser's own message quotes the text around the place.
    throw new DockerConfigProblem('it is not valid JSON');
  }
}

/** @returns undefined for an entry without credentials, as `docker login` leaves where a helper keeps them */
function readAuth(
  key: string,
  { auth, identitytoken }: { readonly auth: string; readonly identitytoken: string },
  remarks: string[],
): DockerAuth | undefined {
  const shown = JSON.stringify(printable(key, 200));
  const plain = decodeBase64(auth);
  if (plain === undefined) {
    throw new DockerConfigProblem(`the auth of ${shown} is not valid base64`);
  }
  if (identitytoken !== '') {
    const login = { kind: 'identity-token', refreshToken: identitytoken } as const;
    return { key, login, ours: plain === '' };
  }
  if (plain === '') return undefined;
  const colon = plain.indexOf(':');
  if (colon < 0) {
    remarks.push(`the auth of ${shown} does not hold USER:PASSWORD`);
    return undefined;
  }
  const username = plain.slice(0, colon);
  return { key, login: { kind: 'basic', username, password: plain.slice(colon + 1) }, ours: false };
}

/** Standard base64 with its padding, as Go reads it; line breaks do not count. */
function decodeBase64(encoded: string): string | undefined {
  const compact = encoded.replaceAll(/[\r\n]/gu, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(compact)) return undefined;
  return Buffer.from(compact, 'base64').toString('utf8');
}
