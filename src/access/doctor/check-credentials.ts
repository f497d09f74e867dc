import type { CallOptions } from '../../base/index.ts';
import type { CredentialMatch, CredentialsPolicy, OciLogin } from '../../config/index.ts';
import { formatRepositoryName, type RepositoryName } from '../../spec/index.ts';
import { failedCheck, type Tell } from './check.ts';
import type { ProductId } from './products.ts';

const kinds: Readonly<Record<OciLogin['kind'], string>> = {
  anonymous: 'nothing',
  basic: 'the user name and password',
  'identity-token': 'the identity token',
  'access-token': 'the access token',
};

export interface CredentialCheck extends CallOptions {
  readonly policy: CredentialsPolicy;
  readonly product: ProductId | undefined;
  /** The registry asked for a user name and a password. */
  readonly wantsLogin?: boolean | undefined;
  /** What it is for, when it is not one repository. */
  readonly label?: string | undefined;
}

/** Which credentials are chosen for a repository, and why; never the secret. */
export async function checkCredentials(
  repository: RepositoryName,
  {
    label = formatRepositoryName(repository),
    policy,
    product,
    signal,
    wantsLogin,
  }: CredentialCheck,
  tell: Tell,
): Promise<void> {
  const matches = policy.matches(repository);
  let found;
  try {
    found = await policy.credentialsFor(repository, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    tell(failedCheck('credentials', `for ${label}`, error));
    return;
  }
  const { login, source } = found;
  if (login.kind === 'anonymous') {
    const why = matches.length === 0 ? '' : ` (${source})`;
    const command = `tofu-oci login ${repository.registry}`;
    if (wantsLogin === true) {
      const text = `for ${label}: none${why}, and it asks for a user name and password`;
      tell({ topic: 'credentials', status: 'warning', text, advice: `Log in: ${command}` });
      return;
    }
    const text = `for ${label}: none, so it is asked anonymously${why}`;
    const advice = `If it wants a login: ${command}`;
    tell({ topic: 'credentials', status: 'ok', text, advice });
    return;
  }
  const chosen = matches.find((match) => match.source === source);
  const user = login.kind === 'basic' ? ` of ${login.username}` : '';
  const why = chosen === undefined ? '' : `; ${reasonFor(chosen)}`;
  tell({
    topic: 'credentials',
    status: 'ok',
    text: `for ${label}: ${kinds[login.kind]}${user}, from ${source}${why}`,
  });
  for (const match of matches.filter((each) => each !== chosen)) {
    const text = `not used for ${label}: ${match.source}; ${reasonFor(match)}`;
    tell({ topic: 'credentials', status: 'ok', text });
  }
  if (chosen?.isSeenByOpenTofu === false) {
    tell({
      topic: 'credentials',
      status: 'warning',
      text: `OpenTofu itself does not use ${source}`,
      advice: `Run "tofu-oci login ${repository.registry}" without DOCKER_CONFIG and REGISTRY_AUTH_FILE.`,
    });
  }
  if (login.kind === 'basic') checkUserName(login.username, product, tell);
}

function reasonFor({ isSeenByOpenTofu, specificity }: CredentialMatch): string {
  const what =
    specificity === 1
      ? 'it is for every registry'
      : specificity === 2
        ? 'it is for this registry'
        : `it is for the first ${specificity - 2 === 1 ? 'part' : `${specificity - 2} parts`} of this path`;
  return isSeenByOpenTofu ? what : `${what}, by rules that OpenTofu does not have`;
}

/** A name that lost a part of itself on its way through a shell. */
function checkUserName(username: string, product: ProductId | undefined, tell: Tell): void {
  if (product !== 'harbor' || !/^robot(?![$+])/u.test(username)) return;
  tell({
    topic: 'credentials',
    status: 'warning',
    text: `the user ${username} looks like a robot of Harbor without its "$": did the shell expand it?`,
    advice: "Log in again with the name in single quotes: -u 'robot$PROJECT+NAME'.",
    refusal: 'harbor-robot',
  });
}
