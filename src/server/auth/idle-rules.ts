import { printable } from '../../base/index.ts';
import type { Rights } from './rights.ts';

/** Who can prove who they are. */
export type WhoLogsIn =
  | { readonly kind: 'nobody' }
  /** Their rights are in the tokens. */
  | { readonly kind: 'bearers' }
  | { readonly kind: 'users'; readonly names: ReadonlyMap<string, unknown>; readonly file: string };

/** Names in one warning. */
const maxNamed = 5;

/**
 * What is to be said of rules that can never apply: most are slips of the keyboard, or are read without
 * the users that they are about.
 */
export function idleRules(rights: Rights, file: string, login: WhoLogsIn): readonly string[] {
  const named = new Set(rights.map(({ who }) => who));
  const idle = [...named].filter((who) => {
    if (who === '@anonymous') return false;
    return login.kind !== 'users' || (who !== '@users' && !login.names.has(who));
  });
  if (idle.length === 0) return [];
  const whom = listed(idle);
  const end = idle.length === named.size ? ', and nobody may do anything' : '';
  switch (login.kind) {
    case 'nobody':
      return [`${file}: nobody can log in, so the rules for ${whom} never apply${end}`];
    case 'bearers':
      return [`${file}: tokens say their own rights, so the rules for ${whom} never apply`];
    case 'users': {
      const what = idle.length === 1 ? `there is no user ${whom}` : `there are no users ${whom}`;
      return [`${file}: ${what} in ${login.file}, so the rules for them never apply${end}`];
    }
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNamed).map((name) => printable(name, 100));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
