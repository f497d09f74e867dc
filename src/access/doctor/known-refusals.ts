import type { ErrorCategory } from '../../base/index.ts';
import type { SeenExchange } from '../registry-power.ts';
import type { ProductId } from './products.ts';
import { type Step, stepOf } from './steps.ts';

/** A way in which a registry is known to refuse, or to differ, and what it means in plain words. */
export interface KnownRefusal {
  readonly id: string;
  /** Only of this one; undefined for those that tell of themselves, or that everybody has. */
  readonly product?: ProductId;
  readonly steps: readonly Step[];
  readonly status?: readonly number[];
  /** In `CODE: message (detail)` of one of the errors, or in a text that is no such error. */
  readonly says?: RegExp;
  /** The code of our own error, when there was no answer to take. */
  readonly failure?: string;
  /** `note`: the client copes with it. */
  readonly weight: 'problem' | 'note';
  readonly category?: ErrorCategory;
  readonly means: string;
  /** `{registry}` and `{repository}` stand for the names. */
  readonly advice?: string;
}

const typeIsUnknown =
  /(?:unknown|unsupported|invalid|not (?:allowed|supported|permitted)).{0,80}(?:media|artifact|config)[ _-]?type|(?:media|artifact|config)[ _-]?type.{0,200}(?:unknown|unsupported|invalid|not (?:allowed|supported|permitted))/iu;

const providerTypes =
  'application/vnd.opentofu.provider and application/vnd.opentofu.provider-target';

