import type { SeenExchange } from '../registry-power.ts';

/** The registries whose ways are known by name. */
export type ProductId =
  | 'acr'
  | 'artifactory'
  | 'docker-hub'
  | 'docker-registry'
  | 'ecr'
  | 'gar'
  | 'ghcr'
  | 'gitlab'
  | 'harbor'
  | 'quay';

interface Product {
  readonly id: ProductId;
  readonly name: string;
  /** Where it runs as a service. */
  readonly hosts?: RegExp;
  /** What gives it away wherever it runs. */
  readonly realm?: RegExp;
  readonly service?: RegExp;
  readonly header?: string;
}

/** In this order: a product's own hosts and marks, before what many of them share. */
export const products: readonly Product[] = [
  {
    id: 'ecr',
    name: 'Amazon ECR',
    hosts:
      /^\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$|^public\.ecr\.aws$/u,
    service: /(?:^|\.)ecr\.[a-z0-9-]+\.amazonaws\.com/u,
  },
  { id: 'ghcr', name: 'GitHub Container Registry', hosts: /^ghcr\.io$/u },
  {
    id: 'docker-hub',
    name: 'Docker Hub',
    hosts: /^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)$/u,
  },
  { id: 'gitlab', name: 'GitLab', hosts: /^registry\.gitlab\.com$/u, realm: /\/jwt\/auth$/u },
  { id: 'quay', name: 'Quay', hosts: /^quay\.io$/u, realm: /\/v2\/auth$/u },
  {
    id: 'gar',
    name: 'Google Artifact Registry',
    hosts: /^(?:[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io)$/u,
  },
  {
    id: 'acr',
    name: 'Azure Container Registry',
    hosts: /\.azurecr\.(?:io|cn|us)$/u,
    service: /\.azurecr\.(?:io|cn|us)$/u,
  },
  {
    id: 'artifactory',
    name: 'Artifactory',
    hosts: /\.jfrog\.io$/u,
    header: 'x-artifactory-id',
  },
  { id: 'artifactory', name: 'Artifactory', header: 'x-jfrog-version' },
  { id: 'harbor', name: 'Harbor', realm: /\/service\/token$/u, service: /^harbor-registry$/u },
];

/** What the registry is, from its name and from what it said; undefined when nothing gives it away. */
export function recognise(registry: string, seen: readonly SeenExchange[]): Product | undefined {
  const host = registry.replace(/:\d+$/u, '');
  return products.find((product) => {
    if (product.hosts?.test(host) === true) return true;
    return seen.some(({ challenge, headers }) => {
      const isRealm = matches(product.realm, pathOf(challenge?.realm));
      const isService = matches(product.service, challenge?.service);
      // Together, where there are both: a path alone is anybody's.
      const isMarked =
        product.realm !== undefined && product.service !== undefined
          ? isRealm && isService
          : isRealm || isService;
      return isMarked || (product.header !== undefined && headers.has(product.header));
    });
  });
}

function matches(pattern: RegExp | undefined, text: string | undefined): boolean {
  return pattern !== undefined && text !== undefined && pattern.test(text);
}

function pathOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined;
}
