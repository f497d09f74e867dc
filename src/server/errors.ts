import { type ErrorCategory, printable, TofuOciError } from '../base/index.ts';

/** The htpasswd file can not be used as it is. */
export class HtpasswdError extends TofuOciError {
  readonly code = 'ERR_SERVER_HTPASSWD';
  readonly category = 'usage';
  readonly file: string;
  /** Counted from 1; `undefined` when the file as a whole is meant. */
  readonly line: number | undefined;
  constructor(file: string, line: number | undefined, problem: string, hint?: string) {
    super(`${placeIn(file, line)}: ${problem}`, { hint });
    this.file = file;
    this.line = line;
  }
}

/** The file of rights can not be used as it is. */
export class RightsError extends TofuOciError {
  readonly code = 'ERR_SERVER_RIGHTS';
  readonly category = 'usage';
  readonly file: string;
  /** Counted from 1; `undefined` when the file as a whole is meant. */
  readonly line: number | undefined;
  constructor(file: string, line: number | undefined, problem: string, hint?: string) {
    super(`${placeIn(file, line)}: ${problem}`, { hint });
    this.file = file;
    this.line = line;
  }
}

function placeIn(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** The file that says whose tokens are taken can not be used as it is. */
export class TokenSettingsError extends TofuOciError {
  readonly code = 'ERR_SERVER_TOKENS';
  readonly category = 'usage';
  readonly file: string;
  constructor(file: string, problem: string, options: { readonly hint?: string } = {}) {
    super(`${file}: ${problem}`, {
      hint:
        options.hint ??
        'It should be {"realm": URL, "service": NAME, "issuer": NAME, "keys": FILE}.',
    });
    this.file = file;
  }
}

/** The file of keys that tokens are verified with can not be used as it is. */
export class TokenKeyError extends TofuOciError {
  readonly code = 'ERR_SERVER_TOKEN_KEY';
  readonly category = 'usage';
  readonly file: string;
  constructor(file: string, problem: string, options: { cause?: unknown; hint?: string } = {}) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}

/** What should be served is no folder, or none that can be made. */
export class ServedFolderError extends TofuOciError {
  readonly code = 'ERR_SERVER_FOLDER';
  readonly category = 'usage';
  readonly folder: string;
  constructor(folder: string, problem: string, cause?: unknown) {
    super(`cannot serve ${folder}: ${problem}`, {
      cause,
      hint: 'Give the folder that the repositories are in, or a new one in a place that you may write to.',
    });
    this.folder = folder;
  }
}

/** Another server serves the folder already. */
export class FolderInUseError extends TofuOciError {
  readonly code = 'ERR_SERVER_FOLDER_IN_USE';
  readonly category = 'conflict';
  readonly folder: string;
  constructor(folder: string, holder: string) {
    super(`${folder} is served by another server already (${holder})`, {
      hint: 'Stop that one, give this one another folder, or let it only read with --read-only. One that was killed in another container counts as running for a minute more.',
    });
    this.folder = folder;
  }
}

/** A `--listen` text is not `HOST:PORT`. */
export class ListenAddressError extends TofuOciError {
  readonly code = 'ERR_SERVER_LISTEN_ADDRESS';
  readonly category = 'usage';
  readonly text: string;
  constructor(text: string) {
    super(`cannot listen on "${printable(text, 200)}": expected HOST:PORT, :PORT or [IPV6]:PORT`, {
      hint: 'For example 127.0.0.1:5000, localhost:0 (any free port) or 0.0.0.0:443.',
    });
    this.text = text;
  }
}

/** Plain HTTP was asked for on an address that other machines can reach. */
export class PlainHttpError extends TofuOciError {
  readonly code = 'ERR_SERVER_PLAIN_HTTP';
  readonly category = 'usage';
  readonly host: string;
  constructor(host: string) {
    super(`refusing plain HTTP on ${printable(host, 200)}: it is not a loopback address`, {
      hint: 'Give --tls-cert and --tls-key, or --tls-self-signed DIR; plain HTTP works on 127.0.0.1, [::1] and localhost.',
    });
    this.host = host;
  }
}

/** The operating system did not let us listen: port taken, not permitted, no such address. */
export class ListenError extends TofuOciError {
  readonly code = 'ERR_SERVER_LISTEN';
  readonly category: ErrorCategory;
  readonly address: string;
  readonly errno: string | undefined;
  constructor(address: string, errno: string | undefined, cause: unknown) {
    const { problem, hint } = listenProblem(errno, cause);
    super(`cannot listen on ${address}: ${problem}`, { cause, hint });
    this.address = address;
    this.errno = errno;
    this.category = errno === 'EACCES' || errno === 'EPERM' ? 'bug' : 'conflict';
  }
}

function listenProblem(errno: string | undefined, cause: unknown) {
  switch (errno) {
    case 'EADDRINUSE':
      return {
        problem: 'the port is in use by another program',
        hint: 'Choose another port (0 takes any free one), or stop the program that holds it.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        problem: 'permission denied',
        hint: 'Ports below 1024 need extra rights; choose a higher one.',
      };
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        problem: 'this machine has no such address',
        hint: 'Use an address of this machine, 127.0.0.1, or 0.0.0.0 for all of them.',
      };
    default:
      return { problem: cause instanceof Error ? cause.message : String(cause), hint: undefined };
  }
}

/** A certificate or key can not be used: unreadable, expired, or one does not belong to the other. */
export class TlsMaterialError extends TofuOciError {
  readonly code = 'ERR_SERVER_TLS_MATERIAL';
  readonly category = 'usage';
  readonly file: string;
  constructor(file: string, problem: string, options: { cause?: unknown; hint?: string } = {}) {
    super(`${file}: ${problem}`, options);
    this.file = file;
  }
}

/** The folder for the development certificate would be served to everybody. */
export class TlsFolderError extends TofuOciError {
  readonly code = 'ERR_SERVER_TLS_FOLDER';
  readonly category = 'usage';
  readonly folder: string;
  constructor(folder: string, served: string) {
    super(
      `refusing to keep certificates in ${folder}: it lies inside the served folder ${served}`,
      {
        hint: 'Give --tls-self-signed a folder outside of it.',
      },
    );
    this.folder = folder;
  }
}

/** A host that no certificate can name. */
export class TlsHostError extends TofuOciError {
  readonly code = 'ERR_SERVER_TLS_HOST';
  readonly category = 'usage';
  readonly host: string;
  constructor(host: string) {
    super(`"${printable(host, 200)}" is neither a host name nor an IP address`, {
      hint: 'Give names and addresses without scheme, port or wildcard.',
    });
    this.host = host;
  }
}