/** The first that fits is taken. */
export const knownRefusals: readonly KnownRefusal[] = [
  {
    id: 'ecr-create-first',
    steps: ['upload', 'push', 'tags', 'manifest', 'blob'],
    status: [404],
    says: /repository with name .* does not exist in the registry with id/iu,
    weight: 'problem',
    category: 'not-found',
    means: 'Amazon ECR makes no repository by itself, and this one is not there',
    advice:
      'Create it: aws ecr create-repository --repository-name {repository}; or set up a repository creation template for pushes.',
  },
  {
    id: 'ecr-token-expired',
    steps: ['base', 'token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401, 403],
    says: /authorization token has expired/iu,
    weight: 'problem',
    category: 'auth',
    means: 'a password for Amazon ECR is good for 12 hours, and this one is older',
    advice:
      'Run: aws ecr get-login-password | tofu-oci login {registry} -u AWS --password-stdin; or use the credential helper ecr-login.',
  },
  {
    id: 'ecr-no-login',
    product: 'ecr',
    steps: ['base', 'token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401],
    weight: 'problem',
    category: 'auth',
    means: 'Amazon ECR wants the user AWS and a password that is good for 12 hours',
    advice:
      'Run: aws ecr get-login-password | tofu-oci login {registry} -u AWS --password-stdin; or use the credential helper ecr-login.',
  },
  {
    id: 'ghcr-referrers-redirect',
    product: 'ghcr',
    steps: ['referrers'],
    failure: 'ERR_HTTP_REDIRECT_REFUSED',
    weight: 'note',
    means:
      'GitHub has no referrers API: it sends the question to a web page, which is not followed; the fallback tag is used instead',
  },
  {
    id: 'ghcr-token-scopes',
    steps: ['token', 'upload', 'push', 'manifest', 'tags'],
    status: [401, 403],
    says: /token provided does not match expected scopes|permission_denied: (?:write|create)_package/iu,
    weight: 'problem',
    category: 'auth',
    means: 'the token may not do that with packages of GitHub',
    advice:
      'Use a classic personal access token with write:packages (read:packages to install), and give it access to the organisation; in a workflow, "permissions: packages: write".',
  },
  {
    id: 'ghcr-denied',
    product: 'ghcr',
    steps: ['token', 'tags', 'manifest', 'upload', 'push'],
    status: [401, 403],
    weight: 'problem',
    category: 'auth',
    means:
      'GitHub says "denied" both for a package that is not there and for one that this user may not see',
    advice:
      'Check the name {repository}, that the package was published, and that the token (classic, with read:packages) may read it.',
  },
  {
    id: 'docker-hub-rate-limit',
    steps: ['token', 'tags', 'manifest', 'blob', 'upload', 'push', 'base'],
    status: [429],
    says: /pull rate limit|toomanyrequests/iu,
    weight: 'problem',
    category: 'remote',
    means: 'the limit of pulls for this user, or for everybody at this address, is used up',
    advice: 'Wait, or log in for a higher limit: tofu-oci login {registry}',
  },
  {
    id: 'docker-hub-referrers',
    product: 'docker-hub',
    steps: ['referrers'],
    status: [404],
    weight: 'note',
    means: 'Docker Hub has no referrers API; the fallback tag is used instead',
  },
  {
    id: 'docker-hub-denied',
    product: 'docker-hub',
    steps: ['tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401, 403],
    weight: 'problem',
    category: 'auth',
    means:
      'Docker Hub says "denied" both for a repository that is not there and for one that this user may not use; its names have exactly two parts',
    advice:
      'Log in with "tofu-oci login docker.io" (an access token in place of the password), and use a location of the form docker.io/ACCOUNT/provider_{namespace}_{type}.',
  },
  {
    id: 'gitlab-artifact-type',
    product: 'gitlab',
    steps: ['push'],
    status: [400],
    says: /unknown media type|MANIFEST_INVALID/iu,
    weight: 'problem',
    category: 'unsupported',
    means: 'GitLab keeps a list of artifact types, and that of OpenTofu providers is not on it',
    advice: `Ask the administrator of a GitLab of your own to allow ${providerTypes}; on gitlab.com there is no such setting, so use another registry.`,
  },
  {
    id: 'gitlab-no-project',
    product: 'gitlab',
    steps: ['token', 'upload', 'push', 'tags', 'manifest'],
    status: [401, 403, 404],
    says: /denied|access forbidden|insufficient_scope|NAME_UNKNOWN|unauthorized/iu,
    weight: 'problem',
    category: 'auth',
    means:
      'in GitLab every repository belongs to a project: its name begins with the path of one that exists and that this user may use',
    advice:
      'Begin the location with {registry}/GROUP/PROJECT/, and log in with a token that has read_registry (write_registry to push).',
  },
  {
    id: 'quay-artifact-type',
    product: 'quay',
    steps: ['push'],
    status: [400, 415],
    weight: 'problem',
    category: 'unsupported',
    means: 'Quay keeps a list of artifact types, and that of OpenTofu providers is not on it',
    advice: `In a Quay of your own set FEATURE_GENERAL_OCI_SUPPORT, and add ${providerTypes} to ALLOWED_OCI_ARTIFACT_TYPES.`,
  },
  {
    id: 'artifact-type',
    steps: ['push'],
    status: [400, 415, 422],
    says: typeIsUnknown,
    weight: 'problem',
    category: 'unsupported',
    means:
      'the registry keeps a list of artifact types, and that of OpenTofu providers is not on it',
    advice: `Ask its administrator to allow ${providerTypes}, or use another registry.`,
  },
  {
    id: 'gar-no-repository',
    product: 'gar',
    steps: ['token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [404],
    says: /repository .* not found|NAME_UNKNOWN/iu,
    weight: 'problem',
    category: 'not-found',
    means:
      'in Google Artifact Registry names begin with PROJECT/REPOSITORY, and this one is not there',
    advice:
      'Create it: gcloud artifacts repositories create REPOSITORY --repository-format=docker; and begin the location with {registry}/PROJECT/REPOSITORY/.',
  },
  {
    id: 'gar-denied',
    product: 'gar',
    steps: ['token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401, 403],
    weight: 'problem',
    category: 'auth',
    means: 'Google wants an access token that may use this repository; it is good for an hour',
    advice:
      'Run: gcloud auth print-access-token | tofu-oci login {registry} -u oauth2accesstoken --password-stdin; or gcloud auth configure-docker {registry}, which names a credential helper.',
  },
  {
    id: 'acr-login',
    product: 'acr',
    steps: ['base', 'token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [400, 401, 403],
    weight: 'problem',
    category: 'auth',
    means:
      'Azure takes a token of its own, with the user 00000000-0000-0000-0000-000000000000, and it is good for some hours',
    advice:
      'Run: az acr login --name NAME --expose-token --output tsv --query accessToken | tofu-oci login {registry} -u 00000000-0000-0000-0000-000000000000 --password-stdin; the user needs the role AcrPull (AcrPush to push).',
  },
  {
    id: 'harbor-no-project',
    steps: ['token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401, 403, 404],
    says: /project .* not found/iu,
    weight: 'problem',
    category: 'not-found',
    means: 'in Harbor the first part of a name is a project, which is not made by itself',
    advice:
      'Create the project, or begin the location with {registry}/PROJECT/ of one that is there.',
  },
  {
    id: 'harbor-robot',
    product: 'harbor',
    steps: ['token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401, 403],
    weight: 'problem',
    category: 'auth',
    means:
      'Harbor does not let this user in; the names of its robots hold a "$" or "+", which a shell eats between double quotes',
    advice:
      "Log in with the whole name in single quotes: tofu-oci login {registry} -u 'robot$PROJECT+NAME'; the robot needs pull (and push) rights in the project.",
  },
  {
    id: 'artifactory-denied',
    product: 'artifactory',
    steps: ['token', 'tags', 'manifest', 'blob', 'upload', 'push'],
    status: [401, 403],
    weight: 'problem',
    category: 'auth',
    means:
      'Artifactory does not let this user do that; the first part of a name is a repository of the type Docker or OCI',
    advice:
      'Check the name of the repository, the permission target (Deploy/Cache to push), and use an identity token as the password.',
  },
  {
    id: 'docker-registry-no-delete',
    steps: ['delete'],
    status: [405],
    weight: 'note',
    means: 'the registry does not delete',
    advice:
      'docker-registry deletes when it runs with REGISTRY_STORAGE_DELETE_ENABLED=true; others have a setting or a page for it.',
  },
  {
    id: 'no-referrers-api',
    steps: ['referrers'],
    status: [400, 404, 405, 406, 501],
    weight: 'note',
    means:
      'the registry is older than OCI Distribution 1.1 and has no referrers API; the fallback tag is used instead',
  },
  {
    id: 'header-too-large',
    steps: ['base', 'token', 'tags', 'manifest', 'blob', 'referrers', 'upload', 'push', 'delete'],
    failure: 'ERR_HTTP_INVALID_RESPONSE',
    says: /header of the answer is larger/iu,
    weight: 'problem',
    category: 'remote',
    means: 'the answer has more header than any registry known sends',
    advice: 'Look for a proxy on the way that adds to it.',
  },
  {
    id: 'body-limit',
    steps: ['upload', 'push'],
    status: [413],
    weight: 'problem',
    category: 'unsupported',
    means: 'something before the registry limits the size of uploads',
    advice: 'With nginx, set client_max_body_size 0 for it.',
  },
  {
    id: 'read-only',
    steps: ['upload', 'push', 'delete'],
    status: [405],
    weight: 'problem',
    category: 'unsupported',
    means: 'the registry, or this copy of it, takes no writes',
    advice: 'Push to the registry that this one is a mirror of.',
  },
];

/** What an exchange means, if it is known. */
export function explainRefusal(
  seen: SeenExchange,
  product: ProductId | undefined,
): KnownRefusal | undefined {
  const step = stepOf(seen);
  return knownRefusals.find((known) => {
    if (!known.steps.includes(step)) return false;
    if (known.product !== undefined && known.product !== product) return false;
    if (known.failure !== seen.failure?.code) return false;
    if (known.status !== undefined && !known.status.includes(seen.status ?? 0)) return false;
    return known.says === undefined || textsOf(seen).some((text) => known.says?.test(text));
  });
}

function textsOf({ errors, failure, text }: SeenExchange): readonly string[] {
  const told = errors.map(({ code, detail, message }) => {
    return `${code}: ${message}${typeof detail === 'string' ? ` (${detail})` : ''}`;
  });
  return [...told, text, failure?.message ?? ''];
}
