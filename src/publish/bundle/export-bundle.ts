import { type CallOptions, compareBytes } from '../../base/index.ts';
import { tagOfVersion } from '../../artifact/index.ts';
import {
  type ArchiveDraft,
  openArchive,
  type SourceRepository,
  type TargetRepository,
} from '../../content/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  providerKey,
} from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import type { Descriptor, Digest } from '../../spec/index.ts';
import pLimit from 'p-limit';
import { type KnownContents, knownBy } from './bundle-known.ts';
import {
  allBases,
  basesAnnotation,
  type BundleBase,
  type BundledRelease,
  type BundleReceipt,
} from './bundle-receipt.ts';
import { bundleTarget } from './bundle-target.ts';
import { copy, type CopyEvents, type CopyRequest, type CopySummary } from '../copy/copy.ts';
import { type CopiedRelease, copyRelease } from '../copy/copy-release.ts';
import { readTags } from '../copy/copy-tags.ts';
import { describeRelease } from './describe-bundle.ts';

export interface ExportPlaces {
  from(provider: ProviderAddress): Promise<SourceRepository>;
  /** Of a new archive; it replaces what is there. */
  readonly draft: ArchiveDraft;
}

export interface ExportRequest extends CopyRequest {
  /** What they hold is left out. */
  readonly since: readonly BundleBase[];
}

export interface ExportOptions extends CallOptions {
  readonly events?: CopyEvents | undefined;
  readonly trust?: ReleaseTrust | undefined;
  /** Bytes of a content written so far. */
  readonly onProgress?: ((content: Descriptor, writtenBytes: number) => void) | undefined;
  /** Told about contents that an export which was stopped had written. */
  readonly onKept?: ((content: Descriptor) => void) | undefined;
  /** Keeps the receipt; waited for before the bundle gets its name. */
  saveReceipt(this: void, receipt: BundleReceipt): Promise<void>;
}

export interface ExportSummary extends CopySummary {
  /** Of the bundle, in bytes; undefined when there is, or would be, none. */
  readonly size: number | undefined;
  /** Undefined when none was written. */
  readonly sha256: string | undefined;
  /** sha256 of the earlier bundles that it needs. */
  readonly bases: readonly string[];
}

/**
 * Copies releases, with all that is said about them, into one file. The same releases give the same bytes.
 *
 * 1. Everything but packages is read, releases are judged. A release that earlier bundles hold whole is left out, and of
 *    another one the packages that they hold.
 * 2. When one of them can not be had, nothing is written: a bundle is all that was asked for.
 * 3. Packages go from their source to their place in the file, under a temporary name; what is complete there stays
 *    when it is stopped, and is not fetched again the next time.
 * 4. Every byte is read again and checked, the receipt is kept, the bundle gets its name.
 * @throws CopyError, FileAccessError, StoreLockedError, ArchiveChangedError; the signal's reason
 */
export async function exportBundle(
  places: ExportPlaces,
  request: ExportRequest,
  options: ExportOptions,
): Promise<ExportSummary> {
  return await new BundleExport(places, request, options).run();
}

/** One provider, as it is exported. */
interface Shelf {
  readonly provider: ProviderAddress;
  readonly from: SourceRepository;
  readonly to: TargetRepository;
  readonly known: KnownContents;
  readonly packages: Set<Digest>;
}

class BundleExport {
  readonly #places: ExportPlaces;
  readonly #request: ExportRequest;
  readonly #options: ExportOptions;
  readonly #known: (provider: ProviderAddress) => KnownContents;
  readonly #bases: readonly string[];
  readonly #shelves = new Map<string, Promise<Shelf>>();
  /** Those that were opened, for events, which can not wait. */
  readonly #packages = new Map<string, Set<Digest>>();

  constructor(places: ExportPlaces, request: ExportRequest, options: ExportOptions) {
    this.#places = places;
    this.#request = request;
    this.#options = options;
    this.#known = knownBy(request.since);
    this.#bases = allBases(request.since);
  }

