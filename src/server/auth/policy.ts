import type { AccessRequest } from '../registry/index.ts';
import type { Caller } from './caller.ts';
import { type Right, rightNames, rightOn, type Rights } from './rights.ts';

/** Decides who may do what. */
export interface AccessPolicy {
  may(caller: Caller, access: AccessRequest): boolean;
  /** Whether the caller may list the repositories; which of them are shown is another matter. */
  mayList(caller: Caller): boolean;
}

const needed: Readonly<Record<AccessRequest['action'], Right>> = {
  list: 'read',
  pull: 'read',
  push: 'write',
  delete: 'write',
  replace: 'replace',
};

export interface PolicyParts {
  /** Whether callers can prove who they are. */
  readonly hasLogin: boolean;
  readonly rights: () => Rights | undefined;
}

/**
 * Who may do what.
 *
 * 1. A rule for everybody counts for everybody, with and without credentials.
 * 2. For a user the rules with the user's name and those for all users count; where there are no rules at
 *    all, users may read and write, and nobody may replace.
 * 3. For a token what the token says counts: `pull`, `push`, `delete`. Replacing takes `delete`.
 * 4. Where nobody can log in and there are no rules, everybody may do everything.
 */
export function createPolicy({ hasLogin, rights }: PolicyParts): AccessPolicy {
  const may = (caller: Caller, { repository, action }: AccessRequest): boolean => {
    const rules = rights();
    if (rules === undefined && !hasLogin) return true;
    const wanted = rightNames.indexOf(needed[action]);
    const user = caller.kind === 'user' ? caller.name : undefined;
    if (rules !== undefined && rightOn(rules, repository, user) >= wanted) return true;
    if (caller.kind === 'user') return rules === undefined && wanted <= rightNames.indexOf('write');
    return caller.kind === 'token' && isGranted(caller, repository, action);
  };
  return {
    may,
    mayList: (caller) =>
      caller.kind === 'user' || !hasLogin || (caller.kind === 'token' && seesAllNames(caller)),
  };
}

type TokenCaller = Extract<Caller, { kind: 'token' }>;

function isGranted(caller: TokenCaller, repository: string, action: AccessRequest['action']) {
  if (action === 'list' && seesAllNames(caller)) return true;
  return hasAccess(caller, ['repository', repository], claimed[action]);
}

const claimed: Readonly<Record<AccessRequest['action'], string>> = {
  list: 'pull',
  pull: 'pull',
  push: 'push',
  delete: 'delete',
  replace: 'delete',
};

/** Tokens name single repositories; there is one more name for the list of them all. */
function seesAllNames(caller: TokenCaller): boolean {
  return hasAccess(caller, ['registry', 'catalog'], '*');
}

function hasAccess(
  { access }: TokenCaller,
  [type, name]: readonly [type: string, name: string],
  action: string,
): boolean {
  return access.some(
    (entry) =>
      entry.type === type &&
      entry.name === name &&
      (entry.actions.includes(action) || entry.actions.includes('*')),
  );
}
