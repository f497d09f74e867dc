import type { IndexIdentity } from '../../artifact/index.ts';
import type { PackageHash } from '../../domain/index.ts';
import type { ReleaseVerdict } from '../../release/index.ts';
import type { Descriptor, Digest } from '../../spec/index.ts';

/** The package of one platform. */
export interface OfferedPackage {
  /** `linux_amd64` */
  readonly platform: string;
  /** `terraform-provider-TYPE_VERSION_OS_ARCH.zip` */
  readonly filename: string;
  /** The zip in the repository; its size is the package's, its digest the `zh:`. */
  readonly layer: Descriptor;
  readonly zh: PackageHash;
  /** As the index hints; nobody vouches for it (artifact-format, clause 4.5). */
  readonly hintedH1: PackageHash | undefined;
}

/** A SHA256SUMS with its signature, and the one key that made it. */
export interface SignedSums {
  readonly sums: Buffer;
  /** Of the sums, 64 hex digits. */
  readonly sha256: string;
  readonly signature: Buffer;
  /** 16 upper-case hex digits of the primary key. */
  readonly keyId: string;
  readonly publicArmor: string;
  /** `developer`: a key that the trust policy names. `gateway`: the gateway's own, because nobody else's counts. */
  readonly by: 'developer' | 'gateway';
  /** Platforms whose packages the document names, with the hash that is there. */
  readonly platforms: ReadonlySet<string>;
}

/** One release as the gateway found it, read and judged once for each state of its repository. */
export interface OfferedRelease extends IndexIdentity {
  readonly tag: string;
  /** Of the index. */
  readonly digest: Digest;
  /** By platform, bytewise. */
  readonly packages: readonly OfferedPackage[];
  /** Plugin protocol versions as the origin named them, `5.0`; empty when nobody did. */
  readonly protocols: readonly string[];
  readonly verdict: ReleaseVerdict;
  /** Signed documents that the gateway may show: developers', and its own where one release was asked for. */
  readonly proofs: readonly SignedSums[];
  /**
   * Platforms that the gateway's own key answers for. Those that are neither here nor in a proof are offered as a
   * network mirror only.
   */
  readonly ownPlatforms: ReadonlySet<string>;
}

/** A release that can not be offered at all: broken, or refused by the trust policy. */
export interface WithheldRelease extends IndexIdentity {
  readonly error: unknown;
}
