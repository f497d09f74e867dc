/** What a request needs; `push` and `delete` include `pull`. `catalog`: the list of all repositories. */
export type Access = 'pull' | 'push' | 'delete' | 'catalog';

const actionsOf: Readonly<Record<Exclude<Access, 'catalog'>, string>> = {
  pull: 'pull',
  push: 'pull,push',
  delete: 'delete,pull',
};

/** More scopes than this in one challenge serve nobody. */
const maxScopes = 10;
/** A repository's name ends at 255 characters; twice that leaves room for every kind of resource. */
const maxScopeLength = 512;

/** @see https://distribution.github.io/distribution/spec/auth/scope/ */
export function scopeOf(path: string, access: Access): string {
  if (access === 'catalog') return 'registry:catalog:*';
  return `repository:${path}:${actionsOf[access]}`;
}

/** Actions by resource (`repository:acme/null`), of what are scopes. */
export function actionsByResource(scopes: Iterable<string>): ReadonlyMap<string, Set<string>> {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    // The name in the middle may hold a colon itself: the port of a host.
    const [first, last] = [scope.indexOf(':'), scope.lastIndexOf(':')];
    if (first <= 0 || last <= first) continue;
    const resource = scope.slice(0, last);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(last + 1).split(',')) {
      if (action !== '') known.add(action);
    }
    actions.set(resource, known);
  }
  return actions;
}

/**
 * The scopes to ask a token for: what the challenge names and what we know we need (a challenge may name
 * none), actions of one resource joined, sorted, so that equal wants are equal texts.
 */
export function mergeScopes(
  challenged: string | undefined,
  needed: readonly string[],
): readonly string[] {
  const named = (challenged ?? '')
    .split(' ')
    .slice(0, maxScopes)
    .filter(({ length }) => length <= maxScopeLength);
  return [...actionsByResource([...named, ...needed])]
    .map(([resource, names]) => `${resource}:${names.has('*') ? '*' : [...names].sort().join(',')}`)
    .sort();
}
