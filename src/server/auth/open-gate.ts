import { type Clock, LimitExceededError, nodeFiles, readFileBounded } from '../../base/index.ts';
import { HtpasswdError, TokenSettingsError } from '../errors.ts';
import {
  openReloadable,
  type ReadText,
  type Reloadable,
  type ReloadEvents,
} from '../reloadable.ts';
import { createBasicAuthenticator } from './authenticator.ts';
import { passwordChallenger, tokenChallenger } from './challenge.ts';
import { createGate, type Gate, type Login } from './gate.ts';
import { maxHtpasswdBytes, parseHtpasswd } from './htpasswd.ts';
import { idleRules, type WhoLogsIn } from './idle-rules.ts';
import { createPasswordChecker } from './password-checker.ts';
import { createPolicy } from './policy.ts';
import { maxRightsBytes, parseRights } from './rights.ts';
import { createStaticTokenAuthenticator } from './static-token-authenticator.ts';
import { holdsStaticTokens, maxStaticTokensBytes, parseStaticTokens } from './static-tokens.ts';
import { createTokenAuthenticator } from './token-authenticator.ts';
import { parseTokenKeys } from './token-keys.ts';
import { maxTokenSettingsBytes, parseTokenSettings } from './token-settings.ts';
import { createTokenVerifier } from './token-verifier.ts';

export interface GateFiles {
  readonly htpasswdFile?: string | undefined;
  readonly tokensFile?: string | undefined;
  readonly rightsFile?: string | undefined;
  readonly clock?: Clock | undefined;
  /** There when clients are spoken to by HTTPS. */
  readonly tls?: unknown;
}

export interface OpenGate {
  readonly gate: Gate;
  /** The files that the gate goes by. */
  readonly files: readonly Reloadable<unknown>[];
  /** What is strange about the files as they are now, in sentences, though they can be used. */
  readonly warnings: () => readonly string[];
}

/** A chain of certificates has some kilobytes. */
const maxKeyBytes = 256 * 1024;

/**
 * Reads who may come in, and with which rights.
 * @throws HtpasswdError, TokenSettingsError, TokenKeyError, RightsError, FileAccessError
 */
export async function openGate(
  { htpasswdFile, tokensFile, rightsFile, clock, tls }: GateFiles,
  events: ReloadEvents & { readonly failed: (error: unknown) => void },
): Promise<OpenGate> {
  const areStatic = tokensFile !== undefined && (await hasStaticTokens(tokensFile));
  if (htpasswdFile !== undefined && tokensFile !== undefined && !areStatic) {
    throw new TokenSettingsError(tokensFile, `it excludes the passwords of ${htpasswdFile}`);
  }
  const files: Reloadable<unknown>[] = [];
  const watched = async <T>(load: (read: ReadText) => Promise<T>): Promise<Reloadable<T>> => {
    const opened = await openReloadable(load, events);
    files.push(opened);
    return opened;
  };

  const rights =
    rightsFile === undefined
      ? undefined
      : await watched(async (read) =>
          parseRights(await read(rightsFile, maxRightsBytes), rightsFile),
        );
  let who = (): WhoLogsIn => ({ kind: 'nobody' });
  let realm = (): string | undefined => undefined;
  const passwords = async (file: string): Promise<Login> => {
    const users = await watched(async (read) =>
      parseHtpasswd(await readHtpasswd(read, file), file),
    );
    const checker = await createPasswordChecker();
    who = () => ({ kind: 'users', names: users.get(), file });
    return {
      authenticator: createBasicAuthenticator(() => users.get(), checker, clock),
      challenger: passwordChallenger,
      schemes: ['Basic'],
      knows: (name) => users.get().has(name),
    };
  };
  const tokens = async (file: string): Promise<Login> => {
    const rules = await watched(async (read) => {
      const settings = parseTokenSettings(await read(file, maxTokenSettingsBytes), file);
      const { keyFile, service, issuer } = settings;
      const keys = parseTokenKeys(await read(keyFile, maxKeyBytes), keyFile);
      return { settings, verifier: createTokenVerifier({ keys, service, issuer, clock }) };
    });
    who = () => ({ kind: 'bearers' });
    realm = () => rules.get().settings.realm;
    return {
      authenticator: createTokenAuthenticator(() => rules.get().verifier),
      challenger: tokenChallenger(() => rules.get().settings),
      schemes: ['Bearer'],
    };
  };

  const staticTokens = async (file: string): Promise<Login> => {
    const known = await watched(async (read) =>
      parseStaticTokens(await read(file, maxStaticTokensBytes), file),
    );
    const others = htpasswdFile === undefined ? undefined : await passwords(htpasswdFile);
    const users = who;
    who = () => {
      const before = users();
      const names = new Map([...known.get().values()].map((name) => [name, undefined] as const));
      if (before.kind !== 'users') return { kind: 'users', names, file };
      return {
        kind: 'users',
        names: new Map([...before.names, ...names]),
        file: `${before.file} and ${file}`,
      };
    };
    return {
      authenticator: createStaticTokenAuthenticator(() => known.get(), {
        clock,
        passwords: others?.authenticator,
      }),
      challenger: passwordChallenger,
      schemes: ['Bearer', 'Basic'],
      knows: (name) => [...known.get().values()].includes(name) || others?.knows?.(name) === true,
    };
  };

  let login: Login | undefined;
  if (tokensFile !== undefined) login = await (areStatic ? staticTokens : tokens)(tokensFile);
  else if (htpasswdFile !== undefined) login = await passwords(htpasswdFile);
  const policy = createPolicy({ hasLogin: login !== undefined, rights: () => rights?.get() });
  const warnings = (): readonly string[] => {
    const rules = rights?.get();
    const idle =
      rules === undefined || rightsFile === undefined ? [] : idleRules(rules, rightsFile, who());
    const isOpen = tls !== undefined && realm()?.toLowerCase().startsWith('http:') === true;
    const plain = `${tokensFile ?? ''}: the realm is plain HTTP; clients of an HTTPS registry refuse to send a login there`;
    return isOpen ? [...idle, plain] : idle;
  };
  return { gate: createGate({ login, policy, onError: events.failed }), files, warnings };
}

/** What kind of file it is stays as it is while the server runs. */
async function hasStaticTokens(file: string): Promise<boolean> {
  const options = { files: nodeFiles, maxBytes: maxStaticTokensBytes };
  return holdsStaticTokens((await readFileBounded(file, options)).toString('utf8'));
}

async function readHtpasswd(read: ReadText, file: string): Promise<string> {
  try {
    return await read(file, maxHtpasswdBytes);
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    throw new HtpasswdError(file, undefined, 'it is too large to be an htpasswd file');
  }
}
