import {
  type Annotations,
  type Descriptor,
  type Digest,
  isManifestType,
  type Manifest,
  referrerDescriptor,
} from '../spec/index.ts';
import { compareBytes } from '../base/index.ts';

/** What is kept about a manifest with a subject. */
export interface Referrer {
  readonly descriptor: Descriptor;
  /** False when its annotations were too long to be kept: then only the manifest itself has them. */
  readonly isWhole: boolean;
}

/** What the manifests of a repository say about each other: referrers, and children of indexes. */
export class ManifestRelations {
  readonly #maxAnnotationChars: number;
  readonly #referrers = new Map<Digest, Map<Digest, Referrer>>();
  readonly #subjects = new Map<Digest, Digest>();
  readonly #nested = new Map<Digest, Descriptor>();

  /** @param maxAnnotationChars kept of one referrer; a manifest may have megabytes of annotations. */
  constructor(maxAnnotationChars: number) {
    this.#maxAnnotationChars = maxAnnotationChars;
  }

  add(descriptor: Descriptor, manifest: Manifest): void {
    if (manifest.kind === 'index') {
      for (const { mediaType, digest, size } of manifest.manifests) {
        if (isManifestType(mediaType)) this.#nested.set(digest, { mediaType, digest, size });
      }
    }
    if (manifest.subject === undefined) return;
    const subject = manifest.subject.digest;
    const known = this.#referrers.get(subject) ?? new Map<Digest, Referrer>();
    known.set(descriptor.digest, this.#referrer(referrerDescriptor(descriptor, manifest)));
    this.#referrers.set(subject, known);
    this.#subjects.set(descriptor.digest, subject);
  }

  /** Forgets a manifest that is gone, as a referrer and as a child. */
  remove(digest: Digest): void {
    this.#nested.delete(digest);
    const subject = this.#subjects.get(digest);
    if (subject === undefined) return;
    this.#subjects.delete(digest);
    const known = this.#referrers.get(subject);
    known?.delete(digest);
    if (known?.size === 0) this.#referrers.delete(subject);
  }

  /** The manifest by the descriptor with which an index names it. */
  findNested(digest: Digest): Descriptor | undefined {
    return this.#nested.get(digest);
  }

  /** Sorted by digest, so that the order does not depend on who pushed first. */
  referrersOf(subject: Digest, artifactType?: string): readonly Referrer[] {
    return [...(this.#referrers.get(subject)?.values() ?? [])]
      .filter(
        ({ descriptor }) => artifactType === undefined || descriptor.artifactType === artifactType,
      )
      .sort((a, b) => compareBytes(a.descriptor.digest, b.descriptor.digest));
  }

  #referrer(descriptor: Descriptor): Referrer {
    const { annotations, ...rest } = descriptor;
    const isWhole = lengthOf(annotations) <= this.#maxAnnotationChars;
    return { descriptor: isWhole ? descriptor : rest, isWhole };
  }
}

function lengthOf(annotations: Annotations = {}): number {
  return Object.entries(annotations).reduce(
    (sum, [key, text]) => sum + key.length + text.length,
    0,
  );
}
