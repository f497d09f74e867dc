import { type CallOptions, isNotFound, nodeFiles } from '../../base/index.ts';
import {
  annotationKeys,
  buildOriginDocument,
  buildSigningKeysDocument,
  buildTarget,
  type EvidenceDocuments,
  packageLayer,
  type PackageRecord,
} from '../../artifact/index.ts';
import { bytesSource, fileSource, type TargetRepository } from '../../content/index.ts';
import { formatPlatform, packageFilename, parsePlatform } from '../../domain/index.ts';
import {
  gatherEvidence,
  IncompleteReleaseError,
  readRelease,
  readReleasePackage,
} from '../../release/index.ts';
import { type Descriptor, emptyDescriptor } from '../../spec/index.ts';
import type { OriginRelease } from './mirror-origin.ts';
import type {
  MirrorPublication,
  MirrorPublishOptions,
  MirrorTarget,
  StandingPackage,
  StandingRelease,
} from './mirror-target.ts';
import { RepositoryOwnershipError } from '../errors.ts';
import { publishRelease } from '../push/publish-release.ts';
import { checkOwnership } from '../push/published-release.ts';

/** Mirrors into an OCI repository. */
export function createRepositoryTarget(repository: TargetRepository): MirrorTarget {
  return {
    name: repository.name,
    keepsEvidence: true,

    /** From the index alone where it has our annotations. */
    async standing(identity, { look, signal }): Promise<StandingRelease | undefined> {
      let release;
      try {
        release = await readRelease(repository, identity, { signal });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
      const packages = new Map<string, StandingPackage>();
      for (const { descriptor, hints, platform } of release.index.targets) {
        const { h1, size } = hints;
        const read = async () =>
          await readReleasePackage(repository, release, platform, { signal });
        const zh = hints.zh ?? (await read()).zh;
        const isDamaged = look && !(await isWhole(repository, descriptor, read, signal));
        packages.set(formatPlatform(platform), { zh, size, h1, isDamaged });
      }
      const isOurs = release.index.annotations[annotationKeys.provider] !== undefined;
      return { index: release.descriptor, isOurs, packages };
    },

    async hasEvidence({ index }, { signal }) {
      if (index === undefined) return false;
      // What nobody can read says nothing of the release.
      const { evidence } = await gatherEvidence(repository, index, { signal });
      return evidence.length > 0;
    },

    // A store on this disk has nothing to gain from it.
    ...(repository.address === undefined
      ? {}
      : {
          async sendEarly({ adopt, identity, standing }, { onSent, signal }) {
            try {
              if (standing === undefined) {
                await checkOwnership(repository, identity, { adopt, signal });
              }
            } catch (error) {
              signal?.throwIfAborted();
              // Whatever else is wrong, publishing looks again, and tells.
              if (!(error instanceof RepositoryOwnershipError)) return undefined;
              throw error;
            }
            return async (content) => {
              const onProgress = (bytes: number): void => onSent?.(content.descriptor, bytes);
              await repository.push(content, { signal, onProgress });
            };
          },
        }),

    async publish(publication, options) {
      await heal(repository, publication, options);
      const { adopt, packages, release, replace, requireEvidence } = publication;
      const { provider, version } = release;
      const identity = { provider, version };
      const [documents, ...moreDocuments] = documentsOf(publication);
      const { evidence, index } = await publishRelease(
        repository,
        {
          identity,
          packages,
          documents,
          moreDocuments,
          annotations: {},
          adopt,
          replace,
          merge: true,
          dryRun: false,
          requireEvidence,
          sumsNameAll: release.sumsNameAll,
        },
        {
          signal: options.signal,
          files: options.files,
          clock: options.clock,
          trust: release.trust,
          events: {
            progress: (content, bytes) => options.onSent?.(content, bytes),
            warning: (text) => options.onWarning?.(text),
          },
        },
      );
      return { index, evidence };
    },
  };
}

/** Whether a platform's manifest and its zip are there. */
async function isWhole(
  repository: TargetRepository,
  manifest: Descriptor,
  read: () => ReturnType<typeof readReleasePackage>,
  signal: CallOptions['signal'],
): Promise<boolean> {
  if (!(await repository.exists(manifest, { signal }))) return false;
  try {
    const { layer } = await read();
    return await repository.exists(layer, { signal });
  } catch (error) {
    if (error instanceof IncompleteReleaseError) return false;
    throw error;
  }
}

/** What is said of the release: what somebody said before, or else what its origin says now. */
function documentsOf(
  publication: MirrorPublication,
): readonly [EvidenceDocuments, ...EvidenceDocuments[]] {
  const { proof, release } = publication;
  const [first, ...rest] = proof.documents ?? [];
  if (first !== undefined) return [first, ...rest];
  const { host, protocols, provider, sums, version } = release;
  const origin = buildOriginDocument({
    identity: { provider, version },
    host,
    packages: recordsAfter(publication),
    protocols,
  });
  const keys = proof.keys.length === 0 ? undefined : buildSigningKeysDocument(proof.keys);
  return [{ sums, signature: proof.signature, keys, origin }];
}

/** What the release holds after it was published: what is there already keeps what was said of it. */
function recordsAfter({
  packages,
  release,
  standing,
}: MirrorPublication): readonly PackageRecord[] {
  const fetched = packages.map(({ record }) => record);
  const names = new Set(fetched.map(({ platform }) => formatPlatform(platform)));
  const kept = [...(standing?.packages ?? [])].flatMap(([name, one]) =>
    names.has(name) ? [] : recordOf(release, name, one),
  );
  return [...fetched, ...kept];
}

function recordOf(
  { provider, version }: OriginRelease,
  name: string,
  { h1, size, zh }: StandingPackage,
): readonly PackageRecord[] {
  if (h1 === undefined || size === undefined) return [];
  const platform = parsePlatform(name);
  return [{ platform, filename: packageFilename(provider.type, version, platform), size, zh, h1 }];
}

/**
 * Sends what a release names and lacks, children first, so that it can be read again. A store that has a manifest
 * is trusted elsewhere to have what is below it, so the contents are offered one by one.
 */
async function heal(
  repository: TargetRepository,
  { packages, standing }: MirrorPublication,
  { files = nodeFiles, onSent, signal }: MirrorPublishOptions,
): Promise<void> {
  for (const { path, record } of packages) {
    const there = standing?.packages.get(formatPlatform(record.platform));
    if (there?.isDamaged !== true || there.zh !== record.zh) continue;
    const layer = packageLayer(record);
    const { bytes, descriptor } = buildTarget(record);
    await repository.push(bytesSource(Buffer.from('{}'), emptyDescriptor.mediaType), { signal });
    await repository.push(fileSource(path, layer, files), {
      signal,
      onProgress: (sent) => onSent?.(layer, sent),
    });
    await repository.push(bytesSource(bytes, descriptor.mediaType), { signal });
  }
}
