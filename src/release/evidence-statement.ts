import { printable } from '../base/index.ts';
import {
  evidenceTitles,
  type IndexIdentity,
  type OriginDocument,
  parseSha256Sums,
  readOriginDocument,
  readSigningKeys,
  type Sha256Sums,
} from '../artifact/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  packageFilename,
  type PackageHash,
} from '../domain/index.ts';
import type { Digest } from '../spec/index.ts';
import { EvidenceConflictError, EvidenceMismatchError } from './errors.ts';
import type { Evidence } from './evidence.ts';
import type { Finding } from './findings.ts';

/** One evidence, read. */
export interface EvidenceStatement {
  /** Of the evidence manifest. */
  readonly digest: Digest;
  /** Titles of the documents it has. */
  readonly documents: readonly string[];
  readonly sums: Sha256Sums | undefined;
  readonly origin: OriginDocument;
  /** There is a signature of the SHA256SUMS. Nobody has judged it. */
  readonly isSigned: boolean;
  /** As the document names them. */
  readonly keyIds: readonly string[];
}

/** @throws InvalidEvidenceError */
export function readStatement({ descriptor, documents }: Evidence): EvidenceStatement {
  const { keys, origin, signature, sums } = documents;
  return {
    digest: descriptor.digest,
    documents: (['sums', 'signature', 'keys', 'origin'] as const).flatMap((part) =>
      documents[part] === undefined ? [] : [evidenceTitles[part]],
    ),
    sums: sums === undefined ? undefined : parseSha256Sums(sums.toString('utf8')),
    origin: readOriginDocument(origin),
    isSigned: signature !== undefined,
    keyIds: keys === undefined ? [] : readSigningKeys(keys).map(({ keyId }) => keyId),
  };
}

/** What some document says of something, and where it says so. */
interface Claim {
  readonly value: PackageHash;
  readonly where: string;
}

/**
 * What all evidence of a release says of a platform, when it speaks with one voice. Only lines for the
 * release's own type and version count.
 */
export class EvidenceClaims {
  readonly #identity: IndexIdentity;
  readonly #statements: readonly EvidenceStatement[];

  constructor(identity: IndexIdentity, statements: readonly EvidenceStatement[]) {
    this.#identity = identity;
    this.#statements = statements;
  }

  zhOf(platform: string): PackageHash | undefined {
    return oneVoice(this.#zhClaims(platform));
  }

  h1Of(platform: string): PackageHash | undefined {
    return oneVoice(this.#h1Claims(platform));
  }

  /** What is wrong with the evidence itself: about something else, or at odds with other evidence. */
  conflicts(platforms: readonly string[]): readonly Finding[] {
    const all = new Set(platforms);
    for (const { origin } of this.#statements) {
      for (const platform of origin.packages.keys()) all.add(platform);
    }
    return [
      ...this.#strangers(),
      ...[...all].sort().flatMap((platform): readonly Finding[] =>
        [this.#zhClaims(platform), this.#h1Claims(platform)].flatMap((claims) => {
          const [first, ...others] = claims;
          const other = others.find(({ value }) => value !== first?.value);
          if (first === undefined || other === undefined) return [];
          const error = new EvidenceConflictError(
            `the evidence contradicts itself: ${first.where} states ${first.value}, and ${other.where} states ${other.value}`,
          );
          return [{ severity: 'problem', platform: printable(platform, 100), error }];
        }),
      ),
    ];
  }

  /** The package of a platform against what is said about it. */
  check(
    platform: string,
    actual: { readonly zh: PackageHash; readonly h1?: PackageHash },
  ): readonly Finding[] {
    const claims = [
      ...this.#zhClaims(platform).map((claim) => ({ ...claim, actual: actual.zh })),
      ...(actual.h1 === undefined
        ? []
        : this.#h1Claims(platform).map((claim) => ({ ...claim, actual: actual.h1 }))),
    ];
    const isUnlisted =
      this.#statements.some(({ sums }) => sums !== undefined) &&
      !this.#statements.some(({ sums }) => sums?.has(filenameFor(this.#identity, platform)));
    const isUnsaid = this.#statements.length > 0 && this.#zhClaims(platform).length === 0;
    const unlisted = [
      ...(isUnlisted ? ['no SHA256SUMS of the evidence has a line for the package'] : []),
      ...(isUnsaid && !isUnlisted ? ['nothing in the evidence speaks of the package'] : []),
    ].map((message): Finding => ({ severity: 'warning', platform, message }));
    const wrong = claims.flatMap(({ actual: hash, value, where }): readonly Finding[] => {
      if (hash === undefined || value === hash) return [];
      const message = `the package is ${hash}, and ${where} states ${value}`;
      return [{ severity: 'problem', platform, error: new EvidenceMismatchError(message) }];
    });
    return [...unlisted, ...wrong];
  }

  /** Documents that name another release than the one they are attached to. */
  #strangers(): readonly Finding[] {
    const provider = formatProviderAddress(this.#identity.provider);
    const version = formatVersion(this.#identity.version);
    return this.#statements.flatMap(({ digest, origin }): readonly Finding[] => {
      const isOurs =
        (origin.provider ?? provider) === provider && (origin.version ?? version) === version;
      if (isOurs) return [];
      const named = printable(`${origin.provider ?? ''} ${origin.version ?? ''}`.trim(), 300);
      const message = `origin.json of the evidence ${digest} is about ${named}`;
      return [{ severity: 'problem', error: new EvidenceMismatchError(message) }];
    });
  }

  #zhClaims(platform: string): readonly Claim[] {
    const name = filenameFor(this.#identity, platform);
    return this.#statements.flatMap(({ digest, origin, sums }) => [
      ...claim(sums?.get(name), 'SHA256SUMS', digest),
      ...claim(origin.packages.get(platform)?.zh, 'origin.json', digest),
    ]);
  }

  #h1Claims(platform: string): readonly Claim[] {
    return this.#statements.flatMap(({ digest, origin }) =>
      claim(origin.packages.get(platform)?.h1, 'origin.json', digest),
    );
  }
}

function claim(
  value: PackageHash | undefined,
  document: string,
  evidence: Digest,
): readonly Claim[] {
  return value === undefined ? [] : [{ value, where: `${document} of ${evidence}` }];
}

function oneVoice(claims: readonly Claim[]): PackageHash | undefined {
  const [first] = claims;
  return claims.every(({ value }) => value === first?.value) ? first?.value : undefined;
}

/** What is no platform, but the key of a document that somebody made, gives a name that no line has. */
function filenameFor({ provider, version }: IndexIdentity, platform: string): string {
  const [os = '', arch = ''] = platform.split('_');
  return packageFilename(provider.type, version, { os, arch });
}
