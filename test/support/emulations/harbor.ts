import { wireError } from '../published-registry.ts';
import { type Emulation, type Handler, repositoryIn } from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'harbor.example.com';

/** Harbor: a token for each repository (opentofu#3316), robots with `$` and `+` in their names, projects. */
export function harbor(backing: Handler, projects: readonly string[] = ['tf']): Emulation {
  const login = { username: 'robot$tf+ci', password: 'Secret:with:colons' };
  return {
    repository: { registry: host, path: 'tf/null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host],
    handlers: [
      tokenDesk({
        host,
        realm: `https://${host}/service/token`,
        service: 'harbor-registry',
        login,
      }),
      ({ path }) => {
        const [project = ''] = (repositoryIn(path) ?? '').split('/');
        return project === '' || projects.includes(project)
          ? undefined
          : wireError(404, 'NOT_FOUND', `project ${project} not found`);
      },
      backing,
    ],
  };
}
