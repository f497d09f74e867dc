import { type CallOptions, readBounded } from '../base/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  digestParts,
  type Manifest,
  maxManifestBytes,
  parseManifest,
} from '../spec/index.ts';
import { DigestMismatchError, SizeMismatchError, TagConflictError } from './errors.ts';
import type { BlobSource, ManifestContent, TagOptions } from './interfaces.ts';
import { verifyingStream } from './verifying-stream.ts';

/** A manifest that is what it says: bytes, digest, size and document agree. */
export interface CheckedManifest {
  /** Media type, digest, size, and the artifact type that the bytes state; nothing else. */
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

/**
 * What every store checks before it takes a manifest.
 * @throws SizeMismatchError, DigestMismatchError, InvalidManifestError, LimitExceededError
 */
export function checkManifest({ descriptor, bytes }: ManifestContent): CheckedManifest {
  const { mediaType, digest, size } = descriptor;
  if (bytes.length !== size) throw new SizeMismatchError(digest, size, bytes.length);
  const actual = digestOf(bytes, digestParts(digest).algorithm);
  if (actual !== digest) throw new DigestMismatchError(digest, actual);
  const manifest = parseManifest(bytes, mediaType);
  return { descriptor: plainDescriptor({ mediaType, digest, size }, manifest), bytes, manifest };
}

/** A descriptor of the manifest that carries what its own bytes say and no one's annotations. */
export function plainDescriptor(descriptor: Descriptor, manifest: Manifest): Descriptor {
  const { mediaType, digest, size } = descriptor;
  const { artifactType } = manifest;
  return { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) };
}

/** The whole of a manifest to be pushed, verified against its descriptor. */
export async function readManifestSource(
  source: BlobSource,
  { signal }: CallOptions = {},
): Promise<ManifestContent> {
  const { descriptor } = source;
  const stream = verifyingStream(await source.open({ signal }), descriptor, { signal });
  const what = `manifest ${descriptor.digest}`;
  return { descriptor, bytes: await readBounded(stream, { maxBytes: maxManifestBytes, what }) };
}

/** @throws TagConflictError when the tag is not where the caller expects it. */
export function checkReplaces(
  place: { readonly repository: string; readonly tag: string },
  current: Digest | undefined,
  { replaces }: TagOptions,
): void {
  if (replaces === undefined || replaces === (current ?? 'nothing')) return;
  throw new TagConflictError(place, replaces, current ?? 'nothing');
}
