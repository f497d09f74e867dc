import { compareBytes } from '../base/index.ts';
import { formatPlatform, formatProviderAddress, formatVersion, zhHex } from '../domain/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyDescriptor,
  mediaTypes,
  parseImageManifest,
} from '../spec/index.ts';
import { InvalidEvidenceError } from './errors.ts';
import { annotationKeys, evidenceTitles, evidenceTypes } from './media-types.ts';
import type { PackageRecord } from './package-record.ts';
import type { IndexIdentity } from './provider-index.ts';
import type { BuiltManifest } from './target-manifest.ts';

/** What the origin said about a release, untouched, as the documents that are attached to its index. */
export interface EvidenceDocuments {
  /** SHA256SUMS; absent when the release has none. */
  readonly sums?: Buffer | undefined;
  /** Detached signature of `sums`. */
  readonly signature?: Buffer | undefined;
  /** `{"gpg_public_keys":[{"key_id","ascii_armor"}]}` */
  readonly keys?: Buffer | undefined;
  readonly origin: Buffer;
}

export interface SigningKey {
  readonly keyId: string;
  readonly asciiArmor: string;
}

/** Bounds when reading evidence (shared with whoever writes it, so that what is written can be read). */
export const evidenceLimits: Readonly<Record<keyof EvidenceDocuments, number>> = {
  sums: 1024 * 1024,
  signature: 64 * 1024,
  keys: 256 * 1024,
  origin: 1024 * 1024,
};

export interface OriginFacts {
  readonly identity: IndexIdentity;
  /** The host that vouched for the release: of the origin registry, or of the address when pushed. */
  readonly host: string;
  readonly packages: readonly PackageRecord[];
  /** Plugin protocol versions (`5.0`), as far as they are known. */
  readonly protocols: readonly string[];
}

/** origin.json: address, version, plugin protocols, host and packages. No URLs and no times. */
export function buildOriginDocument(facts: OriginFacts): Buffer {
  const { identity, packages, protocols } = facts;
  const sorted = [...packages].sort((a, b) =>
    compareBytes(formatPlatform(a.platform), formatPlatform(b.platform)),
  );
  return canonicalJson({
    provider: formatProviderAddress(identity.provider),
    version: formatVersion(identity.version),
    origin: facts.host,
    ...(protocols.length === 0 ? {} : { protocols: [...protocols].sort(compareBytes) }),
    packages: Object.fromEntries(
      sorted.map((record) => [
        formatPlatform(record.platform),
        {
          filename: record.filename,
          size: record.size,
          zh: zhHex(record.zh),
          h1: record.h1.slice('h1:'.length),
        },
      ]),
    ),
  });
}

export function buildSigningKeysDocument(keys: readonly SigningKey[]): Buffer {
  return canonicalJson({
    gpg_public_keys: keys.map(({ keyId, asciiArmor }) => ({
      key_id: keyId,
      ascii_armor: asciiArmor,
    })),
  });
}

export interface BuiltEvidence {
  readonly manifest: BuiltManifest;
  /** The layers' bytes by descriptor, in layer order. */
  readonly layers: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
}

const layerOrder = ['sums', 'signature', 'keys', 'origin'] as const;

/** A referrer of the index; deterministic, like the index itself. */
export function buildEvidence(subject: Descriptor, documents: EvidenceDocuments): BuiltEvidence {
  const layers = layerOrder.flatMap((part) => {
    const bytes = documents[part];
    if (bytes === undefined) return [];
    const descriptor: Descriptor = {
      mediaType: evidenceTypes[part],
      digest: digestOf(bytes),
      size: bytes.length,
      annotations: { [annotationKeys.title]: evidenceTitles[part] },
    };
    return [{ descriptor, bytes }];
  });
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: evidenceTypes.manifest,
    config: emptyDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  });
  return {
    layers,
    manifest: {
      bytes,
      descriptor: {
        mediaType: mediaTypes.manifest,
        digest: digestOf(bytes),
        size: bytes.length,
        artifactType: evidenceTypes.manifest,
      },
    },
  };
}

/** The layers of an evidence manifest by the document they carry. */
export type EvidenceLayers = Readonly<Partial<Record<keyof EvidenceDocuments, Descriptor>>>;

/**
 * Reads an evidence manifest found as a referrer.
 * @param subject the index it was found under; anything else it says is evidence of another index.
 * @throws InvalidEvidenceError, also when a layer is larger than its bound.
 */
export function readEvidence(subject: Descriptor, bytes: Buffer): EvidenceLayers {
  const manifest = parseImageManifest(bytes);
  if (manifest.artifactType !== evidenceTypes.manifest) {
    throw new InvalidEvidenceError(`the evidence manifest has no type ${evidenceTypes.manifest}`);
  }
  if (manifest.subject?.digest !== subject.digest) {
    throw new InvalidEvidenceError(
      `the evidence is about ${manifest.subject?.digest ?? 'nothing'}, not about ${subject.digest}`,
    );
  }
  const layers: Partial<Record<keyof EvidenceDocuments, Descriptor>> = {};
  for (const part of layerOrder) {
    const titled = manifest.layers.filter(
      (layer) => layer.annotations?.[annotationKeys.title] === evidenceTitles[part],
    );
    const [layer] = titled;
    if (layer === undefined) continue;
    if (titled.length > 1) {
      throw new InvalidEvidenceError(`the evidence holds ${evidenceTitles[part]} more than once`);
    }
    if (layer.size > evidenceLimits[part]) {
      throw new InvalidEvidenceError(
        `${evidenceTitles[part]} of the evidence has ${layer.size} bytes, more than the limit of ${evidenceLimits[part]}`,
      );
    }
    layers[part] = layer;
  }
  return layers;
}
