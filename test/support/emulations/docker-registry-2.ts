import { createHash } from 'node:crypto';
import { type Emulation, type Handler, isManifestPut, noReferrers } from './emulation.ts';
import { pagedTags } from './paged-tags.ts';

const host = 'registry.example.com';

/**
 * docker-registry 2.8: open to all, no referrers, a page that begins with the last tag of the one before, and
 * sha256 where sha512 was asked for.
 */
export function dockerRegistry2(backing: Handler): Emulation {
  return {
    repository: { registry: host, path: 'tf/null' },
    login: { kind: 'anonymous' },
    ownHosts: [host],
    handlers: [
      (request) =>
        isManifestPut(request) && request.path.includes('sha512:') ? { status: 500 } : undefined,
      noReferrers(backing),
      pagedTags(backing, { size: 2, isLastInclusive: true }),
      async (request) => {
        const { method, path } = request;
        if (method !== 'GET' || !path.includes('/blobs/sha512:')) return undefined;
        const reply = await backing(request);
        if (reply?.status !== 200 || !Buffer.isBuffer(reply.body)) return reply;
        const hex = createHash('sha256').update(reply.body).digest('hex');
        return {
          ...reply,
          headers: { ...reply.headers, 'docker-content-digest': `sha256:${hex}` },
        };
      },
      backing,
    ],
  };
}
