import type { Files } from '../base/index.ts';
import { type CliConfigLocations, findCliConfig } from './cli-config-locations.ts';
import { isWindows, pathsOf, type Surroundings, variable } from './surroundings.ts';

/** Whose configuration it is: the two have different files. */
export type ConfiguredProgram = 'tofu' | 'terraform';

/** Where the program that is to run looks for its CLI configuration. Never fails. */
export async function findProgramConfig(
  surroundings: Surroundings,
  { files, program }: { readonly program: ConfiguredProgram; readonly files: Files },
): Promise<CliConfigLocations> {
  const found = await findCliConfig(surroundings, files);
  if (program === 'tofu' || found.named) return found;
  const paths = pathsOf(surroundings);
  const home = isWindows(surroundings)
    ? variable(surroundings, 'APPDATA')
    : (variable(surroundings, 'HOME') ?? surroundings.home);
  if (home === undefined) return { mainFile: undefined, folder: undefined, named: false };
  const [file, folder] = isWindows(surroundings)
    ? ['terraform.rc', 'terraform.d']
    : ['.terraformrc', '.terraform.d'];
  const absolute = (name: string): string => paths.resolve(surroundings.cwd, home, name);
  return { mainFile: absolute(file), folder: absolute(folder), named: false };
}
