import { printable } from '../../base/index.ts';
import { RightsError } from '../errors.ts';
import { parseRepositoryPattern, type RepositoryPattern } from './repository-pattern.ts';

/**
 * What somebody may do with a repository; each includes those before it. `write` pushes and deletes, but
 * leaves the packages of a published provider version as they are; `replace` changes these too.
 */
export const rightNames = ['read', 'write', 'replace'] as const;
export type Right = (typeof rightNames)[number];

export interface RightsRule {
  /** A user's name, `@users` for everybody who logged in, `@anonymous` for everybody. */
  readonly who: string;
  readonly right: Right;
  readonly matches: RepositoryPattern;
}

/** Who may do what; what no rule allows is refused. */
export type Rights = readonly RightsRule[];

/** More than a thousand rules; each request looks at all of them. */
export const maxRightsBytes = 64 * 1024;

const groups: ReadonlySet<string> = new Set(['@anonymous', '@users']);

/**
 * Reads rules, one a line: `WHO RIGHT PATTERN…`. Blank lines and lines that begin with `#` are passed over.
 * @throws RightsError naming the line
 */
export function parseRights(text: string, file: string): Rights {
  const rules = text.split('\n').flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const fail = (problem: string, hint?: string) =>
      new RightsError(file, index + 1, problem, hint);
    const [who = '', right = '', ...patterns] = line.split(/\s+/u);
    if (who.startsWith('@') && !groups.has(who)) {
      throw fail(`there is no group "${printable(who, 100)}"`, 'Groups are @anonymous and @users.');
    }
    if (!isRight(right)) {
      const hint = 'A line is WHO RIGHT PATTERN, for example "@users read tf/**".';
      throw fail(`expected read, write or replace, got "${printable(right, 100)}"`, hint);
    }
    if (patterns.length === 0) {
      throw fail('it names no repositories', 'The pattern "**" stands for all of them.');
    }
    return patterns.map((pattern): RightsRule => {
      const matches = parseRepositoryPattern(pattern);
      if (matches !== undefined) return { who, right, matches };
      const shown = printable(pattern, 100);
      throw fail(
        `"${shown}" can match no repository`,
        'Repositories are lower case; * stands for a part of a component, ** for any components.',
      );
    });
  });
  if (rules.length === 0) {
    const hint = 'Without any rule nobody may do anything.';
    throw new RightsError(file, undefined, 'it has no rules', hint);
  }
  return rules;
}

function isRight(text: string): text is Right {
  return rightNames.some((name) => name === text);
}

/** The most that the rules allow `user`, or without one everybody; -1 for nothing, else its place in `rightNames`. */
export function rightOn(rights: Rights, repository: string, user: string | undefined): number {
  let most = -1;
  for (const { who, right, matches } of rights) {
    const level = rightNames.indexOf(right);
    if (level <= most) continue;
    const isMeant =
      who === '@anonymous' || (user !== undefined && (who === '@users' || who === user));
    if (isMeant && matches(repository)) most = level;
  }
  return most;
}
