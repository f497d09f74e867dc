/**
 * One endpoint of the distribution specification, with the texts of its path still unchecked: a wrong
 * name, tag or digest has an error answer of its own, which only the endpoint knows.
 */
export type V2Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'upload-start'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: string };

/**
 * Finds the endpoint of a request path (no query). It reads from the tail, because repository names
 * have any number of components and these may be called `manifests` or `tags` themselves.
 * `undefined` for paths that belong to no endpoint. Never throws.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
export function parseV2Path(path: string): V2Route | undefined {
  if (path === '/v2' || path === '/v2/') return { kind: 'ping' };
  if (!path.startsWith('/v2/')) return undefined;
  const parts = decodeSegments(path.slice('/v2/'.length));
  if (parts === undefined) return undefined;
  if (parts.length === 1 && parts[0] === '_catalog') return { kind: 'catalog' };
  return parseUpload(parts) ?? parseNamed(parts);
}

function parseUpload(parts: readonly string[]): V2Route | undefined {
  const [secondLast, last] = parts.slice(-2);
  // With and without the trailing slash of `/blobs/uploads/`: both are seen in the wild.
  if (secondLast === 'blobs' && last === 'uploads') return start(parts.slice(0, -2));
  if (secondLast !== 'uploads' || parts.at(-3) !== 'blobs' || last === undefined) return undefined;
  const repository = parts.slice(0, -3);
  if (last === '') return start(repository);
  return repository.length === 0
    ? undefined
    : { kind: 'upload', repository: repository.join('/'), id: last };
}

function start(repository: readonly string[]): V2Route | undefined {
  return repository.length === 0
    ? undefined
    : { kind: 'upload-start', repository: repository.join('/') };
}

function parseNamed(parts: readonly string[]): V2Route | undefined {
  const repository = parts.slice(0, -2).join('/');
  const [noun, last] = parts.slice(-2);
  if (repository === '' || last === undefined || last === '') return undefined;
  switch (noun) {
    case 'manifests':
      return { kind: 'manifest', repository, reference: last };
    case 'blobs':
      return { kind: 'blob', repository, digest: last };
    case 'referrers':
      return { kind: 'referrers', repository, digest: last };
    case 'tags':
      return last === 'list' ? { kind: 'tags', repository } : undefined;
    default:
      return undefined;
  }
}

/**
 * Percent-decodes each segment by itself, so that an encoded slash stays inside its segment and fails
 * the grammar there: what a proxy in front took for one component never becomes two.
 */
function decodeSegments(path: string): string[] | undefined {
  try {
    const parts = path.split('/').map((part) => decodeURIComponent(part));
    return parts.some((part) => part.includes('/')) ? undefined : parts;
  } catch {
    // Malformed percent-encoding names nothing.
    return undefined;
  }
}
