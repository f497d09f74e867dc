import { errnoOf, type ErrorCategory, printable, quoted, TofuOciError } from '../base/index.ts';

/** The program that was to be run did not start. */
export class CommandNotStartedError extends TofuOciError {
  readonly code = 'ERR_LAUNCH_COMMAND';
  readonly category: ErrorCategory;
  readonly command: string;
  /** What shells and `env` end with: 127 where there is no such program, 126 where it can not be run. */
  readonly exitStatus: 126 | 127;
  constructor(command: string, cause: unknown) {
    const errno = errnoOf(cause);
    const isMissing = errno === 'ENOENT';
    const why = isMissing
      ? 'there is no such program'
      : errno === 'EACCES'
        ? 'permission denied'
        : printable(cause instanceof Error ? cause.message : String(cause), 300);
    super(`cannot run ${quoted(command)}: ${why}`, {
      cause,
      hint: isMissing
        ? 'Check the spelling and PATH; after "--" stands the program and its arguments, each by itself.'
        : 'It has to be a program for this machine that you may run.',
    });
    this.category = isMissing ? 'not-found' : 'usage';
    this.command = command;
    this.exitStatus = isMissing ? 127 : 126;
  }
}

/** What else a host offers could not be found out, and the configuration needs it. */
export class HostServicesError extends TofuOciError {
  readonly code = 'ERR_LAUNCH_HOST_SERVICES';
  readonly category = 'remote';
  readonly host: string;
  constructor(host: string, cause: unknown) {
    const why = printable(cause instanceof Error ? cause.message : String(cause), 500);
    super(`the configuration uses modules of ${host}, and where they are is not known: ${why}`, {
      cause,
      hint: `Say it in the CLI configuration: host "${host}" { services = { "modules.v1" = "https://..." } }`,
    });
    this.host = host;
  }
}
