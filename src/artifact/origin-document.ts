import { printable } from '../base/index.ts';
import type { PackageHash } from '../domain/index.ts';
import { InvalidEvidenceError } from './errors.ts';
import type { SigningKey } from './evidence.ts';
import { readHints } from './hints.ts';
import { annotationKeys } from './media-types.ts';
import type { PackageHints } from './package-record.ts';

/** What an origin.json states of one package. */
export interface OriginPackage extends PackageHints {
  readonly zh: PackageHash;
}

/** An origin.json as it is read: what is missing, or is none of ours, is undefined. */
export interface OriginDocument {
  /** Full address. */
  readonly provider: string | undefined;
  readonly version: string | undefined;
  /** Who vouched for the release. */
  readonly host: string | undefined;
  /** Plugin protocol versions, `5.0`. */
  readonly protocols: readonly string[];
  /** By platform, `linux_amd64`. */
  readonly packages: ReadonlyMap<string, OriginPackage>;
}

/**
 * Reads an origin.json. Callers bound its size.
 * @throws InvalidEvidenceError when it is no such document, or has a package without `zh`
 */
export function readOriginDocument(origin: Buffer): OriginDocument {
  const document = parse(origin, 'origin.json');
  const packages = member(document, 'packages');
  if (typeof packages !== 'object' || packages === null) {
    throw new InvalidEvidenceError('origin.json of the evidence has no packages');
  }
  const protocols = member(document, 'protocols');
  return {
    provider: textOf(document, 'provider'),
    version: textOf(document, 'version'),
    host: textOf(document, 'origin'),
    protocols: Array.isArray(protocols)
      ? protocols.filter((one): one is string => typeof one === 'string')
      : [],
    packages: new Map(
      Object.entries(packages).map(([platform, facts]) => [platform, readPackage(platform, facts)]),
    ),
  };
}

/**
 * The `zh:` of each platform as an origin.json states it.
 * @throws InvalidEvidenceError
 */
export function readOriginPackages(origin: Buffer): ReadonlyMap<string, PackageHash> {
  const { packages } = readOriginDocument(origin);
  return new Map([...packages].map(([platform, { zh }]) => [platform, zh]));
}

/**
 * The keys of a signing-keys.json, as it has them; what they are worth only the keys themselves can say.
 * @throws InvalidEvidenceError when it is no such document
 */
export function readSigningKeys(keys: Buffer): readonly SigningKey[] {
  const list = member(parse(keys, 'signing-keys.json'), 'gpg_public_keys');
  if (!Array.isArray(list)) {
    throw new InvalidEvidenceError('signing-keys.json of the evidence has no gpg_public_keys');
  }
  return list.map((key) => ({
    keyId: textOf(key, 'key_id') ?? '',
    asciiArmor: textOf(key, 'ascii_armor') ?? '',
  }));
}

/** The fields have the rules of the annotations that say the same. */
function readPackage(platform: string, facts: unknown): OriginPackage {
  const size = member(facts, 'size');
  const named: Record<string, string | undefined> = {
    [annotationKeys.zh]: textOf(facts, 'zh'),
    [annotationKeys.h1]: textOf(facts, 'h1'),
    [annotationKeys.filename]: textOf(facts, 'filename'),
    [annotationKeys.size]: typeof size === 'number' ? String(size) : undefined,
  };
  const given = Object.entries(named).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, text] as const],
  );
  const { zh, ...hints } = readHints(Object.fromEntries(given));
  if (zh === undefined) {
    throw new InvalidEvidenceError(`origin.json states no zh for ${printable(platform, 100)}`);
  }
  return { ...hints, zh };
}

function parse(bytes: Buffer, title: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new InvalidEvidenceError(`${title} of the evidence is not JSON`, { cause: error });
  }
}

function textOf(value: unknown, name: string): string | undefined {
  const text = member(value, name);
  return typeof text === 'string' ? text : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
