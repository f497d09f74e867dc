import type { Files } from '../base/index.ts';
import { isWindows, pathsOf, type Surroundings } from './surroundings.ts';

/**
 * The program of that name on PATH, as an absolute path. Relative entries of PATH and, on Windows, the working
 * folder are not searched: a program in a configuration's folder must not run by being named right.
 */
export async function findExecutable(
  name: string,
  options: { readonly surroundings: Surroundings; readonly files: Files },
): Promise<string | undefined> {
  const { surroundings, files } = options;
  const paths = pathsOf(surroundings);
  const windows = isWindows(surroundings);
  // Batch files can not be started without a shell.
  const fileName = windows ? `${name}.exe` : name;
  for (const folder of pathVariable(surroundings).split(paths.delimiter)) {
    if (!paths.isAbsolute(folder)) continue;
    const path = paths.join(folder, fileName);
    try {
      const status = await files.stat(path);
      if (status.isFile() && (windows || (status.mode & 0o111) !== 0)) return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

function pathVariable(surroundings: Surroundings): string {
  const { env } = surroundings;
  if (!isWindows(surroundings)) return env['PATH'] ?? '';
  const name = Object.keys(env).find((each) => each.toUpperCase() === 'PATH');
  return name === undefined ? '' : (env[name] ?? '');
}
