import type { CallOptions } from '../base/index.ts';
import type { RepositoryName } from '../spec/index.ts';

export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token, as Docker's `identitytoken`: only ever sent to the token server. */
  | { readonly kind: 'identity-token'; readonly refreshToken: string }
  /** Sent as the bearer token just as it is. */
  | { readonly kind: 'access-token'; readonly token: string };

/** Where credentials come from; asked only after a registry wants some, and again when they expired. */
export interface CredentialSource {
  credentialsFor(repository: RepositoryName, options?: CallOptions): Promise<Credentials>;
}

export const anonymousCredentials: CredentialSource = {
  credentialsFor: () => Promise.resolve({ kind: 'anonymous' }),
};

/** `Authorization` for HTTP Basic; user names are taken as they are (robot accounts hold `$` and `+`). */
export function basicHeader({
  username,
  password,
}: Extract<Credentials, { kind: 'basic' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** What the user can do about a refusal, given what was sent; names the kind and never the secret. */
export function loginHint(kind: Credentials['kind'], registry: string): string {
  const login = loginCommand(registry);
  switch (kind) {
    case 'anonymous':
      return `No credentials are configured for ${registry}; log in with ${login}.`;
    case 'basic':
      return `The configured user name and password for ${registry} were used; check them and what that user may do, or log in again with ${login}.`;
    case 'identity-token':
      return `The configured identity token for ${registry} was used; it may be expired or revoked, log in again with ${login}.`;
    case 'access-token':
      return `The configured access token for ${registry} was used; it may be expired or not meant for this repository.`;
  }
}

export function loginCommand(registry: string): string {
  return `"tofu-oci login ${registry}"`;
}
