import { compareBytes, LimitExceededError, printable } from '../base/index.ts';
import {
  formatPlatform,
  formatProviderAddress,
  formatVersion,
  type Platform,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';
import {
  type Annotations,
  canonicalJson,
  type Descriptor,
  type Digest,
  digestOf,
  mediaTypes,
  parseImageIndex,
} from '../spec/index.ts';
import {
  ArtifactTypeMissingError,
  ForeignArtifactError,
  InvalidArtifactError,
  PlatformNotInIndexError,
} from './errors.ts';
import { annotationKeys, providerTypes } from './media-types.ts';
import { readHints } from './hints.ts';
import type { PackageHints } from './package-record.ts';
import { type BuiltManifest, unexpectedType } from './target-manifest.ts';

/** Go has some fifty platforms; who reads a release reads a manifest for each of them. */
const maxTargets = 1000;

/** One entry of an index that OpenTofu would consider for some platform. */
export interface IndexTarget {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  readonly hints: PackageHints;
}

/** One version of a provider as its index says it, by OpenTofu's rules. */
export interface ProviderIndex {
  readonly targets: readonly IndexTarget[];
  readonly annotations: Annotations;
  /** artifactTypes of entries that are no provider packages; for messages. */
  readonly foreignTypes: readonly string[];
}

export interface IndexIdentity {
  readonly provider: ProviderAddress;
  readonly version: Version;
}

/** The annotations that say whose index it is. */
export function identityAnnotations({ provider, version }: IndexIdentity): Annotations {
  return {
    [annotationKeys.provider]: formatProviderAddress(provider),
    [annotationKeys.version]: formatVersion(version),
    [annotationKeys.imageVersion]: formatVersion(version),
  };
}

/**
 * The index of one version: canonical JSON, targets sorted by `os_arch`, annotations by key. Targets are
 * written with exactly the fields of OpenTofu's layout and the annotations they carry.
 */
export function buildIndex(
  targets: readonly Descriptor[],
  annotations: Annotations,
): BuiltManifest {
  const manifests = targets
    .map((target) => ({ key: targetKey(target), target }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ target }) => ({
      mediaType: target.mediaType,
      digest: target.digest,
      size: target.size,
      artifactType: target.artifactType,
      platform: {
        architecture: target.platform?.architecture,
        os: target.platform?.os,
      },
      ...(target.annotations === undefined ? {} : { annotations: sortedByKey(target.annotations) }),
    }));
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    artifactType: providerTypes.provider,
    manifests,
    annotations: sortedByKey(annotations),
  });
  return {
    bytes,
    descriptor: {
      mediaType: mediaTypes.index,
      digest: digestOf(bytes),
      size: bytes.length,
      artifactType: providerTypes.provider,
    },
  };
}

/**
 * Reads the manifest behind a version's tag, in OpenTofu's order of checks and with its words.
 * @param lostTypes the artifactTypes of entries that lost them in a copy together with the index: what
 *   their manifests say they are.
 * @throws InvalidArtifactError, ArtifactTypeMissingError; LimitExceededError for over 1000 packages
 */
export function readIndex(
  descriptor: Descriptor,
  bytes: Buffer,
  lostTypes?: ReadonlyMap<Digest, string>,
): ProviderIndex {
  checkTagged(descriptor);
  const index = parseImageIndex(bytes);
  if (!index.typed || index.mediaType !== mediaTypes.index) {
    throw new InvalidArtifactError(unexpectedType(index));
  }
  if (index.artifactType === undefined) {
    if (lostTypes === undefined) throw new ArtifactTypeMissingError(index.manifests);
  } else if (index.artifactType !== providerTypes.provider) {
    throw new InvalidArtifactError(
      `unexpected artifact type "${printable(index.artifactType, 200)}"`,
    );
  }
  const foreignTypes: string[] = [];
  const targets: IndexTarget[] = [];
  for (const entry of index.manifests) {
    const artifactType = entry.artifactType ?? lostTypes?.get(entry.digest);
    if (artifactType !== providerTypes.target) {
      if (artifactType !== undefined) foreignTypes.push(artifactType);
      continue;
    }
    if (entry.mediaType !== mediaTypes.manifest) {
      throw new InvalidArtifactError(
        `provider image manifest has unsupported media type "${printable(entry.mediaType, 200)}"`,
      );
    }
    if (entry.platform === undefined) {
      throw new InvalidArtifactError(
        'provider image manifest lacks the required platform constraints',
      );
    }
    if ((entry.platform.osVersion ?? '') !== '') continue;
    if (targets.length >= maxTargets) {
      throw new LimitExceededError('the index of a release', maxTargets, 'packages');
    }
    targets.push({
      platform: { os: entry.platform.os, arch: entry.platform.architecture },
      descriptor: { ...entry, artifactType },
      hints: readHints(entry.annotations ?? {}),
    });
  }
  return { targets, annotations: index.annotations ?? {}, foreignTypes };
}

