import { relative, resolve } from 'node:path';
import { compareBytes } from '../base/index.ts';

/** A pattern that leads into a whole disk is a slip; so many projects are in no repository. */
const maxMatches = 10_000;

/**
 * The paths that a pattern as shells know it matches (`*`, `**`, `?`, `[…]`, `{a,b}`), absolute, sorted. Links are
 * not followed on the way, and `node_modules`, `.git` and `.terraform` not looked into unless the pattern names them.
 * @param directory what a relative pattern begins at
 */
export async function matchPaths(
  pattern: string,
  { directory, kind }: { readonly directory: string; readonly kind: 'files' | 'folders' },
): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  const skipped = ['node_modules', '.git', '.terraform'].filter((name) => !pattern.includes(name));
  const found = await glob(pattern.replace(/^\.\//u, '').replace(/\/+$/u, ''), {
    cwd: directory,
    absolute: true,
    dot: kind === 'files',
    followSymbolicLinks: false,
    expandDirectories: false,
    ...(kind === 'files' ? { onlyFiles: true } : { onlyDirectories: true }),
    ignore: skipped.map((name) => `**/${name}/**`),
  });
  return [...new Set(found.map((path) => resolve(path)))]
    .sort((a, b) => compareBytes(relative(directory, a), relative(directory, b)))
    .slice(0, maxMatches);
}
