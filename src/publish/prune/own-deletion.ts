import type { Digest, RepositoryName } from '../../spec/index.ts';

/** What is to go from a registry that does not delete over OCI's protocol. */
export interface ToDelete {
  readonly tags: readonly string[];
  readonly indexes: readonly Digest[];
  /** What is below and about them. */
  readonly others: readonly Digest[];
}

/** How a registry wants content to be deleted. */
export interface OwnDeletion {
  /** The registry refuses every DELETE, also in words that sound like missing rights. */
  readonly neverDeletes: boolean;
  readonly note: string;
  readonly commands: readonly string[];
}

/** What one call of ECR takes. */
const maxEcrImages = 100;

const general =
  'Deleting is a setting of many registries (docker-registry: REGISTRY_STORAGE_DELETE_ENABLED=true) and a right that a login may lack; others do it on their pages only.';

/**
 * The registry's own commands. They take what was given and nothing else; indexes come first, since registries refuse
 * to delete what an index still names.
 * @param address undefined for what is no registry
 */
export function ownDeletionOf(
  address: RepositoryName | undefined,
  { indexes, others, tags }: ToDelete,
): OwnDeletion {
  const digests = [...indexes, ...others];
  const { path = '', registry = '' } = address ?? {};
  const ecr = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./u.exec(registry);
  if (ecr !== null) {
    const [, account = '', region = ''] = ecr;
    return {
      neverDeletes: true,
      note: 'Amazon ECR deletes by its own API only:',
      commands: ecrCalls(indexes, others).map(
        (some) =>
          `aws ecr batch-delete-image --registry-id ${account} --region ${region} --repository-name ${path} --image-ids ${some}`,
      ),
    };
  }
  if (registry === 'public.ecr.aws') {
    const repository = path.split('/').slice(1).join('/');
    return {
      neverDeletes: true,
      note: 'Amazon ECR Public deletes by its own API only:',
      commands: ecrCalls(indexes, others).map(
        (some) =>
          `aws ecr-public batch-delete-image --region us-east-1 --repository-name ${repository} --image-ids ${some}`,
      ),
    };
  }
  if (registry === 'ghcr.io') {
    const [owner = '', ...rest] = path.split('/');
    const versions = `/orgs/${owner}/packages/container/${encodeURIComponent(rest.join('/'))}/versions`;
    const names = digests.map((digest) => `"${digest}"`).join(',');
    return {
      neverDeletes: true,
      note: `GitHub's registry deletes by GitHub's API only (for a personal account write /user instead of /orgs/${owner}):`,
      commands: [
        `gh api --paginate '${versions}' --jq '.[] | select(.name | IN(${names})) | .id' | xargs -I{} gh api --method DELETE '${versions}/{}'`,
      ],
    };
  }
  if (/^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)$/u.test(registry)) {
    return {
      neverDeletes: true,
      note: 'Docker Hub deletes by its own API only, with a token of https://hub.docker.com/v2/auth/token in HUB_TOKEN:',
      commands: tags.map(
        (tag) =>
          `curl --fail -X DELETE -H "Authorization: Bearer $HUB_TOKEN" 'https://hub.docker.com/v2/repositories/${path}/tags/${tag}/'`,
      ),
    };
  }
  if (registry === 'quay.io') {
    return {
      neverDeletes: false,
      note: 'Quay deletes tags by its own API, with an OAuth token in QUAY_TOKEN, and what no tag needs by itself:',
      commands: tags.map(
        (tag) =>
          `curl --fail -X DELETE -H "Authorization: Bearer $QUAY_TOKEN" 'https://quay.io/api/v1/repository/${path}/tag/${tag}'`,
      ),
    };
  }
  const acr = /^([a-z0-9-]+)\.azurecr\.(?:io|cn|us)$/u.exec(registry);
  if (acr !== null) {
    return {
      neverDeletes: false,
      note: 'Azure deletes with its own command, too:',
      commands: digests.map(
        (digest) =>
          `az acr repository delete --name ${acr[1] ?? ''} --image '${path}@${digest}' --yes`,
      ),
    };
  }
  if (registry.endsWith('-docker.pkg.dev')) {
    return {
      neverDeletes: false,
      note: 'Google deletes with its own command, too:',
      commands: digests.map(
        (digest) =>
          `gcloud artifacts docker images delete '${registry}/${path}@${digest}' --delete-tags --quiet`,
      ),
    };
  }
  return { neverDeletes: false, note: general, commands: [] };
}

/** The images of each call; in one call with its index a manifest would still count as needed by it. */
function ecrCalls(...parts: readonly (readonly Digest[])[]): readonly string[] {
  return parts.flatMap((digests) =>
    Array.from({ length: Math.ceil(digests.length / maxEcrImages) }, (_, index) =>
      digests
        .slice(index * maxEcrImages, (index + 1) * maxEcrImages)
        .map((digest) => `imageDigest=${digest}`)
        .join(' '),
    ),
  );
}
