import { TofuOciError } from '../base/index.ts';

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
