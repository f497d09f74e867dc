import { posix } from 'node:path';
import { type Diagnostic, quoted } from '../base/index.ts';
import type { ModuleSource } from './module-source.ts';
import { splitSubfolder } from './package-source.ts';

/** Where a module stands within the package that it was fetched with. */
export interface PackagePlace {
  /** Undefined within the package of the root module, which may reach out of its folder. */
  readonly address: string | undefined;
  /** From the top of the package, which is `*`; as soon as it is not below that, it is outside. */
  readonly path: string;
}

export const rootPackage: PackagePlace = { address: undefined, path: '*' };

/** The place of a module that is called from `place`. Unknown sources count as part of the root's package. */
export function stepInto(place: PackagePlace, source: ModuleSource | undefined): PackagePlace {
  if (source === undefined) return rootPackage;
  if (source.kind !== 'local') {
    const { address, subfolder } = splitSubfolder(source.text);
    return { address, path: posix.join('*', subfolder) };
  }
  // Once outside it stays there, even if the path leads back to something of that name.
  const path = isOutside(place.path) ? place.path : posix.join(place.path, source.text);
  return { address: place.address, path };
}

/** The better reason for a local module that is not there: its path leads out of a fetched package. */
export function escapesPackage(place: PackagePlace, called: string): Diagnostic | undefined {
  if (place.address === undefined || !isOutside(place.path)) return undefined;
  return {
    severity: 'error',
    summary: 'Local module path escapes module package',
    detail: `The given source directory for ${called} would be outside of its containing package ${quoted(place.address)}. Local source addresses starting with "../" must stay within the same package that the calling module belongs to.`,
  };
}

function isOutside(path: string): boolean {
  return path !== '*' && path !== '*/' && !path.startsWith('*/');
}
