import { type ErrorCategory, type ErrorOptions, printable, TofuOciError } from '../base/index.ts';
import type { WireError } from '../spec/index.ts';

/** An answer of a registry, as far as errors tell of it. */
export interface RegistryAnswer {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  readonly status: number;
  /** What the body says, if it speaks the distribution spec's language. */
  readonly errors: readonly WireError[];
  /** The start of a body that does not; at most 500 characters, printable. */
  readonly text: string;
}

/** `answered 404 to GET https://…: MANIFEST_UNKNOWN: manifest unknown` */
function describe({ errors, method, status, text, url }: RegistryAnswer): string {
  const said = errors
    .map(({ code, detail, message }) => {
      const more = typeof detail === 'string' && detail !== '' ? ` (${detail})` : '';
      return `${code}: ${message}${more}`;
    })
    .join('; ');
  const reason = said === '' ? text : said;
  return `answered ${status} to ${method} ${url}${reason === '' ? '' : `: ${reason}`}`;
}

/** The registry refused or failed, in a way that has no class of its own. */
export class RegistryResponseError extends TofuOciError {
  readonly code = 'ERR_OCI_RESPONSE';
  readonly category: ErrorCategory;
  readonly answer: RegistryAnswer;
  /** The raw `Retry-After`, if there was one. */
  readonly retryAfter: string | undefined;
  constructor(
    answer: RegistryAnswer,
    category: ErrorCategory,
    options: ErrorOptions & { readonly retryAfter?: string | undefined } = {},
  ) {
    super(`error response from registry: it ${describe(answer)}`, options);
    this.answer = answer;
    this.category = category;
    this.retryAfter = options.retryAfter;
  }
}

/** The registry takes manifests, and not of this kind: it has a list of artifact types. */
export class ArtifactTypeRefusedError extends TofuOciError {
  readonly code = 'ERR_OCI_TYPE_REFUSED';
  readonly category = 'unsupported';
  readonly answer: RegistryAnswer;
  constructor(answer: RegistryAnswer) {
    super(`the registry does not take manifests of this type: it ${describe(answer)}`, {
      hint:
        'GitLab and Quay keep a list of allowed artifact types; ask the administrator to allow ' +
        'application/vnd.opentofu.provider (Quay: ALLOWED_OCI_ARTIFACT_TYPES), or use another registry.',
    });
    this.answer = answer;
  }
}

/** Not logged in, or the credentials do not hold. */
export class AuthenticationError extends TofuOciError {
  readonly code = 'ERR_OCI_UNAUTHORIZED';
  readonly category = 'auth';
  readonly registry: string;
  constructor(registry: string, what: string, options: ErrorOptions) {
    super(`${registry}: ${what}`, options);
    this.registry = registry;
  }
}

/** The registry knows who asks, and does not allow it. */
export class AccessDeniedError extends TofuOciError {
  readonly code = 'ERR_OCI_DENIED';
  readonly category = 'auth';
  readonly registry: string;
  readonly answer: RegistryAnswer;
  /** @param options.what why, where that is known and the answer does not say it. */
  constructor(
    registry: string,
    answer: RegistryAnswer,
    { what, ...options }: ErrorOptions & { readonly what?: string | undefined },
  ) {
    const why = what === undefined ? '' : `${what}; `;
    super(`access denied: ${why}${registry} ${describe(answer)}`, options);
    this.registry = registry;
    this.answer = answer;
  }
}

export function authenticationRefused(
  registry: string,
  answer: RegistryAnswer,
  { hint, what }: { readonly hint: string; readonly what?: string | undefined },
): AuthenticationError {
  const why = what === undefined ? '' : `${what}; `;
  return new AuthenticationError(registry, `not authorized: ${why}it ${describe(answer)}`, {
    hint,
  });
}

/** The registry names a token server that the user's credentials must not be sent to. */
export class RealmRefusedError extends TofuOciError {
  readonly code = 'ERR_OCI_REALM_REFUSED';
  readonly category = 'auth';
  readonly registry: string;
  readonly realm: string;
  constructor(registry: string, realm: string, why: string) {
    const shown = printable(realm, 200).replace(/\/\/[^/@]*@/u, '//');
    super(`${registry} wants credentials sent to "${shown}", which is refused: ${why}`, {
      hint: 'If that token server is right, ask for it to be served from the domain of the registry.',
    });
    this.registry = registry;
    this.realm = shown;
  }
}

/** The registry said yes, with something that the distribution spec does not allow or we can not use. */
export class InvalidAnswerError extends TofuOciError {
  readonly code = 'ERR_OCI_INVALID_ANSWER';
  readonly category = 'remote';
  /** Redacted. */
  readonly url: string;
  constructor(url: string, what: string, options: ErrorOptions = {}) {
    super(`the answer to ${url} is not what a registry may say: ${what}`, options);
    this.url = url;
  }
}

/** The registry deletes no manifests, or no tags by their names. */
export class DeleteRefusedError extends TofuOciError {
  readonly code = 'ERR_OCI_DELETE_REFUSED';
  readonly category = 'unsupported';
  readonly repository: string;
  /** The tag or digest that is still there. */
  readonly reference: string;
  readonly answer: RegistryAnswer;
  constructor(
    repository: string,
    { kind, reference }: { readonly kind: 'manifest' | 'tag'; readonly reference: string },
    answer: RegistryAnswer,
  ) {
    const what = kind === 'tag' ? `the tag ${reference}` : `the manifest ${reference}`;
    super(`${repository} does not let ${what} be deleted: it ${describe(answer)}`, {
      hint:
        kind === 'tag'
          ? 'Many registries delete a manifest with all its tags, and no tag by itself; some have a page for it.'
          : 'Deleting is a setting of the registry (docker-registry: REGISTRY_STORAGE_DELETE_ENABLED=true), or done on its pages.',
    });
    this.repository = repository;
    this.reference = reference;
    this.answer = answer;
  }
}

/** The tag that lists the referrers of a manifest could not be brought up to date. */
export class ReferrersTagError extends TofuOciError {
  readonly code = 'ERR_OCI_REFERRERS_TAG';
  readonly category = 'conflict';
  readonly tag: string;
  constructor(repository: string, tag: string, why: string, options: ErrorOptions = {}) {
    super(
      `cannot bring the list of referrers under the tag ${tag} of ${repository} up to date: ${why}`,
      options,
    );
    this.tag = tag;
  }
}

/** The registry has no list of its repositories, or none for who asks. The cause says how it refused. */
export class CatalogUnavailableError extends TofuOciError {
  readonly code = 'ERR_OCI_NO_CATALOG';
  readonly category = 'usage';
  readonly registry: string;
  constructor(registry: string, cause: unknown) {
    super(`${registry} does not tell which repositories it has`, {
      cause,
      hint: 'Few registries do, and some only to administrators. Name the providers, as in hashicorp/aws.',
    });
    this.registry = registry;
  }
}
