/** What a request needs; `push` and `delete` include `pull`. */
export type Access = 'pull' | 'push' | 'delete';

const actionsOf: Readonly<Record<Access, string>> = {
  pull: 'pull',
  push: 'pull,push',
  delete: 'delete,pull',
};

/** More scopes than this in one challenge serve nobody. */
const maxScopes = 10;

/** @see https://distribution.github.io/distribution/spec/auth/scope/ */
export function scopeOf(path: string, access: Access): string {
  return `repository:${path}:${actionsOf[access]}`;
}

/**
 * The scopes to ask a token for: what the challenge names and what we know we need (a challenge may name
 * none), actions of one resource joined, sorted, so that equal wants are equal texts.
 */
export function mergeScopes(
  challenged: string | undefined,
  needed: readonly string[],
): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of [...(challenged ?? '').split(' ').slice(0, maxScopes), ...needed]) {
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
  return [...actions]
    .map(([resource, names]) => `${resource}:${names.has('*') ? '*' : [...names].sort().join(',')}`)
    .sort();
}
