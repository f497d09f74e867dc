import { type CallOptions, isNotFound, isTofuOciError } from '../../base/index.ts';
import {
  checkProviderPackage,
  inspectPackage,
  NotAProviderPackageError,
  type PackageSummary,
  UnsupportedArchiveError,
} from '../../archive/index.ts';
import { InvalidArtifactError } from '../../artifact/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import { type PackageHash, zhHex } from '../../domain/index.ts';
import {
  EvidenceMismatchError,
  type Finding,
  IncompleteReleaseError,
  type InspectedPackage,
  type InspectedRelease,
  problemOf,
} from '../../release/index.ts';
import type { Digest } from '../../spec/index.ts';
import { readThrough } from './verify-contents.ts';

export interface PackageToVerify {
  readonly repository: SourceRepository;
  readonly release: InspectedRelease;
  /** `linux_amd64` */
  readonly platform: string;
  readonly found: InspectedPackage;
}

export interface VerifyPackageOptions extends CallOptions {
  /** Bytes of the zip read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface VerifiedPackage {
  readonly platform: string;
  readonly digest: Digest;
  /** Bytes of the zip. */
  readonly size: number;
  /** As measured; undefined when it could not be read. */
  readonly h1: PackageHash | undefined;
  readonly isSound: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Reads a package's zip in one pass: its digest, size and inner sums, whether it is the provider's, and its
 * hashes against all that is said of it. Nothing is written, and memory does not grow with it.
 * @throws what says nothing about the package: no network, no rights, interrupted
 */
export async function verifyPackage(
  request: PackageToVerify,
  options: VerifyPackageOptions,
): Promise<VerifiedPackage> {
  const { found, platform } = request;
  const { findings, h1 } = await examine(request, options);
  const { digest, size } = found.layer;
  return { platform, digest, size, h1, isSound: findings.length === 0, findings };
}

async function examine(
  request: PackageToVerify,
  options: VerifyPackageOptions,
): Promise<Pick<VerifiedPackage, 'findings' | 'h1'>> {
  const { found, platform, release } = request;
  let summary;
  try {
    summary = await readPackage(request, options);
    checkProviderPackage(summary.entries, release.release.provider.type);
  } catch (error) {
    return { h1: undefined, findings: [problemOf(asSeenFrom(request, error), platform)] };
  }
  const { h1OfTree: h1 } = summary;
  const [stated] = found.h1?.statedBy === 'index' && found.h1.hash !== h1 ? [found.h1.hash] : [];
  const findings = [
    ...release.claims.check(platform, { zh: found.zh, h1 }).filter(isNew(release)),
    ...(stated === undefined
      ? []
      : [
          problemOf(
            new EvidenceMismatchError(`the package is ${h1}, and the index announces ${stated}`),
            platform,
          ),
        ]),
  ];
  return { h1, findings };
}

/** The error, in words and with a category that speak of the release. */
function asSeenFrom({ found, platform }: PackageToVerify, error: unknown): unknown {
  if (isNotFound(error)) {
    return new IncompleteReleaseError(found.layer.digest, error, `the manifest of ${platform}`);
  }
  if (error instanceof NotAProviderPackageError || error instanceof UnsupportedArchiveError) {
    return new InvalidArtifactError(`OpenTofu can not use the package: ${error.message}`, {
      cause: error,
    });
  }
  return error;
}

async function readPackage(
  { found, repository }: PackageToVerify,
  { onProgress, signal }: VerifyPackageOptions,
): Promise<PackageSummary> {
  const { layer, zh } = found;
  const stream = await repository.fetch(layer, { signal });
  let broken: { readonly error: unknown } | undefined;
  stream.once('error', (error) => {
    broken = { error };
  });
  try {
    const expected = { size: layer.size, sha256: zhHex(zh) };
    return await inspectPackage(stream, { expected, onProgress, signal });
  } catch (error) {
    signal?.throwIfAborted();
    // That the bytes are others explains everything that may be wrong with them.
    if (broken !== undefined) throw broken.error;
    if (isTofuOciError(error)) await readThrough(repository, layer, { signal });
    throw error;
  }
}

/** What the manifests alone show was found before. */
function isNew({ findings }: InspectedRelease): (finding: Finding) => boolean {
  const textOf = (one: Finding): string =>
    `${one.platform ?? ''} ${one.severity === 'problem' ? one.error.message : one.message}`;
  const known = new Set(findings.map(textOf));
  return (finding) => !known.has(textOf(finding));
}
