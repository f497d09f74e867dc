import { type CallOptions, type TofuOciError } from '../base/index.ts';
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

/** @throws failures that say nothing about the evidence: no network, no rights, interrupted */
export async function gatherEvidence(
  repository: SourceRepository,
  index: Descriptor,
  options: CallOptions,
): Promise<GatheredEvidence> {
  const evidence: ReadEvidence[] = [];
  const errors: TofuOciError[] = [];
  try {
    for (const descriptor of await listEvidence(repository, index, options)) {
      try {
        const found = await readOneEvidence(repository, { index, descriptor }, options);
        evidence.push({ documents: found.documents, statement: readStatement(found) });
      } catch (error) {
        errors.push(problemOf(error).error);
      }
    }
  } catch (error) {
    errors.push(problemOf(error).error);
  }
  return { evidence, errors };
}
