import type { CallOptions } from '../base/index.ts';
import {
  type BasicLogin,
  displayPath,
  findLoginPlace,
  formatLoginTarget,
  type KeepLoginOptions,
  loadCredentialsPolicy,
  type LoginPlace,
  type LoginPlaceOptions,
  type OciLogin,
  type RepositoryPrefix,
  storeLogin,
  type Surroundings,
} from '../config/index.ts';
import type { RepositoryName } from '../spec/index.ts';

/** Whether a registry knows a user and the password. */
export interface LoginChecker {
  /**
   * `not-asked` when the registry lets everybody in at its door, so that a wrong password would not have shown.
   * @throws an error of the category `auth` when it refuses them, and any other when it can not be asked
   */
  checkLogin(
    repository: RepositoryName,
    login: BasicLogin,
    options?: CallOptions,
  ): Promise<'accepted' | 'not-asked'>;
}

export interface LoginPowers extends KeepLoginOptions {
  readonly surroundings: Surroundings;
  readonly config: LoginPlaceOptions['config'];
  readonly checker: LoginChecker;
  /** Asks the user, once it is known that a login can be stored. */
  askLogin(): Promise<BasicLogin>;
}

export interface LoginSummary {
  /** `registry.example.com` or `registry.example.com/path`. */
  readonly registry: string;
  readonly username: string;
  readonly check: 'accepted' | 'not-asked';
  /** The helper that keeps the login. */
  readonly helper: string | undefined;
  /** The file that holds the login, or names the helper. */
  readonly file: string | undefined;
  readonly isReadByOpenTofu: boolean;
  /** What may keep the login from being used; for the user to read. */
  readonly warnings: readonly string[];
}

/**
 * Logs in to a registry, or to the repositories below a path in it:
 *
 * 1. Find where a login has to be stored so that OpenTofu reads it.
 * 2. Ask the user, and the registry whether the answer is right. Nothing is stored that it refuses.
 * 3. Store it, and look whether it is what the next command will find.
 * @throws LoginNotReadError, CredentialStoreError, CredentialHelperError, FileAccessError; what `checkLogin` throws
 */
export async function login(
  target: RepositoryPrefix,
  powers: LoginPowers,
  options: CallOptions = {},
): Promise<LoginSummary> {
  const { surroundings } = powers;
  const keep = { ...powers, signal: options.signal };
  const place = await findLoginPlace(surroundings, target, keep);
  const given = await powers.askLogin();
  const check = await powers.checker.checkLogin(exampleOf(target), given, options);
  await storeLogin(surroundings, { target, place, login: given }, keep);
  const name = formatLoginTarget(target);
  const unread = place.isReadByOpenTofu ? [] : [unreadWarning(place, surroundings)];
  return {
    registry: name,
    username: given.username,
    check,
    helper: place.helper,
    file: place.file === undefined ? undefined : displayPath(place.file, surroundings),
    isReadByOpenTofu: place.isReadByOpenTofu,
    warnings: [
      ...(check === 'accepted' ? [] : [uncheckedWarning(target.registry)]),
      ...place.remarks,
      ...unread,
      ...(await shadowWarnings(target, given, keep)),
    ],
  };
}

/** A repository that the login is for. */
function exampleOf({ path, registry }: RepositoryPrefix): RepositoryName {
  return { registry, path: path === '' ? 'x' : path };
}

function unreadWarning({ file }: LoginPlace, surroundings: Surroundings): string {
  const shown = displayPath(file ?? '', surroundings);
  return `OpenTofu itself does not read ${shown}: it looks at neither REGISTRY_AUTH_FILE nor DOCKER_CONFIG. Unset these and log in again, or list the file in docker_style_config_files of an oci_default_credentials block.`;
}

function uncheckedWarning(registry: string): string {
  return `${registry} lets everybody in at its door, so the user name and password could not be checked.`;
}

async function shadowWarnings(
  target: RepositoryPrefix,
  given: BasicLogin,
  powers: LoginPowers & CallOptions,
): Promise<readonly string[]> {
  const { config, files, helpers, signal, surroundings } = powers;
  const askHelper = helpers?.get;
  const policy = await loadCredentialsPolicy(surroundings, { config, files, askHelper, signal });
  const found = await policy.credentialsFor(exampleOf(target), { signal });
  if (isSame(found.login, given)) return [];
  return [`It will not be used as long as there is another before it: ${found.source}.`];
}

function isSame(found: OciLogin, { password, username }: BasicLogin): boolean {
  return found.kind === 'basic' && found.username === username && found.password === password;
}
