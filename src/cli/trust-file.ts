import { resolve } from 'node:path';
import { FileAccessError, type Files, LimitExceededError, readFileBounded } from '../base/index.ts';
import type { TrustPolicy } from '../signatures/index.ts';
import { UsageError } from './usage-error.ts';

/** The trust file that was named, on the command line or in the environment. */
export interface TrustFile {
  readonly path: string;
  /** As it was written, for places in messages. */
  readonly display: string;
  /** `--trust` or `TOFU_OCI_TRUST`. */
  readonly namedBy: string;
}

export interface TrustFilePlaces {
  readonly given: string | undefined;
  readonly environment: string | undefined;
  /** Where the command works, for what the command line names. */
  readonly directory: string;
  /** Where the program was started, for what the environment names. */
  readonly start: string;
}

/** Undefined when nobody named one: never a file that merely lies there. */
export function findTrustFile(places: TrustFilePlaces): TrustFile | undefined {
  const { directory, environment, given, start } = places;
  if (given !== undefined) {
    if (given === '') throw new UsageError('--trust names no file');
    return { path: resolve(directory, given), display: given, namedBy: '--trust' };
  }
  if (environment === undefined) return undefined;
  return { path: resolve(start, environment), display: environment, namedBy: 'TOFU_OCI_TRUST' };
}

/**
 * Reads the policy. A file that says nothing is refused: whoever names one means to be protected by it.
 * @throws UsageError, TrustPolicyError
 */
export async function readTrustFile(file: TrustFile, files: Files): Promise<TrustPolicy> {
  const { display, namedBy } = file;
  const { readTrustPolicy } = await import('../signatures/index.ts');
  const policy = readTrustPolicy(await readTrustText(file, files), display);
  if (policy.rules.length > 0) return policy;
  throw new UsageError(
    `${namedBy}: ${display} has no rule, so it would trust nobody and forbid nothing`,
    {
      hint: `Write rules into it, as in trust { provider "hashicorp/*" { keys = ["FINGERPRINT"] } }, or leave ${namedBy} out.`,
    },
  );
}

/** @throws UsageError */
export async function readTrustText(file: TrustFile, files: Files): Promise<string> {
  const { trustLimits } = await import('../signatures/index.ts');
  const { display, namedBy, path } = file;
  let bytes: Buffer;
  try {
    bytes = await readFileBounded(path, { files, maxBytes: trustLimits.fileBytes });
  } catch (cause) {
    if (!(cause instanceof FileAccessError) && !(cause instanceof LimitExceededError)) throw cause;
    throw new UsageError(`${namedBy}: ${cause.message}`, {
      cause,
      hint: `Nothing was judged: correct ${namedBy}, or the file.`,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${namedBy}: ${display} is not a text in UTF-8`, { cause });
  }
}
