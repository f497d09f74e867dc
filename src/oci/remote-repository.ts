import type { Remover, TargetRepository } from '../content/index.ts';
import { readableOf } from '../content/index.ts';
import { isManifestType } from '../spec/index.ts';
import { blobExists, fetchBlob } from './blobs.ts';
import { deleteManifest, deleteTag } from './delete-manifest.ts';
import { fetchManifest, manifestExists, readManifest, resolveManifest } from './manifests.ts';
import { pushBlob } from './push-blob.ts';
import { pushManifest } from './push-manifest.ts';
import { listReferrers } from './referrers.ts';
import type { RepositorySession } from './session.ts';
import { tagManifest } from './tag-manifest.ts';
import { listTags } from './tags.ts';

/** A repository of a registry, spoken to by OCI Distribution 1.1. */
export function createRemoteRepository(session: RepositorySession): TargetRepository & Remover {
  return {
    name: session.display,
    address: session.name,

    fetch: async (target, options = {}) =>
      isManifestType(target.mediaType)
        ? readableOf(await fetchManifest(session, target, options))
        : fetchBlob(session, target, options),

    exists: ({ digest, mediaType }, options = {}) =>
      isManifestType(mediaType)
        ? manifestExists(session, digest, options)
        : blobExists(session, digest, options),

    readManifest: async (reference, options = {}) => {
      const { bytes, descriptor } = await readManifest(session, reference, options);
      return { bytes, descriptor };
    },

    resolve: async (reference, options = {}) => {
      const { digest, mediaType, size } = await resolveManifest(session, reference, options);
      return { mediaType, digest, size };
    },

    tags: (options = {}) => listTags(session, options),

    referrers: (subject, options = {}) => listReferrers(session, subject.digest, options),

    push: (source, options = {}) =>
      isManifestType(source.descriptor.mediaType)
        ? pushManifest(session, source, options)
        : pushBlob(session, source, options),

    tag: (manifest, tag, options = {}) => tagManifest(session, manifest, tag, options),

    deleteManifest: (digest, options = {}) => deleteManifest(session, digest, options),

    deleteTag: (tag, options = {}) => deleteTag(session, tag, options),
  };
}
