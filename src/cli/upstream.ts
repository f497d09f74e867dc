import type { CallOptions, TofuOciError } from '../base/index.ts';
import { tagOfVersion, versionOfTag } from '../artifact/index.ts';
import type { Version } from '../domain/index.ts';
import type {
  HeldRelease,
  SurveyedRelease,
  UpstreamReader,
  UpstreamState,
} from '../publish/index.ts';
import type { EvidenceStatement, ReleaseVerdict } from '../release/index.ts';
import { openOriginClients } from './open-origins.ts';
import { originSettings } from './origin-settings.ts';
import type { Wiring } from './wire.ts';

/** A release beside its origin. */
export interface Upstream {
  readonly state: UpstreamState;
  /** Versions that the origin has and that are newer than all that are held, ascending. */
  readonly newer: readonly Version[];
}

/** The registries that the addresses of providers name. */
export async function openUpstream(wiring: Wiring): Promise<UpstreamReader> {
  const { http } = await wiring.repositories();
  const [{ createUpstreamReader }, { registry }] = await Promise.all([
    import('../publish/index.ts'),
    originSettings(wiring).then((settings) => openOriginClients(http, settings)),
  ]);
  return createUpstreamReader({ registry });
}

/** What was read of a release that is held. */
interface HeldFacts {
  readonly packages: HeldRelease['packages'];
  readonly evidence: readonly EvidenceStatement[];
  readonly verdict: ReleaseVerdict;
}

/** @returns undefined where nobody wants the origin to be asked */
export async function askUpstream(
  upstream: UpstreamReader | undefined,
  { facts, release }: { readonly release: SurveyedRelease; readonly facts: HeldFacts },
  call: CallOptions,
): Promise<Upstream | undefined> {
  if (upstream === undefined) return undefined;
  const { constraints = [], provider, tags, version } = release;
  const { evidence, packages, verdict } = facts;
  const state = await upstream.compare(
    {
      provider,
      version,
      packages,
      sums: evidence.flatMap(({ sums }) => sums ?? []),
      signedBy: verdict.signedBy,
      rule: verdict.rule,
    },
    call,
  );
  const held = [...tags].flatMap((tag) => {
    const found = versionOfTag(tag);
    return found !== undefined && tagOfVersion(found) === tag ? [found] : [];
  });
  const newer = (await upstream.newer(provider, { held, constraints }, call)) ?? [];
  return { state, newer };
}

/** What decides the exit code. */
export function upstreamErrors(upstream: Upstream | undefined): readonly TofuOciError[] {
  switch (upstream?.state.kind) {
    case 'compared':
      return upstream.state.errors;
    case 'failed':
      return [upstream.state.error];
    default:
      return [];
  }
}
