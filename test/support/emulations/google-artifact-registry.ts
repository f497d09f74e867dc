import type { Reply } from '../scripted-peer.ts';
import { type Emulation, type Handler, hostOf } from './emulation.ts';
import { tokenDesk } from './token-desk.ts';

const host = 'europe-docker.pkg.dev';
const uploads = '/artifacts-uploads/namespaces/acme/repositories/tf/uploads/';

/**
 * Google's Artifact Registry: uploads outside `/v2/` (rust-oci-client#175), 21 KB of header in each answer
 * (actions/attest-build-provenance#606), and pages for people with status 200 where something failed.
 */
export function googleArtifactRegistry(
  backing: Handler,
  tags: 'listed' | 'as a page' = 'listed',
): Emulation {
  const login = { username: 'oauth2accesstoken', password: 'ya29.secret' };
  const places: string[] = [];
  const elsewhere: Handler = async (request) => {
    const { path } = request;
    if (hostOf(request) !== host) return undefined;
    const isUpload = path.startsWith(uploads);
    const [, index = '', query = ''] = /uploads\/(\d+)(\?.*)?$/u.exec(path) ?? [];
    const there = isUpload ? `${places[Number(index)] ?? ''}${query}` : path;
    const reply = await backing({ ...request, path: there });
    const location = reply?.headers?.['location'];
    if (reply?.status !== 202 || typeof location !== 'string') return reply;
    places.push(location);
    const headers = { ...reply.headers, location: `${uploads}${String(places.length - 1)}` };
    return { ...reply, headers };
  };
  const withLargeHeader =
    (handler: Handler): Handler =>
    async (request) => {
      const reply = await handler(request);
      if (reply === undefined) return undefined;
      const filler = Object.fromEntries(
        Array.from({ length: 7 }, (_, index) => [`x-policy-${String(index)}`, 'p'.repeat(3000)]),
      );
      return { ...reply, headers: { ...reply.headers, ...filler } } satisfies Reply;
    };
  const page: Handler = ({ path }) =>
    tags === 'as a page' && path.includes('/tags/list')
      ? { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }
      : undefined;
  const realm = `https://${host}/v2/token`;
  return {
    repository: { registry: host, path: 'acme/tf/null' },
    login: { kind: 'basic', ...login },
    ownHosts: [host],
    handlers: [tokenDesk({ host, realm, service: host, login }), page, elsewhere].map(
      withLargeHeader,
    ),
  };
}
