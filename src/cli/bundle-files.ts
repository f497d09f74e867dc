import { basename, resolve } from 'node:path';
import { FileAccessError, nodeFiles, quoted, readFileBounded } from '../base/index.ts';
import type { BundleBase, BundleReceipt } from '../publish/index.ts';
import { UsageError } from './usage-error.ts';
import type { Wiring } from './wire.ts';

/** A release has some forty contents of eighty bytes: room for as many releases as an archive takes. */
const maxReceiptBytes = 256 * 1024 * 1024;

/** Where the receipt of a bundle is when nobody says otherwise. */
export function receiptPathOf(bundle: string): string {
  return `${bundle}.receipt.json`;
}

/** @throws BundleReceiptError, FileAccessError, LimitExceededError */
export async function readReceipt(
  path: string,
  options: { readonly signal: AbortSignal },
): Promise<BundleBase> {
  const { parseReceipt } = await import('../publish/index.ts');
  const bounds = { files: nodeFiles, maxBytes: maxReceiptBytes, ...options };
  return parseReceipt((await readFileBounded(path, bounds)).toString('utf8'), path);
}

/** In one step, beside whatever was there. @throws FileAccessError */
export async function saveReceipt(path: string, receipt: BundleReceipt): Promise<void> {
  const [{ formatReceipt }, { default: writeFileAtomic }] = await Promise.all([
    import('../publish/index.ts'),
    import('write-file-atomic'),
  ]);
  try {
    await writeFileAtomic(path, formatReceipt(receipt));
  } catch (error) {
    throw new FileAccessError('write', path, error);
  }
}

/**
 * `--since`: receipts, which end in .json, and bundles themselves, of which every byte is read.
 * @throws UsageError, BundleReceiptError, ArchiveCorruptError, FileAccessError
 */
export async function readEarlier(
  wiring: Wiring,
  texts: readonly string[],
  { output, signal }: { readonly output: string; readonly signal: AbortSignal },
): Promise<readonly BundleBase[]> {
  const bases: BundleBase[] = [];
  for (const text of texts) {
    const path = resolve(wiring.directory, text);
    if (path === output || path === receiptPathOf(output)) {
      throw new UsageError(`--since and -o name the same bundle, ${quoted(basename(output))}`, {
        hint: 'A delta is a file of its own: give it another name.',
      });
    }
    if (text.endsWith('.json')) {
      bases.push(await readReceipt(path, { signal }));
      continue;
    }
    const { openArchive } = await import('../content/index.ts');
    const { describeBundle } = await import('../publish/index.ts');
    const archive = await openArchive(path, { signal });
    try {
      bases.push(await describeBundle(archive, { signal }));
    } finally {
      await archive.close();
    }
  }
  return bases;
}
