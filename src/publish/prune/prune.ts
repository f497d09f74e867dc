import { type CallOptions, categoryOf, mapBounded } from '../../base/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import type { Digest } from '../../spec/index.ts';
import { ownDeletionOf } from './own-deletion.ts';
import { PruneLimitError } from './prune-errors.ts';
import type { KeepReason, KeepRules } from './prune-plan.ts';
import {
  planProvider,
  type PlannedVersion,
  type ProviderPlan,
  type RefuseRelease,
} from './prune-provider.ts';
import { type PrunableRepository, removeVersions } from './prune-repository.ts';

/** Where releases are removed. */
export interface PrunePlaces {
  read(provider: ProviderAddress): Promise<SourceRepository>;
  write(provider: ProviderAddress): Promise<PruneTarget>;
}

export interface PruneTarget {
  readonly repository: PrunableRepository;
  /** Frees what nothing needs any more, where that is ours to do. @returns bytes; undefined where it is not */
  finish(options: CallOptions): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface PruneRequest {
  /** Each once. */
  readonly providers: readonly ProviderAddress[];
  readonly rules: KeepRules;
  /** Of versions, over all providers. */
  readonly maxDelete: number | undefined;
  readonly dryRun: boolean;
  readonly concurrency: number;
}

export interface PrunedVersion {
  readonly provider: ProviderAddress;
  readonly version: Version;
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  /** `removable` is what a dry run says of what would go, and `left` what should have gone. */
  readonly action: 'kept' | 'removable' | 'removed' | 'left';
  readonly packages: number;
  /** Of the packages; undefined where the index does not tell. */
  readonly bytes: number | undefined;
  readonly kept: readonly KeepReason[];
  /** Empty for what stays. */
  readonly removedBecause: string;
}

export interface PruneFailure {
  readonly provider: string;
  readonly version?: string | undefined;
  readonly error: unknown;
}

export interface PruneEvents {
  /** In the order of the request, versions ascending. */
  version?(this: void, version: PrunedVersion): void;
  failure?(this: void, failure: PruneFailure): void;
  warning?(this: void, provider: ProviderAddress, text: string): void;
}

export interface PruneOptions extends CallOptions {
  readonly events?: PruneEvents | undefined;
  /** Why a release does not count among the newest; undefined for providers that no rule is for. */
  readonly refuse?: ((provider: ProviderAddress) => RefuseRelease | undefined) | undefined;
}

export interface PruneSummary {
  readonly versions: readonly PrunedVersion[];
  readonly failures: readonly PruneFailure[];
  /** Bytes that were freed on the disk; undefined where the registry does that by itself, at its own time. */
  readonly freed: number | undefined;
  /** More would go than may: nothing was removed. */
  readonly refusal: PruneLimitError | undefined;
}

/** Providers that are looked at at the same time; each asks for several things at once. */
const providersAtOnce = 4;

/**
 * Removes the versions of providers that nothing keeps. First everything is decided, then, unless it is a dry run,
 * it is done, one provider after the other. A provider that fails does not keep the others from it, unless a login
 * was refused.
 * @throws the signal's reason when aborted; refused logins
 */
export async function prune(
  places: PrunePlaces,
  request: PruneRequest,
  options: PruneOptions = {},
): Promise<PruneSummary> {
  return await new Pruning(places, request, options).run();
}

class Pruning {
  readonly #places: PrunePlaces;
  readonly #request: PruneRequest;
  readonly #options: PruneOptions;
  readonly #versions: PrunedVersion[] = [];
  readonly #failures: PruneFailure[] = [];
  #freed: number | undefined;

  constructor(places: PrunePlaces, request: PruneRequest, options: PruneOptions) {
    this.#places = places;
    this.#request = request;
    this.#options = options;
  }

