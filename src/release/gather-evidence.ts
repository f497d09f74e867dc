import type { CallOptions, TofuOciError } from '../base/index.ts';
import { InvalidEvidenceError } from '../artifact/index.ts';
import type { SourceRepository } from '../content/index.ts';
import type { Descriptor } from '../spec/index.ts';
import { type Evidence, listEvidence, readOneEvidence } from './evidence.ts';
import { type EvidenceStatement, readStatement } from './evidence-statement.ts';
import { problemOf } from './findings.ts';

/** One evidence with its documents, and what they say. */
export interface ReadEvidence extends Pick<Evidence, 'documents'> {
  readonly statement: EvidenceStatement;
}

/** All that a repository holds as evidence about an index, as far as it can be read. */
export interface GatheredEvidence {
  readonly evidence: readonly ReadEvidence[];
  /** Why there is more of it than this: malformed, missing parts, about another index, too many. */
  readonly errors: readonly TofuOciError[];
}

/** Documents of one release have some tens of kilobytes, and there is one set for each push that said something new. */
const maxMebibytes = 16;

/** @throws failures that say nothing about the evidence: no network, no rights, interrupted */
export async function gatherEvidence(
  repository: SourceRepository,
  index: Descriptor,
  options: CallOptions,
): Promise<GatheredEvidence> {
  const evidence: ReadEvidence[] = [];
  const errors: TofuOciError[] = [];
  try {
    let bytes = 0;
    for (const descriptor of await listEvidence(repository, index, options)) {
      try {
        const found = await readOneEvidence(repository, { index, descriptor }, options);
        bytes += sizeOf(found.documents);
        evidence.push({ documents: found.documents, statement: readStatement(found) });
      } catch (error) {
        errors.push(problemOf(error).error);
      }
      if (bytes > maxMebibytes * 1024 * 1024) {
        throw new InvalidEvidenceError(`the evidence has more than ${maxMebibytes} MiB in all`);
      }
    }
  } catch (error) {
    errors.push(problemOf(error).error);
  }
  return { evidence, errors };
}

function sizeOf({ keys, origin, signature, sums }: Evidence['documents']): number {
  return [keys, origin, signature, sums].reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
}
