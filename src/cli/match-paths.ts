import { relative, resolve } from 'node:path';
import { compareBytes, quoted } from '../base/index.ts';
import { UsageError } from './usage-error.ts';

/** A pattern that leads into a whole disk is a slip; so many projects are in no repository. */
const maxMatches = 10_000;

export interface MatchOptions {
  /** What a relative pattern begins at. */
  readonly directory: string;
  readonly kind: 'files' | 'folders';
  /** Whether links are followed, for whoever must not miss anything; a file may then come under several paths. */
  readonly followLinks?: boolean | undefined;
}

/**
 * The paths that a pattern as shells know it matches (`*`, `**`, `?`, `[…]`, `{a,b}`), absolute, sorted. Links are
 * not followed on the way unless that is asked for, and `node_modules`, `.git` and `.terraform` not looked into unless the pattern names them.
 * @throws UsageError for more than anybody means, rather than to leave some out without a word
 */
export async function matchPaths(
  pattern: string,
  { directory, followLinks = false, kind }: MatchOptions,
): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  const skipped = ['node_modules', '.git', '.terraform'].filter((name) => !pattern.includes(name));
  const found = await glob(pattern.replace(/^\.\//u, '').replace(/\/+$/u, ''), {
    cwd: directory,
    absolute: true,
    dot: kind === 'files',
    followSymbolicLinks: followLinks,
    expandDirectories: false,
    ...(kind === 'files' ? { onlyFiles: true } : { onlyDirectories: true }),
    ignore: skipped.map((name) => `**/${name}/**`),
  });
  const paths = [...new Set(found.map((path) => resolve(path)))];
  if (paths.length > maxMatches) {
    throw new UsageError(`${quoted(pattern)} matches more than ${maxMatches} ${kind}`, {
      hint: 'Write it so that it begins at the folder that you mean.',
    });
  }
  return paths.sort((a, b) => compareBytes(relative(directory, a), relative(directory, b)));
}
