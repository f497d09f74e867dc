import { type CallOptions, type Files, nodeFiles } from '../base/index.ts';
import { type CredentialHelpers, createCredentialHelpers } from './credential-helper.ts';
import { type BasicLogin, withLogin, withoutLogins } from './docker-config-edit.ts';
import { changeDockerFile } from './docker-config-file.ts';
import type { LoginPlace } from './login-place.ts';
import { helperServers, isKeyOf, keysToStore } from './login-target.ts';
import type { RepositoryPrefix } from './repository-prefix.ts';
import type { Surroundings } from './surroundings.ts';

export interface KeepLoginOptions extends CallOptions {
  readonly files?: Files | undefined;
  readonly helpers?: CredentialHelpers | undefined;
}

/**
 * Stores a login where `findLoginPlace` said.
 * @throws CredentialHelperError, CredentialStoreError, FileAccessError
 */
export async function storeLogin(
  surroundings: Surroundings,
  { login, place, target }: StoredLogin,
  options: KeepLoginOptions = {},
): Promise<void> {
  const { files = nodeFiles, signal } = options;
  const helpers = options.helpers ?? createCredentialHelpers(surroundings, { files });
  const { file, helper } = place;
  const change = { files, surroundings, signal };
  if (helper === undefined) {
    if (file === undefined) return;
    await changeDockerFile(file, (text) => withLogin(text, keysToStore(target), login), change);
    return;
  }
  await storeInHelper(helpers, helper, { login, registry: target.registry, signal });
  if (file === undefined) return;
  // An entry of the file itself would come before its helper.
  const isOld = (key: string): boolean => isKeyOf(target, key);
  await changeDockerFile(
    file,
    (text) => (text === undefined ? undefined : withoutLogins(text, isOld).text),
    change,
  );
}

export interface StoredLogin {
  readonly target: RepositoryPrefix;
  readonly place: LoginPlace;
  readonly login: BasicLogin;
}

/**
 * Under the name that OpenTofu asks for; and for helpers that compare names as they are, under that of `docker
 * login`, so that Docker and ORAS find it as well.
 */
async function storeInHelper(
  helpers: CredentialHelpers,
  helper: string,
  { login, registry, signal }: CallOptions & { readonly login: BasicLogin; registry: string },
): Promise<void> {
  const [ours, theirs] = helperServers(registry);
  const answer = { username: login.username, secret: login.password };
  await helpers.store(helper, ours, answer, { signal });
  const found = await helpers.get(helper, theirs, { signal }).catch(() => undefined);
  signal?.throwIfAborted();
  if (found?.username === answer.username && found.secret === answer.secret) return;
  await helpers.store(helper, theirs, answer, { signal });
}
