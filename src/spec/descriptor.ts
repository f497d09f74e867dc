import type { Digest } from './digest.ts';

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
export interface OciPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly osVersion?: string | undefined;
  readonly variant?: string | undefined;
}

export type Annotations = Readonly<Record<string, string>>;

/**
 * Names content before it is moved: type, digest and size in bytes.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes; a non-negative safe integer. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Annotations | undefined;
  readonly platform?: OciPlatform | undefined;
  /** The content itself, in base64. Written for the empty blob only; never believed when read. */
  readonly data?: string | undefined;
}
