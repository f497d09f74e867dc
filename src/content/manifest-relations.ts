import {
  type Descriptor,
  type Digest,
  isManifestType,
  type Manifest,
  referrerDescriptor,
} from '../spec/index.ts';
import { compareBytes } from '../base/index.ts';

/** What the manifests of a repository say about each other: referrers, and children of indexes. */
export class ManifestRelations {
  readonly #referrers = new Map<Digest, Map<Digest, Descriptor>>();
  readonly #subjects = new Map<Digest, Digest>();
  readonly #nested = new Map<Digest, Descriptor>();

  add(descriptor: Descriptor, manifest: Manifest): void {
    if (manifest.kind === 'index') {
      for (const child of manifest.manifests) {
        if (isManifestType(child.mediaType)) this.#nested.set(child.digest, child);
      }
    }
    if (manifest.subject === undefined) return;
    const subject = manifest.subject.digest;
    const known = this.#referrers.get(subject) ?? new Map<Digest, Descriptor>();
    known.set(descriptor.digest, referrerDescriptor(descriptor, manifest));
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
  referrersOf(subject: Digest, artifactType?: string): readonly Descriptor[] {
    return [...(this.#referrers.get(subject)?.values() ?? [])]
      .filter((referrer) => artifactType === undefined || referrer.artifactType === artifactType)
      .sort((a, b) => compareBytes(a.digest, b.digest));
  }
}
