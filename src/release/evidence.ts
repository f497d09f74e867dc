import { type CallOptions } from '../base/index.ts';
import {
  type EvidenceDocuments,
  type EvidenceLayers,
  evidenceLimits,
  evidenceTypes,
  InvalidEvidenceError,
  readEvidence,
} from '../artifact/index.ts';
import { fetchBytes, type SourceRepository } from '../content/index.ts';
import type { Descriptor } from '../spec/index.ts';

/** One evidence manifest of an index with its documents. */
export interface Evidence {
  readonly descriptor: Descriptor;
  readonly documents: EvidenceDocuments;
}

/** A release has one evidence manifest for each push that said something new; 100 is far beyond use. */
const maxEvidence = 100;

/**
 * Everything the repository holds as evidence about an index, in the order of its digests.
 * @throws InvalidEvidenceError when a manifest is malformed, about another index, or when there are too many.
 */
export async function readEvidenceOf(
  repository: SourceRepository,
  index: Descriptor,
  options: CallOptions = {},
): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  for (const descriptor of await listEvidence(repository, index, options)) {
    evidence.push(await readOneEvidence(repository, { index, descriptor }, options));
  }
  return evidence;
}

/** The evidence manifests of an index, by digest. @throws InvalidEvidenceError when there are too many */
export async function listEvidence(
  repository: SourceRepository,
  index: Descriptor,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  const wanted = { ...options, artifactType: evidenceTypes.manifest };
  for await (const referrer of repository.referrers(index, wanted)) {
    if (referrer.artifactType !== evidenceTypes.manifest) continue;
    found.push(referrer);
    if (found.length > maxEvidence) {
      throw new InvalidEvidenceError(`the index has more than ${maxEvidence} evidence manifests`);
    }
  }
  return found.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** @throws InvalidEvidenceError, and what reading throws */
export async function readOneEvidence(
  repository: SourceRepository,
  { index, descriptor }: { readonly index: Descriptor; readonly descriptor: Descriptor },
  options: CallOptions,
): Promise<Evidence> {
  const { bytes } = await repository.readManifest(descriptor.digest, options);
  const layers = readEvidence(index, bytes);
  return { descriptor, documents: await readDocuments(repository, layers, options) };
}

async function readDocuments(
  repository: SourceRepository,
  layers: EvidenceLayers,
  options: CallOptions,
): Promise<EvidenceDocuments> {
  const read = async (part: keyof EvidenceDocuments): Promise<Buffer | undefined> => {
    const layer = layers[part];
    if (layer === undefined) return undefined;
    return await fetchBytes(repository, layer, { ...options, maxBytes: evidenceLimits[part] });
  };
  const origin = await read('origin');
  if (origin === undefined) throw new InvalidEvidenceError('the evidence has no origin.json');
  return {
    sums: await read('sums'),
    signature: await read('signature'),
    keys: await read('keys'),
    origin,
  };
}
