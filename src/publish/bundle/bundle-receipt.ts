import { compareBytes } from '../../base/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  parseProviderAddress,
  parseVersion,
} from '../../domain/index.ts';
import { type Digest, isDigest } from '../../spec/index.ts';
import { BundleReceiptError } from '../errors.ts';

/** A release that an export was asked for. */
export interface BundledRelease {
  /** Full address. */
  readonly provider: string;
  readonly version: string;
  /** Of the index. */
  readonly digest: Digest;
  /** False for one that an earlier bundle holds whole: this bundle does not name it. */
  readonly isHeld: boolean;
  /** Manifests and blobs, wherever they are; sorted. */
  readonly contents: readonly Digest[];
}

/** What a bundle has, as far as a later one needs to know. */
export interface BundleBase {
  /** Of the whole file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** sha256 of the earlier bundles that it needs. */
  readonly bases: readonly string[];
  readonly releases: readonly BundledRelease[];
}

/** What was exported: which file it is, what is in it, and what it leaves to earlier bundles. */
export interface BundleReceipt extends BundleBase {
  /** Bytes of the whole file. */
  readonly size: number;
  readonly holds: readonly { readonly digest: Digest; readonly size: number }[];
  /** Contents of its releases that are in earlier bundles. */
  readonly relies: readonly Digest[];
}

const kind = 'tofu-oci bundle receipt';

/** The same receipt gives the same text. */
export function formatReceipt(receipt: BundleReceipt): string {
  const { bases, holds, relies, sha256, size } = receipt;
  const releases = receipt.releases.map(({ contents, digest, isHeld, provider, version }) => ({
    provider,
    version,
    digest,
    in: isHeld ? 'bundle' : 'base',
    contents,
  }));
  const document = { kind, schemaVersion: 1, sha256, size, bases, releases, holds, relies };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

/**
 * Reads what `formatReceipt` wrote. Only what a later export or an import needs is looked at.
 * @param path for messages
 * @throws BundleReceiptError
 */
export function parseReceipt(text: string, path: string): BundleBase & { readonly size: number } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BundleReceiptError(path, 'it is no JSON', error);
  }
  const fail = (why: string): never => {
    throw new BundleReceiptError(path, why);
  };
  const document = membersOf(value) ?? fail('it is no JSON object');
  if (document['kind'] !== kind) fail(`its "kind" is not "${kind}"`);
  if (document['schemaVersion'] !== 1) fail('its "schemaVersion" is not 1');
  const { sha256, size } = document;
  if (!isSha256(sha256)) return fail('"sha256" is not 64 hexadecimal digits');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    return fail('"size" is no number of bytes');
  }
  const bases = listOf(document['bases'], isSha256) ?? fail('"bases" is no list of sha256');
  const releases: unknown = document['releases'];
  if (!Array.isArray(releases)) return fail('"releases" is no list');
  return {
    sha256,
    size,
    bases,
    releases: releases.map(
      (one: unknown, index) => releaseIn(one) ?? fail(`releases[${index}] is malformed`),
    ),
  };
}

function releaseIn(value: unknown): BundledRelease | undefined {
  const { contents, digest, in: place, provider, version } = membersOf(value) ?? {};
  const digests = listOf(contents, isDigestText);
  if (typeof provider !== 'string' || typeof version !== 'string') return undefined;
  if (!isRelease(provider, version)) return undefined;
  if (!isDigestText(digest) || digests === undefined) return undefined;
  if (place !== 'bundle' && place !== 'base') return undefined;
  return { provider, version, digest, isHeld: place === 'bundle', contents: digests };
}

function isRelease(provider: string, version: string): boolean {
  try {
    const isSame = formatProviderAddress(parseProviderAddress(provider)) === provider;
    return isSame && formatVersion(parseVersion(version)) === version;
  } catch {
    return false;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return { ...value };
}

function listOf<T>(value: unknown, is: (item: unknown) => item is T): readonly T[] | undefined {
  return Array.isArray(value) && value.every(is) ? value : undefined;
}

const isDigestText = (value: unknown): value is Digest =>
  typeof value === 'string' && isDigest(value);

export const isSha256 = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/u.test(value);

/** Of `index.json`: the earlier bundles that a delta needs, separated by spaces. Others ignore it. */
const basesKey = 'dev.tofu-oci.bundle.bases';
/** One for each day of some years; more is no chain that anybody imports. */
const maxBases = 1000;

/** What a delta says of itself. */
export function basesAnnotation(bases: readonly string[]): Readonly<Record<string, string>> {
  return bases.length === 0 ? {} : { [basesKey]: bases.join(' ') };
}

/** Nobody vouches for it: it helps to say which bundle is missing, and decides nothing. */
export function basesIn(annotations: Readonly<Record<string, string>>): readonly string[] {
  return (annotations[basesKey] ?? '').split(' ', maxBases).filter(isSha256);
}

/** The bundles themselves and those that they need, each once. */
export function allBases(bases: readonly BundleBase[]): readonly string[] {
  const all = bases.flatMap((base) => [base.sha256, ...base.bases]);
  return [...new Set(all)].sort(compareBytes);
}
