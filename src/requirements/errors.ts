import { printable, TofuOciError } from '../base/index.ts';

/** A folder with so many entries is no module. */
export class TooManyFilesError extends TofuOciError {
  readonly code = 'ERR_REQUIREMENTS_TOO_MANY_FILES';
  readonly category = 'usage';
  readonly directory: string;
  readonly limit: number;
  constructor(directory: string, count: number, limit: number) {
    super(`${directory} has ${count} entries, more than ${limit}: it is no module folder`, {
      hint: 'Run the command in the folder of the root module, or name it with -chdir=DIR.',
    });
    this.directory = directory;
    this.limit = limit;
  }
}

/** More modules, or more text in them, than any configuration has: one that calls itself in some hidden way. */
export class ConfigurationTooLargeError extends TofuOciError {
  readonly code = 'ERR_REQUIREMENTS_TOO_LARGE';
  readonly category = 'usage';
  readonly limit: number;
  constructor(directory: string, limit: number, unit: 'modules' | 'bytes') {
    super(`the configuration in ${directory} has more than ${limit} ${unit}`, {
      hint: 'Look for a module that calls itself, or divide the configuration.',
    });
    this.limit = limit;
  }
}

/** The record of installed modules can not be read. */
export class InvalidModuleManifestError extends TofuOciError {
  readonly code = 'ERR_REQUIREMENTS_INVALID_MANIFEST';
  readonly category = 'usage';
  readonly path: string;
  constructor(path: string, why: string, options: { readonly cause?: unknown } = {}) {
    super(`${path} is no record of installed modules: ${printable(why)}`, {
      ...options,
      hint: 'Delete it, and run "tofu get" to have it written anew.',
    });
    this.path = path;
  }
}
