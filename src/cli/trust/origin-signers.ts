import { parseSha256Sums } from '../../artifact/index.ts';
import type { CallOptions } from '../../base/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  packageFilename,
  type Platform,
  type ProviderAddress,
} from '../../domain/index.ts';
import type { OfferedVersion, ProviderRegistry } from '../../origin/index.ts';
import {
  type MirroredProvider,
  ReleaseChecksumError,
  selectVersions,
  type SurveyFailure,
} from '../../publish/index.ts';
import type { JudgeOptions } from '../../signatures/index.ts';
import { judgeOne } from './judge-one.ts';
import type { JudgedRelease } from './signer-status.ts';

export type Looked = { readonly release: JudgedRelease } | { readonly failure: SurveyFailure };

export interface OriginLook extends CallOptions {
  readonly registry: ProviderRegistry;
  readonly judging: JudgeOptions;
  /** Asked about where a registry does not tell which platforms it has. */
  readonly platform: Platform;
}

/**
 * Who signed the wanted releases of a provider, as its registry states it. Sums and signature are fetched, and no
 * package. What can not be looked at is among the results.
 * @throws the signal's reason
 */
export async function lookAtOrigin(
  wanted: MirroredProvider,
  look: OriginLook,
): Promise<readonly Looked[]> {
  const { provider } = wanted;
  const failed = (error: unknown, version?: string): Looked => {
    look.signal?.throwIfAborted();
    return { failure: { provider: formatProviderAddress(provider), version, error } };
  };
  try {
    const { signal } = look;
    const offered = await look.registry.versions(provider, { signal });
    const { missing, versions } = selectVersions(wanted, offered.versions);
    const looked = missing.map((error) => failed(error));
    for (const one of versions) {
      try {
        looked.push({ release: await lookAtRelease(provider, one, look) });
      } catch (error) {
        looked.push(failed(error, formatVersion(one.version)));
      }
    }
    return looked;
  } catch (error) {
    return [failed(error)];
  }
}

async function lookAtRelease(
  provider: ProviderAddress,
  { platforms: [platform], version }: Pick<OfferedVersion, 'platforms' | 'version'>,
  look: OriginLook,
): Promise<JudgedRelease> {
  const { judging, registry, signal } = look;
  const wanted = { provider, version, platform: platform ?? look.platform };
  const document = await registry.document(wanted, { signal });
  const sums = await registry.sums(document, { signal });
  // Sums of something else, signed by somebody else, must not make that somebody this provider's signer.
  const name = packageFilename(provider.type, version, wanted.platform);
  if (parseSha256Sums(sums.toString('utf8')).get(name) !== document.zh) {
    const text = `SHA256SUMS of the origin and its download document do not state the same for ${name}`;
    throw new ReleaseChecksumError(name, text);
  }
  const { signingKeys } = document;
  const signature =
    signingKeys.length === 0 ? undefined : await registry.signature(document, { signal });
  return await judgeOne({ provider, version, sums, signature, signingKeys }, judging);
}