/** @throws ForeignArtifactError when the index names another provider or version; silence is fine. */
export function checkIdentity(index: ProviderIndex, identity: IndexIdentity): void {
  const provider = index.annotations[annotationKeys.provider];
  const expectedProvider = formatProviderAddress(identity.provider);
  if (provider !== undefined && provider !== expectedProvider) {
    throw new ForeignArtifactError('provider', expectedProvider, provider);
  }
  const version = index.annotations[annotationKeys.version];
  const expectedVersion = formatVersion(identity.version);
  if (version !== undefined && version !== expectedVersion) {
    throw new ForeignArtifactError('version', expectedVersion, version);
  }
}

/**
 * The one target for a platform. Variants are ignored, so two entries that differ only there are
 * ambiguous, as in OpenTofu.
 * @throws PlatformNotInIndexError, InvalidArtifactError
 */
export function selectTarget(index: ProviderIndex, platform: Platform): IndexTarget {
  const wanted = formatPlatform(platform);
  const matching = index.targets.filter((target) => formatPlatform(target.platform) === wanted);
  const [target] = matching;
  if (matching.length > 1) {
    throw new InvalidArtifactError(
      `ambiguous manifest has multiple descriptors for platform ${wanted}`,
    );
  }
  if (target !== undefined) return target;
  if (index.targets.length > 0) {
    const available = index.targets.map(({ platform: other }) =>
      printable(formatPlatform(other), 100),
    );
    throw new PlatformNotInIndexError(wanted, available.sort(compareBytes));
  }
  const lastType = index.foreignTypes.at(-1);
  throw new InvalidArtifactError(
    lastType === undefined
      ? 'provider image manifest has unsupported artifact type; is this a container image, rather than an OpenTofu provider?'
      : `provider image manifest has unsupported artifact type "${printable(lastType, 200)}"`,
  );
}

function checkTagged(descriptor: Descriptor): void {
  switch (descriptor.artifactType) {
    case undefined:
    case providerTypes.provider:
      break;
    case providerTypes.target:
      throw new InvalidArtifactError(
        'tag refers directly to image manifest, but OpenTofu providers require an index manifest for multi-platform support',
      );
    case providerTypes.modulePackage:
      throw new InvalidArtifactError(
        'selected OCI artifact is an OpenTofu module package, not a provider package',
      );
    default:
      throw new InvalidArtifactError(
        `unsupported OCI artifact type "${printable(descriptor.artifactType, 200)}"`,
      );
  }
  switch (descriptor.mediaType) {
    case mediaTypes.index:
      return;
    case mediaTypes.manifest:
      throw new InvalidArtifactError(
        'selected an OCI image manifest directly, but providers must be selected through a multi-platform index manifest',
      );
    default:
      throw new InvalidArtifactError(
        `unsupported media type "${printable(descriptor.mediaType, 200)}" for OCI index manifest`,
      );
  }
}

function targetKey(target: Descriptor): string {
  return formatPlatform({
    os: target.platform?.os ?? '',
    arch: target.platform?.architecture ?? '',
  });
}

function sortedByKey(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => compareBytes(a, b)));
}
