import { resolve, sep } from 'node:path';
import { type Files, nodeFiles } from '../../src/base/index.ts';

export interface WatchedFiles {
  readonly files: Files;
  /** Bytes that were written so far. */
  readonly written: () => number;
  /** Calls with a path outside the folder, as `mkdir /tmp/x`. They are not made. */
  readonly outside: readonly string[];
}

/** The real file system, below one folder. */
export function watchedFiles(folder: string): WatchedFiles {
  const root = resolve(folder);
  const outside: string[] = [];
  let written = 0;
  const isInside = (path: unknown): boolean => {
    const absolute = resolve(String(path));
    return absolute === root || absolute.startsWith(root + sep);
  };

  const watch = <T extends object>(target: T, onCall: (name: string, path: unknown) => void): T =>
    new Proxy(target, {
      get(object, key) {
        const value: unknown = Reflect.get(object, key);
        if (typeof value !== 'function') return value;
        const name = String(key);
        return (...args: unknown[]): unknown => {
          onCall(name, args[0]);
          const result: unknown = Reflect.apply(value, object, args);
          if (!(result instanceof Promise)) return result;
          return result.then((answer: unknown) => {
            if (name === 'write') written += (answer as { bytesWritten: number }).bytesWritten;
            return name === 'open' ? watch(answer as object, () => undefined) : answer;
          });
        };
      },
    });

  const files = watch(nodeFiles, (name, path) => {
    if (isInside(path)) return;
    outside.push(`${name} ${String(path)}`);
    throw new Error(`${name} outside the folder`);
  });
  return { files, written: () => written, outside };
}
