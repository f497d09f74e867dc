import { onTestFinished } from 'vitest';
import { createMemoryRepository, type TargetRepository } from '../../src/content/index.ts';
import {
  noConstraints,
  parseProviderAddress,
  type ProviderAddress,
} from '../../src/domain/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import {
  createDownload,
  createMeasureDownload,
  createProviderRegistry,
  createServiceDiscovery,
} from '../../src/origin/index.ts';
import {
  createRegistryOrigin,
  mirror,
  type MirroredRelease,
  type MirrorOrigin,
  type MirrorPlace,
  type MirrorRequest,
  type MirrorSummary,
  type WantedVersions,
} from '../../src/publish/index.ts';
import type { TrustPolicy } from '../../src/signatures/index.ts';
import type { InitWorld } from './init-world.ts';
import type { OriginKey } from './origin-key.ts';
import type { OriginRegistry, OriginRegistryOptions } from './origin-registry.ts';
import { policyFor } from './signed-evidence.ts';
import { tempFolder } from './temp-folder.ts';

export const newest: WantedVersions = { constraints: noConstraints, newest: 1 };

const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };

/** A policy with one rule for whatever address the place has. */
export const pinning =
  (key: OriginKey, more = '') =>
  (pattern: string): TrustPolicy =>
    policyFor(key, { pattern, more });

export interface MirrorPlaceOptions extends Partial<OriginRegistryOptions> {
  /** Made for the address of the provider, which names the port. */
  readonly trust?: (pattern: string) => TrustPolicy;
  readonly to?: MirrorPlace | (() => MirrorPlace);
  /** Instead of the registry. */
  readonly origin?: (registry: OriginRegistry) => MirrorOrigin;
}

/** What a run told, beside its summary. */
export interface MirrorRun extends Omit<MirrorSummary, 'releases'> {
  readonly releases: readonly MirroredRelease[];
  readonly warnings: readonly string[];
}

export interface MirrorTestPlace {
  readonly registry: OriginRegistry;
  readonly provider: ProviderAddress;
  /** Where it is mirrored to, unless that was given. */
  readonly to: TargetRepository;
  /** For packages on their way. */
  readonly folder: string;
  readonly run: (over?: Partial<MirrorRequest>) => Promise<MirrorRun>;
  readonly tags: () => Promise<readonly string[]>;
  /** What the origin was asked since the last time. */
  readonly asked: () => readonly string[];
}

/** A registry with `acme/thing` on loopback, and a repository in memory to mirror it into. */
export async function makeMirrorPlace(
  world: InitWorld,
  { origin: makeOrigin, to: givenTo, trust, ...options }: MirrorPlaceOptions = {},
): Promise<MirrorTestPlace> {
  const registry = await world.startOrigin(options);
  onTestFinished(() => registry.close());
  const provider = parseProviderAddress(`${registry.host}/acme/thing`);
  const http = createHttpClient({ ca: [world.certificate.ca] });
  onTestFinished(() => http.close());
  const origin =
    makeOrigin?.(registry) ??
    createRegistryOrigin({
      registry: createProviderRegistry({ http, discovery: createServiceDiscovery({ http }) }),
      download: createDownload(http, { retries: 0 }),
      measure: createMeasureDownload(http),
      rules: { enforceSignatures: false, enforceExpiration: false },
      trust: trust?.(`${registry.host}/acme/thing`),
    });
  const to = createMemoryRepository('registry.example.com/tf/thing');
  const folder = await tempFolder();
  let seen = 0;
  return {
    registry,
    provider,
    to,
    folder,
    run: async (over = {}) => {
      const releases: MirroredRelease[] = [];
      const warnings: string[] = [];
      const summary = await mirror(
        {
          origin,
          to: () => Promise.resolve(typeof givenTo === 'function' ? givenTo() : (givenTo ?? to)),
        },
        {
          providers: [{ provider, versions: [], wanted: [newest] }],
          platforms: undefined,
          adopt: false,
          mayReplace: () => false,
          dryRun: false,
          concurrency: 4,
          folder,
          ...over,
        },
        {
          clock,
          events: {
            release: (release) => releases.push(release),
            warning: (_release, text) => warnings.push(text),
          },
        },
      );
      return { ...summary, releases, warnings };
    },
    tags: async () => {
      const tags: string[] = [];
      for await (const tag of to.tags()) tags.push(tag);
      return tags;
    },
    asked: () => {
      const requests = registry.requests.slice(seen);
      seen = registry.requests.length;
      return requests;
    },
  };
}
