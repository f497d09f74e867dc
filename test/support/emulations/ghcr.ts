import { type Emulation, type Handler, hostOf, isReferrers, noReferrers } from './emulation.ts';
import { pagedTags } from './paged-tags.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'ghcr.io';

/**
 * GitHub's registry: referrers are redirected to a page of github.com, which soon has enough of it
 * (artifacthub/hub#4785); tags come in pages.
 */
export function ghcr(backing: Handler): Emulation {
  const login = { username: 'ann', password: 'ghp_secret' };
  return {
    repository: { registry: host, path: 'acme/tf/null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host],
    handlers: [
      (request) => (hostOf(request) === 'github.com' ? { status: 429 } : undefined),
      tokenDesk({ host, realm: 'https://ghcr.io/token', service: 'ghcr.io', login }),
      (request) => {
        if (!isReferrers(request)) return undefined;
        const location = `https://github.com/-${request.path.slice(0, -20)}`;
        return { status: 303, headers: { location } };
      },
      noReferrers(backing),
      pagedTags(backing, { size: 2 }),
      backing,
    ],
  };
}
