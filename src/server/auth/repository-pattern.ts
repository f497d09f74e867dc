/** Whether a repository's path is one of those that a pattern names. */
export type RepositoryPattern = (path: string) => boolean;

/**
 * A pattern over repository paths: `*` stands for any part of one component, `**` as a whole component for
 * any number of them, none included. `undefined` for a text that could match no repository.
 */
export function parseRepositoryPattern(text: string): RepositoryPattern | undefined {
  if (text.length > 255) return undefined;
  const parts = text.split('/');
  if (!parts.every((part) => part === '**' || /^(?!.*\*\*)[a-z0-9._*-]+$/u.test(part))) {
    return undefined;
  }
  const matchers = parts.map((part) => (part === '**' ? 'any' : componentMatcher(part)));
  return (path) => matches(matchers, path.split('/'));
}

type Matcher = (component: string) => boolean;

/**
 * Looks for the pieces between the stars from left to right; going back is never needed, so that the time
 * stays in proportion to the length.
 */
function componentMatcher(pattern: string): Matcher {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (component) => component === first;
  return (component) => {
    if (!component.startsWith(first)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = component.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return component.endsWith(last) && component.length - last.length >= at;
  };
}

function matches(matchers: readonly (Matcher | 'any')[], components: readonly string[]): boolean {
  // After each component: which beginnings of the pattern it can be the end of.
  let reached = new Set([0, ...leadingAny(matchers, 0)]);
  for (const component of components) {
    const next = new Set<number>();
    for (const at of reached) {
      const matcher = matchers[at];
      if (matcher === undefined) continue;
      if (matcher === 'any') next.add(at);
      else if (matcher(component)) next.add(at + 1);
    }
    reached = new Set([...next].flatMap((at) => [at, ...leadingAny(matchers, at)]));
    if (reached.size === 0) return false;
  }
  return reached.has(matchers.length);
}

/** The places that can be reached from one by letting `**` stand for nothing. */
function leadingAny(matchers: readonly (Matcher | 'any')[], from: number): readonly number[] {
  const places: number[] = [];
  for (let at = from; matchers[at] === 'any'; at++) places.push(at + 1);
  return places;
}
