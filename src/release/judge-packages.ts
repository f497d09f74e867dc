import { printable } from '../base/index.ts';
import { type IndexIdentity, InvalidEvidenceError } from '../artifact/index.ts';
import { formatPlatform, packageFilename, type PackageHash } from '../domain/index.ts';
import type { SignedBy, Verdict } from '../signatures/index.ts';
import { EvidenceMismatchError } from './errors.ts';
import { EvidenceClaims, type EvidenceStatement } from './evidence-statement.ts';
import type { Problem } from './findings.ts';
import type { ReleaseToJudge } from './judge-release.ts';

/** A signature that is kept, with what it signs. */
export interface JudgedSignature {
  readonly statement: EvidenceStatement;
  readonly documents: { readonly sums: Buffer; readonly signature: Buffer };
  readonly signingKeys: readonly string[];
  readonly verdict: Verdict;
}

/** A SHA256SUMS whose signature counts, as it is kept. */
export interface ProvenSums {
  readonly sums: Buffer;
  readonly signature: Buffer;
  /** Armored public keys among which is the one that signed. */
  readonly signingKeys: readonly string[];
  readonly signedBy: SignedBy;
}

/** A package whose hash stands in a document that an allowed key signed. */
export interface SignedPackage {
  /** `linux_amd64` */
  readonly platform: string;
  readonly zh: PackageHash;
  /** Of the primary keys that signed, 16 upper-case hex digits each. */
  readonly keyIds: readonly string[];
}

/** A key whose word counts made it, and no rule just put up with its absence. */
function proves({ verdict: { isAccepted, kind } }: JudgedSignature): boolean {
  return isAccepted && (kind === 'signed' || kind === 'expired-key');
}

/** The documents whose signatures count. */
export function provenSums(judged: readonly JudgedSignature[]): readonly ProvenSums[] {
  return judged
    .filter(proves)
    .flatMap(({ documents, signingKeys, verdict: { signedBy } }) =>
      signedBy === undefined ? [] : [{ ...documents, signingKeys, signedBy }],
    );
}

/** Lines of the signed documents that are for packages of this type and version; no others count. */
export function signedPackages(
  identity: IndexIdentity,
  judged: readonly JudgedSignature[],
): readonly SignedPackage[] {
  const found = new Map<string, SignedPackage>();
  for (const { statement, verdict } of judged.filter(proves)) {
    for (const [name, zh] of statement.sums ?? []) {
      const platform = platformOf(name, identity);
      if (platform === undefined) continue;
      const keyId = verdict.signedBy?.keyId ?? '';
      const known = found.get(platform)?.keyIds ?? [];
      const keyIds = [...new Set([...known, keyId === '' ? 'n/a' : keyId])];
      found.set(platform, { platform, zh, keyIds });
    }
  }
  return [...found.values()];
}

/** The platform that a file is for, when it has the name of a package of this release. */
function platformOf(name: string, { provider, version }: IndexIdentity): string | undefined {
  const [, os, arch] = /_([a-z0-9]+)_([a-z0-9]+)\.zip$/u.exec(name) ?? [];
  if (os === undefined || arch === undefined) return undefined;
  const platform = { os, arch };
  const expected = packageFilename(provider.type, version, platform);
  return name === expected ? formatPlatform(platform) : undefined;
}

/**
 * What the index holds and no signature speaks of: where one platform is signed, all have to be. Somebody who may
 * push, and not sign, would else add a platform to a release that everybody trusts. Where nobody signed anything,
 * that is what is to be said, and not here.
 */
export function unsignedPackages(
  { packages, provider, version }: ReleaseToJudge,
  judged: readonly JudgedSignature[],
): readonly Problem[] {
  const signed = judged.filter(proves);
  if (signed.length === 0) return [];
  return packages.flatMap(({ platform }): readonly Problem[] => {
    const filename = packageFilename(provider.type, version, platform);
    if (signed.some(({ statement }) => statement.sums?.has(filename))) return [];
    const name = printable(formatPlatform(platform), 150);
    const error = new EvidenceMismatchError(
      `the index has a package for ${name}, and no signed SHA256SUMS names ${printable(filename, 300)}`,
    );
    return [{ severity: 'problem', platform: name, error }];
  });
}

/** Signatures without what they would sign. */
export function aimlessSignatures({ gathered }: ReleaseToJudge): readonly Problem[] {
  return gathered.evidence.flatMap(({ documents, statement }): readonly Problem[] => {
    if (documents.signature === undefined || documents.sums !== undefined) return [];
    const text = `the evidence ${statement.digest} has a signature, and no SHA256SUMS`;
    return [{ severity: 'problem', error: new InvalidEvidenceError(text) }];
  });
}

/** Evidence against itself, against other evidence, and against the packages. */
export function contradictions(release: ReleaseToJudge): readonly Problem[] {
  const claims = new EvidenceClaims(
    release,
    release.gathered.evidence.map(({ statement }) => statement),
  );
  const named = release.packages.map(({ platform, zh }) => ({
    name: formatPlatform(platform),
    zh,
  }));
  return [
    ...claims.conflicts(named.map(({ name }) => name)),
    ...named.flatMap(({ name, zh }) => (zh === undefined ? [] : claims.check(name, { zh }))),
  ].flatMap((finding) => (finding.severity === 'problem' ? [finding] : []));
}
