import { type CallOptions, isNotFound } from '../../base/index.ts';
import { compareVersions, sameVersion } from '../../domain/index.ts';
import type { MirrorOrigin, OriginVersion } from './mirror-origin.ts';
import type { MirroredProvider } from './select-versions.ts';

/** The versions that an origin lists, and those of the exact ones that it has without listing them; ascending. */
export async function offeredVersions(
  origin: MirrorOrigin,
  { provider, versions, wanted }: MirroredProvider,
  call: CallOptions,
): Promise<readonly OriginVersion[]> {
  const listed = await listedVersions(origin, provider, {
    ...call,
    // Nothing is cached yet, and what is asked for may be there: the answer to that says more.
    mayBeAbsent: origin.find !== undefined && versions.length > 0 && wanted.length === 0,
  });
  const found: OriginVersion[] = [];
  for (const version of versions) {
    if (listed.some((one) => sameVersion(one.version, version))) continue;
    const one = await origin.find?.({ provider, version }, call);
    if (one !== undefined) found.push(one);
  }
  if (found.length === 0) return listed;
  return [...listed, ...found].sort((a, b) => compareVersions(a.version, b.version));
}

async function listedVersions(
  origin: MirrorOrigin,
  provider: MirroredProvider['provider'],
  { mayBeAbsent, ...call }: CallOptions & { readonly mayBeAbsent: boolean },
): Promise<readonly OriginVersion[]> {
  try {
    return await origin.versions(provider, call);
  } catch (error) {
    if (mayBeAbsent && isNotFound(error)) return [];
    throw error;
  }
}
