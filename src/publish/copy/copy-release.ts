import { type CallOptions, categoryOf, findInCauses } from '../../base/index.ts';
import { type IndexIdentity, tagOfVersion } from '../../artifact/index.ts';
import {
  CopyError,
  copyGraph,
  type CopyGraphOptions,
  type GraphEvents,
  type Limiter,
  type SourceRepository,
  type TargetRepository,
} from '../../content/index.ts';
import { formatPlatform } from '../../domain/index.ts';
import { cosignTagsOf, readRelease, type Release, type ReleaseTrust } from '../../release/index.ts';
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  parseImageIndex,
  parseManifest,
} from '../../spec/index.ts';
import { copyCosignTag } from './copy-cosign.ts';
import { knownManifests } from './copy-known-manifests.ts';
import { type CopyOutcome, CopyRecord } from './copy-record.ts';
import { collectReferrers, type FoundReferrer } from './copy-referrers.ts';
import { digestOfTag } from './copy-tags.ts';
import { CopyConflictError } from '../errors.ts';
import { requireTrusted } from './judge-source.ts';

export interface CopyReleaseRequest extends IndexIdentity {
  readonly from: SourceRepository;
  readonly to: TargetRepository;
  /** All tags of the source's repository: cosign's are found among them. */
  readonly tags: ReadonlySet<string>;
}

/** What is told while a release is copied; calls come in no promised order. */
export interface CopyReleaseEvents {
  /** The package of a platform is this content, about to be copied. */
  package?(this: void, identity: IndexIdentity, platform: string, layer: Descriptor): void;
  /** Bytes of `content` sent so far; starts again when it is tried again. */
  progress?(this: void, content: Descriptor, sentBytes: number): void;
  /** Content is in the target now. */
  done?(this: void, content: Descriptor, outcome: CopyOutcome): void;
}

export interface CopyReleaseOptions extends CallOptions {
  /** Shared by all that is copied at the same time. */
  readonly limiter: Limiter;
  /** Shared by all that is copied into the same repository. */
  readonly present?: Set<Digest> | undefined;
  readonly events?: CopyReleaseEvents | undefined;
  /** By what a release is judged before anything of it is copied; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
}

export interface CopiedPackage {
  readonly platform: string;
  readonly outcome: CopyOutcome;
  /** Bytes; undefined where nothing says it. */
  readonly size?: number | undefined;
}

export interface CopiedRelease extends IndexIdentity {
  readonly repository: string;
  readonly tag: string;
  /** Of the index. */
  readonly digest: Digest;
  /** `updated`: the release was there, and something that is said about it was not. */
  readonly action: 'copied' | 'updated' | 'present';
  readonly packages: readonly CopiedPackage[];
  /** Manifests that say something about it, cosign's included. */
  readonly referrers: { readonly copied: number; readonly present: number };
  /** Bytes that went over. */
  readonly bytes: number;
  /** What could not come along. */
  readonly warnings: readonly string[];
}

/**
 * Copies one version of a provider, byte for byte.
 *
 * 1. Its tag is resolved, once; everything after goes by digest. What is no release of this provider and
 *    version is refused, and so is a target whose tag is at something else. Where a trust rule is for the provider,
 *    the release has to meet it.
 * 2. The index goes over, with everything below it, children first.
 * 3. What is said about the index and its manifests follows: referrers, referrers of those, and the tags
 *    of cosign.
 * 4. The tag comes last: who sees it sees all of it.
 * @throws CopyConflictError, CopyError, LimitExceededError, UntrustedReleaseError, UntrustedEvidenceError, and what
 *   `readRelease` throws
 */
export async function copyRelease(
  request: CopyReleaseRequest,
  options: CopyReleaseOptions,
): Promise<CopiedRelease> {
  return await new ReleaseCopy(request, options).run();
}

class ReleaseCopy {
  readonly #request: CopyReleaseRequest;
  readonly #options: CopyReleaseOptions;
  readonly #record = new CopyRecord();
  readonly #warnings: string[] = [];

  constructor(request: CopyReleaseRequest, options: CopyReleaseOptions) {
    this.#request = request;
    this.#options = options;
  }

  async run(): Promise<CopiedRelease> {
    const { from, to, provider, version } = this.#request;
    const { limiter, signal, trust } = this.#options;
    const tag = tagOfVersion(version);
    const [release, standing] = await Promise.all([
      limiter(() => readRelease(from, { provider, version }, { signal })),
      limiter(() => digestOfTag(to, tag, { signal })),
    ]);
    const { digest } = release.descriptor;
    if (standing !== undefined && standing !== digest) {
      throw new CopyConflictError({ repository: to.name, tag }, { from: digest, to: standing });
    }
    const verdict = await limiter(() => requireTrusted(from, release, { signal, trust }));
    this.#warnings.push(...(verdict?.warnings ?? []));
    if (standing === undefined) await this.#copyIndex(release);
    const referrers = await this.#copyWhatIsSaid(release, { isNew: standing === undefined });
    if (standing === undefined) {
      await limiter(() => to.tag(release, tag, { signal, replaces: 'nothing' }));
    }
    const action = standing === undefined ? 'copied' : referrers.copied > 0 ? 'updated' : 'present';
    return {
      provider,
      version,
      repository: to.name,
      tag,
      digest,
      action,
      packages: this.#packagesOf(release),
      referrers,
      bytes: this.#record.bytes,
      warnings: this.#warnings,
    };
  }

