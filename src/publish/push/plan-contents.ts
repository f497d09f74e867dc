import { type Readable } from 'node:stream';
import type { Files } from '../../base/index.ts';
import { type BuiltEvidence, packageLayer } from '../../artifact/index.ts';
import {
  type BlobSource,
  bytesSource,
  ContentNotFoundError,
  fileSource,
  type ReadableStore,
} from '../../content/index.ts';
import { type Descriptor, type Digest, emptyDescriptor } from '../../spec/index.ts';
import type { LocalPackage } from './local-package.ts';
import type { ReleasePlan } from './plan-release.ts';

export interface PlanContents {
  readonly plan: ReleasePlan;
  readonly packages: readonly LocalPackage[];
  readonly evidence: readonly BuiltEvidence[];
}

/** Everything a plan would send, as a store that copyGraph can copy from. */
export function openPlanContents(contents: PlanContents, files: Files): ReadableStore {
  const sources = new Map<Digest, BlobSource>();
  const add = (source: BlobSource): void => {
    sources.set(source.descriptor.digest, source);
  };
  add(bytesSource(Buffer.from('{}'), emptyDescriptor.mediaType));
  for (const { path, record } of contents.packages) {
    add(fileSource(path, packageLayer(record), files));
  }
  for (const { manifest } of contents.plan.packages) {
    if (manifest !== undefined) add(bytesSource(manifest.bytes, manifest.descriptor.mediaType));
  }
  const { index } = contents.plan;
  add(bytesSource(index.bytes, index.descriptor.mediaType));
  for (const { manifest, layers } of contents.evidence) {
    add(bytesSource(manifest.bytes, manifest.descriptor.mediaType));
    for (const layer of layers) add(bytesSource(layer.bytes, layer.descriptor.mediaType));
  }
  return {
    exists: (target) => Promise.resolve(sources.has(target.digest)),
    fetch: async (target: Descriptor, options): Promise<Readable> => {
      const source = sources.get(target.digest);
      if (source === undefined)
        throw new ContentNotFoundError('the release to publish', target.digest);
      return await source.open(options);
    },
  };
}
