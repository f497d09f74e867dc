import { FileAccessError, isTofuOciError, nodeFiles, printable } from '../../base/index.ts';
import type { ProposedRule } from '../../signatures/index.ts';
import { readTrustText, type TrustFile } from '../trust-file.ts';
import { UsageError } from '../usage-error.ts';

/** What a file holds that need not be there yet. @throws UsageError */
export async function trustTextIfAny(file: TrustFile): Promise<string | undefined> {
  try {
    return await readTrustText(file, nodeFiles);
  } catch (error) {
    const isMissing =
      isTofuOciError(error) &&
      error.cause instanceof FileAccessError &&
      error.cause.errno === 'ENOENT';
    if (isMissing) return undefined;
    throw error;
  }
}

/**
 * Adds rules at the end of the file, which is replaced in one step; links, owner and mode stay.
 * @param before what was read when the rules were decided
 * @throws UsageError when the file is another one by now, FileAccessError
 */
export async function addToTrustFile(
  file: TrustFile,
  rules: readonly ProposedRule[],
  before: string | undefined,
): Promise<void> {
  const { addTrustRules } = await import('../../signatures/index.ts');
  const { default: writeFileAtomic } = await import('write-file-atomic');
  const text = addTrustRules(before ?? '', rules, file.display);
  if ((await trustTextIfAny(file)) !== before) {
    throw new UsageError(`${printable(file.display)} was changed meanwhile; nothing was written`, {
      hint: 'Run the same command again.',
    });
  }
  try {
    await writeFileAtomic(file.path, text);
  } catch (error) {
    throw new FileAccessError('write', file.path, error);
  }
}
