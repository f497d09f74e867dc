import type { FileHandle } from 'node:fs/promises';
import { type Files, nodeFiles } from '../../src/base/index.ts';

/** What changes a disk; reading is left alone. */
const changing = new Set([
  'appendFile',
  'chmod',
  'datasync',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'sync',
  'symlink',
  'truncate',
  'unlink',
  'write',
  'writeFile',
  'writev',
]);

export interface FaultyFiles {
  readonly files: Files;
  /** Changes that were asked for so far, the failed ones included. */
  readonly changes: () => number;
  /** What failed, as `rename index.json.new`. */
  readonly failed: () => readonly string[];
}

/** Decides about the n-th change (from 1): the errno it fails with, or undefined to let it pass. */
export type FaultPlan = (count: number, operation: string, path: string) => string | undefined;

/**
 * A file system on which chosen changes fail. A write that fails has written half of its bytes, as on a
 * disk that is full.
 */
export function faultyFiles(plan: FaultPlan): FaultyFiles {
  let count = 0;
  const failed: string[] = [];

  const wrap = <T extends object>(target: T, pathOf: (args: readonly unknown[]) => string): T =>
    new Proxy(target, {
      get(object, key) {
        const value: unknown = Reflect.get(object, key);
        if (typeof value !== 'function') return value;
        const method = value as (...args: unknown[]) => unknown;
        const name = String(key);
        return (...args: unknown[]): unknown => {
          if (changing.has(name)) {
            const path = pathOf(args);
            const errno = plan(++count, name, path);
            if (errno !== undefined) {
              failed.push(`${name} ${path}`);
              return fail(object, name, args, errno);
            }
          }
          const result = Reflect.apply(method, object, args);
          if (name !== 'open') return result;
          const path = String(args[0]);
          return (result as Promise<FileHandle>).then((handle) => wrap(handle, () => path));
        };
      },
    });

  return {
    files: wrap(nodeFiles, (args) => String(args[0])),
    changes: () => count,
    failed: () => failed,
  };
}

async function fail(
  object: object,
  operation: string,
  args: readonly unknown[],
  errno: string,
): Promise<never> {
  const [first] = args;
  const handle = object as FileHandle;
  if (operation === 'appendFile' && Buffer.isBuffer(first)) {
    await handle.appendFile(first.subarray(0, first.length / 2));
  } else if (operation === 'writev' && Array.isArray(first) && Buffer.isBuffer(first[0])) {
    await handle.writev([first[0].subarray(0, first[0].length / 2)]);
  }
  throw Object.assign(new Error(`${errno}: made to fail, ${operation}`), { code: errno });
}
