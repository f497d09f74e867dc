import { join } from 'node:path';
import { type CallOptions, type Files, isNotFound, nodeFiles } from '../base/index.ts';
import {
  annotationKeys,
  buildOriginDocument,
  buildSigningKeysDocument,
  type IndexIdentity,
  type PackageRecord,
} from '../artifact/index.ts';
import type { Limiter, TargetRepository } from '../content/index.ts';
import {
  formatPlatform,
  packageFilename,
  type PackageHash,
  samePlatform,
} from '../domain/index.ts';
import { readRelease, readReleasePackage, type Release } from '../release/index.ts';
import type { SignedBy } from '../signatures/index.ts';
import type { Descriptor } from '../spec/index.ts';
import { PackageConflictError } from './errors.ts';
import type { LocalPackage } from './local-package.ts';
import type { OriginPackage, OriginRelease } from './mirror-origin.ts';
import { type Published, publishRelease, type PublishOptions } from './publish-release.ts';

export interface MirrorReleaseRequest {
  readonly release: OriginRelease;
  readonly to: TargetRepository;
  /** A private folder of its own, for packages on their way; whoever made it removes it. */
  readonly folder: string;
  /** Take over manifests that another tool made. */
  readonly adopt: boolean;
  /** Allow published packages to change. */
  readonly replace: boolean;
  /** Only look: nothing is fetched and nothing is sent. */
  readonly dryRun: boolean;
}

export type MirroredOutcome = 'pushed' | 'present' | 'planned';

export interface MirroredPackage {
  readonly platform: string;
  readonly outcome: MirroredOutcome;
  readonly zh: PackageHash;
  /** Bytes of the zip, where they are known. */
  readonly size: number | undefined;
}

export interface MirroredRelease extends IndexIdentity {
  readonly repository: string;
  /** Of the index; undefined when nothing is published yet. */
  readonly index: Descriptor | undefined;
  /** Undefined when nothing was asked: all packages were there. */
  readonly verdict: MirrorVerdict | undefined;
  readonly evidence: Published['evidence'] | 'present';
  /** Sorted by platform. */
  readonly packages: readonly MirroredPackage[];
}

/** Who vouches for a release, by OpenTofu's rule for its address. */
export interface MirrorVerdict {
  readonly kind: 'signed' | 'unsigned';
  readonly signedBy: SignedBy | undefined;
}

export interface MirrorReleaseOptions extends CallOptions {
  /** Packages of all releases that are on their way at the same time. */
  readonly limiter: Limiter;
  readonly events?: MirrorReleaseEvents | undefined;
  readonly files?: Files | undefined;
  readonly clock?: PublishOptions['clock'];
}

export interface MirrorReleaseEvents {
  /** Bytes of a package received so far. */
  received?(
    this: void,
    release: IndexIdentity,
    one: OriginPackage,
    bytes: number,
    totalBytes: number | undefined,
  ): void;
  fetched?(this: void, release: IndexIdentity, one: LocalPackage): void;
  /** Bytes of a package sent so far. */
  sent?(this: void, release: IndexIdentity, content: Descriptor, bytes: number): void;
  warning?(this: void, release: IndexIdentity, text: string): void;
}

/**
 * Brings one release of an origin into a repository.
 *
 * 1. What is there is recognised by its index alone: the origin's SHA256SUMS gives each platform's hash, the
 *    annotations the hash that is published. Where all are the same, nothing else is asked or sent.
 * 2. A platform that is published with other bytes is a conflict, before anything is fetched.
 * 3. The signature is verified. Then what is missing is fetched, each package to a file, and read once.
 * 4. The release is published with what the origin said of it as evidence, the tag last.
 *
 * @throws PackageConflictError, PackageSignatureError, BadPackageError, and what `publishRelease` and the origin throw
 */
