import { type CallOptions, isNotFound, printable } from '../base/index.ts';
import {
  checkLayerPlatform,
  type IndexIdentity,
  type IndexTarget,
  type PackageHints,
  readTarget,
} from '../artifact/index.ts';
import type { SourceRepository } from '../content/index.ts';
import { formatPlatform, packageFilename, type PackageHash } from '../domain/index.ts';
import { childrenOf, type Descriptor, parseImageManifest } from '../spec/index.ts';
import { EvidenceMismatchError, IncompleteReleaseError } from './errors.ts';
import type { EvidenceClaims } from './evidence-statement.ts';
import { type Finding, problemOf } from './findings.ts';

/** One platform of a release, as its manifest says. */
export interface InspectedPlatform {
  /** `linux_amd64` */
  readonly name: string;
  /** Its entry in the index. */
  readonly target: Descriptor;
  /** Undefined when its manifest is missing, or is none. */
  readonly package: InspectedPackage | undefined;
  /** All that its manifest names; empty when that can not be read. */
  readonly contents: readonly Descriptor[];
}

export interface InspectedPackage {
  /** The zip. */
  readonly layer: Descriptor;
  readonly zh: PackageHash;
  /** As it is stated; only who unpacks the package knows. */
  readonly h1: { readonly hash: PackageHash; readonly statedBy: 'evidence' | 'index' } | undefined;
  /** False when the repository has no such content; undefined when it was not asked. */
  readonly isThere: boolean | undefined;
}

interface PlatformRequest extends IndexIdentity {
  readonly repository: SourceRepository;
  readonly target: IndexTarget;
  readonly claims: EvidenceClaims;
  readonly lookForPackages: boolean;
}

/** Reads the manifest of a platform, and compares it with what else is said of the platform. */
export async function inspectPlatform(
  request: PlatformRequest,
  options: CallOptions,
): Promise<{ readonly platform: InspectedPlatform; readonly findings: readonly Finding[] }> {
  const { claims, repository, target } = request;
  const name = printable(formatPlatform(target.platform), 150);
  const findings: Finding[] = [];
  let contents: readonly Descriptor[] = [];
  let found: InspectedPackage | undefined;
  try {
    const bytes = await readChild(repository, target.descriptor, options);
    contents = childrenOf(parseImageManifest(bytes, target.descriptor.mediaType));
    const { layer, zh } = readTarget(bytes);
    checkLayerPlatform(layer, name);
    const reported = claims.h1Of(name);
    const { h1 } = target.hints;
    found = {
      layer,
      zh,
      h1:
        reported !== undefined
          ? { hash: reported, statedBy: 'evidence' }
          : h1 !== undefined
            ? { hash: h1, statedBy: 'index' }
            : undefined,
      isThere: request.lookForPackages ? await repository.exists(layer, options) : undefined,
    };
    findings.push(...claims.check(name, { zh }), ...checkHints(request, name, found));
    if (found.isThere === false) {
      const error = new IncompleteReleaseError(layer.digest, undefined, `the manifest of ${name}`);
      findings.push({ severity: 'problem', platform: name, error });
    }
  } catch (error) {
    findings.push(problemOf(error, name));
  }
  return {
    platform: { name, target: target.descriptor, package: found, contents },
    findings,
  };
}

async function readChild(
  repository: SourceRepository,
  target: Descriptor,
  options: CallOptions,
): Promise<Buffer> {
  try {
    const { bytes, descriptor } = await repository.readManifest(target.digest, options);
    if (descriptor.size !== target.size) {
      throw new EvidenceMismatchError(
        `the index gives the manifest ${target.digest} ${target.size} bytes, and it has ${descriptor.size}`,
      );
    }
    return bytes;
  } catch (error) {
    throw isNotFound(error) ? new IncompleteReleaseError(target.digest, error) : error;
  }
}

/** What the index says of a package beside its digest. Nobody signed it, so it can only be wrong. */
function checkHints(
  { claims, provider, target, version }: PlatformRequest,
  name: string,
  { layer, zh }: InspectedPackage,
): readonly Finding[] {
  const { filename, h1, size, zh: announced }: PackageHints = target.hints;
  const reported = claims.h1Of(name);
  const wrong = [
    ...(announced === undefined || announced === zh
      ? []
      : [`the index announces ${announced}, and its manifest holds ${zh}`]),
    ...(size === undefined || size === layer.size
      ? []
      : [`the index announces ${size} bytes, and its manifest ${layer.size}`]),
    ...(h1 === undefined || reported === undefined || h1 === reported
      ? []
      : [`the index announces ${h1}, and the evidence states ${reported}`]),
  ];
  const expected = packageFilename(provider.type, version, target.platform);
  return [
    ...wrong.map((message): Finding => {
      const error = new EvidenceMismatchError(message);
      return { severity: 'problem', platform: name, error };
    }),
    ...(filename === undefined || filename === expected
      ? []
      : [
          {
            severity: 'warning' as const,
            platform: name,
            message: `the index calls the package "${printable(filename, 200)}", a release calls it ${expected}`,
          },
        ]),
  ];
}
