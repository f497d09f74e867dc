import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyDescriptor,
  type Manifest,
  mediaTypes,
  parseDigest,
  parseImageManifest,
} from '../spec/index.ts';
import { formatPlatform, type PackageHash, zhFromHex, zhHex } from '../domain/index.ts';
import { printable } from '../base/index.ts';
import { InvalidArtifactError } from './errors.ts';
import { annotationKeys, providerTypes } from './media-types.ts';
import type { PackageRecord } from './package-record.ts';

/** A manifest as exact bytes with the descriptor that names it. */
export interface BuiltManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** The blob that is the release's own zip, byte for byte. */
export function packageLayer(record: PackageRecord): Descriptor {
  return {
    mediaType: providerTypes.packageLayer,
    digest: digestOfZh(record.zh),
    size: record.size,
  };
}

/**
 * The manifest of one platform. Nothing in it depends on time, host or tool: the same package gives the
 * same digest everywhere. The returned descriptor is the entry for the index, with its annotations.
 */
export function buildTarget(record: PackageRecord): BuiltManifest {
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: providerTypes.target,
    config: emptyDescriptor,
    layers: [
      {
        mediaType: providerTypes.packageLayer,
        digest: digestOfZh(record.zh),
        size: record.size,
        annotations: { [annotationKeys.title]: record.filename },
      },
    ],
  });
  return {
    bytes,
    descriptor: {
      mediaType: mediaTypes.manifest,
      digest: digestOf(bytes),
      size: bytes.length,
      artifactType: providerTypes.target,
      platform: { architecture: record.platform.arch, os: record.platform.os },
      annotations: {
        [annotationKeys.filename]: record.filename,
        [annotationKeys.h1]: record.h1.slice('h1:'.length),
        [annotationKeys.size]: String(record.size),
        [annotationKeys.zh]: zhHex(record.zh),
      },
    },
  };
}

export interface TargetPackage {
  /** Where the zip is: its digest is the `zh:` hash. */
  readonly layer: Descriptor;
  readonly zh: PackageHash;
}

/**
 * Reads the manifest of one platform by OpenTofu's rules: exactly one `archive/zip` layer, other layers
 * ignored, sha256 only.
 * @throws InvalidArtifactError in OpenTofu's words.
 */
export function readTarget(bytes: Buffer): TargetPackage {
  const manifest = parseImageManifest(bytes);
  if (!manifest.typed || manifest.mediaType !== mediaTypes.manifest) {
    throw new InvalidArtifactError(unexpectedType(manifest));
  }
  if (manifest.artifactType !== providerTypes.target) {
    throw new InvalidArtifactError(
      `unexpected artifact type "${printable(manifest.artifactType ?? '', 200)}"`,
    );
  }
  const packages = manifest.layers.filter(
    (layer) => layer.mediaType === providerTypes.packageLayer,
  );
  const [layer] = packages;
  if (layer === undefined) {
    const others = manifest.layers.length > 0;
    throw new InvalidArtifactError(
      `image manifest contains no layers of type "${providerTypes.packageLayer}"${
        others
          ? ', but has other unsupported formats; this OCI artifact might be intended for a different version of OpenTofu'
          : ''
      }`,
    );
  }
  if (packages.length > 1) {
    throw new InvalidArtifactError(
      'ambiguous manifest declares multiple eligible provider packages',
    );
  }
  return { layer, zh: zhOfLayer(layer) };
}

/** @throws InvalidArtifactError: the digest becomes a `zh:` hash, so it must be sha256. */
export function zhOfLayer(layer: Descriptor): PackageHash {
  const [algorithm, hex] = layer.digest.split(':');
  if (algorithm !== 'sha256' || hex === undefined) {
    throw new InvalidArtifactError(`unsupported digest algorithm "${algorithm ?? ''}"`);
  }
  return zhFromHex(hex);
}

/** A layer may repeat the platform; then it must be the one that was asked for. */
export function checkLayerPlatform(layer: Descriptor, platform: string): void {
  if (layer.platform === undefined) return;
  const stated = formatPlatform({ os: layer.platform.os, arch: layer.platform.architecture });
  if (stated === platform) return;
  throw new InvalidArtifactError(
    `selected OCI artifact is for ${printable(stated, 100)}, but was expected to be for ${platform}`,
  );
}

function digestOfZh(zh: PackageHash): Descriptor['digest'] {
  return parseDigest(`sha256:${zhHex(zh)}`);
}

/** What OpenTofu says of a manifest whose own `mediaType` is absent or another one. */
export function unexpectedType(manifest: Pick<Manifest, 'typed' | 'mediaType'>): string {
  const stated = manifest.typed ? manifest.mediaType : '';
  return `unexpected manifest media type "${printable(stated, 200)}"`;
}
