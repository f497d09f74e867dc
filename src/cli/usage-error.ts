import { TofuOciError } from '../base/index.ts';

/** The command line itself is wrong. */
export class UsageError extends TofuOciError {
  readonly code = 'ERR_CLI_USAGE';
  readonly category = 'usage';
}