  async run(): Promise<ExportSummary> {
    const { events = {}, signal, trust } = this.#options;
    const first = await copy(
      {
        from: async (provider) => (await this.#shelf(provider)).from,
        to: async (provider) => this.#target(await this.#shelf(provider), { claims: true }),
      },
      { ...this.#request, dryRun: false },
      { signal, trust, events: { ...this.#events(), failure: (each) => events.failure?.(each) } },
    );
    const nothing = { ...first, size: undefined, sha256: undefined, bases: this.#bases };
    if (first.failures.length > 0 || first.skipped > 0) return nothing;
    const releases: CopiedRelease[] = [];
    for (const release of first.releases) {
      releases.push(release.action === 'updated' ? await this.#copyWhole(release) : release);
    }
    for (const release of releases) events.release?.(release);
    const all = { ...nothing, releases };
    if (releases.every(({ action }) => action === 'present')) return all;
    const { draft } = this.#places;
    const annotations = basesAnnotation(this.#bases);
    if (this.#request.dryRun) return { ...all, size: await draft.size({ annotations, signal }) };
    return { ...all, ...(await this.#write(releases)) };
  }

  /** Something new is said about a release that is in an earlier bundle: it comes along, without its packages. */
  async #copyWhole(release: CopiedRelease): Promise<CopiedRelease> {
    const { provider, version } = release;
    const { signal } = this.#options;
    const shelf = await this.#shelf(provider);
    const tags = await readTags(shelf.from, { signal });
    const to = this.#target(shelf, { claims: false });
    const limiter = pLimit(this.#request.concurrency);
    const events = this.#events();
    const whole = await copyRelease(
      { provider, version, from: shelf.from, to, tags },
      { limiter, signal, events },
    );
    const { warnings } = release;
    return { ...whole, action: 'updated', bytes: release.bytes + whole.bytes, warnings };
  }

  async #write(
    releases: readonly CopiedRelease[],
  ): Promise<{ readonly size: number; readonly sha256: string }> {
    const { onKept, onProgress, saveReceipt, signal } = this.#options;
    const contents = await this.#contentsOf(releases);
    let identity = { sha256: '', size: 0 };
    await this.#places.draft.write({
      annotations: basesAnnotation(this.#bases),
      isResumable: true,
      concurrency: this.#request.concurrency,
      signal,
      onKept,
      onProgress,
      beforeReplacing: async (temporary) => {
        const archive = await openArchive(temporary, { signal });
        try {
          identity = await archive.check({ signal });
        } finally {
          await archive.close();
        }
        await saveReceipt({ ...identity, bases: this.#bases, ...contents });
      },
    });
    return identity;
  }

  async #contentsOf(
    releases: readonly CopiedRelease[],
  ): Promise<Pick<BundleReceipt, 'holds' | 'releases' | 'relies'>> {
    const { signal } = this.#options;
    const described: BundledRelease[] = [];
    const holds = new Map<Digest, number>();
    const relies = new Set<Digest>();
    for (const { action, digest, provider, version } of releases) {
      const { known, to } = await this.#shelf(provider);
      const names = {
        provider: formatProviderAddress(provider),
        version: formatVersion(version),
        digest,
      };
      if (action === 'present') {
        const there = known.contentsOf(tagOfVersion(version), digest);
        described.push({ ...names, isHeld: false, contents: [...there].sort(compareBytes) });
        for (const each of there) relies.add(each);
        continue;
      }
      const tags = await readTags(to, { signal });
      const { contents, descriptors } = await describeRelease(
        to,
        { provider, version },
        { signal, tags },
      );
      described.push({ ...names, isHeld: true, contents });
      for (const descriptor of descriptors.values()) {
        if (await to.exists(descriptor, { signal })) holds.set(descriptor.digest, descriptor.size);
        else relies.add(descriptor.digest);
      }
    }
    return {
      // In whatever order they were asked for; versions of each are ascending already.
      releases: described.sort((a, b) => compareBytes(a.provider, b.provider)),
      holds: [...holds]
        .map(([digest, size]) => ({ digest, size }))
        .sort((a, b) => compareBytes(a.digest, b.digest)),
      relies: [...relies].filter((digest) => !holds.has(digest)).sort(compareBytes),
    };
  }

  #events(): CopyEvents {
    return {
      package: (identity, platform, layer) => {
        this.#packages.get(providerKey(identity.provider))?.add(layer.digest);
        this.#options.events?.package?.(identity, platform, layer);
      },
    };
  }

  #target(shelf: Shelf, { claims }: { readonly claims: boolean }): TargetRepository {
    const { draft } = this.#places;
    return bundleTarget({ ...shelf, draft, claimsReleases: claims });
  }

  async #shelf(provider: ProviderAddress): Promise<Shelf> {
    const key = providerKey(provider);
    const opened = this.#shelves.get(key) ?? this.#open(provider);
    this.#shelves.set(key, opened);
    return await opened;
  }

  async #open(provider: ProviderAddress): Promise<Shelf> {
    const key = providerKey(provider);
    const packages = new Set<Digest>();
    this.#packages.set(key, packages);
    const from = await this.#places.from(provider);
    const to = this.#places.draft.repository(key);
    return { provider, from, to, known: this.#known(provider), packages };
  }
}
