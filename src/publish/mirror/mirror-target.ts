import type { CallOptions, Clock, Files } from '../../base/index.ts';
import type { IndexIdentity } from '../../artifact/index.ts';
import type { BlobSource, TargetRepository } from '../../content/index.ts';
import type { PackageHash } from '../../domain/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { LocalPackage } from '../push/local-package.ts';
import type { OriginProof, OriginRelease } from './mirror-origin.ts';

/** A package as it stands in the place that releases are mirrored into. */
export interface StandingPackage {
  readonly zh: PackageHash;
  /** Bytes of the zip, where the place says. */
  readonly size: number | undefined;
  readonly h1: PackageHash | undefined;
  /** Something of it is missing: it is named, and not there. Only known where it was looked for. */
  readonly isDamaged: boolean;
}

/** A release as it stands there. */
export interface StandingRelease {
  /** Undefined in places that have none. */
  readonly index: Descriptor | undefined;
  /** It says that it is this provider's: nobody else's manifests have to be taken over. */
  readonly isOurs: boolean;
  /** By platform, `linux_amd64`. */
  readonly packages: ReadonlyMap<string, StandingPackage>;
}

/** What is to be published of a release: packages that are missing, changed or damaged there. */
export interface MirrorPublication {
  readonly release: OriginRelease;
  readonly proof: OriginProof;
  readonly packages: readonly LocalPackage[];
  readonly standing: StandingRelease | undefined;
  readonly adopt: boolean;
  readonly replace: boolean;
  readonly requireEvidence: boolean;
}

export interface MirrorPublishOptions extends CallOptions {
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
  /** Bytes of a content sent so far. */
  readonly onSent?: ((content: Descriptor, bytes: number) => void) | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** `'none'`: the place has no room for evidence. */
export type MirroredEvidence = 'attached' | 'refused' | 'planned' | 'present' | 'none';

/** Where the releases of one provider are mirrored to. */
export interface MirrorTarget {
  /** For messages. */
  readonly name: string;
  /** Whether there is room for what the origin says of a release. */
  readonly keepsEvidence: boolean;
  /**
   * What is there of a release; undefined for nothing.
   * @param options.look Whether each package is really there.
   */
  standing(
    identity: IndexIdentity,
    options: CallOptions & { readonly look: boolean },
  ): Promise<StandingRelease | undefined>;
  /** Whether something that the origin says of a release is kept beside it. */
  hasEvidence(standing: StandingRelease, options: CallOptions): Promise<boolean>;
  /**
   * Where a package can be sent while it is being fetched, long before its release is published: a function for that,
   * after a look whether the place is this provider's, or undefined where that could not be found out. What it
   * sends nobody sees yet; where it fails, publishing sends it again, or fails with the reason.
   */
  sendEarly?(
    request: {
      readonly identity: IndexIdentity;
      readonly standing: StandingRelease | undefined;
      readonly adopt: boolean;
    },
    options: MirrorPublishOptions,
  ): Promise<((content: BlobSource) => Promise<void>) | undefined>;
  publish(
    publication: MirrorPublication,
    options: MirrorPublishOptions,
  ): Promise<{
    readonly index: Descriptor | undefined;
    readonly evidence: MirroredEvidence;
  }>;
}

/** A repository is the target that it is most often. */
export type MirrorPlace = TargetRepository | MirrorTarget;
