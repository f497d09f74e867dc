/** One entry of the `access` claim of a token: what its bearer may do with one resource. */
export interface TokenAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Who sent a request. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly name: string }
  | {
      readonly kind: 'token';
      /** Whom the token was made for; for the log only, its rights are in `access`. */
      readonly name: string | undefined;
      readonly access: readonly TokenAccess[];
    };

/** Who sent a request with credentials, or what to answer instead of serving it. */
export type AuthOutcome =
  | Exclude<Caller, { kind: 'anonymous' }>
  /** The credentials are not good. */
  | { readonly kind: 'challenge' }
  | { readonly kind: 'wait'; readonly retryAfterMs: number };

/** Judges the credentials of requests that have any. */
export interface Authenticator {
  authenticate(authorization: string | undefined, remoteAddress: string): Promise<AuthOutcome>;
  close(): Promise<void>;
}
