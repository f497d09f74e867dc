import type { Digest } from '../../spec/index.ts';
import type { ManifestContent } from '../interfaces.ts';

/** Some ten thousand manifests of the usual size; a server should still run in 256 MB. */
const maxBytes = 16 * 1024 * 1024;

/** One that is larger is read so seldom, and takes so long to send, that it makes no difference. */
const maxManifestBytes = 64 * 1024;

/** What an entry takes besides its bytes. */
const entryBytes = 400;

/**
 * Manifests that were read and verified lately, of all repositories of a server. Whether a repository has
 * a manifest is not known here.
 */
export class ManifestCache {
  readonly #entries = new Map<Digest, ManifestContent>();
  #bytes = 0;

  find(digest: Digest, mediaType: string): ManifestContent | undefined {
    const found = this.#entries.get(digest);
    if (found?.descriptor.mediaType !== mediaType) return undefined;
    // Who was asked for last goes last.
    this.#entries.delete(digest);
    this.#entries.set(digest, found);
    return found;
  }

  add(content: ManifestContent): void {
    const { digest } = content.descriptor;
    if (content.bytes.length > maxManifestBytes) return;
    this.#remove(digest);
    this.#entries.set(digest, content);
    this.#bytes += content.bytes.length + entryBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= maxBytes) return;
      this.#remove(oldest);
    }
  }

  #remove(digest: Digest): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    this.#entries.delete(digest);
    this.#bytes -= entry.bytes.length + entryBytes;
  }
}