export async function mirrorRelease(
  request: MirrorReleaseRequest,
  options: MirrorReleaseOptions,
): Promise<MirroredRelease> {
  const { dryRun, release, to } = request;
  const { provider, version } = release;
  const identity = { provider, version };
  const standing = await readStanding(to, identity, options);
  const missing = missingPackages(request, standing);
  const base = { ...identity, repository: to.name };
  const outcomes = (outcome: MirroredOutcome, fetched: readonly PackageRecord[]) =>
    release.packages
      .map(({ platform, zh }): MirroredPackage => {
        const isMissing = missing.some((one) => samePlatform(one.platform, platform));
        const record = fetched.find((one) => samePlatform(one.platform, platform));
        const size = record?.size ?? standing?.records.get(formatPlatform(platform))?.size;
        const name = formatPlatform(platform);
        return { platform: name, outcome: isMissing ? outcome : 'present', zh, size };
      })
      .sort((a, b) => (a.platform < b.platform ? -1 : 1));
  if (missing.length === 0 && standing?.isOurs === true) {
    const { descriptor: index } = standing.release;
    return {
      ...base,
      index,
      verdict: undefined,
      evidence: 'present',
      packages: outcomes('present', []),
    };
  }
  const { signal } = options;
  const proof = await release.prove({ signal });
  const verdict: MirrorVerdict = {
    kind: proof.signedBy === undefined ? 'unsigned' : 'signed',
    signedBy: proof.signedBy,
  };
  if (dryRun) {
    const index = standing?.release.descriptor;
    return { ...base, index, verdict, evidence: 'planned', packages: outcomes('planned', []) };
  }
  const packages = await fetchAll(missing, request, options);
  const records = packages.map(({ record }) => record);
  const kept = [...(standing?.records.values() ?? [])].filter(
    ({ platform }) => !records.some((one) => samePlatform(one.platform, platform)),
  );
  const published = await publishRelease(
    to,
    {
      identity,
      packages,
      documents: {
        sums: release.sums,
        signature: proof.signature,
        keys: proof.keys.length === 0 ? undefined : buildSigningKeysDocument(proof.keys),
        origin: buildOriginDocument({
          identity,
          host: release.host,
          packages: [...records, ...kept],
          protocols: release.protocols,
        }),
      },
      annotations: {},
      adopt: request.adopt,
      replace: request.replace,
      merge: true,
      dryRun: false,
    },
    {
      signal,
      files: options.files,
      clock: options.clock,
      events: {
        progress: (content, bytes) => options.events?.sent?.(identity, content, bytes),
        warning: (text) => options.events?.warning?.(identity, text),
      },
    },
  );
  const { evidence, index } = published;
  return { ...base, index, verdict, evidence, packages: outcomes('pushed', records) };
}

interface Standing {
  readonly release: Release;
  /** It says that it is this provider's: nobody else's manifests have to be taken over. */
  readonly isOurs: boolean;
  readonly hashes: ReadonlyMap<string, PackageHash>;
  /** What the index says of packages, where it says all of it. */
  readonly records: ReadonlyMap<string, PackageRecord>;
}

/** What is published now: from the index alone where it has our annotations. */
async function readStanding(
  to: TargetRepository,
  identity: IndexIdentity,
  { signal }: CallOptions,
): Promise<Standing | undefined> {
  let release;
  try {
    release = await readRelease(to, identity, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const hashes = new Map<string, PackageHash>();
  const records = new Map<string, PackageRecord>();
  for (const { hints, platform } of release.index.targets) {
    const name = formatPlatform(platform);
    const zh = hints.zh ?? (await readReleasePackage(to, release, platform, { signal })).zh;
    hashes.set(name, zh);
    const filename = packageFilename(identity.provider.type, identity.version, platform);
    const { h1, size } = hints;
    if (h1 !== undefined && size !== undefined) {
      records.set(name, { platform, filename, size, zh, h1 });
    }
  }
  const isOurs = release.index.annotations[annotationKeys.provider] !== undefined;
  return { release, isOurs, hashes, records };
}

function missingPackages(
  { release, replace }: MirrorReleaseRequest,
  standing: Standing | undefined,
): readonly OriginPackage[] {
  return release.packages.filter(({ platform, zh }) => {
    const name = formatPlatform(platform);
    const published = standing?.hashes.get(name);
    if (published === undefined) return true;
    if (published === zh) return false;
    if (!replace) throw new PackageConflictError(name, { published, offered: zh });
    return true;
  });
}

/** Waits for all, also when one fails: nothing writes into the folder when it returns. */
async function fetchAll(
  missing: readonly OriginPackage[],
  { folder, release }: MirrorReleaseRequest,
  options: MirrorReleaseOptions,
): Promise<readonly LocalPackage[]> {
  const { events, files = nodeFiles, limiter, signal } = options;
  const results = await Promise.allSettled(
    missing.map((one) =>
      limiter(async () => {
        signal?.throwIfAborted();
        const path = join(
          folder,
          packageFilename(release.provider.type, release.version, one.platform),
        );
        const fetched = await release.fetch(one, path, {
          files,
          signal,
          onProgress: (bytes, total) => events?.received?.(release, one, bytes, total),
        });
        events?.fetched?.(release, fetched);
        return fetched;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
