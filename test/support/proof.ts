/** Whether this is a part of `npm run proof`, which tries all where `npm test` tries some. */
export const isProof: boolean = process.env.PROOF === '1';

/** The n-th of so many parts, as PROOF_PART says: `3/8`. The first and only one without. */
export function proofPart(): { readonly part: number; readonly parts: number } {
  const [part = 1, parts = 1] = (process.env.PROOF_PART ?? '1/1').split('/').map(Number);
  return { part, parts };
}

/** Where random choices begin: PROOF_SEED repeats a run; else each part has its own, always the same. */
export function proofSeed(): number {
  return Number(process.env.PROOF_SEED ?? proofPart().part);
}
