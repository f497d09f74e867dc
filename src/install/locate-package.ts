import { type CallOptions, findInCauses } from '../base/index.ts';
import { type ProviderLock, sameVersion } from '../domain/index.ts';
import {
  type PackageMeta,
  type PackageRequest,
  PlatformNotSupportedError,
  type ProviderSource,
} from '../sources/index.ts';
import { lockedVersionGone } from './errors.ts';

/**
 * Where the package is. A registry answers alike for a platform and for a version that it has not; of a version
 * that comes from the lock file nobody has heard yet whether it is there, so then it is asked for its versions.
 * @throws NoMatchingVersionError when the locked version is not on offer, and what the source throws
 */
export async function locatePackage(
  source: ProviderSource,
  request: PackageRequest,
  { locked, signal }: CallOptions & { readonly locked: ProviderLock | undefined },
): Promise<PackageMeta> {
  try {
    return await source.packageMeta(request, { signal });
  } catch (error) {
    const isLocked = locked !== undefined && sameVersion(locked.version, request.version);
    if (!isLocked || findInCauses(error, PlatformNotSupportedError) === undefined) throw error;
    const offered = await source
      .availableVersions(request.provider, { signal })
      .catch(() => undefined);
    if (offered?.some((version) => sameVersion(version, request.version)) !== false) throw error;
    throw lockedVersionGone(request.version, error);
  }
}