  async #copyIndex(release: Release): Promise<void> {
    const { from, to } = this.#request;
    const platforms = new Map<Digest, string>();
    for (const { descriptor, platform } of release.index.targets) {
      platforms.set(descriptor.digest, formatPlatform(platform));
    }
    const noteChildren = (descriptor: Descriptor, bytes: Buffer): readonly Descriptor[] => {
      const manifest = parseManifest(bytes, descriptor.mediaType);
      const platform = platforms.get(descriptor.digest);
      const layer = manifest.kind === 'manifest' ? manifest.layers[0] : undefined;
      if (platform !== undefined && layer !== undefined) {
        this.#record.notePackage(descriptor.digest, layer);
        this.#options.events?.package?.(this.#request, platform, layer);
      }
      return childrenOf(manifest);
    };
    await copyGraph(knownManifests(from, [release]), to, release.descriptor, {
      ...this.#graphOptions(),
      // Where the tag is not, the manifests are not: only what was interrupted leaves some.
      assumeMissing: true,
      childrenOf: noteChildren,
    });
  }

  async #copyWhatIsSaid(
    release: Release,
    { isNew }: { readonly isNew: boolean },
  ): Promise<CopiedRelease['referrers']> {
    const { from, to, tags } = this.#request;
    const { manifests } = parseImageIndex(release.bytes);
    const subjects = [
      release.descriptor,
      ...manifests.filter(({ mediaType }) => isManifestType(mediaType)),
    ];
    const levels = await collectReferrers(from, subjects, this.#options);
    const outcomes: ('copied' | 'present' | 'left')[] = [];
    for (const level of levels) {
      await settled(
        bySubject(level).map(async (several) => {
          // In turn: they may have to be written into one list, which the last writer would win.
          for (const one of several) outcomes.push(await this.#copyReferrer(one, isNew));
        }),
      );
    }
    const spoken = [...subjects, ...levels.flat().map(({ descriptor }) => descriptor)];
    const digests = [...new Set(spoken.map(({ digest }) => digest))];
    await settled(
      cosignTagsOf(digests, tags).map(async (tag) => {
        outcomes.push(await copyCosignTag({ from, to, tag }, this.#graphOptions()));
      }),
    );
    const count = (which: string): number => outcomes.filter((one) => one === which).length;
    return { copied: count('copied'), present: count('present') };
  }

  /** @returns `left` for one that could not come along, with a warning. */
  async #copyReferrer(
    { descriptor, subject }: FoundReferrer,
    isNew: boolean,
  ): Promise<'copied' | 'present' | 'left'> {
    const { from, to } = this.#request;
    const { digest } = descriptor;
    try {
      await copyGraph(from, to, descriptor, {
        ...this.#graphOptions(),
        assumeMissing: isNew,
        offerRoot: true,
      });
      return this.#record.outcomeOf(digest) === 'present' ? 'present' : 'copied';
    } catch (error) {
      const failure = findInCauses(error, CopyError);
      if (failure === undefined) throw error;
      const category = categoryOf(failure);
      if (failure.side === 'destination' && category === 'unsupported') {
        this.#warnings.push(
          `${to.name} does not take ${digest}, which is about ${subject}: ${failure.message}`,
        );
        return 'left';
      }
      // Cleaning jobs remove manifests and leave them in lists.
      const isGone = failure.side === 'source' && failure.descriptor.digest === digest;
      if (!isGone || category !== 'not-found') throw error;
      this.#warnings.push(
        `${from.name} lists ${digest} as being about ${subject}, and does not have it`,
      );
      return 'left';
    }
  }

  #graphOptions(): CopyGraphOptions & { readonly limiter: Limiter } {
    const { events, limiter, present, signal } = this.#options;
    const note =
      (outcome: CopyOutcome) =>
      (content: Descriptor): void => {
        this.#record.note(content, outcome);
        events?.done?.(content, outcome);
      };
    const graphEvents: GraphEvents = {
      copied: note('copied'),
      mounted: note('mounted'),
      skipped: note('present'),
      progress: (content, sent) => events?.progress?.(content, sent),
    };
    return { signal, limiter, present, events: graphEvents };
  }

  #packagesOf({ index }: Release): readonly CopiedPackage[] {
    return index.targets.map(({ descriptor, platform, hints }) => {
      const { layer, outcome } = this.#record.packageOf(descriptor.digest);
      return { platform: formatPlatform(platform), outcome, size: layer?.size ?? hints.size };
    });
  }
}

function bySubject(referrers: readonly FoundReferrer[]): readonly (readonly FoundReferrer[])[] {
  const groups = new Map<Digest, FoundReferrer[]>();
  for (const referrer of referrers) {
    const group = groups.get(referrer.subject) ?? [];
    group.push(referrer);
    groups.set(referrer.subject, group);
  }
  return [...groups.values()];
}

/** Waits for all of them, also after a failure, so that nothing runs on when the copy has returned. */
async function settled(tasks: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
