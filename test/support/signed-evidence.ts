import {
  buildSigningKeysDocument,
  type EvidenceDocuments,
  type PackageRecord,
} from '../../src/artifact/index.ts';
import { readTrustPolicy, type TrustPolicy } from '../../src/signatures/index.ts';
import type { OriginKey } from './origin-key.ts';
import { evidenceOf } from './pushed-release.ts';

/** A policy of one rule. */
export function policyFor(
  key: Pick<OriginKey, 'fingerprint'>,
  { pattern = 'example.com/acme/thing', more = '' } = {},
): TrustPolicy {
  return readTrustPolicy(ruleText(key, { pattern, more }), 'trust.hcl');
}

/** The text of a trust file with one rule, at line 2. */
export function ruleText(
  { fingerprint }: Pick<OriginKey, 'fingerprint'>,
  { pattern = 'example.com/acme/thing', more = '' } = {},
): string {
  return `trust {\n  provider "${pattern}" {\n    keys = ["${fingerprint}"]\n    ${more}\n  }\n}\n`;
}

/** The evidence of a release whose SHA256SUMS `key` signed. */
export async function signedEvidence(
  records: readonly PackageRecord[],
  key: OriginKey,
  changes: {
    /** Written in the place of the signed text, after it was signed. */
    readonly sums?: (text: string) => string;
    /** The public keys beside it; default the one that signed. */
    readonly armors?: readonly string[];
  } = {},
): Promise<EvidenceDocuments> {
  const plain = evidenceOf(records);
  const sums = plain.sums ?? Buffer.alloc(0);
  const armors = changes.armors ?? [key.armor];
  return {
    ...plain,
    sums: Buffer.from(changes.sums?.(sums.toString('utf8')) ?? sums),
    signature: await key.sign(sums),
    keys: buildSigningKeysDocument(armors.map((asciiArmor) => ({ keyId: key.keyId, asciiArmor }))),
  };
}