  async run(): Promise<PruneSummary> {
    const { dryRun, maxDelete } = this.#request;
    const plans = await this.#plan();
    const count = plans.reduce((sum, { versions }) => sum + versions.filter(goes).length, 0);
    const isTooMuch = maxDelete !== undefined && count > maxDelete;
    for (const plan of plans) {
      if (dryRun || isTooMuch) this.#tellAll(plan, 'removable');
      else if (!(await this.#execute(plan))) break;
    }
    if (dryRun) this.#warnOfRefusals(plans);
    return {
      versions: this.#versions,
      failures: this.#failures,
      freed: this.#freed,
      refusal: isTooMuch ? new PruneLimitError(count, maxDelete) : undefined,
    };
  }

  async #plan(): Promise<readonly ProviderPlan[]> {
    const { providers, rules } = this.#request;
    const { refuse, signal } = this.#options;
    const plans = await mapBounded(providers, providersAtOnce, async (provider) => {
      try {
        const repository = await this.#places.read(provider);
        return await planProvider(repository, provider, {
          rules,
          refuse: refuse?.(provider),
          signal,
        });
      } catch (error) {
        signal?.throwIfAborted();
        if (isFatal(error)) throw error;
        return { provider, error };
      }
    });
    return plans.flatMap((plan) => {
      if (!('error' in plan)) return [plan];
      this.#failed(plan.provider, plan.error);
      return [];
    });
  }

  /** What a dry run can know beforehand; once for each registry. */
  #warnOfRefusals(plans: readonly ProviderPlan[]): void {
    const told = new Set<string>();
    for (const { address, provider, repository, versions } of plans) {
      const registry = address?.registry ?? '';
      const { neverDeletes } = ownDeletionOf(address, { indexes: [], others: [], tags: [] });
      if (!neverDeletes || told.has(registry) || !versions.some(goes)) continue;
      told.add(registry);
      this.#options.events?.warning?.(
        provider,
        `${repository} does not delete over the protocol of OCI registries; in earnest, the registry's own commands will be printed`,
      );
    }
  }

  /** @returns whether to go on with the next */
  async #execute(plan: ProviderPlan): Promise<boolean> {
    const { events, signal } = this.#options;
    const { provider, versions } = plan;
    const going = versions.filter(goes);
    if (going.length === 0) {
      this.#tellAll(plan, 'removed');
      return true;
    }
    const outcomes = new Map<string, unknown>();
    let failure: unknown;
    try {
      const target = await this.#places.write(provider);
      try {
        await removeVersions(target.repository, going, {
          signal,
          concurrency: this.#request.concurrency,
          onOutcome: ({ tag }, error) => void outcomes.set(tag, error),
          onWarning: (text) => events?.warning?.(provider, text),
        });
        const freed = await target.finish({ signal });
        if (freed !== undefined) this.#freed = (this.#freed ?? 0) + freed;
      } finally {
        await target.close();
      }
    } catch (error) {
      signal?.throwIfAborted();
      failure = error;
    }
    for (const one of versions) {
      const error = outcomes.get(one.tag);
      const isRemoved = outcomes.has(one.tag) && error === undefined;
      this.#tell(plan, one, isRemoved ? 'removed' : 'left');
      if (error !== undefined) this.#failed(provider, error, one.version);
    }
    if (failure === undefined) return true;
    this.#failed(provider, failure);
    return !isFatal(failure);
  }

  #tellAll(plan: ProviderPlan, action: PrunedVersion['action']): void {
    for (const one of plan.versions) this.#tell(plan, one, action);
  }

  #tell(
    { provider, repository }: ProviderPlan,
    planned: PlannedVersion,
    action: PrunedVersion['action'],
  ): void {
    const what = goes(planned) ? action : 'kept';
    const version = { provider, repository, ...planned, action: what };
    this.#versions.push(version);
    this.#options.events?.version?.(version);
  }

  #failed(provider: ProviderAddress, error: unknown, version?: Version): void {
    const failure = {
      provider: formatProviderAddress(provider),
      version: version === undefined ? undefined : formatVersion(version),
      error,
    };
    this.#failures.push(failure);
    this.#options.events?.failure?.(failure);
  }
}

function goes({ kept }: PlannedVersion): boolean {
  return kept.length === 0;
}

/** What fails for one fails for all. */
function isFatal(error: unknown): boolean {
  const category = categoryOf(error);
  return category === 'auth' || category === 'bug';
}
