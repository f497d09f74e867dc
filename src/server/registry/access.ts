import { isRepositoryPath } from '../../spec/index.ts';
import type { V2Route } from './v2-path.ts';

/** What a request wants to do with a repository. */
export interface AccessRequest {
  readonly repository: string;
  /**
   * `list` is to see the name; `replace` is asked for besides `push` or `delete`, when the packages of a
   * published provider version would become others.
   */
  readonly action: 'list' | 'pull' | 'push' | 'delete' | 'replace';
}

const actions: Readonly<Record<string, AccessRequest['action']>> = {
  GET: 'pull',
  HEAD: 'pull',
  DELETE: 'delete',
};

/** Whoever asks about an upload is the one who pushes. */
export function actionOf({ kind }: V2Route, method: string): AccessRequest['action'] {
  if (kind === 'upload' || kind === 'upload-start') return 'push';
  return actions[method] ?? 'push';
}

/** Everything that a request needs, for telling a client which token to get; nothing for wrong names. */
export function accessNeeded(
  route: V2Route | undefined,
  method: string,
  query: URLSearchParams,
): readonly AccessRequest[] {
  if (route === undefined || !('repository' in route)) return [];
  const { repository } = route;
  if (!isRepositoryPath(repository)) return [];
  const own = { repository, action: actionOf(route, method) };
  const from = route.kind === 'upload-start' && query.has('mount') ? query.get('from') : null;
  if (from === null || from === repository || !isRepositoryPath(from)) return [own];
  return [own, { repository: from, action: 'pull' }];
}
